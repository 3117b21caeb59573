"""The page of the demo: what was asked, what was answered, and the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vantay.demo.applicants import Answer, Outcome, answer_words, question_words
from vantay.engine import Engine
from vantay.fingerprint.image import read_finger_image
from vantay.report.comparison_picture import draw_comparison
from vantay.report.drawing import Picture
from vantay.report.page import CandidateRow, Case, Fact, Figure, Page, Section, Tone
from vantay.settings import EngineSettings
from vantay.types import Candidate, FingerPosition

MAX_ROWS = 5

_TONES: Mapping[Outcome, Tone] = {Outcome.KNOWN: "good", Outcome.NEW: "new", Outcome.CONFLICT: "bad"}


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """A comparison drawn: an applicant's finger beside an enrolled one.

    Attributes
    ----------
    subject_id : str
        Whose enrolled finger it is.
    position : FingerPosition
        Which finger.
    picture : (h, w, 3) uint8
        RGB.
    score : float
        Of this finger.
    """

    subject_id: str
    position: FingerPosition
    picture: Picture
    score: float


def draw_evidence(
    engine: Engine,
    answer: Answer,
    probe_paths: Mapping[FingerPosition, Path],
    subject_id: str,
    reference_paths: Mapping[FingerPosition, Path],
) -> list[Evidence]:
    """Draw each finger of an applicant beside the enrolled one of a subject.

    Parameters
    ----------
    engine : Engine
        Makes the templates of the references again, from the enrolled images.
    answer : Answer
        With the applicant's templates.
    probe_paths, reference_paths : mapping of FingerPosition to Path
        The images.
    subject_id : str
        Whose references they are.

    Returns
    -------
    list of Evidence
        One for each finger that both have.
    """
    evidence = []
    for position, template in answer.templates.items():
        reference_image = read_finger_image(reference_paths[position], position=position)
        reference = engine.extract(reference_image, position=position)
        comparison = engine.compare(template, reference)
        probe_image = read_finger_image(probe_paths[position], position=position)
        picture = draw_comparison(probe_image, reference_image, template, reference, comparison)
        evidence.append(Evidence(subject_id, position, picture, comparison.score))
    return evidence


def make_case(answer: Answer, evidence: Sequence[Evidence]) -> Case:
    """Put an answer on the page.

    Parameters
    ----------
    answer : Answer
        From `vantay.demo.applicants.check_applicant`.
    evidence : sequence of Evidence
        Pictures for it.

    Returns
    -------
    Case
        With the ranked list.
    """
    return Case(
        heading=answer.applicant.title,
        question=question_words(answer.applicant),
        outcome=answer.outcome.value,
        tone=_TONES[answer.outcome],
        sentences=answer_words(answer),
        candidates=[_row(answer, candidate) for candidate in answer.search.candidates[:MAX_ROWS]],
        threshold=answer.search.threshold,
        figures=[Figure(one.picture, _caption(one)) for one in evidence],
    )


def make_page(facts: Sequence[Fact], cases: Sequence[Case], sections: Sequence[Section]) -> Page:
    """Put everything together."""
    return Page(
        title="Vantay: who is at the counter?",
        lead=(
            "A synthetic population was enrolled from fingerprint images, then three applicants were checked "
            "1:1 against the identity they claim and 1:N against everyone. None of them exists."
        ),
        facts=facts,
        cases=cases,
        sections=[*sections, _reading_section()],
        footer="Made by vantay demo. All prints in the three cases are synthetic.",
    )


def _reading_section() -> Section:
    n_searches = 1.0 / EngineSettings().target_fpir
    return Section(
        "How to read this",
        [
            "A score is −10·log10 of the false match rate: 40 means that one comparison of different people "
            "in 10,000 scores as high, 50 one in 100,000. A person's fingers are fused into one score.",
            "A search has a higher threshold than a claim: everyone enrolled is a chance of a false match. "
            f"It is set so that one search in {n_searches:,.0f} for a stranger finds anybody.",
            "In the pictures, minutiae that were paired have the same colour and number on both sides. A "
            "match shows many pairs in one arrangement; of different fingers only a few fall together.",
        ],
    )


def _row(answer: Answer, candidate: Candidate) -> CandidateRow:
    return CandidateRow(
        rank=candidate.rank,
        subject_id=candidate.subject_id,
        score=candidate.score,
        finger_scores=[(finger_words(p), candidate.finger_scores.get(p, 0.0)) for p in answer.templates],
        is_match=answer.search.is_match(candidate),
        note="claimed" if candidate.subject_id == answer.applicant.claimed_id else "",
    )


def finger_words(position: FingerPosition) -> str:
    """Name a finger: ``right index``."""
    return position.name.replace("_", " ").lower()


def _caption(evidence: Evidence) -> str:
    finger = finger_words(evidence.position)
    return f"The applicant's {finger} beside that of {evidence.subject_id}: score {evidence.score:.1f}."
