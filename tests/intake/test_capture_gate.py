"""Which captures are good enough, which are taken again, and what the officer is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay.errors import CallerError
from vantay.intake.application import Captures, MissingReason
from vantay.intake.capture_gate import (
    find_recapture_reasons,
    judge_captures,
    least_n_fingers,
    needs_recapture,
    required_fingers,
)
from vantay.intake.result import CaptureReport, Reason
from vantay.intake.rules import load_rules
from vantay.search import SampleFailure
from vantay.types import FingerPosition

RULES = load_rules()
TEN: tuple[FingerPosition, ...] = tuple(p for p in FingerPosition if p is not FingerPosition.UNKNOWN)
THUMB, INDEX, LITTLE = FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_LITTLE
FACE = None
GOOD: dict[FingerPosition, int] = dict.fromkeys(TEN, 70)


def judge(
    qualities: Mapping[FingerPosition, int] = GOOD,
    *failed: tuple[FingerPosition | None, str],
    face_quality: int | None = 80,
    missing: Mapping[FingerPosition, MissingReason] | None = None,
    age: int = 36,
    level: int = 2,
    **rules: Any,
) -> dict[FingerPosition | None, CaptureReport]:
    """Judge captures of these qualities; those that failed were captured too, and gave nothing."""
    has_face = face_quality is not None or any(position is FACE for position, _ in failed)
    fingers = {*qualities, *(position for position, _ in failed if position is not None)}
    captures = Captures(
        fingers=dict.fromkeys(fingers, b"image"), face=b"photo" if has_face else None, missing=missing or {}
    )
    failures = [SampleFailure(position, reason, "…") for position, reason in failed]
    changed = replace(RULES, **rules)
    reports = judge_captures(captures, qualities, face_quality, failures, changed, age=age, level=level)
    assert len({report.position for report in reports}) == len(reports)
    return {report.position: report for report in reports}


def wrong(reports: Mapping[FingerPosition | None, CaptureReport]) -> dict[str, str]:
    return {
        "face" if position is None else position.name: report.reason.value
        for position, report in reports.items()
        if report.reason is not None
    }


def test_ten_good_fingers_and_a_photo_pass() -> None:
    reports = judge()
    assert wrong(reports) == {}
    assert not needs_recapture(tuple(reports.values()))
    assert list(reports) == [*TEN, FACE]
    assert {report.quality for report in reports.values()} == {70, 80}
    assert {report.advice for report in reports.values()} == {""}


def test_quality_counts_from_its_least_value_on() -> None:
    least = RULES.least_finger_quality
    assert wrong(judge(GOOD | {INDEX: least})) == {}
    assert wrong(judge(GOOD | {INDEX: least - 1})) == {"RIGHT_INDEX": "FINGER_QUALITY_LOW"}
    assert wrong(judge(face_quality=RULES.least_face_quality)) == {}
    assert wrong(judge(face_quality=RULES.least_face_quality - 1)) == {"face": "FACE_QUALITY_LOW"}


def test_a_quality_of_0_is_low_and_not_missing() -> None:
    reports = judge(GOOD | {INDEX: 0}, face_quality=0)
    assert wrong(reports) == {"RIGHT_INDEX": "FINGER_QUALITY_LOW", "face": "FACE_QUALITY_LOW"}
    assert (reports[INDEX].quality, reports[FACE].quality) == (0, 0)


def test_a_finger_is_there_or_missing_for_a_reason() -> None:
    nine = {position: 70 for position in TEN if position is not LITTLE}
    assert wrong(judge(nine)) == {"LEFT_LITTLE": "FINGER_NOT_CAPTURED"}
    reports = judge(nine, missing={LITTLE: MissingReason.AMPUTATED})
    assert wrong(reports) == {}
    assert LITTLE not in reports


@pytest.mark.parametrize("reason", MissingReason)
def test_all_fingers_may_be_missing_for_a_reason(reason: MissingReason) -> None:
    """Then a person decides: that is not for the gate to say, but for `decide`."""
    assert wrong(judge({}, missing=dict.fromkeys(TEN, reason))) == {}
    assert least_n_fingers(RULES, age=36) == 4


def test_a_finger_is_not_both_captured_and_missing() -> None:
    with pytest.raises(CallerError, match="RIGHT_INDEX is both captured and missing"):
        judge(missing={INDEX: MissingReason.BANDAGED})


@pytest.mark.parametrize("failure", ["no_foreground", "too_few_minutiae", "invalid_sample", "something_new"])
def test_a_finger_without_a_template_is_unusable_and_says_what_to_do(failure: str) -> None:
    nine = {position: 70 for position in TEN if position is not INDEX}
    reports = judge(nine, (INDEX, failure))
    assert wrong(reports) == {"RIGHT_INDEX": "FINGER_UNUSABLE"}
    assert reports[INDEX].quality is None
    assert "right index" in reports[INDEX].advice


@pytest.mark.parametrize("failure", ["no_face", "several_faces", "no_embedding", "invalid_sample"])
def test_a_photo_without_a_template_is_unusable_and_says_what_to_do(failure: str) -> None:
    reports = judge(GOOD, (FACE, failure), face_quality=None)
    assert wrong(reports) == {"face": "FACE_UNUSABLE"}
    assert reports[FACE].advice.startswith("Take the photo again")


def test_without_a_photo_one_is_taken_unless_the_rules_say_otherwise() -> None:
    assert wrong(judge(face_quality=None)) == {"face": "FACE_NOT_CAPTURED"}
    assert FACE not in judge(face_quality=None, needs_face=False)
    assert wrong(judge(face_quality=3, needs_face=False)) == {}


def test_prints_of_children_may_be_worse() -> None:
    qualities = GOOD | {INDEX: 15}
    assert wrong(judge(qualities, age=11)) == {}
    assert wrong(judge(qualities, age=12)) == {"RIGHT_INDEX": "FINGER_QUALITY_LOW"}
    assert wrong(judge(GOOD | {INDEX: 9}, age=11)) == {"RIGHT_INDEX": "FINGER_QUALITY_LOW"}
    assert (least_n_fingers(RULES, age=11), least_n_fingers(RULES, age=12)) == (2, 4)


def test_below_6_and_for_level_1_no_fingers_are_needed() -> None:
    assert required_fingers(RULES, age=5) == frozenset()
    assert required_fingers(RULES, age=6) == frozenset(TEN)
    assert required_fingers(RULES, age=36, level=1) == frozenset()
    assert (least_n_fingers(RULES, age=5), least_n_fingers(RULES, age=36, level=1)) == (0, 0)
    assert wrong(judge({}, age=5, level=1)) == {}
    assert wrong(judge({}, level=1)) == {}


def test_fingers_that_are_not_needed_may_fail() -> None:
    reports = judge({THUMB: 3}, (INDEX, "no_foreground"), level=1)
    assert wrong(reports) == {}
    assert (reports[THUMB].quality, reports[INDEX].quality) == (3, None)
    assert wrong(judge(GOOD | {FingerPosition.UNKNOWN: 1})) == {}


def test_an_agency_may_need_fewer_fingers() -> None:
    four = frozenset({THUMB, INDEX, FingerPosition.LEFT_THUMB, FingerPosition.LEFT_INDEX})
    assert wrong(judge(dict.fromkeys(four, 70), fingers=four)) == {}
    assert wrong(judge({THUMB: 70, INDEX: 70}, fingers=four)) == {
        "LEFT_THUMB": "FINGER_NOT_CAPTURED",
        "LEFT_INDEX": "FINGER_NOT_CAPTURED",
    }


def test_reasons_are_told_once_and_in_order() -> None:
    reports = judge({THUMB: 3, INDEX: 4}, (LITTLE, "no_foreground"), face_quality=1)
    assert find_recapture_reasons(tuple(reports.values())) == (
        Reason.FINGER_UNUSABLE,
        Reason.FINGER_QUALITY_LOW,
        Reason.FINGER_NOT_CAPTURED,
        Reason.FACE_QUALITY_LOW,
    )


@settings(max_examples=100, deadline=None)
@given(
    qualities=st.dictionaries(st.sampled_from(FingerPosition), st.integers(0, 100)),
    failed=st.dictionaries(st.sampled_from([*FingerPosition, None]), st.sampled_from(["no_face", "x"])),
    missing=st.dictionaries(st.sampled_from(TEN), st.sampled_from(MissingReason)),
    age=st.integers(-1, 130),
    level=st.sampled_from([1, 2]),
)
def test_what_passes_has_each_needed_finger_good_or_missing_for_a_reason(
    qualities: dict[FingerPosition, int],
    failed: dict[FingerPosition | None, str],
    missing: dict[FingerPosition, MissingReason],
    age: int,
    level: int,
) -> None:
    qualities = {position: q for position, q in qualities.items() if position not in failed}
    captured = {*qualities, *failed}
    missing = {position: reason for position, reason in missing.items() if position not in captured}
    face_quality = None if FACE in failed else 60
    reports = judge(
        qualities, *failed.items(), face_quality=face_quality, missing=missing, age=age, level=level
    )
    least = RULES.least_finger_quality_of_child if age < 12 else RULES.least_finger_quality
    passes = FACE not in failed and all(
        position in missing or qualities.get(position, -1) >= least
        for position in required_fingers(RULES, age=age, level=level)
    )
    assert needs_recapture(tuple(reports.values())) == (not passes)
    assert all(bool(report.advice) == (report.reason is not None) for report in reports.values())
    assert captured - {None} <= set(reports)
