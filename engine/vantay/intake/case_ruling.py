"""What a verdict does to the records, inside the transaction that keeps it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass

from vantay.errors import CallerError, CaseNotFound
from vantay.intake.application import EnrolIf
from vantay.intake.capture_file import CapturedSamples, laid_as_found, unpack_captures
from vantay.intake.case_file import CaseDetails, read_details
from vantay.intake.decision import Decision, find_track
from vantay.intake.merging import merge_and_publish
from vantay.intake.result import Due, Outcome, Reason
from vantay.intake.rules import IntakeRules
from vantay.intake.verdict import CaseDecision, Verdict, VerdictKind
from vantay.intake.working_days import due_on
from vantay.store import Actor, NewAuditEntry, NewDecision, RecordWriter, StoredCase

CALL = "CaseService/DecideCase"
"""As the audit log names it."""

_ENCOUNTERS = uuid.UUID("b0d7b6a4-5a54-5c0e-8a39-0f1c2f1d9c77")
"""Name space of identifiers of encounters that come out of cases."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict on its way into the records.

    Raises
    ------
    CallerError
        If it comes without a reason: whoever looks at the records later would not know why.
    """

    actor: Actor
    case_id: str
    verdict: Verdict
    reason: str

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise CallerError("the verdict has no reason, expected what the examiner saw, in words")


class Registrar:
    """Applies verdicts by the rules.

    Parameters
    ----------
    rules : IntakeRules
    """

    def __init__(self, rules: IntakeRules) -> None:
        self._rules = rules

    def decide(self, case: StoredCase, ruling: Ruling, write: RecordWriter) -> CaseDecision:
        """Change the records as a verdict says, publish it, and note it in the audit log.

        Raises
        ------
        CaseDecided
            If the case was decided before.
        SubjectNotFound
            If the verdict names nobody who is enrolled now: somebody who never was, or was erased.
        CallerError
            If the claimed record is to be merged, and none other was claimed.
        """
        decision = self._apply(case, ruling, write)
        write.publish(
            NewDecision(
                "CASE",
                reference=decision.reference,
                subject_id=decision.subject_id,
                outcome=ruling.verdict.kind,
                due_on=decision.due.on,
                working_days=decision.due.working_days,
                case_id=decision.case_id,
            )
        )
        write.note(_audit_entry(ruling, decision))
        return decision

    def repeat(self, case: StoredCase, ruling: Ruling, write: RecordWriter) -> CaseDecision:
        """Answer the same verdict again, as it was answered."""
        decision = self._repeated(case, ruling.verdict, write)
        write.note(_audit_entry(ruling, decision))
        return decision

    def _apply(self, case: StoredCase, ruling: Ruling, write: RecordWriter) -> CaseDecision:
        """Change the records as the verdict says."""
        details = None if case.details is None else read_details(case)
        verdict, outcome = ruling.verdict, _outcome_of(ruling.verdict)
        subject_id = write.resolve_enrolled(verdict.subject_id) if verdict.subject_id else ""
        if verdict.merges_claimed:
            self._merge_claimed(subject_id, details, ruling, write)
        write.decide_case(
            case.case_id,
            examiner=ruling.actor.name,
            verdict=verdict.to_text(),
            reason=ruling.reason,
            subject_ids=(subject_id,) if subject_id else (),
        )
        encounter_id = ""
        if details is not None and EnrolIf(outcome) in details.plan.enrol_if:
            samples = _samples_to_keep(case, details, subject_id, write)
            subject_id, encounter_id = self._keep(case, details, samples, subject_id, write)
        return CaseDecision(
            case.case_id,
            case.reference,
            verdict,
            outcome,
            subject_id,
            encounter_id,
            self._due(case, details, outcome),
        )

    def _keep(
        self,
        case: StoredCase,
        details: CaseDetails,
        samples: CapturedSamples,
        subject_id: str,
        write: RecordWriter,
    ) -> tuple[str, str]:
        """Write the captures as an encounter; give whose, and which."""
        encounter_id, plan = _encounter_id(case), details.plan
        if samples.is_empty:
            return subject_id, ""
        if subject_id:
            plan.join(write, subject_id, samples, encounter_id=encounter_id)
            return subject_id, encounter_id
        plan.enrol(write, samples, self._rules, encounter_id=encounter_id)
        return plan.subject_id, encounter_id

    def _merge_claimed(
        self, winner_id: str, details: CaseDetails | None, ruling: Ruling, write: RecordWriter
    ) -> None:
        claimed_id = "" if details is None else details.plan.claimed_id
        loser_id = write.resolve(claimed_id) if claimed_id else ""
        if loser_id in {"", winner_id}:
            raise CallerError(
                f"case {ruling.case_id!r} has no other claimed record to merge into {winner_id!r}"
            )
        merge_and_publish(write, winner_id, loser_id, case_id=ruling.case_id)
        write.note(NewAuditEntry(ruling.actor, CALL, "MERGED", loser_id, ruling.case_id))

    def _due(self, case: StoredCase, details: CaseDetails | None, outcome: Outcome) -> Due:
        reason = Reason.CLAIM_VERIFIED if outcome is Outcome.KNOWN else Reason.NOBODY_FOUND
        level = 2 if details is None else details.plan.level
        received_at = case.opened_at if details is None else details.plan.received_at
        n_days = find_track(Decision(outcome, (reason,)), self._rules, level=level)
        return Due(n_days, due_on(received_at, n_days, self._rules.calendar))

    def _repeated(self, case: StoredCase, verdict: Verdict, write: RecordWriter) -> CaseDecision:
        outcome = _outcome_of(verdict)
        details = None if case.details is None else read_details(case)
        subject_id = write.resolve(verdict.subject_id) if verdict.subject_id else ""
        is_kept = details is not None and EnrolIf(outcome) in details.plan.enrol_if
        if details is not None and is_kept:
            with suppress(CaseNotFound):  # purged, of a case that had captures
                is_kept = not _samples_to_keep(case, details, subject_id, write).is_empty
        newcomer = details.plan.subject_id if details is not None and is_kept else ""
        return CaseDecision(
            case.case_id,
            case.reference,
            verdict,
            outcome,
            subject_id or newcomer,
            _encounter_id(case) if is_kept else "",
            self._due(case, details, outcome),
            is_repeat=True,
        )


def _samples_to_keep(
    case: StoredCase, details: CaseDetails, subject_id: str, write: RecordWriter
) -> CapturedSamples:
    """Give the captures as they would be filed: where the search found somebody, as it laid them.

    Raises
    ------
    CaseNotFound
        If they were purged.
    """
    samples = unpack_captures(write.case_captures(case.case_id), case.case_id)
    is_found = subject_id in {candidate.subject_id for candidate in details.answer.candidates}
    return laid_as_found(samples, details.plan.arrangement) if is_found else samples


def _encounter_id(case: StoredCase) -> str:
    return str(uuid.uuid5(_ENCOUNTERS, case.case_id))


def _outcome_of(verdict: Verdict) -> Outcome:
    return Outcome.KNOWN if verdict.kind is VerdictKind.SAME_PERSON else Outcome.NEW


def _audit_entry(ruling: Ruling, decision: CaseDecision) -> NewAuditEntry:
    repeated = "REPEATED" if decision.is_repeat else ""
    return NewAuditEntry(
        ruling.actor,
        CALL,
        str(ruling.verdict.kind),
        decision.subject_id,
        decision.case_id,
        repeated,
    )
