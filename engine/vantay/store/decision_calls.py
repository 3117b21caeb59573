"""The calls of `Store` about checks, cases and published decisions, and the write that joins all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from vantay.store import retention
from vantay.store.audit import NewAuditEntry
from vantay.store.audit_chain import append_entries
from vantay.store.case_rows import read_captures, read_case, read_cases
from vantay.store.cases import StoredCase
from vantay.store.check_rows import read_check
from vantay.store.checks import StoredCheck
from vantay.store.decision_rows import read_decisions, read_last_decision
from vantay.store.published import PublishedDecision
from vantay.store.record_writer import RecordWriter
from vantay.store.retention import PurgeCounts
from vantay.store.session import Session
from vantay.store.storage_errors import typed_errors
from vantay.store.wording import check_time


class DecisionCalls(Session):
    """What decides about people, and tells of it."""

    @contextmanager
    def write(self) -> Iterator[RecordWriter]:
        """Begin a write of several things, which are kept together or not at all.

        Writes of others wait until it ends: do nothing slow inside. Where a subject was erased in it, the
        bytes leave the files after the commit; `RecordWriter.is_purged` tells whether they have.

        Raises
        ------
        StateError
            If this thread is in a write of this store already.
        StorageError
            One of its kinds, if nothing can be written; nothing was then.

        Examples
        --------
        >>> with store.write() as write:                                                 # doctest: +SKIP
        ...     write.lock("A-17")
        ...     write.publish(NewDecision("LOCK", subject_id="A-17"))
        ...     write.note(NewAuditEntry(actor, "Lock", "LOCKED", "A-17"))
        """
        with self._write() as transaction:
            writer = RecordWriter(transaction)
            yield writer
            writer.finish()
        if writer.has_erased:
            writer.is_purged = self.purge_after_write()

    def purge_after_write(self) -> bool:
        """Remove the bytes of what was erased just now, as `erase` does; False if others were in the way."""
        with typed_errors(self._database.name):
            return self._database.purge_after_erasure(wait_ms=self._busy_timeout_ms)

    def check(self, reference: str) -> StoredCheck | None:
        """Read the check of an application; None if it has none."""
        with self._read() as connection:
            return read_check(connection, self._ring, reference)

    def cases(self, status: str | None = None, after: str = "", limit: int = 100) -> list[StoredCase]:
        """List cases, the oldest first.

        Parameters
        ----------
        status : str, optional
            Only ``open`` or only ``decided`` ones.
        after : str
            List what comes after this case: the last one of the page before.
        limit : int
            At most this many.

        Raises
        ------
        CaseNotFound
            If there is no case ``after``.
        CallerError
            If there is no such status.
        """
        with self._read() as connection:
            return read_cases(connection, self._ring, status, after, limit)

    def case(self, case_id: str) -> StoredCase:
        """Read a case.

        Raises
        ------
        CaseNotFound
            If there is no such case.
        """
        with self._read() as connection:
            return read_case(connection, self._ring, case_id)

    def case_captures(self, case_id: str) -> bytes:
        """Read what was captured for a case.

        Raises
        ------
        CaseNotFound
            If there is no such case, or its captures were purged.
        """
        with self._read() as connection:
            return read_captures(connection, self._ring, case_id)

    def decisions_since(self, sequence: int, limit: int = 500) -> list[PublishedDecision]:
        """Read the decisions after a number, in the order in which they became true: none is missed."""
        with self._read() as connection:
            return read_decisions(connection, sequence, limit)

    def last_decision(self) -> int:
        """Tell the number of the last decision; 0 if there is none."""
        with self._read() as connection:
            return read_last_decision(connection)

    def purge_checks(
        self,
        *,
        results_before: datetime,
        captures_before: datetime,
        note: Callable[[str], NewAuditEntry] | None = None,
    ) -> PurgeCounts:
        """Destroy what is no longer needed of checks and cases, and the keys that sealed it.

        Rows stay, with outcome and verdict, and so do published decisions and the audit log. Nothing of an
        application with an open case is destroyed. It is done in many short writes; when it is cut short,
        the next one goes on.

        Parameters
        ----------
        results_before : datetime
            With a time zone. Answers given before it go, and details of cases decided before it.
        captures_before : datetime
            With a time zone. Captures of cases decided before it go.
        note : callable, optional
            Makes the audit entry of a write out of what the write destroyed, as ``17 answers``; it is part of
            the write.
        """
        check_time("results_before", results_before)
        check_time("captures_before", captures_before)
        purge_all = partial(self._purge_all, note)
        n_results = purge_all("answers", retention.purge_results, results_before)
        n_details = purge_all("details of cases", retention.purge_details, results_before)
        n_captures = purge_all("captures of cases", retention.purge_captures, captures_before)
        has_purged = n_results + n_details + n_captures > 0
        return PurgeCounts(n_results, n_captures, n_details, has_purged and self.purge_after_write())

    def _purge_all(
        self,
        note: Callable[[str], NewAuditEntry] | None,
        what: str,
        purge_some: Callable[[sa.Connection, datetime], int],
        before: datetime,
    ) -> int:
        n_all = 0
        while True:
            with self._write() as transaction:
                n_some = purge_some(transaction.connection, before)
                if n_some and note is not None:
                    append_entries(transaction, [note(f"{n_some} {what}")])
            n_all += n_some
            if n_some < retention.BATCH:
                return n_all
