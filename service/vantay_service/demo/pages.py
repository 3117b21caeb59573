"""The page of the demo: each answer with its evidence, what the authority heard, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vantay.report.page import CandidateRow, Case, Fact, Figure, Page, Section, Table
from vantay_service.demo.day import EXAMINER_REASON, Answered, Ruling
from vantay_service.demo.screen import answer_rows, case_count
from vantay_service.demo.timeline import TimelineRow
from vantay_service.demo.wording import OUTCOMES, due_words, outcome_name
from vantay_service.v1 import evidence_pb2


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """What was measured while the demo ran.

    Attributes
    ----------
    n_enrolled, n_from_images : int
        Subjects of the gallery; of these, those from images.
    load_s : float
        How long it took to enrol them.
    n_audit_entries : int
        What ``vantay audit verify`` read.
    has_faces : bool
        Whether faces were compared.
    refusal : str
        What a counter was told that tried to decide a case.
    n_open : int
        Cases that wait for an examiner.
    """

    n_enrolled: int
    n_from_images: int
    load_s: float
    n_audit_entries: int
    has_faces: bool
    refusal: str
    n_open: int


def make_page(
    facts: RunFacts,
    answered: Sequence[tuple[Answered, Sequence[Figure]]],
    ruling: Ruling,
    timeline: Sequence[TimelineRow],
) -> Page:
    """Put everything together."""
    return Page(
        title="Vantay: who is at the counter?",
        lead=(
            "A service was started on this machine, a population was enrolled through it, and a counter "
            "asked it about everybody who came. Each answer says who that is, why, and what to do now."
        ),
        facts=_facts(facts, [one for one, _ in answered]),
        cases=[_case(one, figures) for one, figures in answered],
        sections=[
            _ruling_section(ruling, facts),
            _timeline_section(timeline),
            _trust_section(facts),
            _reading_section(),
            _honesty_section(facts),
        ],
        footer="Made by vantay demo. Nobody here exists; the one photo is NASA's.",
    )


def _facts(facts: RunFacts, answered: Sequence[Answered]) -> list[Fact]:
    searched = sorted(one.round_trip_ms for one in answered if one.answer.n_searched)
    extraction = sorted(
        stage.duration_ms
        for one in answered
        if one.answer.n_searched
        for stage in one.answer.timings
        if stage.stage == "extract"
    )
    found = [
        Fact(f"{facts.n_enrolled:,}", "people enrolled through the service"),
        Fact(f"{sum(one.is_right for one in answered)} of {len(answered)}", "answers as they should be"),
        Fact(f"{facts.n_audit_entries:,}", "entries of the audit log verified"),
    ]
    if searched:
        found.insert(
            2, Fact(f"{searched[len(searched) // 2] / 1000:.1f} s", "from ten images to an answer, median")
        )
        found.insert(
            3, Fact(f"{extraction[len(extraction) // 2] / 1000:.1f} s", "of that to read the images, median")
        )
    return found


def _case(one: Answered, figures: Sequence[Figure]) -> Case:
    answer, words = one.answer, OUTCOMES[one.answer.outcome]
    return Case(
        heading=f"{one.number} · {one.scenario.title}",
        question=one.scenario.story,
        outcome=outcome_name(answer.outcome),
        tone=words.tone,
        sentences=[words.meaning],
        details=answer_rows(one),
        candidates=[_row(rank, candidate) for rank, candidate in enumerate(answer.candidates, start=1)],
        threshold=answer.threshold,
        figures=figures,
    )


def _row(rank: int, candidate: evidence_pb2.Candidate) -> CandidateRow:
    scores = sorted(finger.score for finger in candidate.finger_scores)
    columns = [("weakest finger", scores[0]), ("best finger", scores[-1])] if scores else []
    if candidate.HasField("face_score"):
        columns.append(("face", candidate.face_score))
    return CandidateRow(
        rank=rank,
        subject_id=candidate.subject_id,
        score=candidate.score,
        finger_scores=columns,
        is_match=candidate.is_match,
        note="claimed" if candidate.is_claimed else "",
    )


def _ruling_section(ruling: Ruling, facts: RunFacts) -> Section:
    case, decision = ruling.case.summary, ruling.decision
    return Section(
        "An examiner decides",
        [
            f"Application {case.application_reference} is a case: {outcome_name(case.kind)}. The examiner "
            f"reads what was found and the applicant's {ruling.n_captures} captures as templates, and "
            f"decides: the same person as {decision.subject_id}. “{EXAMINER_REASON}”",
            f"In one transaction the captures become an encounter of {decision.subject_id}, the application "
            f"ends as {outcome_name(decision.outcome)}, due {due_words(decision.due)}, and the decision is "
            f"published. {case_count(facts.n_open)} for the examiner.",
        ],
    )


def _timeline_section(rows: Sequence[TimelineRow]) -> Section:
    return Section(
        "What the authority downstream heard",
        [
            "The authority that activates accounts reads a feed of decisions. It may leave and come back: it "
            "says which number it saw last, and misses none. Applications that were refused, or whose "
            "captures were not good enough, leave nothing behind and are not in it."
        ],
        tables=[Table([*TimelineRow._fields], [list(row) for row in rows])],
    )


def _trust_section(facts: RunFacts) -> Section:
    return Section(
        "Who may do what, and what is written down",
        [
            "All callers came with a certificate, over mutual TLS, and each may do only what its role "
            f"allows. The counter tried to decide a case and was told: “{facts.refusal}.”",
            "Every call that touched a person, this one too, is an entry in a log whose entries are chained "
            "by hashes. At the end the server was asked to stop and ended with code 0; then vantay audit "
            f"verify read all {facts.n_audit_entries:,} entries and found none changed, cut or moved.",
        ],
    )


def _reading_section() -> Section:
    return Section(
        "How to read a score",
        [
            "A score is −10·log10 of the false match rate: 40 means that one comparison of different people "
            "in 10,000 scores as high, 50 one in 100,000. The fingers and the face of a person are fused "
            "into one score; far beyond 50 it says no more than: surely.",
            "A search has a higher threshold than a claim: everyone enrolled is a chance of a false match.",
            "In the pictures, minutiae that were paired have the same colour and number on both sides. Of "
            "one finger many pairs lie in one arrangement; of different fingers only a few fall together.",
        ],
    )


def _honesty_section(facts: RunFacts) -> Section:
    n_templates = facts.n_enrolled - facts.n_from_images
    return Section(
        "What is made up",
        [
            f"All fingers are synthetic. {facts.n_from_images} residents and everybody at the counter have "
            "ten images each, drawn ridge by ridge, which the server turned into templates; the other "
            f"{n_templates:,} residents were enrolled as templates of synthetic minutiae. The prints of the "
            "child are those of an adult, made smaller. Blur and swapped hands were made on purpose.",
            _FACES if facts.has_faces else _NO_FACES,
            "So the scores show how the system works. How accurate it is on real people is measured "
            "elsewhere: docs/accuracy.md and docs/faces.md.",
        ],
    )


_FACES = (
    "Faces are vectors drawn from a model of how those of people are distributed, but for that of the known "
    "resident: both photos are of NASA's portrait of Eileen Collins, in the public domain, the second one "
    "tilted, darkened and blurred by the demo."
)
_NO_FACES = "The models of faces are not installed here: no photo was required, and faces were not compared."
