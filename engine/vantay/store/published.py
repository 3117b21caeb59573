"""Decisions as they are told to whoever follows: numbered in the order in which they became true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from vantay.errors import CallerError
from vantay.store.wording import check_identifier, check_text

DECISION_KINDS = ("CHECK", "CASE", "LOCK", "UNLOCK", "MERGE", "ERASE")
MAX_REASONS = 64


@dataclass(frozen=True, slots=True)
class NewDecision:
    """A decision to be published with the transaction that makes it true.

    Attributes
    ----------
    kind : str
        ``CHECK``, ``CASE``, ``LOCK``, ``UNLOCK``, ``MERGE`` or ``ERASE``.
    reference : str
        Of the application.
    subject_id, other_subject_id : str
        Whom it is about; of a merge the one that stays, and the one that became its alias.
    outcome : str
    reasons : tuple of str
        Machine-readable, each 1 to 128 printable characters.
    due_on : date, optional
    working_days : int, optional
        The track, 0 to 1000.
    case_id : str

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    kind: str
    reference: str = ""
    subject_id: str = ""
    other_subject_id: str = ""
    outcome: str = ""
    reasons: tuple[str, ...] = ()
    due_on: date | None = None
    working_days: int | None = None
    case_id: str = ""

    def __post_init__(self) -> None:
        if self.kind not in DECISION_KINDS:
            raise CallerError(f"decision kind is {self.kind!r}, expected one of {', '.join(DECISION_KINDS)}")
        for name in ("reference", "subject_id", "other_subject_id", "outcome", "case_id"):
            check_text(name, getattr(self, name))
        if len(self.reasons) > MAX_REASONS:
            raise CallerError(f"{len(self.reasons)} reasons, expected at most {MAX_REASONS}")
        for reason in self.reasons:
            check_identifier("reason", reason)
        if self.working_days is not None and not 0 <= self.working_days <= 1000:
            raise CallerError(f"working_days is {self.working_days}, expected 0 to 1000")


@dataclass(frozen=True, slots=True)
class PublishedDecision:
    """A decision as whoever follows reads it.

    Attributes
    ----------
    sequence : int
        1 for the first; without gaps, in the order of commits.
    recorded_at : datetime
        UTC.
    kind, reference, subject_id, other_subject_id, outcome, reasons, due_on, working_days, case_id
        As in `NewDecision`.
    """

    sequence: int
    recorded_at: datetime
    kind: str
    reference: str
    subject_id: str
    other_subject_id: str
    outcome: str
    reasons: tuple[str, ...]
    due_on: date | None
    working_days: int | None
    case_id: str
