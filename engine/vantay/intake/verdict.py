"""What an examiner finds in a case, and what became of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from vantay.errors import CallerError
from vantay.intake.result import Due, Outcome
from vantay.store.wording import MAX_ID_LENGTH


class VerdictKind(StrEnum):
    """Who the applicant of a case is."""

    SAME_PERSON = "SAME_PERSON"
    """Somebody who is enrolled."""
    DIFFERENT_PERSON = "DIFFERENT_PERSON"
    """None of those who were found."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of an examiner.

    Attributes
    ----------
    kind : VerdictKind
    subject_id : str
        Who it is; only with SAME_PERSON.
    merges_claimed : bool
        The record that was claimed is the same person too, and is merged into this one.

    Raises
    ------
    CallerError
        If these do not go together.
    """

    kind: VerdictKind
    subject_id: str = ""
    merges_claimed: bool = False

    def __post_init__(self) -> None:
        is_same = self.kind is VerdictKind.SAME_PERSON
        if is_same != bool(self.subject_id):
            raise CallerError(
                f"verdict {self.kind} with subject {self.subject_id!r}, expected a subject with SAME_PERSON "
                "and none with DIFFERENT_PERSON"
            )
        if self.merges_claimed and not is_same:
            raise CallerError(
                "verdict DIFFERENT_PERSON merges the claimed record, expected SAME_PERSON for that"
            )

    def to_text(self) -> str:
        """Write the verdict as the store keeps it, ``SAME_PERSON:A-17``; a long identifier as its digest."""
        kind = f"{self.kind}+CLAIMED" if self.merges_claimed else str(self.kind)
        text = f"{kind}:{self.subject_id}" if self.subject_id else kind
        if len(text) <= MAX_ID_LENGTH:
            return text
        return f"{kind}:sha256-{hashlib.sha256(self.subject_id.encode()).hexdigest()}"

    @classmethod
    def from_text(cls, text: str) -> Verdict:
        """Read what `to_text` wrote."""
        said, _, subject_id = text.partition(":")
        kind, _, merged = said.partition("+")
        return cls(VerdictKind(kind), subject_id, merges_claimed=bool(merged))


@dataclass(frozen=True, slots=True)
class CaseDecision:
    """What a verdict did; on disk when the caller has it.

    Attributes
    ----------
    case_id : str
    reference : str
        Of the application.
    verdict : Verdict
    outcome : Outcome
        KNOWN or NEW: what the application ends with.
    subject_id : str
        Who the applicant is; empty for a different person who was not enrolled.
    encounter_id : str
        Of the encounter that was stored; empty if none was.
    due : Due
        When the answer to the application is due, from the day on which it was received.
    is_repeat : bool
        Whether the case had been decided like this before.
    """

    case_id: str
    reference: str
    verdict: Verdict
    outcome: Outcome
    subject_id: str
    encounter_id: str
    due: Due
    is_repeat: bool = False
