"""Cases that a person must decide: what is known sealed under keys of the case's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from vantay.errors import CallerError
from vantay.store.checks import check_sealed, check_subjects
from vantay.store.wording import check_identifier, check_prose

CaseStatus = Literal["open", "decided"]
CASE_STATUSES: tuple[CaseStatus, ...] = ("open", "decided")
CASE_KINDS = ("CONFLICT", "INCONCLUSIVE")


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case on its way into the store.

    Attributes
    ----------
    case_id : str
        1 to 128 printable characters, never given before.
    reference : str
        Of the application that it came of.
    kind : str
        ``CONFLICT`` or ``INCONCLUSIVE``.
    details : bytes
        What is known; sealed, and opaque to the store.
    captures : bytes
        What was captured; sealed under a key of its own, and opaque to the store.
    subject_ids : tuple of str
        Whom it tells of: erasing one of them destroys details and captures.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    case_id: str
    reference: str
    kind: str
    details: bytes
    captures: bytes
    subject_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_identifier("case_id", self.case_id)
        check_identifier("reference", self.reference)
        if self.kind not in CASE_KINDS:
            raise CallerError(f"case kind is {self.kind!r}, expected {' or '.join(CASE_KINDS)}")
        check_sealed("details", self.details)
        check_sealed("captures", self.captures)
        check_subjects(self.subject_ids)


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A case as the store has it.

    Attributes
    ----------
    case_id, reference, kind, subject_ids
        As in `NewCase`; subjects in the order of their identifiers.
    status : str
        ``open`` or ``decided``.
    opened_at : datetime
        UTC.
    details : bytes, optional
        None once purged: by retention, or because somebody was erased of whom it told.
    decided_at : datetime, optional
        UTC; None while it is open.
    examiner, verdict, verdict_reason : str
        Who decided what, and why; empty while it is open.
    """

    case_id: str
    reference: str
    kind: str
    status: str
    opened_at: datetime
    details: bytes | None
    subject_ids: tuple[str, ...]
    decided_at: datetime | None = None
    examiner: str = ""
    verdict: str = ""
    verdict_reason: str = ""


def check_verdict(examiner: str, verdict: str, reason: str) -> None:
    """Refuse a verdict without an examiner, or with a reason that is too long; `CallerError`."""
    check_identifier("examiner", examiner)
    check_identifier("verdict", verdict)
    check_prose("verdict reason", reason)
