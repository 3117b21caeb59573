from rich.style import Style

from vantay_service.demo.wording import (
    OUTCOMES,
    REASONS,
    candidate_words,
    capture_words,
    due_words,
    finger_words,
    outcome_name,
    reason_name,
    search_words,
    timing_words,
)
from vantay_service.v1 import evidence_pb2, samples_pb2
from vantay_service.v1 import intake_pb2 as pb


def test_every_outcome_and_every_reason_has_words() -> None:
    assert set(OUTCOMES) == set(pb.Outcome.values()) - {pb.OUTCOME_UNSPECIFIED}
    assert set(REASONS) == set(pb.CheckReason.values()) - {pb.CHECK_REASON_UNSPECIFIED}
    assert len(set(REASONS.values())) == len(REASONS)
    for words in OUTCOMES.values():
        Style.parse(words.style)


def test_names_are_those_of_the_rules() -> None:
    assert outcome_name(pb.OUTCOME_KNOWN) == "KNOWN"
    assert reason_name(pb.CHECK_REASON_NO_CONSENT) == "NO_CONSENT"
    assert finger_words(samples_pb2.FINGER_POSITION_LEFT_RING) == "left ring"
    assert finger_words(0) == "photo"


def test_a_due_date_is_a_day_that_people_know() -> None:
    words = due_words(pb.Due(working_days=3, due_on="2026-08-05"))
    assert words == "by Wednesday, 5 August 2026: within 3 working days"


def test_a_score_is_explained() -> None:
    found = evidence_pb2.Candidate(subject_id="S1", score=44.0, is_claimed=True)
    assert candidate_words(found, 53.2) == (
        "S1, whom the applicant claims to be: score 44, no match (threshold 53). "
        "Different people score as high in one of 25,000 comparisons."
    )


def test_what_was_not_searched_has_no_stages() -> None:
    assert timing_words(pb.CheckApplicantResponse(), 12.3) == "12 ms (nothing was searched)"
    stages = [evidence_pb2.StageTime(stage="extract", duration_ms=1000.4)]
    assert timing_words(pb.CheckApplicantResponse(timings=stages), 1200) == "1,200 ms (extract 1,000)"


def test_who_was_searched_is_told() -> None:
    found = pb.CheckApplicantResponse(n_searched=1200, candidates=[evidence_pb2.Candidate()])
    assert search_words(found) == "1,200 people were searched."
    nobody = pb.CheckApplicantResponse(n_searched=2, review_threshold=43)
    assert search_words(nobody) == "2 people were searched; nobody reaches 43, from which a person looks."


def test_a_capture_without_quality_is_unreadable() -> None:
    assert capture_words(pb.CaptureReport(position=samples_pb2.FINGER_POSITION_LEFT_THUMB)) == (
        "left thumb, unreadable"
    )
    assert capture_words(pb.CaptureReport(quality=0)) == "photo, quality 0"
