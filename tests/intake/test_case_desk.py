"""What an examiner's verdict does to the records."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.people import (
    EXAMINER,
    OFFICER,
    application_of,
    fingers_of,
    swap_hands,
)
from vantay.engine import Engine
from vantay.errors import (
    CallerError,
    CaseDecided,
    CaseNotFound,
    DataCorruption,
    StateError,
    SubjectNotFound,
)
from vantay.fingerprint.codec import decode
from vantay.intake.application import Captures, Claim, EnrolIf, MissingReason
from vantay.intake.capture_file import laid_as_found, pack_captures, samples_of, unpack_captures
from vantay.intake.case_desk import CaseDesk
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import CheckResult, Outcome, Reason
from vantay.intake.verdict import CaseDecision, Verdict, VerdictKind
from vantay.search import Acquisition
from vantay.store import NewImage
from vantay.types import FingerPosition

KEEP = frozenset(EnrolIf)
DIFFERENT = Verdict(VerdictKind.DIFFERENT_PERSON)


def same(subject_id: str, *, merges_claimed: bool = False) -> Verdict:
    return Verdict(VerdictKind.SAME_PERSON, subject_id, merges_claimed)


@pytest.fixture
def found(desk: IntakeDesk) -> CheckResult:
    """The case of S-1, who did not claim to be enrolled."""
    return desk.check(application_of(1, 1, enrol_if=KEEP), OFFICER)


def decide(cases: CaseDesk, found: CheckResult, verdict: Verdict) -> CaseDecision:
    return cases.decide(EXAMINER, found.case_id, verdict, "compared all ten")


def test_case_tells_what_was_found_and_captured(cases: CaseDesk, found: CheckResult, engine: Engine) -> None:
    (listed,) = cases.list_cases(EXAMINER, status="open")
    assert (listed.case_id, listed.kind) == (found.case_id, "CONFLICT")
    read = cases.read_case(EXAMINER, found.case_id)
    assert read.result is not None
    assert (read.result.candidates, read.result.reasons) == (found.candidates, found.reasons)
    assert read.captures is not None
    assert {t.position for t in read.captures.templates} == set(fingers_of(1))
    assert not read.captures.images
    assert read.arrangement == "as-given"
    assert cases.read_case(EXAMINER, found.case_id, with_captures=False).captures is None
    assert [(e.call, e.reason) for e in engine.audit_entries()[1:]] == [
        ("CaseService/ListCases", "1 cases"),
        ("CaseService/ReadCase", "with captures"),
        ("CaseService/ReadCase", ""),
    ]


def test_same_person_gets_the_encounter(cases: CaseDesk, found: CheckResult, engine: Engine) -> None:
    decision = decide(cases, found, same("S-1"))
    assert (decision.outcome, decision.subject_id) == (Outcome.KNOWN, "S-1")
    assert (decision.due.working_days, decision.due.on) == (3, date(2026, 11, 13))
    assert decision.encounter_id in {e.encounter_id for e in engine.show("S-1").encounters}
    case = engine.case(found.case_id)
    assert (case.status, case.examiner, case.verdict) == ("decided", "examiner-4", "SAME_PERSON:S-1")
    assert case.verdict_reason == "compared all ten"
    published = engine.decisions_since(1)
    assert [(d.kind, d.outcome, d.subject_id) for d in published] == [("CASE", "SAME_PERSON", "S-1")]
    entry = engine.audit_entries()[-1]
    assert (entry.actor_name, entry.outcome, entry.reference) == (
        "examiner-4",
        "SAME_PERSON",
        found.case_id,
    )


def test_different_person_is_enrolled_and_found_afterwards(
    cases: CaseDesk, desk: IntakeDesk, engine: Engine
) -> None:
    found = desk.check(application_of(60, claim=Claim("S-2"), enrol_if=KEEP), OFFICER)
    assert found.reasons == (Reason.CLAIM_NOT_VERIFIED,)
    decision = decide(cases, found, DIFFERENT)
    assert decision.outcome is Outcome.NEW
    assert (decision.due.working_days, decision.due.on) == (7, date(2026, 11, 19))
    assert engine.show(decision.subject_id).biographics.nationality == "KOR"
    again = desk.check(application_of(60, 1, claim=Claim(decision.subject_id)), OFFICER)
    assert again.outcome is Outcome.KNOWN


@pytest.mark.parametrize(
    ("verdict", "enrol_if"),
    [(same("S-1"), {EnrolIf.NEW}), (DIFFERENT, {EnrolIf.KNOWN}), (same("S-1"), {}), (DIFFERENT, {})],
)
def test_captures_are_kept_only_if_the_application_said_so(
    cases: CaseDesk, desk: IntakeDesk, engine: Engine, verdict: Verdict, enrol_if: set[EnrolIf]
) -> None:
    found = desk.check(application_of(1, 1, enrol_if=frozenset(enrol_if)), OFFICER)
    sequence = engine.sequence()
    assert decide(cases, found, verdict).encounter_id == ""
    assert engine.sequence() == sequence


def test_same_verdict_again_is_answered_again(cases: CaseDesk, found: CheckResult, engine: Engine) -> None:
    first = decide(cases, found, same("S-1"))
    sequence, last = engine.sequence(), engine.last_decision()
    again = decide(cases, found, same("S-1"))
    assert again.is_repeat
    assert (again.subject_id, again.encounter_id, again.due) == (
        first.subject_id,
        first.encounter_id,
        first.due,
    )
    assert (engine.sequence(), engine.last_decision()) == (sequence, last)


def test_verdict_on_an_alias_is_one_on_whom_it_stands_for(
    cases: CaseDesk, found: CheckResult, engine: Engine
) -> None:
    engine.merge("S-1", "S-3")
    first, again = (decide(cases, found, same("S-3")) for _ in range(2))
    assert first.subject_id == "S-1"
    assert again == replace(first, is_repeat=True)


def test_verdict_on_nothing_captured_is_answered_again_as_it_was(cases: CaseDesk, desk: IntakeDesk) -> None:
    captures = Captures(missing=dict.fromkeys(fingers_of(0), MissingReason.AMPUTATED))
    found = desk.check(application_of(60, captures=captures, enrol_if=KEEP), OFFICER)
    first, again = (decide(cases, found, DIFFERENT) for _ in range(2))
    assert (first.subject_id, first.encounter_id) == ("", "")
    assert again == replace(first, is_repeat=True)


def test_other_verdict_afterwards_is_refused(cases: CaseDesk, found: CheckResult, engine: Engine) -> None:
    decide(cases, found, same("S-1"))
    sequence = engine.sequence()
    for verdict in (DIFFERENT, same("S-2")):
        with pytest.raises(CaseDecided):
            decide(cases, found, verdict)
    assert engine.sequence() == sequence


def test_claimed_record_of_the_same_person_is_merged(
    cases: CaseDesk, desk: IntakeDesk, engine: Engine
) -> None:
    engine.enrol("S-double", {p: f for p, f in fingers_of(70).items() if p >= 6})
    found = desk.check(application_of(1, 1, claim=Claim("S-double"), enrol_if=KEEP), OFFICER)
    assert found.outcome is Outcome.CONFLICT
    decide(cases, found, same("S-1", merges_claimed=True))
    assert engine.resolve("S-double") == "S-1"
    assert {d.kind for d in engine.decisions_since(1)} == {"MERGE", "CASE"}
    assert len(engine.show("S-1").encounters) == 3


def test_merge_without_another_claimed_record_is_refused(cases: CaseDesk, found: CheckResult) -> None:
    with pytest.raises(CallerError, match="no other claimed record"):
        decide(cases, found, same("S-1", merges_claimed=True))


def test_verdict_on_nobody_is_refused_and_the_case_stays_open(
    cases: CaseDesk, found: CheckResult, engine: Engine
) -> None:
    with pytest.raises(SubjectNotFound):
        decide(cases, found, same("S-nobody"))
    with pytest.raises(CaseNotFound):
        cases.decide(EXAMINER, "no-case", DIFFERENT, "compared all ten")
    assert engine.case(found.case_id).status == "open"
    assert [e.outcome for e in engine.audit_entries()[-2:]] == ["FAILED", "FAILED"]


def test_newcomer_of_two_cases_is_not_enrolled_twice(
    cases: CaseDesk, desk: IntakeDesk, engine: Engine
) -> None:
    first, second = (
        desk.check(application_of(60, visit, claim=Claim("S-2"), enrol_if=KEEP), OFFICER) for visit in (0, 1)
    )
    enrolled = decide(cases, first, DIFFERENT)
    with pytest.raises(StateError, match="not found"):
        decide(cases, second, DIFFERENT)
    assert decide(cases, second, same(enrolled.subject_id)).outcome is Outcome.KNOWN
    assert engine.stats().n_subjects == 7


def test_swapped_hands_are_filed_as_they_were_found(
    cases: CaseDesk, desk: IntakeDesk, engine: Engine
) -> None:
    captures = Captures(swap_hands(fingers_of(4, 1)))
    found = desk.check(application_of(4, 1, captures=captures, claim=Claim("S-4"), enrol_if=KEEP), OFFICER)
    assert cases.read_case(EXAMINER, found.case_id).arrangement == "hands-swapped"
    decision = decide(cases, found, same("S-4"))
    (page,) = engine.pages_since(0, limit=100)
    (state,) = [s for s in page.subjects if s.subject_id == "S-4"]
    (kept,) = [e for e in state.encounters if e.encounter_id == decision.encounter_id]
    for template in kept.templates:
        (decoded,) = decode(template.record)
        assert decoded.position is template.position
        assert decoded.n_minutiae == fingers_of(4, 1)[template.position].n_minutiae


def test_case_of_an_erased_subject_can_only_be_closed(
    cases: CaseDesk, found: CheckResult, engine: Engine
) -> None:
    engine.erase("S-1")
    read = cases.read_case(EXAMINER, found.case_id)
    assert (read.result, read.captures, read.arrangement) == (None, None, "")
    decision = decide(cases, found, DIFFERENT)
    assert (decision.outcome, decision.subject_id, decision.encounter_id) == (Outcome.NEW, "", "")
    assert engine.case(found.case_id).status == "decided"


def test_verdict_on_an_erased_subject_is_refused(cases: CaseDesk, found: CheckResult, engine: Engine) -> None:
    last = engine.last_decision()
    engine.erase("S-1")
    with pytest.raises(SubjectNotFound, match="erased"):
        decide(cases, found, same("S-1"))
    assert (engine.case(found.case_id).status, engine.last_decision()) == ("open", last)
    assert decide(cases, found, same("S-2")).outcome is Outcome.KNOWN


@pytest.mark.parametrize("reason", ["", " \n"])
def test_verdict_without_a_reason_is_refused_and_noted(
    cases: CaseDesk, found: CheckResult, engine: Engine, reason: str
) -> None:
    with pytest.raises(CallerError, match="no reason"):
        cases.decide(EXAMINER, found.case_id, DIFFERENT, reason)
    assert engine.case(found.case_id).status == "open"
    entry = engine.audit_entries()[-1]
    assert (entry.call, entry.outcome, entry.reference) == ("CaseService/DecideCase", "FAILED", found.case_id)


def test_image_files_are_kept_when_the_desk_is_told_to() -> None:
    thumb, index = FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX
    fingers = {thumb: b"image of a thumb", index: b"image without ridges"}
    acquired = Acquisition({thumb: fingers_of(1)[thumb]}, ())
    captures = Captures(fingers, face=b"photo without a face")
    kept = samples_of(acquired, captures, keeps_images=True)
    assert kept.images == (NewImage("finger", b"image of a thumb", thumb),)
    assert unpack_captures(pack_captures(kept), "c") == kept
    assert not samples_of(acquired, captures, keeps_images=False).images
    laid = laid_as_found(kept, "hands-swapped")
    assert [image.position for image in laid.images] == [FingerPosition.LEFT_THUMB]


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda tail: b"VCAP\x01" + tail))
def test_damaged_captures_are_told(packed: bytes) -> None:
    with pytest.raises(DataCorruption):
        unpack_captures(packed, "c")


@pytest.mark.parametrize("text", ["SAME_PERSON:A:7", "SAME_PERSON+CLAIMED:A-17", "DIFFERENT_PERSON"])
def test_verdict_is_read_as_it_was_written(text: str) -> None:
    assert Verdict.from_text(text).to_text() == text


def test_verdict_fits_whatever_the_identifier() -> None:
    assert len(same("S" * 128, merges_claimed=True).to_text()) <= 128


def test_verdict_without_sense_is_refused() -> None:
    with pytest.raises(CallerError):
        same("")
    with pytest.raises(CallerError):
        Verdict(VerdictKind.DIFFERENT_PERSON, "S-1")
    with pytest.raises(CallerError):
        Verdict(VerdictKind.DIFFERENT_PERSON, merges_claimed=True)
