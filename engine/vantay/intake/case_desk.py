"""`CaseDesk`: what a person must decide, and what the decision does to the records."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from vantay.engine import Engine
from vantay.errors import CallerError, CaseNotFound, StateError
from vantay.intake.application import EnrolIf
from vantay.intake.capture_file import (
    CapturedSamples,
    acquisition_of,
    laid_as_found,
    unpack_captures,
)
from vantay.intake.case_file import CaseDetails, read_details
from vantay.intake.decision import Decision, find_track
from vantay.intake.noting import noting_failure
from vantay.intake.result import CheckResult, Due, Outcome, Reason
from vantay.intake.rules import IntakeRules
from vantay.intake.search_again import ApplicantSearch, Sighting, TooMuchChanged
from vantay.intake.verdict import CaseDecision, Verdict, VerdictKind
from vantay.intake.working_days import due_on
from vantay.search import StageTimes
from vantay.store import Actor, NewAuditEntry, NewDecision, RecordWriter, StoredCase

_ENCOUNTERS = uuid.UUID("b0d7b6a4-5a54-5c0e-8a39-0f1c2f1d9c77")
"""Name space of identifiers of encounters that come out of cases."""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as an examiner reads it.

    Attributes
    ----------
    case : StoredCase
    result : CheckResult, optional
        What the check found: candidates, claim, captures. None once it was purged or erased.
    captures : CapturedSamples, optional
        Templates, and images if they were kept. None if they were not asked for, or are gone.
    """

    case: StoredCase
    result: CheckResult | None
    captures: CapturedSamples | None


@dataclass(frozen=True, slots=True)
class _Ruling:
    """A verdict on its way into the records."""

    actor: Actor
    case_id: str
    verdict: Verdict
    reason: str


class CaseDesk:
    """The cases that checks opened. Any number of threads may use one desk.

    Parameters
    ----------
    engine : Engine
    rules : IntakeRules
    """

    def __init__(self, engine: Engine, rules: IntakeRules) -> None:
        self._engine = engine
        self._rules = rules

    def list_cases(
        self, actor: Actor, *, status: str | None = None, after: str = "", limit: int = 100
    ) -> list[StoredCase]:
        """List cases, the oldest first.

        Parameters
        ----------
        actor : Actor
        status : str, optional
            Only ``open`` or only ``decided`` ones.
        after : str
            Identifier of the last case of the page before.
        limit : int
            At most this many.

        Raises
        ------
        CaseNotFound
            If there is no case ``after``.
        """
        call = "CaseService/ListCases"
        with noting_failure(self._engine, actor, call):
            cases = self._engine.cases(status, after, limit)
        self._engine.note_audit(NewAuditEntry(actor, call, "READ", reason=f"{len(cases)} cases"))
        return cases

    def read_case(self, actor: Actor, case_id: str, *, with_captures: bool = True) -> CaseFile:
        """Read a case with what was found and captured.

        Raises
        ------
        CaseNotFound
            If there is none.
        """
        call = "CaseService/ReadCase"
        with noting_failure(self._engine, actor, call, reference=case_id):
            case = self._engine.case(case_id)
            result = None if case.details is None else read_details(case).answer
            captures = self._captures(case_id) if with_captures else None
        self._engine.note_audit(NewAuditEntry(actor, call, "READ", reference=case_id))
        return CaseFile(case, result, captures)

    def decide(self, actor: Actor, case_id: str, verdict: Verdict, reason: str) -> CaseDecision:
        """Decide a case; what follows is written in the same transaction.

        The application ends as KNOWN (same person) or NEW (different person), and the captures are kept if
        its ``enrol_if`` names that: as an encounter of that subject, or of a new one. If the fingers were
        found in another order, they are filed as they were found.

        Parameters
        ----------
        actor : Actor
            The examiner.
        case_id : str
        verdict : Verdict
        reason : str
            In the examiner's words, at most 2,000 characters; it is kept in plain.

        Returns
        -------
        CaseDecision
            On disk when the call returns. The same verdict again is answered again.

        Raises
        ------
        CaseNotFound
            If there is none.
        CaseDecided
            If it was decided otherwise.
        SubjectNotFound
            If the verdict names nobody who is enrolled.
        StateError
            If a newcomer is to be enrolled, and matches somebody whom the check did not find: enrolled since.
        CallerError
            If the claimed record is to be merged, and none other was claimed.
        """
        call = "CaseService/DecideCase"
        ruling = _Ruling(actor, case_id, verdict, reason)
        with noting_failure(self._engine, actor, call, subject_id=verdict.subject_id, reference=case_id):
            search = self._search_of(case_id, verdict)
            try:
                return self._write(ruling, search, may_give_up=True)
            except TooMuchChanged:
                return self._write(ruling, search, may_give_up=False)

    def _write(self, ruling: _Ruling, search: ApplicantSearch | None, *, may_give_up: bool) -> CaseDecision:
        sighting = None if search is None else search.look()
        with self._engine.write() as write:
            case = write.case(ruling.case_id)
            if case.status == "decided" and case.verdict == ruling.verdict.to_text():
                decision = self._repeated(case, ruling.verdict)
                write.note(_audit_entry(ruling, decision))
                return decision
            if search is not None and sighting is not None and case.status == "open":
                sighting = search.look_again(sighting, write, may_give_up=may_give_up)
                _refuse_found_since(case, sighting, write)
            decision = self._apply(case, ruling, write)
            self._record(ruling, decision, write)
        return decision

    def _search_of(self, case_id: str, verdict: Verdict) -> ApplicantSearch | None:
        """Make ready to look for the applicant again, if a newcomer may be enrolled."""
        case = self._engine.case(case_id)
        if verdict.kind is not VerdictKind.DIFFERENT_PERSON or case.status != "open" or case.details is None:
            return None
        captures = self._captures(case_id)
        if EnrolIf.NEW not in read_details(case).plan.enrol_if or captures is None or captures.is_empty:
            return None
        return ApplicantSearch(self._engine, self._rules, acquisition_of(captures), None, StageTimes())

    def _apply(self, case: StoredCase, ruling: _Ruling, write: RecordWriter) -> CaseDecision:
        """Change the records as the verdict says."""
        details = None if case.details is None else read_details(case)
        verdict, outcome = ruling.verdict, _outcome_of(ruling.verdict)
        subject_id = write.resolve(verdict.subject_id) if verdict.subject_id else ""
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
            samples = unpack_captures(write.case_captures(case.case_id), case.case_id)
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
        encounter_id = str(uuid.uuid5(_ENCOUNTERS, case.case_id))
        plan = details.plan
        if subject_id in {candidate.subject_id for candidate in details.answer.candidates}:
            samples = laid_as_found(samples, plan.arrangement)
        if samples.is_empty:
            return subject_id, ""
        if subject_id:
            plan.join(write, subject_id, samples, encounter_id=encounter_id)
            return subject_id, encounter_id
        plan.enrol(write, samples, self._rules, encounter_id=encounter_id)
        return plan.subject_id, encounter_id

    def _merge_claimed(
        self, winner_id: str, details: CaseDetails | None, ruling: _Ruling, write: RecordWriter
    ) -> None:
        claimed_id = "" if details is None else details.plan.claimed_id
        loser_id = write.resolve(claimed_id) if claimed_id else ""
        if loser_id in {"", winner_id}:
            raise CallerError(
                f"case {ruling.case_id!r} has no other claimed record to merge into {winner_id!r}"
            )
        write.merge(winner_id, loser_id)
        write.publish(
            NewDecision("MERGE", subject_id=winner_id, other_subject_id=loser_id, case_id=ruling.case_id)
        )
        write.note(NewAuditEntry(ruling.actor, "CaseService/DecideCase", "MERGED", loser_id, ruling.case_id))

    def _due(self, case: StoredCase, details: CaseDetails | None, outcome: Outcome) -> Due:
        reason = Reason.CLAIM_VERIFIED if outcome is Outcome.KNOWN else Reason.NOBODY_FOUND
        level = 2 if details is None else details.plan.level
        received_at = case.opened_at if details is None else details.plan.received_at
        n_days = find_track(Decision(outcome, (reason,)), self._rules, level=level)
        return Due(n_days, due_on(received_at, n_days, self._rules.calendar))

    def _repeated(self, case: StoredCase, verdict: Verdict) -> CaseDecision:
        """Answer the same verdict again, as it was answered."""
        outcome = _outcome_of(verdict)
        details = None if case.details is None else read_details(case)
        encounter_id = str(uuid.uuid5(_ENCOUNTERS, case.case_id))
        is_kept = details is not None and EnrolIf(outcome) in details.plan.enrol_if
        newcomer = details.plan.subject_id if details is not None and is_kept else ""
        return CaseDecision(
            case.case_id,
            case.reference,
            verdict,
            outcome,
            verdict.subject_id or newcomer,
            encounter_id if is_kept else "",
            self._due(case, details, outcome),
            is_repeat=True,
        )

    def _record(self, ruling: _Ruling, decision: CaseDecision, write: RecordWriter) -> None:
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

    def _captures(self, case_id: str) -> CapturedSamples | None:
        try:
            packed = self._engine.case_captures(case_id)
        except CaseNotFound:
            return None
        return unpack_captures(packed, case_id)


def _outcome_of(verdict: Verdict) -> Outcome:
    return Outcome.KNOWN if verdict.kind is VerdictKind.SAME_PERSON else Outcome.NEW


def _refuse_found_since(case: StoredCase, sighting: Sighting, write: RecordWriter) -> None:
    """Refuse to enrol a newcomer who matches somebody that the examiner was not shown."""
    shown = {write.resolve(subject_id) for subject_id in case.subject_ids}
    for candidate in sighting.candidates:
        if candidate.is_match and candidate.subject_id not in shown:
            raise StateError(
                f"the applicant of case {case.case_id!r} matches {candidate.subject_id!r}, who was not found "
                "by the check: decide that it is the same person, or check the applicant anew"
            )


def _audit_entry(ruling: _Ruling, decision: CaseDecision) -> NewAuditEntry:
    repeated = "REPEATED" if decision.is_repeat else ""
    return NewAuditEntry(
        ruling.actor,
        "CaseService/DecideCase",
        str(ruling.verdict.kind),
        decision.subject_id,
        decision.case_id,
        repeated,
    )
