"""What the database says, in this package's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from vantay.errors import DataCorruption, StorageError, StoreLocked, StoreUnavailable

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_UNAVAILABLE = {
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check that its folder exists and may be written",
    sqlite3.SQLITE_READONLY: "is read-only: the file and its folder must be writable",
    sqlite3.SQLITE_PERM: "may not be accessed: check the permissions of the file and its folder",
    sqlite3.SQLITE_FULL: "cannot grow: the disk or the quota is full; nothing of this write was kept",
    sqlite3.SQLITE_IOERR: "met an input/output error: check the disk; nothing of this write was kept",
}


@contextmanager
def typed_errors(store_name: str) -> Iterator[None]:
    """Turn errors of SQLAlchemy and sqlite3 into storage errors that name the store.

    Raises
    ------
    StoreLocked, StoreUnavailable, DataCorruption, StorageError
        By the primary result code of SQLite.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _typed(store_name, error.orig) from error
    except sqlite3.Error as error:
        raise _typed(store_name, error) from error


def _typed(store_name: str, error: BaseException | None) -> StorageError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code in _LOCKED:
        return StoreLocked(f"{store_name} is in use by another process for longer than the busy timeout")
    if code in _CORRUPT:
        return DataCorruption(f"{store_name} is damaged or no enrolment database ({error}): restore a backup")
    if code in _UNAVAILABLE:
        return StoreUnavailable(f"{store_name} {_UNAVAILABLE[code]}")
    return StorageError(f"{store_name}: {type(error).__name__}: {error}")
