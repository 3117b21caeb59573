from pathlib import Path

import numpy as np

from demo.small_day import scenarios_of
from vantay.report.page import Case, Page, Section, Table, render_page
from vantay_service.demo.day import Answered
from vantay_service.demo.impressions import FINGERS
from vantay_service.demo.screen import answer_rows
from vantay_service.demo.sheet import draw_sheet
from vantay_service.demo.timeline import timeline_row
from vantay_service.v1 import evidence_pb2
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.decisions_pb2 import DECISION_KIND_CHECK, Decision


def test_tables_and_details_stand_on_the_page() -> None:
    case = Case(
        "H", "Q", "REFUSED", "refused", ["S"], details=[("Why", "<b>no</b> consent"), ("", "and more")]
    )
    section = Section(
        "Feed", ["Words."], tables=[Table(["no", "who"], [["1", "A"], ["2", "B"]], frozenset({1}))]
    )
    html = render_page(Page("T", "L", cases=[case], sections=[section]))
    assert '<article class="refused">' in html
    assert "<dt>Why</dt><dd>&lt;b&gt;no&lt;/b&gt; consent</dd>" in html
    assert "<th>no</th><th>who</th>" in html
    assert "<tr><td>1</td><td>A</td></tr>" in html
    assert '<tr class="marked"><td>2</td><td>B</td></tr>' in html


def test_an_answer_is_told_with_each_label_once(tmp_path: Path) -> None:
    scenario = scenarios_of(tmp_path)["Claims to be somebody else"]
    answer = pb.CheckApplicantResponse(
        outcome=pb.OUTCOME_CONFLICT,
        reasons=sorted(scenario.reasons),
        candidates=[evidence_pb2.Candidate(subject_id="S00002", score=90, is_match=True)],
        claim=pb.ClaimEvidence(subject_id="S00003", score=1, threshold=40),
        due=pb.Due(working_days=3, due_on="2026-08-05"),
        case_id="case-1",
        threshold=53,
        n_searched=5,
    )
    rows = answer_rows(Answered(4, scenario, answer, 1234.0))
    labels = [label for label, _ in rows]
    assert labels == [
        "Why",
        "",
        "Found",
        "Claimed",
        "Searched",
        "Do now",
        "Answer due",
        "Case",
        "Answered in",
    ]
    assert ("Case", "case-1") in rows
    assert rows[3][1] == "The record of S00003, which is claimed, does not fit: score 1, threshold 40."


def test_the_time_of_a_decision_is_that_of_vietnam() -> None:
    decision = Decision(
        sequence=7,
        kind=DECISION_KIND_CHECK,
        application_reference="HN-1",
        outcome="NEW",
        reasons=[pb.CHECK_REASON_NOBODY_FOUND],
        due=pb.Due(working_days=7, due_on="2026-08-11"),
    )
    decision.recorded_at.FromJsonString("2026-07-31T20:30:15Z")
    assert timeline_row(decision) == (
        *("7", "03:30:15", "CHECK", "HN-1", "NEW", "open", "2026-08-11"),
        "NOBODY_FOUND",
    )


def test_a_finger_that_must_be_captured_again_is_red_on_the_sheet(tmp_path: Path) -> None:
    fingers = scenarios_of(tmp_path)["Newcomer"].fingers
    bad = FINGERS[1]
    reports = [
        pb.CaptureReport(
            position=int(position),  # type: ignore[arg-type]
            quality=80,
            reason=pb.CHECK_REASON_FINGER_QUALITY_LOW if position is bad else pb.CHECK_REASON_UNSPECIFIED,
        )
        for position in FINGERS
    ]
    sheet = draw_sheet(fingers, pb.CheckApplicantResponse(captures=reports))
    red = (sheet == np.array([168, 40, 40], np.uint8)).all(axis=2)
    width_px = sheet.shape[1]
    assert red.any()
    columns = np.flatnonzero(red.any(axis=0))
    assert width_px // 5 <= columns.min()
    assert columns.max() < 2 * width_px // 5 + 20
    assert np.flatnonzero(red.any(axis=1)).max() < sheet.shape[0] // 2
