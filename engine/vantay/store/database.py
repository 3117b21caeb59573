"""`Store`: the record of who is enrolled, in a SQLite file or a PostgreSQL database."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from vantay.store.audit_calls import AuditCalls
from vantay.store.decision_calls import DecisionCalls
from vantay.store.location import Database, parse_location
from vantay.store.master_key import MasterKey
from vantay.store.opening import open_store
from vantay.store.read_calls import ReadCalls
from vantay.store.sealing import KeyRing
from vantay.store.storage_errors import typed_errors
from vantay.store.store_keys import KeySource
from vantay.store.write_calls import WriteCalls

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another process's write, ms; writes take a few."""

DEFAULT_ENCRYPTION = "aes-256-gcm"


class Store(ReadCalls, WriteCalls, DecisionCalls, AuditCalls):
    """The enrolment database: subjects, their samples and changes; checks, cases, decisions; the audit log.

    Each write is one transaction; when the call returns it is on disk, and when it raises nothing of it is.
    Safe for many threads and for several processes on one database: readers never wait, writers wait for each
    other up to the busy timeout. Make one with `Store.open`.

    Attributes
    ----------
    name : str
        The file, or the address without its password.
    path : Path
        The file; of a PostgreSQL database there is none, and asking for it is an error.
    """

    def __init__(self, database: Database, ring: KeyRing, busy_timeout_ms: int) -> None:
        super().__init__(database, ring, busy_timeout_ms)
        self.name = database.name

    @classmethod
    def open(
        cls,
        location: Path | str,
        *,
        create: bool = True,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        comparator: str = "",
        encryption: str = DEFAULT_ENCRYPTION,
        key: MasterKey | Path | None = None,
    ) -> Self:
        """Open an enrolment database.

        Parameters
        ----------
        location : Path or str
            A SQLite file, or ``postgresql://user@host:port/database``.
        create : bool
            Whether to make one when there is none: what a caller that means to write says. A PostgreSQL
            database itself must be there; its tables are made.
        busy_timeout_ms : int
            How long to wait for another process's write before `StoreLocked`.
        comparator : str
            Parameter hash of the comparator, noted in a new store.
        encryption : str
            Of a new store: ``aes-256-gcm`` or ``none``. One that is there stays as it is.
        key : MasterKey or Path, optional
            The master key, or its file, which is made for a new store. Without it the file is the database's
            with ``.key`` after its name; a PostgreSQL database has none beside it and needs one named.

        Raises
        ------
        StoreUnavailable
            If the file or its folder is missing or may not be written, or the server is out of reach.
        DataCorruption
            If it is damaged, or is not an enrolment database; an empty file is none unless it may be made.
        UnsupportedFormatVersion
            If another version of Vantay wrote it; the message tells what to do.
        KeyUnavailable, WrongKey
            If its master key is missing, readable by others, or another one.
        StoreLocked
            If another process holds it.
        InvalidSetting
            If the location or the encryption is none.
        """
        database = parse_location(location, busy_timeout_ms)
        try:
            with typed_errors(database.name):
                database.check_place(create=create)
                ring = open_store(
                    database,
                    encryption=encryption if create else None,
                    source=key_source(key, database.path),
                    comparator=comparator,
                )
                if create:  # a crash may have come between an erasure and its purge
                    database.tidy()
        except BaseException:
            database.engine.dispose()
            raise
        return cls(database, ring, busy_timeout_ms)

    @property
    def path(self) -> Path:
        """The file of a store in SQLite."""
        if self._database.path is None:
            raise AttributeError(f"{self.name} is no file")
        return self._database.path

    @property
    def store_id(self) -> str:
        """A random identifier that the store was given when it was made."""
        return self._ring.store_id

    def close(self) -> None:
        """Close every connection; the store cannot be used after it."""
        self._database.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def key_source(key: MasterKey | Path | None, database_file: Path | None) -> KeySource:
    """Tell where the master key comes from."""
    if isinstance(key, MasterKey):
        return KeySource(key=key)
    if key is None and database_file is not None:
        key = database_file.with_name(database_file.name + ".key")
    return KeySource(file=key)
