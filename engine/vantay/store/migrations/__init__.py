"""One file for each format version: how a store of the version before becomes one of it.

Alembic runs them (`vantay.store.maintenance`). A migration that has been released never changes, so it writes
its tables out instead of importing them from the schema, which goes on.
"""
