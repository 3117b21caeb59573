"""The calls of `Store` about its audit log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vantay.store.audit import AuditAnchor, AuditEntry, AuditVerdict, NewAuditEntry
from vantay.store.audit_chain import append_entries, read_end, read_entries, read_last_sequence, read_rows
from vantay.store.audit_verification import AuditVerifier
from vantay.store.location import Database
from vantay.store.sealing import KeyRing
from vantay.store.session import Session
from vantay.store.shared_commit import SharedCommit

PAGE_ENTRIES = 5000
"""Entries in a page of a verification: some MB, some 30 ms."""


class AuditCalls(Session):
    """What notes in the audit log, reads it, and verifies it."""

    def __init__(self, database: Database, ring: KeyRing, busy_timeout_ms: int) -> None:
        super().__init__(database, ring, busy_timeout_ms)
        self._notes = SharedCommit(self._append)

    def note_audit(self, entry: NewAuditEntry) -> AuditEntry:
        """Note what happened, in a transaction of its own: a read, a refusal. It is on disk on return.

        Threads that note at the same time share a transaction. What happens inside `write` is noted there.

        Raises
        ------
        StorageError
            One of its kinds, if it cannot be noted.
        """
        self._refuse_nesting()  # before it waits for a leader that waits for this thread's own write
        return self._notes.submit(entry)

    def audit_entries(self, after: int = 0, limit: int = 1000) -> list[AuditEntry]:
        """Read the entries after a number, in their order; they are not verified.

        Raises
        ------
        DataCorruption
            If one cannot be read.
        """
        with self._read() as connection:
            return read_entries(connection, after, limit)

    def audit_anchor(self) -> AuditAnchor:
        """Tell how far the log has come, for keeping elsewhere; its seal is verified, its entries are not.

        Raises
        ------
        DataCorruption
            If the seal does not hold.
        """
        with self._read() as connection:
            return read_end(connection, self._ring).anchor(self._ring.store_id)

    def verify_audit(self, anchor: AuditAnchor | Iterable[AuditAnchor] | None = None) -> AuditVerdict:
        """Verify that every entry is there as it was written, up to what is the last one now.

        Parameters
        ----------
        anchor : AuditAnchor or several, optional
            From earlier verifications, kept elsewhere. Without one, a whole database that was replaced by an
            older copy of itself verifies; where the store has no encryption, so does any log that was
            written anew.

        Raises
        ------
        DataCorruption
            If the log was changed, cut off or put together; the message names the first entry that does not
            hold.
        CallerError
            If an anchor is of another store.
        """
        anchors = [anchor] if isinstance(anchor, AuditAnchor) else list(anchor or ())
        with self._read() as connection:
            end = read_end(connection, self._ring)
            last_sequence = read_last_sequence(connection)
        verifier = AuditVerifier(self._ring.store_id, end, anchors)
        after = _BEFORE_ALL
        while verifier.n_verified < end.sequence:
            with self._read() as connection:  # a page is one short transaction: nobody waits for a purge
                rows = read_rows(connection, after, PAGE_ENTRIES)
            if not rows:
                break
            verifier.follow(rows)
            after = rows[-1][0]
        n_entries = verifier.finish(last_sequence)
        return AuditVerdict(n_entries, end.anchor(self._ring.store_id))

    def _append(self, entries: Sequence[NewAuditEntry]) -> list[AuditEntry]:
        with self._write() as transaction:
            return append_entries(transaction, entries)


_BEFORE_ALL = -(1 << 63)
"""So that a row put in before the first is seen too."""
