"""`CaseDesk`: what a person must decide, and what the decision does to the records."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.engine import Engine
from vantay.errors import CaseNotFound, StateError
from vantay.intake.application import EnrolIf
from vantay.intake.capture_file import (
    CapturedSamples,
    acquisition_of,
    unpack_captures,
)
from vantay.intake.case_file import read_details
from vantay.intake.case_ruling import CALL, Registrar, Ruling
from vantay.intake.noting import noting_failure
from vantay.intake.result import CheckResult
from vantay.intake.rules import IntakeRules
from vantay.intake.search_again import ApplicantSearch, Sighting, TooMuchChanged
from vantay.intake.verdict import CaseDecision, Verdict, VerdictKind
from vantay.search import StageTimes
from vantay.store import Actor, NewAuditEntry, RecordWriter, StoredCase


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
    arrangement : str
        How the search laid the fingers to find somebody: ``as-given``, ``hands-swapped``, … Empty once it was
        purged or erased.
    """

    case: StoredCase
    result: CheckResult | None
    captures: CapturedSamples | None
    arrangement: str = ""


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
        self._registrar = Registrar(rules)

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
            details = None if case.details is None else read_details(case)
            captures = self._captures(case_id) if with_captures else None
        told = "" if captures is None else "with captures"
        self._engine.note_audit(NewAuditEntry(actor, call, "READ", reference=case_id, reason=told))
        if details is None:
            return CaseFile(case, None, captures)
        return CaseFile(case, details.answer, captures, details.plan.arrangement)

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
            In the examiner's words, 1 to 2,000 characters; it is kept in plain.

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
            If the verdict names nobody who is enrolled now: somebody who never was, or was erased.
        StateError
            If a newcomer is to be enrolled, and matches somebody whom the check did not find: enrolled since.
        CallerError
            If the verdict has no reason; if the claimed record is to be merged, and none other was claimed.
        """
        with noting_failure(self._engine, actor, CALL, subject_id=verdict.subject_id, reference=case_id):
            ruling = Ruling(actor, case_id, verdict, reason)
            search = self._search_of(case_id, verdict)
            try:
                return self._write(ruling, search, may_give_up=True)
            except TooMuchChanged:
                return self._write(ruling, search, may_give_up=False)

    def _write(self, ruling: Ruling, search: ApplicantSearch | None, *, may_give_up: bool) -> CaseDecision:
        sighting = None if search is None else search.look()
        with self._engine.write() as write:
            case = write.case(ruling.case_id)
            if case.status == "decided" and case.verdict == ruling.verdict.to_text():
                return self._registrar.repeat(case, ruling, write)
            if search is not None and sighting is not None and case.status == "open":
                sighting = search.look_again(sighting, write, may_give_up=may_give_up)
                _refuse_found_since(case, sighting, write)
            return self._registrar.decide(case, ruling, write)

    def _search_of(self, case_id: str, verdict: Verdict) -> ApplicantSearch | None:
        """Make ready to look for the applicant again, if a newcomer may be enrolled."""
        case = self._engine.case(case_id)
        if verdict.kind is not VerdictKind.DIFFERENT_PERSON or case.status != "open" or case.details is None:
            return None
        captures = self._captures(case_id)
        if EnrolIf.NEW not in read_details(case).plan.enrol_if or captures is None or captures.is_empty:
            return None
        return ApplicantSearch(self._engine, self._rules, acquisition_of(captures), None, StageTimes())

    def _captures(self, case_id: str) -> CapturedSamples | None:
        try:
            packed = self._engine.case_captures(case_id)
        except CaseNotFound:
            return None
        return unpack_captures(packed, case_id)


def _refuse_found_since(case: StoredCase, sighting: Sighting, write: RecordWriter) -> None:
    """Refuse to enrol a newcomer who matches somebody that the examiner was not shown."""
    shown = {write.resolve(subject_id) for subject_id in case.subject_ids}
    for candidate in sighting.candidates:
        if candidate.is_match and candidate.subject_id not in shown:
            raise StateError(
                f"the applicant of case {case.case_id!r} matches {candidate.subject_id!r}, who was not found "
                "by the check: decide that it is the same person, or check the applicant anew"
            )
