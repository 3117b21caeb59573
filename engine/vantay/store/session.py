"""Transactions of an opened store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from vantay.errors import DataCorruption, StateError
from vantay.store.location import Database
from vantay.store.schema import meta
from vantay.store.sealing import KeyRing
from vantay.store.storage_errors import typed_errors
from vantay.store.transaction import WriteTransaction, rotated


class Session:
    """An opened database with its ring of keys; what the calls of `Store` stand on."""

    def __init__(self, database: Database, ring: KeyRing, busy_timeout_ms: int) -> None:
        self._database = database
        self._ring = ring
        self._busy_timeout_ms = busy_timeout_ms
        self._write_lock = threading.Lock()
        self._writing_thread: int | None = None

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        """Begin a transaction that sees one state of the store."""
        with typed_errors(self._database.name), self._database.reading.begin() as connection:
            try:
                yield connection
            except DataCorruption as error:
                key_id = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "master_key_id"))
                if key_id != self._ring.master_key_id:  # no damage: the keys were wrapped anew
                    raise rotated(self._database.name, key_id) from error
                raise

    @contextmanager
    def _write(self, *, ignore_clock: bool = False) -> Iterator[WriteTransaction]:
        """Begin a transaction that holds the write lock; it commits unless something is raised."""
        self._refuse_nesting()
        name = self._database.name
        with self._write_lock, typed_errors(name):
            self._writing_thread = threading.get_ident()
            try:
                with self._database.writing.begin() as connection:
                    transaction = WriteTransaction(connection, self._ring, name, ignore_clock=ignore_clock)
                    yield transaction
                    transaction.finish()
            finally:
                self._writing_thread = None

    def _refuse_nesting(self) -> None:
        """Refuse a write of a thread inside its own write, for which it would wait for ever."""
        if self._writing_thread == threading.get_ident():
            raise StateError("a write inside a write of the same thread: call what `write()` gave")
