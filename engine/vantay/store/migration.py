"""Raising a store of an older format version to this one; each step runs inside the caller's transaction."""

from __future__ import annotations

import sqlalchemy as sa

from vantay.store.schema import FORMAT_VERSION, face_templates, meta


def migrate(connection: sa.Connection) -> None:
    """Bring the tables to `FORMAT_VERSION`; nothing that is there changes.

    Version 2 has faces: a table more.

    Parameters
    ----------
    connection : sqlalchemy.Connection
        In a transaction that holds the write lock, so that two processes take turns: the second one finds
        the work done.
    """
    face_templates.create(connection, checkfirst=True)
    is_older = (meta.c.key == "format_version") & (meta.c.value == "1")
    connection.execute(meta.update().where(is_older).values(value=str(FORMAT_VERSION)))
