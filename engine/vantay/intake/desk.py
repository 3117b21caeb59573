"""`IntakeDesk`: one call answers whether an applicant is known, new, or a case for a person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from vantay.engine import Engine
from vantay.errors import GalleryNotFound
from vantay.intake.answer_record import CALL, audit_entry, record_answer, stored_answer
from vantay.intake.application import Application, EnrolIf
from vantay.intake.application_digest import application_digest
from vantay.intake.capture_file import CapturedSamples, samples_of
from vantay.intake.capture_gate import (
    find_recapture_reasons,
    judge_captures,
    least_n_fingers,
    needs_recapture,
)
from vantay.intake.case_file import new_case
from vantay.intake.decision import Decision, decide, find_track
from vantay.intake.eligibility import age_on, find_refusals
from vantay.intake.enrolment_plan import EnrolmentPlan
from vantay.intake.findings import Findings
from vantay.intake.noting import noting_failure
from vantay.intake.result import CaptureReport, CheckResult, Due, Outcome
from vantay.intake.rules import IntakeRules
from vantay.intake.search_again import ApplicantSearch, Sighting, TooMuchChanged
from vantay.intake.working_days import due_on, vietnam_date
from vantay.search import Acquisition, StageTimes, verification_threshold
from vantay.store import Actor, RecordWriter, StoredCheck
from vantay.store.wording import check_identifier


def read_clock() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One application on its way through the desk."""

    application: Application
    actor: Actor
    digest: bytes
    now: datetime
    age: int
    times: StageTimes


@dataclass(frozen=True, slots=True)
class _Ready:
    """An application whose captures are good enough to be searched."""

    visit: _Visit
    plan: EnrolmentPlan
    acquired: Acquisition
    reports: tuple[CaptureReport, ...]


class IntakeDesk:
    """Checks applicants. Any number of threads may use one desk, and any number of desks one database.

    Parameters
    ----------
    engine : Engine
    rules : IntakeRules
    clock : callable
        Gives the time, with a time zone.
    keeps_images : bool
        Keep the image files of captures beside their templates, sealed like these: in cases, so that an
        examiner sees them, and in encounters.
    """

    def __init__(
        self,
        engine: Engine,
        rules: IntakeRules,
        *,
        clock: Callable[[], datetime] = read_clock,
        keeps_images: bool = False,
    ) -> None:
        self._engine = engine
        self._rules = rules
        self._clock = clock
        self._keeps_images = keeps_images
        self._has_galleries = False

    def check(self, application: Application, actor: Actor) -> CheckResult:
        """Check an applicant, and write all that follows in one transaction.

        An application that is refused, or whose captures are not good enough, leaves nothing behind but an
        entry in the audit log: it may come again, with other content too.

        Parameters
        ----------
        application : Application
        actor : Actor
            On whose behalf.

        Returns
        -------
        CheckResult
            On disk when the call returns. The same application again is answered with the first answer.

        Raises
        ------
        IdempotencyConflict
            If the reference was answered before, for an application with other content.
        StateError
            If it was answered before, and the answer was purged since.
        CallerError
            If something cannot be used: one of its kinds tells what.
        AlreadyEnrolled
            If the applicant is new, and the ``subject_id`` that the application gives is taken.
        GalleryNotFound
            If the rules name a gallery that is not there.
        StorageError
            If it cannot be read or written; then nothing was.
        """
        check_identifier("reference", application.reference)
        with noting_failure(self._engine, actor, CALL, reference=application.reference):
            return self._check(application, actor)

    def _check(self, application: Application, actor: Actor) -> CheckResult:
        now = self._clock()
        age = age_on(application.applicant.birth_date, vietnam_date(now))
        visit = _Visit(application, actor, application_digest(application), now, age, StageTimes())
        stored = self._engine.check(application.reference)
        if stored is not None:
            return self._repeat(stored, visit)
        refusals = find_refusals(application, self._rules, now)
        if refusals:
            return self._turn_away(CheckResult(application.reference, Outcome.REFUSED, refusals), visit)
        plan = EnrolmentPlan.of(application, self._rules, now)
        captures = application.captures
        with visit.times.stage("extract"):
            acquired = self._engine.acquire(
                captures.fingers, captures.face, ppi=captures.ppi, may_be_empty=True
            )
        reports = self._judge(visit, acquired)
        if needs_recapture(reports):
            reasons = find_recapture_reasons(reports)
            result = CheckResult(application.reference, Outcome.RECAPTURE, reasons, captures=reports)
            return self._turn_away(result, visit)
        return self._search_and_write(_Ready(visit, plan, acquired, reports))

    def _judge(self, visit: _Visit, acquired: Acquisition) -> tuple[CaptureReport, ...]:
        return judge_captures(
            visit.application.captures,
            acquired.qualities,
            acquired.face_quality,
            acquired.failures,
            self._rules,
            age=visit.age,
            level=visit.application.level,
        )

    def _turn_away(self, result: CheckResult, visit: _Visit) -> CheckResult:
        """Answer without a search; only the audit log tells of it."""
        self._engine.note_audit(audit_entry(result, visit.actor))
        return replace(result, timings_ms=visit.times.ms)

    def _repeat(self, stored: StoredCheck, visit: _Visit) -> CheckResult:
        """Give the answer of the first time, for the same content."""
        result = stored_answer(stored, visit.digest)
        self._engine.note_audit(audit_entry(result, visit.actor))
        return result

    def _search_and_write(self, ready: _Ready) -> CheckResult:
        self._require_galleries()
        visit = ready.visit
        claim, times = visit.application.claim, visit.times
        search = ApplicantSearch(self._engine, self._rules, ready.acquired, claim, times)
        try:
            return self._write(ready, search, search.look(), may_give_up=True)
        except TooMuchChanged:
            return self._write(ready, search, search.look(), may_give_up=False)

    def _write(
        self, ready: _Ready, search: ApplicantSearch, sighting: Sighting, *, may_give_up: bool
    ) -> CheckResult:
        visit = ready.visit
        with visit.times.stage("store"), self._engine.write() as write:
            stored = write.check(visit.application.reference)
            if stored is not None:  # the same application was checked by another thread meanwhile
                result = stored_answer(stored, visit.digest)
                write.note(audit_entry(result, visit.actor))
                return result
            sighting = search.look_again(sighting, write, may_give_up=may_give_up)
            result = self._answer(ready, sighting)
            result = self._apply(ready, sighting, result, write)
            record_answer(write, result, visit.digest, visit.actor)
        return replace(result, timings_ms=visit.times.ms)

    def _answer(self, ready: _Ready, sighting: Sighting) -> CheckResult:
        """Decide, and put the answer together."""
        application = ready.visit.application
        decision = decide(self._findings(ready, sighting))
        return CheckResult(
            application.reference,
            decision.outcome,
            decision.reasons,
            candidates=sighting.candidates,
            claim=None if sighting.claim is None else sighting.claim.evidence,
            captures=ready.reports,
            due=self._due(decision, ready.visit),
            subject_id=sighting.claimed_id if decision.outcome is Outcome.KNOWN else "",
            threshold=sighting.threshold,
            review_threshold=sighting.review_threshold,
            n_searched=sighting.n_searched,
            timings_ms=ready.visit.times.ms,
        )

    def _findings(self, ready: _Ready, sighting: Sighting) -> Findings:
        level, age = ready.visit.application.level, ready.visit.age
        return Findings(
            claim=sighting.claim,
            claim_review_threshold=verification_threshold(self._rules.review_fmr),
            candidates=sighting.candidates,
            threshold=sighting.threshold,
            review_threshold=sighting.review_threshold,
            n_fingers=len(ready.acquired.templates),
            least_n_fingers=least_n_fingers(self._rules, age=age, level=level),
            has_face=ready.acquired.face is not None,
            needs_face=self._rules.needs_face,
            n_searched=sighting.n_searched,
            is_gallery_empty=sighting.is_gallery_empty,
            arrangement=sighting.arrangement,
            on_watchlist=self._on_watchlist(sighting),
        )

    def _due(self, decision: Decision, visit: _Visit) -> Due:
        n_days = find_track(decision, self._rules, level=visit.application.level)
        return Due(n_days, due_on(visit.now, n_days, self._rules.calendar))

    def _on_watchlist(self, sighting: Sighting) -> frozenset[str]:
        if not self._rules.watchlist:
            return frozenset()
        told = {sighting.claimed_id, *(candidate.subject_id for candidate in sighting.candidates)} - {""}
        return frozenset(
            subject_id
            for subject_id in told
            if self._rules.watchlist in self._engine.show(subject_id).galleries
        )

    def _apply(
        self, ready: _Ready, sighting: Sighting, result: CheckResult, write: RecordWriter
    ) -> CheckResult:
        """Write the encounter, or open the case, that the outcome asks for."""
        plan, enrol_if = ready.plan, ready.plan.enrol_if
        if result.outcome is Outcome.NEW and EnrolIf.NEW in enrol_if:
            record = plan.enrol(write, self._samples(ready), self._rules, encounter_id=None)
            return replace(result, subject_id=record.subject_id, encounter_id=record.encounter_id)
        if result.outcome is Outcome.KNOWN and EnrolIf.KNOWN in enrol_if:
            record = plan.join(write, result.subject_id, self._samples(ready), encounter_id=None)
            return replace(result, encounter_id=record.encounter_id)
        if result.outcome in {Outcome.CONFLICT, Outcome.INCONCLUSIVE}:
            result = replace(result, case_id=str(uuid.uuid4()))
            plan = plan.with_search(sighting.claimed_id, sighting.arrangement)
            write.open_case(new_case(result, plan, self._samples(ready)))
        return result

    def _samples(self, ready: _Ready) -> CapturedSamples:
        captures = ready.visit.application.captures
        return samples_of(ready.acquired, captures, keeps_images=self._keeps_images)

    def _require_galleries(self) -> None:
        """Refuse to work by rules that name a gallery that is not there: nobody would be on the watchlist."""
        if self._has_galleries:
            return
        rules = self._rules
        named = {*rules.galleries, *rules.enrol_galleries, rules.watchlist} - {""}
        if named and (missing := sorted(named - self._engine.galleries().keys())):
            raise GalleryNotFound(f"no gallery {missing[0]!r}, which the intake rules name: create it first")
        self._has_galleries = True
