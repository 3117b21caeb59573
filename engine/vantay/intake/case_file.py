"""A case as the store seals it: the answer of the check, and what would be kept of the applicant."""

from __future__ import annotations

import json
from dataclasses import dataclass

from vantay.errors import CallerError, DataCorruption, StateError
from vantay.intake.answer_file import answer_document, answer_of
from vantay.intake.answer_record import told_of
from vantay.intake.capture_file import CapturedSamples, pack_captures
from vantay.intake.enrolment_plan import EnrolmentPlan
from vantay.intake.result import CheckResult
from vantay.store import NewCase, StoredCase


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """What is known of a case, but for the captures."""

    answer: CheckResult
    plan: EnrolmentPlan


def new_case(result: CheckResult, plan: EnrolmentPlan, samples: CapturedSamples) -> NewCase:
    """Make the case that an answer opens."""
    details = {"answer": answer_document(result), "plan": plan.to_document()}
    return NewCase(
        result.case_id,
        result.reference,
        result.outcome,
        json.dumps(details, separators=(",", ":")).encode(),
        pack_captures(samples),
        told_of(result),
    )


def read_details(case: StoredCase) -> CaseDetails:
    """Read what is known of a case.

    Raises
    ------
    StateError
        If it was purged, or erased with somebody of whom it told.
    DataCorruption
        If it is not what `new_case` makes.
    """
    if case.details is None:
        raise StateError(f"what was known of case {case.case_id!r} was purged: check the applicant anew")
    try:
        said = json.loads(case.details)
        return CaseDetails(answer_of(said["answer"]), EnrolmentPlan.of_document(said["plan"]))
    except (ValueError, KeyError, TypeError, CallerError) as error:
        raise DataCorruption(f"the details of case {case.case_id} are not readable") from error
