"""What the database says, in this package's errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from vantay.errors import DataCorruption, StorageError, StoreLocked, StoreUnavailable

_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_READ_ONLY = (
    "for reading too, since the write-ahead log is kept there; to read what is on a read-only disk, copy the "
    "file, its -wal if there is one, and its key to a folder that may be written"
)
_UNAVAILABLE = {
    sqlite3.SQLITE_CANTOPEN: f"cannot be opened: its folder must exist and be writable, {_READ_ONLY}",
    sqlite3.SQLITE_READONLY: f"is read-only: the file and its folder must be writable, {_READ_ONLY}",
    sqlite3.SQLITE_PERM: "may not be accessed: check the permissions of the file and its folder",
    sqlite3.SQLITE_FULL: "cannot grow: the disk or the quota is full; nothing of this write was kept",
    sqlite3.SQLITE_IOERR: "met an input/output error: check the disk; nothing of this write was kept",
}

_GONE = (
    "is out of reach: check that the server runs and takes connections; a write that was under way may or "
    "may not have been kept, so repeat it with its idempotency key"
)
_STATES: dict[str, tuple[type[StorageError], str]] = {
    "55P03": (StoreLocked, "is being written by another client for longer than the busy timeout"),
    "40P01": (StoreLocked, "met a deadlock with another client: try again"),
    "40001": (StoreLocked, "met a conflict with another client: try again"),
    "53100": (StoreUnavailable, "cannot grow: the server's disk is full; nothing of this write was kept"),
    "53200": (StoreUnavailable, "the server is out of memory; nothing of this write was kept"),
    "53300": (StoreUnavailable, "the server has no connection left: raise max_connections, or close some"),
    "25006": (StoreUnavailable, "is read-only: a standby, or default_transaction_read_only is set"),
    "3D000": (StoreUnavailable, "does not exist: make the database first, with createdb"),
    "3F000": (StoreUnavailable, "has no schema to make tables in: check the search_path"),
    "42501": (StoreUnavailable, "may not be used by this role: grant it the rights that docs/store.md names"),
    "42P07": (DataCorruption, "holds tables of another program: name an empty database or schema"),
    "42P01": (DataCorruption, "lacks a table: restore a backup"),
    "42703": (DataCorruption, "lacks a column: restore a backup"),
    "XX001": (DataCorruption, "is damaged: restore a backup"),
    "XX002": (DataCorruption, "has a damaged index: REINDEX it, or restore a backup"),
}
_STATE_CLASSES: dict[str, tuple[type[StorageError], str]] = {
    "08": (StoreUnavailable, _GONE),
    "57": (StoreUnavailable, _GONE),
    "28": (StoreUnavailable, "refuses the role or its password: check the address and pg_hba.conf"),
    "58": (StoreUnavailable, "met an input/output error: check the server's disk"),
}


@contextmanager
def typed_errors(store_name: str) -> Iterator[None]:
    """Turn errors of SQLAlchemy and of the drivers into storage errors that name the store.

    What the driver says is told only where it cannot hold a value of a row.

    Raises
    ------
    StoreLocked, StoreUnavailable, DataCorruption, StorageError
        By the primary result code of SQLite, the SQLSTATE of PostgreSQL.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _typed(store_name, error.orig) from error
    except (sqlite3.Error, psycopg.Error) as error:
        raise _typed(store_name, error) from error
    except sa.exc.TimeoutError as error:
        raise StoreUnavailable(f"{store_name} gave no connection in time: too many calls at once") from error


def _typed(store_name: str, error: BaseException | None) -> StorageError:
    if isinstance(error, psycopg.Error):
        return _typed_by_state(store_name, error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the primary code
    if code in _LOCKED:
        return StoreLocked(f"{store_name} is in use by another process for longer than the busy timeout")
    if code in _CORRUPT:
        return DataCorruption(f"{store_name} is damaged or no enrolment database ({error}): restore a backup")
    if "Could not decode to UTF-8" in str(
        error
    ):  # SQLite tells of it without a code; the text itself stays out
        return DataCorruption(f"{store_name} holds a text that is none: restore a backup")
    if code in _UNAVAILABLE:
        return StoreUnavailable(f"{store_name} {_UNAVAILABLE[code]}")
    return StorageError(f"{store_name}: {type(error).__name__}: {error}")


def _typed_by_state(store_name: str, error: psycopg.Error) -> StorageError:
    state = error.sqlstate or ""
    kind, message = _STATES.get(state) or _STATE_CLASSES.get(state[:2]) or (StorageError, "")
    if message:
        return kind(f"{store_name} {message}")
    if isinstance(error, psycopg.OperationalError) and not state:
        return StoreUnavailable(f"{store_name} {_connection_message(error)}")
    return StorageError(f"{store_name}: {type(error).__name__} {state}: {error.diag.message_primary}")


def _connection_message(error: psycopg.OperationalError) -> str:
    """Tell why there is no connection; libpq gives no SQLSTATE for what the server said before one."""
    said = str(error)
    if "does not exist" in said and "database" in said:
        return _STATES["3D000"][1]
    if "authentication failed" in said or "no pg_hba.conf entry" in said or "no password" in said:
        return _STATE_CLASSES["28"][1]
    return _GONE
