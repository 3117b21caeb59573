"""What one application is answered, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from intake.applications import GUARDIAN, NOW, make_child
from intake.people import (
    NEWCOMER,
    OFFICER,
    WITHOUT_FACES,
    application_of,
    face_of,
    fingers_of,
    passport_of,
    rules,
    swap_hands,
)
from vantay.engine import Engine
from vantay.errors import (
    AlreadyEnrolled,
    CallerError,
    GalleryNotFound,
    IncompatibleTemplate,
)
from vantay.fingerprint.codec import encode
from vantay.intake.application import Captures, Claim, EnrolIf
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import Due, Outcome, Reason
from vantay.intake.rules import load_rules
from vantay.store import Document

KEEP = frozenset(EnrolIf)


def test_newcomer_is_new_and_due_in_seven_working_days(desk: IntakeDesk, engine: Engine) -> None:
    result = desk.check(application_of(NEWCOMER), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.NEW, (Reason.NOBODY_FOUND,))
    assert result.due == Due(7, date(2026, 11, 19))
    assert (result.subject_id, result.encounter_id, result.case_id) == ("", "", "")
    assert result.n_searched == 6
    assert not result.candidates
    assert {"extract", "identify", "store"} <= result.timings_ms.keys()
    assert engine.stats().n_subjects == 6


def test_newcomer_is_enrolled_with_papers_and_consent(desk: IntakeDesk, engine: Engine) -> None:
    result = desk.check(application_of(NEWCOMER, enrol_if=KEEP), OFFICER)
    record = engine.show(result.subject_id)
    (encounter,) = record.encounters
    assert encounter.encounter_id == result.encounter_id
    assert encounter.consent is not None
    assert encounter.consent.reference == "consent/1"
    assert (encounter.operator, encounter.device) == ("officer 17", "s-1")
    assert encounter.captured_at == NOW
    assert len(encounter.templates) == 10
    assert record.biographics.birth_date == date(1990, 5, 17)
    assert {d.document_type for d in record.documents} == {"passport", "residence-card"}
    assert engine.find_by_document("passport", passport_of(NEWCOMER).number) == (result.subject_id,)


def test_newcomer_gets_the_identifier_and_galleries_asked_for(engine: Engine) -> None:
    engine.create_gallery("residents")
    desk = IntakeDesk(engine, rules(enrol_galleries=("residents",)), clock=lambda: NOW)
    result = desk.check(application_of(NEWCOMER, enrol_if=KEEP, subject_id="FR-1"), OFFICER)
    assert result.subject_id == "FR-1"
    assert engine.show("FR-1").galleries == ("residents",)


def test_taken_identifier_is_refused_and_nothing_is_kept(desk: IntakeDesk, engine: Engine) -> None:
    with pytest.raises(AlreadyEnrolled):
        desk.check(application_of(NEWCOMER, enrol_if=KEEP, subject_id="S-1"), OFFICER)
    assert engine.check(f"A-{NEWCOMER}-0") is None
    assert engine.last_decision() == 0
    assert engine.audit_entries()[-1].reason == "AlreadyEnrolled"


def test_first_applicant_of_an_empty_database_is_new(tmp_path: Path) -> None:
    with Engine.open(tmp_path / "empty.db") as engine:
        result = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW).check(application_of(0), OFFICER)
    assert (result.outcome, result.n_searched) == (Outcome.NEW, 0)


def test_claimed_subject_is_known_and_gets_the_encounter(desk: IntakeDesk, engine: Engine) -> None:
    result = desk.check(application_of(1, 1, claim=Claim("S-1"), enrol_if=KEEP), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.KNOWN, (Reason.CLAIM_VERIFIED,))
    assert result.due == Due(3, date(2026, 11, 13))
    assert result.subject_id == "S-1"
    assert result.claim is not None
    assert result.claim.is_match
    assert [c.subject_id for c in result.candidates if c.is_claimed] == ["S-1"]
    assert {e.encounter_id for e in engine.show("S-1").encounters} >= {result.encounter_id}
    assert len(engine.show("S-1").encounters) == 2


def test_known_applicant_is_not_stored_unless_asked(desk: IntakeDesk, engine: Engine) -> None:
    result = desk.check(application_of(1, 1, claim=Claim("S-1"), enrol_if=frozenset({EnrolIf.NEW})), OFFICER)
    assert (result.outcome, result.encounter_id) == (Outcome.KNOWN, "")
    assert len(engine.show("S-1").encounters) == 1


def test_claim_by_document_finds_its_owner(desk: IntakeDesk, engine: Engine) -> None:
    engine.update_subject("S-2", documents=[Document("passport", "P 0000-002", "KOR")])
    claim = Claim(document_type="passport", document_number="p0000002", document_issuer="KOR")
    result = desk.check(application_of(2, 1, claim=claim), OFFICER)
    assert (result.outcome, result.subject_id) == (Outcome.KNOWN, "S-2")


def test_claim_by_a_document_of_two_is_a_conflict(desk: IntakeDesk, engine: Engine) -> None:
    for subject_id in ("S-2", "S-3"):
        engine.update_subject(subject_id, documents=[Document("passport", "P2", "KOR")])
    claim = Claim(document_type="passport", document_number="P2")
    result = desk.check(application_of(2, 1, claim=claim), OFFICER)
    assert result.outcome is Outcome.CONFLICT
    assert Reason.CLAIMED_DOCUMENT_AMBIGUOUS in result.reasons


def test_claim_that_names_nobody_is_refused(desk: IntakeDesk) -> None:
    with pytest.raises(CallerError, match="names nobody"):
        desk.check(application_of(2, 1, claim=Claim()), OFFICER)


def test_enrolled_person_without_claim_is_a_conflict_with_a_case(desk: IntakeDesk, engine: Engine) -> None:
    result = desk.check(application_of(1, 1, enrol_if=KEEP), OFFICER)
    assert result.outcome is Outcome.CONFLICT
    assert Reason.FOUND_WITHOUT_CLAIM in result.reasons
    assert [(c.subject_id, c.is_match) for c in result.candidates] == [("S-1", True)]
    (case,) = engine.cases("open")
    assert (case.case_id, case.subject_ids) == (result.case_id, ("S-1",))
    assert result.due is not None
    assert len(engine.show("S-1").encounters) == 1


def test_identity_of_somebody_else_is_a_conflict(desk: IntakeDesk) -> None:
    result = desk.check(application_of(1, 1, claim=Claim("S-2")), OFFICER)
    assert result.outcome is Outcome.CONFLICT
    assert {Reason.CLAIM_NOT_VERIFIED, Reason.FOUND_UNDER_ANOTHER_IDENTITY} <= set(result.reasons)
    assert result.subject_id == ""


@pytest.mark.parametrize("claimed", ["S-unknown", "S-erased"])
def test_claim_of_an_unknown_or_erased_subject_is_a_conflict(
    desk: IntakeDesk, engine: Engine, claimed: str
) -> None:
    engine.enrol("S-erased", fingers_of(60))
    engine.erase("S-erased")
    result = desk.check(application_of(60, 1, claim=Claim(claimed)), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.CONFLICT, (Reason.CLAIMED_SUBJECT_UNKNOWN,))


def test_claim_of_a_merged_subject_stands_for_the_other(desk: IntakeDesk, engine: Engine) -> None:
    engine.enrol("S-old", fingers_of(1, 2))
    engine.merge("S-1", "S-old")
    result = desk.check(application_of(1, 1, claim=Claim("S-old")), OFFICER)
    assert (result.outcome, result.subject_id) == (Outcome.KNOWN, "S-1")


def test_locked_subject_is_known_and_said_to_be_locked(desk: IntakeDesk, engine: Engine) -> None:
    engine.lock("S-3")
    result = desk.check(application_of(3, 1, claim=Claim("S-3")), OFFICER)
    assert result.outcome is Outcome.KNOWN
    assert Reason.CLAIMED_SUBJECT_LOCKED in result.reasons


@pytest.mark.parametrize("claim", [None, Claim("S-4")])
def test_swapped_hands_are_found_and_a_case(desk: IntakeDesk, claim: Claim | None) -> None:
    captures = Captures(swap_hands(fingers_of(4, 1)))
    result = desk.check(application_of(4, 1, captures=captures, claim=claim), OFFICER)
    assert result.outcome is (Outcome.CONFLICT if claim is None else Outcome.INCONCLUSIVE)
    assert Reason.FINGERS_IN_ANOTHER_ORDER in result.reasons
    assert result.candidates[0].subject_id == "S-4"
    assert result.case_id


def test_watchlist_makes_a_known_applicant_a_case(engine: Engine) -> None:
    engine.create_gallery("watchlist")
    engine.add_to_gallery("watchlist", "S-5")
    desk = IntakeDesk(engine, rules(watchlist="watchlist"), clock=lambda: NOW)
    known = desk.check(application_of(5, 1, claim=Claim("S-5")), OFFICER)
    assert known.outcome is Outcome.CONFLICT
    assert Reason.FOUND_ON_WATCHLIST in known.reasons
    other = desk.check(application_of(4, 1, claim=Claim("S-4")), OFFICER)
    assert other.outcome is Outcome.KNOWN


def test_only_the_galleries_of_the_rules_and_the_watchlist_are_searched(engine: Engine) -> None:
    for name, subject_id in (("residents", "S-1"), ("watchlist", "S-5")):
        engine.create_gallery(name)
        engine.add_to_gallery(name, subject_id)
    desk = IntakeDesk(engine, rules(galleries=("residents",), watchlist="watchlist"), clock=lambda: NOW)
    found = {person: desk.check(application_of(person, 1), OFFICER).outcome for person in (1, 2, 5)}
    assert found == {1: Outcome.CONFLICT, 2: Outcome.NEW, 5: Outcome.CONFLICT}


def test_rules_that_name_a_missing_gallery_are_refused(engine: Engine) -> None:
    desk = IntakeDesk(engine, rules(watchlist="watchlist"), clock=lambda: NOW)
    with pytest.raises(GalleryNotFound, match="watchlist"):
        desk.check(application_of(1, 1), OFFICER)


def test_child_of_ten_needs_a_guardian(desk: IntakeDesk, engine: Engine) -> None:
    born = date(2016, 11, 10)
    captures = Captures(fingers_of(NEWCOMER))
    alone = make_child(born, reference="C-1", captures=captures, guardian=None)
    refused = desk.check(alone, OFFICER)
    assert (refused.outcome, refused.reasons) == (Outcome.REFUSED, (Reason.NO_GUARDIAN,))
    assert refused.due is None
    assert engine.check("C-1") is None
    accompanied = replace(alone, guardian=GUARDIAN, enrol_if=KEEP)
    assert desk.check(accompanied, OFFICER).outcome is Outcome.NEW


def test_nothing_of_an_applicant_without_consent_is_on_disk(
    desk: IntakeDesk, engine: Engine, tmp_path: Path
) -> None:
    application = application_of(NEWCOMER, consent=None, enrol_if=KEEP, reference="ref-in-audit")
    sequence = engine.sequence()
    result = desk.check(application, OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.REFUSED, (Reason.NO_CONSENT,))
    assert (engine.sequence(), engine.last_decision()) == (sequence, 0)
    (entry,) = engine.audit_entries()
    assert (entry.reference, entry.outcome, entry.reason) == ("ref-in-audit", "REFUSED", "NO_CONSENT")
    disk = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"ref-in-audit" in disk, "what is looked for would be found"
    assert passport_of(NEWCOMER).number.encode() not in disk
    assert f"name/{NEWCOMER}".encode() not in disk
    for finger in fingers_of(NEWCOMER).values():
        assert encode(finger)[28:60] not in disk
        assert finger.minutiae.tobytes()[:32] not in disk


def test_templates_of_an_enrolled_applicant_are_sealed_on_disk(
    desk: IntakeDesk, engine: Engine, tmp_path: Path
) -> None:
    desk.check(application_of(NEWCOMER, enrol_if=KEEP), OFFICER)
    desk.check(application_of(1, 1), OFFICER)  # a case: details and captures
    engine.close()
    for file in (tmp_path / "vantay.db", *tmp_path.glob("vantay.db-*")):
        disk = file.read_bytes()
        assert passport_of(NEWCOMER).number.encode() not in disk
        for finger in (*fingers_of(NEWCOMER).values(), *fingers_of(1, 1).values()):
            assert encode(finger)[28:60] not in disk


def test_every_answer_is_published_and_noted_with_it(desk: IntakeDesk, engine: Engine) -> None:
    result = desk.check(application_of(1, 1, claim=Claim("S-1")), OFFICER)
    (decision,) = engine.decisions_since(0)
    assert (decision.kind, decision.reference, decision.outcome) == ("CHECK", result.reference, "KNOWN")
    assert (decision.due_on, decision.working_days) == (date(2026, 11, 13), 3)
    (entry,) = engine.audit_entries()
    assert (entry.call, entry.actor_name, entry.request_id) == (
        "IntakeService/CheckApplicant",
        "desk-1",
        "r-1",
    )
    assert (entry.subject_id, entry.outcome, entry.reference) == ("S-1", "KNOWN", result.reference)
    assert engine.verify_audit().n_entries == 1


def test_faces_count_beside_fingers(built_models: Path, engine: Engine) -> None:
    engine.enrol("S-face", fingers_of(60), face=face_of(60))
    desk = IntakeDesk(engine, load_rules(), clock=lambda: NOW)
    captures = Captures(fingers_of(60, 1), face=face_of(60, 1))
    result = desk.check(application_of(60, 1, captures=captures, claim=Claim("S-face")), OFFICER)
    assert result.outcome is Outcome.KNOWN
    assert result.claim is not None
    assert result.claim.face_score is not None
    assert result.candidates[0].face_score is not None
    no_photo = desk.check(application_of(60, 2, captures=Captures(fingers_of(60, 2))), OFFICER)
    assert no_photo.reasons == (Reason.FACE_NOT_CAPTURED,)


def test_face_of_another_model_is_the_callers_mistake(built_models: Path, engine: Engine) -> None:
    engine.enrol("S-face", fingers_of(60), face=face_of(60))
    desk = IntakeDesk(engine, load_rules(), clock=lambda: NOW)
    captures = Captures(fingers_of(60, 1), face=replace(face_of(60, 1), model_version="another"))
    for claim in (None, Claim("S-face")):
        with pytest.raises(IncompatibleTemplate):
            desk.check(application_of(60, 1, captures=captures, claim=claim), OFFICER)
    assert engine.last_decision() == 0
