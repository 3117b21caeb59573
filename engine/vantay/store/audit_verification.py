"""Verifying the audit log: every entry is there, as it was written, in its place, up to the sealed end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from vantay.errors import CallerError
from vantay.store.audit import AuditAnchor
from vantay.store.audit_chain import LogEnd, beginning, broken_log, chained_hash


class AuditVerifier:
    """Follows a log from its beginning; rows come in pages, so that any length fits into memory.

    Parameters
    ----------
    store_id : str
        Whose log.
    end : LogEnd
        Its end, the seal verified.
    anchors : sequence of AuditAnchor
        What was kept elsewhere.

    Raises
    ------
    CallerError
        If an anchor is of another store.
    DataCorruption
        If an anchor is of a longer log.
    """

    def __init__(self, store_id: str, end: LogEnd, anchors: Sequence[AuditAnchor]) -> None:
        self._end = end
        self._at = beginning(store_id)
        self._hash_by_sequence: dict[int, str] = {}
        for anchor in anchors:
            _check_store(anchor, store_id)
            if anchor.sequence > end.sequence:
                raise broken_log(
                    f"ends at entry {end.sequence}, but had reached entry {anchor.sequence} when the anchor "
                    "was taken: an older copy of the database was put in its place, or the log was cut off"
                )
            if self._hash_by_sequence.setdefault(anchor.sequence, anchor.hash) != anchor.hash:
                raise broken_log(f"had two different entries {anchor.sequence} by the anchors")
        self._check_anchor()

    @property
    def n_verified(self) -> int:
        """How many entries hold so far."""
        return self._at.sequence

    def follow(self, rows: Iterable[Sequence[Any]]) -> None:
        """Verify the next rows up to the end; those after it were written since it was read.

        Raises
        ------
        DataCorruption
            Naming the first entry that does not hold.
        """
        for *said, digest in rows:
            expected = self._at.sequence + 1
            if expected > self._end.sequence:
                return
            if said[0] < expected:
                raise broken_log(f"has an entry {said[0]}, which is before the first: it was put in")
            if said[0] > expected:
                raise broken_log(f"lacks entry {expected}: it was deleted")
            if _hash_or_none(self._at.hash, said) != digest:
                raise broken_log(
                    f"has another entry {expected} than was written: it was changed, put in, or moved from "
                    "another place"
                )
            self._at = LogEnd(expected, digest)
            self._check_anchor()

    def finish(self, last_sequence: int) -> int:
        """Check that the log ends where it should, given the last row that there was; return its length.

        Raises
        ------
        DataCorruption
            If it does not.
        """
        end = self._end
        if self._at.sequence < end.sequence:
            raise broken_log(
                f"ends after entry {self._at.sequence}, but entry {end.sequence} was the last: what lies "
                "between was cut off"
            )
        if self._at.hash != end.hash:
            raise broken_log(f"has another last entry {end.sequence} than its seal says: it was written anew")
        if last_sequence > end.sequence:
            raise broken_log(
                f"goes on to entry {last_sequence} after its end {end.sequence}: they were put in"
            )
        return self.n_verified

    def _check_anchor(self) -> None:
        anchored = self._hash_by_sequence.get(self._at.sequence)
        if anchored is not None and anchored != self._at.hash.hex():
            raise broken_log(
                f"has another entry {self._at.sequence} than when the anchor was taken: the log was written "
                "anew, by somebody who has the store's key, or from an older copy of the database"
            )


def _hash_or_none(previous: bytes, said: Sequence[Any]) -> bytes | None:
    try:
        return chained_hash(previous, said)
    except (TypeError, ValueError):  # a value that JSON or UTF-8 does not know
        return None


def _check_store(anchor: AuditAnchor, store_id: str) -> None:
    if anchor.store_id != store_id:
        raise CallerError(
            f"the anchor is of the store {anchor.store_id[:80]!r}, this one is {store_id!r}: take its own"
        )
