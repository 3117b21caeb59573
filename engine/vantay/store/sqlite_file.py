"""A store in a SQLite file: settings of a connection, the file's identity, its purge."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPICursor

from vantay.errors import DataCorruption, StoreUnavailable
from vantay.store.schema import SQLITE_APPLICATION_ID

WRITES = "vantay_writes"
"""Execution option of a connection that means to write: it takes the write lock when it begins."""

OWNER_ONLY = 0o600
"""Permissions of a new file; SQLite gives them to the ``-wal``, ``-shm`` and journal files beside it too."""

PAGE_BYTES = 4096
CACHE_KIB = 65536
"""Page cache of a connection, at most; an index of a million random identifiers fits."""

_NO_TABLES = "{path} is empty, expected an enrolment database: restore a backup, or delete it and enrol anew"


class SqliteFile:
    """The file, and how connections to it behave: every commit survives a power cut.

    Parameters
    ----------
    path : Path
        The file.
    busy_timeout_ms : int
        How long to wait for another process's write.
    """

    def __init__(self, path: Path, busy_timeout_ms: int) -> None:
        self.path: Path = path
        self.name = str(path)
        self._busy_timeout_ms = busy_timeout_ms
        self.engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)),
            connect_args={"timeout": busy_timeout_ms / 1000},
            max_overflow=-1,  # a reader never waits for a connection, however many threads there are
        )
        event.listen(self.engine, "connect", _set_up_connection)
        event.listen(self.engine, "begin", _begin)
        self.reading = self.engine
        self.writing = self.engine.execution_options(**{WRITES: True})

    def check_place(self, *, create: bool) -> None:
        """Refuse a path at which no store can be; make an empty file that its owner alone may use, if any.

        Raises
        ------
        StoreUnavailable
            If the path is a folder, its folder is missing, or the file is missing and may not be made.
        DataCorruption
            If the file is empty and no store may be made of it.
        """
        path = self.path
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
        if create:
            _make_private(path)

    def is_empty(self) -> bool:
        """Tell whether there are no tables; `DataCorruption` if there are those of another program."""
        with self.engine.begin() as connection:
            if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master LIMIT 1").all():
                return True
            if connection.exec_driver_sql("PRAGMA application_id").scalar_one() != SQLITE_APPLICATION_ID:
                raise DataCorruption(f"{self.path} is the SQLite database of another program")
        return False

    def refuse_empty(self) -> DataCorruption:
        """Say that there is nothing and that nothing may be made."""
        return DataCorruption(_NO_TABLES.format(path=self.path))

    def before_creation(self) -> None:
        """Switch the journal, waiting here: SQLite's own busy timeout does not cover this change."""
        deadline = time.monotonic() + self._busy_timeout_ms / 1000
        while True:
            try:
                run_outside_transaction(self.engine, "PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def lock_schema(self, connection: sa.Connection) -> None:
        """Keep other processes from making or changing tables; the transaction's own lock does."""

    def after_creation(self, connection: sa.Connection) -> None:
        """Mark the file as a store, in the transaction that makes its tables."""
        connection.exec_driver_sql(f"PRAGMA application_id = {SQLITE_APPLICATION_ID}")

    def tidy(self) -> None:
        """Finish the purge that a crash prevented, if nobody is in the way."""
        self.purge(wait_ms=0)

    def purge(self, *, wait_ms: int) -> bool:
        """Move what the write-ahead log holds into the database file, and cut the log to no bytes.

        Parameters
        ----------
        wait_ms : int
            How long to wait for readers of an older state; 0 tries once.

        Returns
        -------
        bool
            Whether it was done. It was not when a reader outlasts the wait, or the disk does not take it.
        """
        deadline = time.monotonic() + wait_ms / 1000
        connection = self.engine.raw_connection()
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
            cursor.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")
            connection.close()

    purge_after_erasure = purge
    """Each erasure ends with a purge: overwriting what was freed costs little here."""

    def compact(self) -> None:
        """Rewrite the file without what is free, as small as it gets."""
        run_outside_transaction(self.engine, "VACUUM")


def _make_private(path: Path) -> None:
    """Make an empty file if there is none: SQLite would let the umask decide who reads what is in plain."""
    with contextlib.suppress(OSError):  # there already; or it cannot be made, which SQLite tells in its words
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, OWNER_ONLY)
        try:
            os.fchmod(descriptor, OWNER_ONLY)  # whatever the umask takes away
        finally:
            os.close(descriptor)


def _set_up_connection(connection: sqlite3.Connection, _record: object) -> None:
    # sqlite3 would begin transactions late and behind SQLAlchemy's back; `_begin` does it instead
    connection.isolation_level = None
    for pragma in (
        f"page_size = {PAGE_BYTES}",
        f"cache_size = -{CACHE_KIB}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later cannot wait for the lock: SQLite refuses it at once
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


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
