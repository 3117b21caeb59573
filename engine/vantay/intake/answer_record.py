"""The answer to an application in the record: stored, published, in the audit log; and found again."""

from __future__ import annotations

from dataclasses import replace

from vantay.errors import IdempotencyConflict, StateError
from vantay.intake.answer_file import read_answer, write_answer
from vantay.intake.result import CheckResult
from vantay.store import Actor, NewAuditEntry, NewCheck, NewDecision, RecordWriter, StoredCheck

CALL = "IntakeService/CheckApplicant"
"""As the audit log names a check."""


def stored_answer(stored: StoredCheck, digest: bytes) -> CheckResult:
    """Give the answer of the first time to the same application.

    Raises
    ------
    IdempotencyConflict
        If the application had other content then.
    StateError
        If the answer was purged since.
    """
    told = f"application {stored.reference!r} was answered on {stored.recorded_at:%Y-%m-%d %H:%M:%S} UTC"
    if stored.content_digest != digest:
        raise IdempotencyConflict(f"{told} with other content: take a new reference for a new application")
    if stored.result is None:
        raise StateError(f"{told}, and the answer was purged since: take a new reference")
    return replace(read_answer(stored.result, stored.reference), is_repeat=True)


def record_answer(write: RecordWriter, result: CheckResult, digest: bytes, actor: Actor) -> None:
    """Store the answer, publish it, and note it in the audit log."""
    reasons = tuple(str(reason) for reason in result.reasons)
    due = result.due
    write.put_check(NewCheck(result.reference, digest, result.outcome, write_answer(result), told_of(result)))
    write.publish(
        NewDecision(
            "CHECK",
            reference=result.reference,
            subject_id=result.subject_id,
            outcome=result.outcome,
            reasons=reasons,
            due_on=None if due is None else due.on,
            working_days=None if due is None else due.working_days,
            case_id=result.case_id,
        )
    )
    write.note(audit_entry(result, actor))


def told_of(result: CheckResult) -> tuple[str, ...]:
    """Name the subjects of whom an answer tells."""
    claimed = "" if result.claim is None else result.claim.subject_id
    told = {result.subject_id, claimed, *(candidate.subject_id for candidate in result.candidates)}
    return tuple(sorted(told - {""}))


def audit_entry(result: CheckResult, actor: Actor) -> NewAuditEntry:
    """Tell the audit log of an answer: of the applicant, or of who is most like the applicant."""
    claimed = "" if result.claim is None else result.claim.subject_id
    best = result.candidates[0].subject_id if result.candidates else claimed
    repeated = ("REPEATED",) if result.is_repeat else ()
    reasons = ",".join((*repeated, *(str(reason) for reason in result.reasons)))
    return NewAuditEntry(actor, CALL, result.outcome, result.subject_id or best, result.reference, reasons)
