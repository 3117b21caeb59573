import numpy as np
import pytest

from vantay.demo.applicants import (
    Answer,
    Applicant,
    Outcome,
    answer_words,
    person_of,
    question_words,
    subject_id_of,
    three_applicants,
)
from vantay.demo.population import Visit
from vantay.search import FingerEvidence, IdentifyResult, VerifyResult
from vantay.types import Candidate, Comparison, FingerPosition

FINGER = FingerPosition.RIGHT_INDEX


def _search(**scores: float) -> IdentifyResult:
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    candidates = tuple(
        Candidate(rank, subject_id, score, {FINGER: score})
        for rank, (subject_id, score) in enumerate(ranked, start=1)
    )
    return IdentifyResult(candidates, n_searched=100, threshold=50.0)


def _verification(score: float) -> VerifyResult:
    comparison = Comparison(score, np.zeros((0, 2), dtype=np.int32))
    evidence = FingerEvidence(score, "encounter", FINGER, comparison)
    return VerifyResult(score >= 40.0, score, 40.0, {FINGER: evidence})


def _answer(claimed_id: str | None, search: IdentifyResult, verified: float | None = None) -> Answer:
    applicant = Applicant("somebody", Visit(0, 1), claimed_id, Outcome.KNOWN, "A")
    return Answer(applicant, {}, search, None if verified is None else _verification(verified))


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (_answer("A", _search(A=80.0, B=3.0), 80.0), Outcome.KNOWN),
        (
            _answer("A", _search(A=45.0, B=3.0), 45.0),
            Outcome.KNOWN,
        ),  # enough for 1:1, and nobody else is found
        (_answer("A", _search(A=80.0, B=55.0), 80.0), Outcome.CONFLICT),  # enrolled twice?
        (_answer("A", _search(B=90.0, A=2.0), 2.0), Outcome.CONFLICT),
        (_answer("A", _search(B=9.0, A=2.0), 2.0), Outcome.CONFLICT),
        (_answer(None, _search(A=9.0)), Outcome.NEW),
        (_answer(None, _search()), Outcome.NEW),
        (_answer(None, _search(A=80.0)), Outcome.CONFLICT),
    ],
)
def test_outcome_follows_the_rules_of_the_check(answer: Answer, outcome: Outcome) -> None:
    assert answer.outcome is outcome
    words = " ".join([question_words(answer.applicant), *answer_words(answer)])
    for subject_id in answer.matches:
        assert subject_id in words
    assert ("a person must decide" in words) is (outcome is Outcome.CONFLICT)


def test_the_demo_notices_a_wrong_answer() -> None:
    """Expected are KNOWN, and A as the only match."""
    assert _answer("A", _search(A=80.0, B=3.0), 80.0).is_as_expected
    assert not _answer("A", _search(B=90.0, A=2.0), 2.0).is_as_expected
    assert not _answer("A", _search(A=45.0), 45.0).is_as_expected  # verified, but the search missed it


@pytest.mark.parametrize("n_subjects", [3, 4, 100, 1000])
def test_applicants_differ_and_are_what_they_are_meant_to_be(n_subjects: int) -> None:
    known, unknown, conflicting = three_applicants(n_subjects)
    enrolled = {subject_id_of(person) for person in range(n_subjects)}
    assert known.claimed_id == known.expected_match == subject_id_of(known.visit.person)
    assert known.claimed_id in enrolled
    assert unknown.claimed_id is None
    assert unknown.expected_match is None
    assert subject_id_of(unknown.visit.person) not in enrolled
    assert conflicting.expected_match == subject_id_of(conflicting.visit.person)
    assert {conflicting.expected_match, conflicting.claimed_id} <= enrolled
    assert len({known.claimed_id, conflicting.expected_match, conflicting.claimed_id}) == 3
    assert all(applicant.visit.touch != 0 for applicant in (known, unknown, conflicting))


def test_subject_ids_lead_back_to_people() -> None:
    assert [person_of(subject_id_of(person)) for person in (0, 7, 12345)] == [0, 7, 12345]
