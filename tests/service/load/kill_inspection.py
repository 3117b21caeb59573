"""What a database holds of acknowledged decisions, looked up while no server runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from service.load.applicants import Application
from service.load.site import LoadSite
from vantay.engine import Engine
from vantay.errors import VantayError
from vantay.intake.answer_file import read_answer
from vantay.store import AuditAnchor, AuditEntry, PublishedDecision, StoredCase, StoreStatistics
from vantay_service.v1.intake_pb2 import CheckApplicantResponse, Outcome

PAGE = 5000
Answers = Mapping[str, CheckApplicantResponse]


class Inspection:
    """Compares a database with what callers know.

    Parameters
    ----------
    site : LoadSite
    answers : mapping of str to CheckApplicantResponse
        What was acknowledged, by reference.
    sent : mapping of str to Application
        What was sent; nothing else may be there.
    before : StoreStatistics
        Of the database before anything was sent.
    """

    def __init__(
        self, site: LoadSite, answers: Answers, sent: Mapping[str, Application], before: StoreStatistics
    ) -> None:
        self._site = site
        self._answers = answers
        self._sent = sent
        self._before = before

    def run(self, anchor: AuditAnchor | None) -> tuple[list[str], AuditAnchor | None]:
        """Look everything up; give what was found wrong, and an anchor for the next time."""
        with Engine.open(settings=self._site.engine_settings, create=False) as engine:
            try:
                found = list(self._look(engine))
                verdict = engine.verify_audit([] if anchor is None else [anchor])
            except VantayError as error:
                return [f"{type(error).__name__}: {error}"], anchor
            return found, verdict.anchor

    def _look(self, engine: Engine) -> Iterator[str]:
        decisions = {decision.reference: decision for decision in _all_decisions(engine)}
        noted = Counter((entry.reference, entry.outcome) for entry in _all_entries(engine))
        for reference, answer in self._answers.items():
            yield from self._look_up(engine, reference, answer, decisions.get(reference), noted)
        yield from self._look_for_more(engine, decisions)

    def _look_up(
        self,
        engine: Engine,
        reference: str,
        answer: CheckApplicantResponse,
        decision: PublishedDecision | None,
        noted: Mapping[tuple[str, str], int],
    ) -> Iterator[str]:
        """Look for all that follows from an answer."""
        outcome = Outcome.Name(answer.outcome).removeprefix("OUTCOME_")
        check = engine.check(reference)
        if check is None or check.result is None:
            yield f"{reference}, acknowledged as {outcome}, is not in the store"
        elif read_answer(check.result, reference).outcome != outcome:
            yield f"{reference}, acknowledged as {outcome}, is {check.outcome} in the store"
        if decision is None or (decision.outcome, decision.subject_id) != (outcome, answer.subject_id):
            yield f"{reference}, acknowledged as {outcome}, is not so in the feed"
        if not noted.get((reference, outcome)):
            yield f"{reference}, acknowledged as {outcome}, is not in the audit log"
        if answer.encounter_id:
            encounters = [e.encounter_id for e in engine.show(answer.subject_id).encounters]
            if encounters.count(answer.encounter_id) != 1:
                yield f"the encounter of {reference} is not in the store"
        elif answer.case_id and engine.case(answer.case_id).reference != reference:
            yield f"the case of {reference} is another one's"
        elif not answer.case_id:
            yield f"{reference}, acknowledged as {outcome}, left neither an encounter nor a case"

    def _look_for_more(self, engine: Engine, decisions: Mapping[str, PublishedDecision]) -> Iterator[str]:
        """Look for what nobody sent, and for what is there twice."""
        if unknown := decisions.keys() - self._sent.keys():
            yield f"decisions of {len(unknown)} applications that nobody sent"
        n_decided = Counter(decision.outcome for decision in decisions.values())
        counts = engine.stats()
        n_cases = sum(1 for _ in _all_cases(engine))
        for what, n_found, n_expected in (
            ("decisions", engine.last_decision(), len(decisions)),
            ("subjects", counts.n_subjects, self._before.n_subjects + n_decided["NEW"]),
            (
                "encounters",
                counts.n_encounters,
                self._before.n_encounters + n_decided["NEW"] + n_decided["KNOWN"],
            ),
            ("cases", n_cases, n_decided["CONFLICT"] + n_decided["INCONCLUSIVE"]),
        ):
            if n_found != n_expected:
                yield f"{n_found} {what}, expected {n_expected}"


def _all_decisions(engine: Engine) -> Iterator[PublishedDecision]:
    after = 0
    while page := engine.decisions_since(after, PAGE):
        yield from page
        after = page[-1].sequence


def _all_entries(engine: Engine) -> Iterator[AuditEntry]:
    after = 0
    while page := engine.audit_entries(after, PAGE):
        yield from page
        after = page[-1].sequence


def _all_cases(engine: Engine) -> Iterator[StoredCase]:
    after = ""
    while page := engine.cases(after=after, limit=PAGE):
        yield from page
        after = page[-1].case_id
