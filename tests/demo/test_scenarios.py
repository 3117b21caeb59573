from datetime import date
from pathlib import Path

import pytest

from demo.small_day import N_RESIDENTS, scenarios_of
from vantay_service.demo.impressions import FINGERS
from vantay_service.demo.people import AGE_OF_CHILD, People, as_child
from vantay_service.demo.scenarios import DIRTY, MOVED, Scenario
from vantay_service.v1 import evidence_pb2
from vantay_service.v1 import intake_pb2 as pb


@pytest.fixture
def scenarios(tmp_path: Path) -> dict[str, Scenario]:
    return scenarios_of(tmp_path)


def _answer(scenario: Scenario, **changes: object) -> pb.CheckApplicantResponse:
    """The right answer, or one that differs."""
    found = [evidence_pb2.Candidate(subject_id=scenario.found, is_match=True)] if scenario.found else []
    again = [
        pb.CaptureReport(position=int(position), reason=pb.CHECK_REASON_FINGER_UNUSABLE)  # type: ignore[arg-type]
        for position in scenario.wrong_fingers
    ]
    answer = pb.CheckApplicantResponse(
        outcome=scenario.outcome, reasons=list(scenario.reasons), candidates=found, captures=again
    )
    answer.MergeFrom(pb.CheckApplicantResponse(**changes))  # type: ignore[arg-type]
    return answer


def test_the_scenarios_are_all_there(scenarios: dict[str, Scenario]) -> None:
    outcomes = [pb.Outcome.Name(scenario.outcome).removeprefix("OUTCOME_") for scenario in scenarios.values()]
    assert outcomes == [
        *("KNOWN", "NEW", "CONFLICT", "CONFLICT", "RECAPTURE", "NEW"),
        *("REFUSED", "NEW", "REFUSED", "INCONCLUSIVE"),
    ]


def test_each_has_ten_fingers_and_a_reference_of_its_own(scenarios: dict[str, Scenario]) -> None:
    references = [scenario.request.application_reference for scenario in scenarios.values()]
    assert references[0] == "HN-2026-0731-0001"
    assert len(set(references)) == len(references) - 2  # recaptured, and back with a guardian
    for scenario in scenarios.values():
        assert len(scenario.request.captures.samples.fingers) == len(FINGERS)


def test_a_wrong_answer_is_noticed(scenarios: dict[str, Scenario]) -> None:
    for scenario in scenarios.values():
        assert scenario.is_right(_answer(scenario)), scenario.title
        assert not scenario.is_right(_answer(scenario, outcome=pb.OUTCOME_UNSPECIFIED + 99))
        other = evidence_pb2.Candidate(subject_id="S00099", is_match=True)
        assert not scenario.is_right(_answer(scenario, candidates=[other]))
        finger = pb.CaptureReport(position=5, reason=pb.CHECK_REASON_FINGER_QUALITY_LOW)  # type: ignore[arg-type]
        assert not scenario.is_right(_answer(scenario, captures=[finger]))
        without = _answer(scenario)
        del without.reasons[:]
        assert scenario.is_right(without) is not bool(scenario.reasons)


def test_another_passport_is_not_the_one_that_is_enrolled(scenarios: dict[str, Scenario]) -> None:
    scenario = scenarios["Same person, another passport"]
    assert scenario.request.travel_document.number != scenario.person.passport
    assert not scenario.request.HasField("claim")


def test_the_impostor_shows_the_passport_of_another_resident(scenarios: dict[str, Scenario]) -> None:
    scenario = scenarios["Claims to be somebody else"]
    claimed = scenario.request.claim.document.number
    assert claimed == scenario.request.travel_document.number != scenario.person.passport


def test_the_child_is_ten_and_comes_back_with_a_guardian(scenarios: dict[str, Scenario]) -> None:
    alone, together = (scenarios[f"Child of 10, {how}"].request for how in ("alone", "with a guardian"))
    assert alone.applicant.birth_date == "2016-01-01"
    assert not alone.HasField("guardian")
    assert together.guardian.phone
    assert together.consent.given_by == pb.CONSENT_GIVER_GUARDIAN
    assert alone.application_reference == together.application_reference


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29)])
def test_a_child_of_ten_is_ten_all_year(today: date) -> None:
    born = as_child(People(1, N_RESIDENTS, None).person(0), today).birth_date
    assert today.year - born.year - ((today.month, today.day) < (born.month, born.day)) == AGE_OF_CHILD


def test_consent_is_missing_from_one_application_only(scenarios: dict[str, Scenario]) -> None:
    without = [title for title, one in scenarios.items() if not one.request.HasField("consent")]
    assert without == ["Consent is missing"]


def test_blurred_fingers_are_blurred_and_captured_again(scenarios: dict[str, Scenario]) -> None:
    blurred, again = scenarios["Blurred capture"].fingers, scenarios["Blurred capture, taken again"].fingers
    assert {position for position in FINGERS if blurred[position] != again[position]} == {MOVED, DIRTY}
