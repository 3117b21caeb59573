"""What an engine does for a service: writes of several things, checks, cases, decisions, the audit log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import datetime

from vantay.store import (
    AuditAnchor,
    AuditEntry,
    AuditVerdict,
    NewAuditEntry,
    PublishedDecision,
    PurgeCounts,
    RecordWriter,
    Store,
    StoredCase,
    StoredCheck,
)


class ServiceCalls(ABC):
    """The calls of `Engine` that a service is built of; what each may raise is told by those of `Store`."""

    @property
    @abstractmethod
    def _store(self) -> Store: ...

    def write(self) -> AbstractContextManager[RecordWriter]:
        """Begin a write of several things, which are kept together or not at all; see `Store.write`."""
        return self._store.write()

    def sequence(self) -> int:
        """Tell the number of the last change of the records; 0 for a database that never changed."""
        return self._store.sequence()

    def check(self, reference: str) -> StoredCheck | None:
        """Read the check of an application; None if it has none."""
        return self._store.check(reference)

    def cases(self, status: str | None = None, after: str = "", limit: int = 100) -> list[StoredCase]:
        """List cases, the oldest first; those after the case ``after``."""
        return self._store.cases(status, after, limit)

    def case(self, case_id: str) -> StoredCase:
        """Read a case; `CaseNotFound` if there is none."""
        return self._store.case(case_id)

    def case_captures(self, case_id: str) -> bytes:
        """Read what was captured for a case; `CaseNotFound` if there is none, or they were purged."""
        return self._store.case_captures(case_id)

    def decisions_since(self, sequence: int, limit: int = 500) -> list[PublishedDecision]:
        """Read the decisions after a number, in the order in which they became true: none is missed."""
        return self._store.decisions_since(sequence, limit)

    def last_decision(self) -> int:
        """Tell the number of the last decision; 0 if there is none."""
        return self._store.last_decision()

    def purge_checks(
        self,
        *,
        results_before: datetime,
        captures_before: datetime,
        note: Callable[[str], NewAuditEntry] | None = None,
    ) -> PurgeCounts:
        """Destroy what is no longer needed of checks and cases; see `Store.purge_checks`."""
        return self._store.purge_checks(
            results_before=results_before, captures_before=captures_before, note=note
        )

    def note_audit(self, entry: NewAuditEntry) -> AuditEntry:
        """Note what happened; on disk when the call returns. Threads that note at once share a commit."""
        return self._store.note_audit(entry)

    def audit_entries(self, after: int = 0, limit: int = 1000) -> list[AuditEntry]:
        """Read the entries of the audit log after a number, in their order; they are not verified."""
        return self._store.audit_entries(after, limit)

    def audit_anchor(self) -> AuditAnchor:
        """Tell how far the audit log has come, for keeping elsewhere; quick, however long it is."""
        return self._store.audit_anchor()

    def verify_audit(self, anchor: AuditAnchor | Iterable[AuditAnchor] | None = None) -> AuditVerdict:
        """Verify the audit log; `DataCorruption` names the first entry that does not hold."""
        return self._store.verify_audit(anchor)
