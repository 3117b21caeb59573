"""`Store`: the record of who is enrolled, on SQLite."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from vantay.store import face_reading, reading, writing
from vantay.store.records import (
    ChangeSet,
    EncounterRecord,
    Erasure,
    NewEncounter,
    StoredFace,
    StoredTemplate,
    StoreStatistics,
    SubjectRecord,
    SubjectSummary,
)
from vantay.store.sqlite_file import (
    WRITES,
    check_path,
    empty_log,
    make_sqlite_engine,
    open_file,
)
from vantay.store.storage_errors import typed_errors

BUSY_TIMEOUT_MS = 5000
"""How long a writer waits for another process's write, ms; writes take a few."""


class Store:
    """The enrolment database: subjects, encounters, template records, and the sequence of their changes.

    Each write is one transaction; when the call returns it is on disk (write-ahead log, synchronous FULL),
    and when it raises nothing of it is. Safe for many threads and for several processes on one file: readers
    never wait, writers wait for each other up to the busy timeout. Make one with `Store.open`.
    """

    def __init__(self, engine: sa.Engine, path: Path, busy_timeout_ms: int) -> None:
        self._engine = engine
        self._busy_timeout_ms = busy_timeout_ms
        self._write_lock = threading.Lock()
        self.path = path

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        create: bool = True,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        comparator: str = "",
    ) -> Self:
        """Open the enrolment database in a file.

        Parameters
        ----------
        path : Path or str
            The SQLite file.
        create : bool
            Whether to make one when there is none: what a caller that means to write says.
        busy_timeout_ms : int
            How long to wait for another process's write before `StoreLocked`.
        comparator : str
            Parameter hash of the comparator, noted in a new store.

        Raises
        ------
        StoreUnavailable
            If the file or its folder is missing or may not be written.
        DataCorruption
            If the file is damaged, or is not an enrolment database; an empty one is none unless it may be
            made.
        UnsupportedFormatVersion
            If a newer version of Vantay wrote it.
        StoreLocked
            If another process holds it.
        """
        path = Path(path)
        check_path(path, create=create)
        engine = make_sqlite_engine(path, busy_timeout_ms)
        try:
            with typed_errors(str(path)):
                properties = {"comparator_at_creation": comparator} if create else None
                open_file(engine, path, properties, busy_timeout_ms=busy_timeout_ms)
                if create:  # a crash may have come between an erasure and its purge
                    empty_log(engine, busy_timeout_ms=busy_timeout_ms, wait_ms=0)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, path, busy_timeout_ms)

    def close(self) -> None:
        """Close every connection; the store cannot be used after it."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Writes

    def enrol(self, encounter: NewEncounter) -> EncounterRecord:
        """Add a subject with its first encounter.

        Raises
        ------
        AlreadyEnrolled
            If the subject is there or was there and was erased, or the encounter identifier is taken.
        IncompatibleTemplate
            If the face was embedded by another model than the faces that are there.
        """
        with self._write() as (connection, now):
            writing.insert_subject(connection, encounter.subject_id, now)
            return writing.insert_encounter(connection, encounter, now, kind="enrol")

    def add_encounter(self, encounter: NewEncounter) -> EncounterRecord:
        """Add an encounter to a subject that is there.

        Raises
        ------
        SubjectNotFound
            If the subject is not there or was erased.
        AlreadyEnrolled
            If the encounter identifier is taken.
        IncompatibleTemplate
            If the face was embedded by another model than the faces that are there.
        """
        with self._write() as (connection, now):
            return writing.insert_encounter(connection, encounter, now, kind="add_encounter")

    def erase(self, subject_id: str) -> Erasure:
        """Remove a subject's templates for good; a tombstone without biometric data stays.

        The freed pages are overwritten with zeros and the write-ahead log is emptied. That waits, up to the
        busy timeout, for readers that are still looking at the state before; ``is_purged`` of what is
        returned tells whether it was done. Erasing again does no harm and finishes it.

        Raises
        ------
        SubjectNotFound
            If the subject never was there.
        """
        with self._write() as (connection, now):
            erasure = writing.erase_subject(connection, subject_id, now)
        wait_ms = self._busy_timeout_ms
        with typed_errors(str(self.path)):
            is_purged = empty_log(self._engine, busy_timeout_ms=wait_ms, wait_ms=wait_ms)
        return replace(erasure, is_purged=is_purged)

    # Reads

    def subject(self, subject_id: str) -> SubjectRecord:
        """Read a subject, erased or not, with its encounters.

        Raises
        ------
        SubjectNotFound
            If it never was there.
        """
        with self._read() as connection:
            return reading.read_subject(connection, subject_id)

    def subjects(self, *, after: str = "", limit: int | None = None) -> list[SubjectSummary]:
        """List subjects in the order of their identifiers, erased ones too.

        Parameters
        ----------
        after : str
            List what comes after this identifier: the last one of the page before.
        limit : int, optional
            At most this many.
        """
        with self._read() as connection:
            return reading.read_subject_page(connection, after, limit)

    def templates(self) -> Iterator[StoredTemplate]:
        """Stream all templates as of now, in the order of subjects.

        Raises
        ------
        DataCorruption
            If a record is damaged; the message names the row.
        """
        with self._read() as connection:
            yield from reading.read_all_templates(connection)

    def templates_of(self, subject_ids: Sequence[str]) -> list[StoredTemplate]:
        """Read the templates of some subjects; unknown and erased ones have none.

        Raises
        ------
        DataCorruption
            If a record is damaged; the message names the row.
        """
        with self._read() as connection:
            return reading.read_templates_of(connection, subject_ids)

    def faces(self) -> Iterator[StoredFace]:
        """Stream all faces as of now, in the order of subjects; errors as `templates`."""
        with self._read() as connection:
            yield from face_reading.read_all_faces(connection)

    def faces_of(self, subject_ids: Sequence[str]) -> list[StoredFace]:
        """Read the faces of some subjects; unknown and erased ones have none; errors as `templates`."""
        with self._read() as connection:
            return face_reading.read_faces_of(connection, subject_ids)

    def sequence(self) -> int:
        """Tell the number of the last change; 0 for a store that never changed."""
        with self._read() as connection:
            return reading.read_sequence(connection)

    def changes_since(self, sequence: int) -> ChangeSet:
        """Tell which subjects changed after a point of the change sequence, whoever changed them."""
        with self._read() as connection:
            return reading.read_changes(connection, sequence)

    def statistics(self) -> StoreStatistics:
        """Count what the store holds."""
        with self._read() as connection:
            return reading.read_statistics(connection)

    @contextmanager
    def _read(self) -> Iterator[sa.Connection]:
        with typed_errors(str(self.path)), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _write(self) -> Iterator[tuple[sa.Connection, datetime]]:
        with (
            self._write_lock,
            typed_errors(str(self.path)),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection, datetime.now(UTC)
