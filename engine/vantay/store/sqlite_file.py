"""Opening a SQLite file as a store: settings of a connection, the file's identity and version."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPICursor

from vantay.errors import DataCorruption, StoreUnavailable, UnsupportedFormatVersion
from vantay.store.migration import migrate
from vantay.store.schema import APPLICATION, FORMAT_VERSION, SQLITE_APPLICATION_ID, meta, metadata

WRITES = "vantay_writes"
"""Execution option of a connection that means to write: it takes the write lock when it begins."""


_NO_TABLES = "{path} is empty, expected an enrolment database: restore a backup, or delete it and enrol anew"


def make_sqlite_engine(path: Path, busy_timeout_ms: int) -> sa.Engine:
    """Make an SQLAlchemy engine whose commits survive a power cut."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_ms / 1000},
        max_overflow=-1,  # a reader never waits for a connection, however many threads there are
    )
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up_connection(connection: sqlite3.Connection, _record: object) -> None:
    # sqlite3 would begin transactions late and behind SQLAlchemy's back; `_begin` does it instead
    connection.isolation_level = None
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later cannot wait for the lock: SQLite refuses it at once
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def check_path(path: Path, *, create: bool) -> None:
    """Refuse a path at which no store can be, before SQLite makes a file there.

    Raises
    ------
    StoreUnavailable
        If the path is a folder, its folder is missing, or the file is missing and may not be made.
    DataCorruption
        If the file is empty and no store may be made of it.
    """
    if path.is_dir():
        raise StoreUnavailable(f"{path} is a folder, expected an enrolment database file")
    if not path.parent.is_dir():
        raise StoreUnavailable(f"{path}: the folder {path.parent} does not exist")
    if not create and not path.exists():
        raise StoreUnavailable(
            f"no enrolment database at {path}: enrol a subject first, or name another file"
        )
    if not create and path.stat().st_size == 0:
        # What a failed restore leaves; to take it for an enrolment database would make everyone unknown
        raise DataCorruption(_NO_TABLES.format(path=path))


def open_file(
    engine: sa.Engine, path: Path, properties: dict[str, str] | None, *, busy_timeout_ms: int
) -> None:
    """Check that the file is a store of a version that is read here, and raise an older one to this version.

    An empty file becomes a store if that may be.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `make_sqlite_engine`.
    path : Path
        What error messages call the file.
    properties : dict of str to str, optional
        Rows that the meta table of a new store gets besides its identity; without it none is made.
    busy_timeout_ms : int
        How long to wait for another process that creates the same file.

    Raises
    ------
    DataCorruption
        If the file is a database of another program, or holds nothing and no store may be made of it.
    UnsupportedFormatVersion
        If a newer version wrote it.
    """
    if _is_empty(engine):
        if properties is None:
            raise DataCorruption(_NO_TABLES.format(path=path))
        _switch_to_wal(engine, busy_timeout_ms)
        _create_tables(engine, properties)
    if _check_identity(engine, path) < FORMAT_VERSION:
        with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            migrate(connection)


def _is_empty(engine: sa.Engine) -> bool:
    with engine.begin() as connection:
        return not connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").all()


def _switch_to_wal(engine: sa.Engine, busy_timeout_ms: int) -> None:
    """Switch the journal, waiting here: SQLite's own busy timeout does not cover this change."""
    deadline = time.monotonic() + busy_timeout_ms / 1000
    while True:
        try:
            run_outside_transaction(engine, "PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _create_tables(engine: sa.Engine, properties: dict[str, str]) -> None:
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if sa.inspect(connection).has_table(meta.name):  # another process was quicker
            return
        metadata.create_all(connection)
        identity = {"application": APPLICATION, "format_version": str(FORMAT_VERSION)}
        rows = [{"key": key, "value": value} for key, value in (properties | identity).items()]
        connection.execute(meta.insert(), rows)
        connection.exec_driver_sql(f"PRAGMA application_id = {SQLITE_APPLICATION_ID}")


def _check_identity(engine: sa.Engine, path: Path) -> int:
    """Return the format version of the file."""
    with engine.begin() as connection:
        if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != SQLITE_APPLICATION_ID:
            raise DataCorruption(f"{path} is the SQLite database of another program")
        found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "format_version"))
    if found is None or not found.isdecimal():
        raise DataCorruption(f"{path}: format version is {found!r}, expected a number")
    if int(found) > FORMAT_VERSION:
        raise UnsupportedFormatVersion(
            f"{path} has format version {found}, this version of Vantay reads up to {FORMAT_VERSION}: upgrade"
        )
    return int(found)


def empty_log(engine: sa.Engine, *, busy_timeout_ms: int, wait_ms: int) -> bool:
    """Move what the write-ahead log holds into the database file, and cut the log to no bytes.

    Parameters
    ----------
    engine : sqlalchemy.Engine
        From `make_sqlite_engine`.
    busy_timeout_ms : int
        The busy timeout of its connections.
    wait_ms : int
        How long to wait for readers of an older state; 0 tries once.

    Returns
    -------
    bool
        Whether it was done. It was not when a reader outlasts the wait, or the disk does not take it.
    """
    deadline = time.monotonic() + wait_ms / 1000
    connection = engine.raw_connection()
    cursor = connection.cursor()
    try:
        # SQLite's own wait would keep every writer out meanwhile
        cursor.execute("PRAGMA busy_timeout = 0")
        while not _checkpoint(cursor):
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)
        return True
    finally:
        cursor.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        connection.close()


def _checkpoint(cursor: DBAPICursor) -> bool:
    try:
        is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.DatabaseError:  # the writes before are safe where they are: in the log
        return False
    return not is_busy


def run_outside_transaction(engine: sa.Engine, statement: str) -> None:
    """Run a statement that SQLite refuses inside a transaction."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(statement).fetchall()
    finally:
        connection.close()
