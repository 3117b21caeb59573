"""The calls of the engine about records, galleries and the database as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.random_fingers import capture_again, make_finger
from store.people import CARD, KIM, PASSPORT, enrolment
from vantay import (
    Consent,
    Engine,
    EngineSettings,
    EnrolmentDetails,
    IdempotencyConflict,
    KeyUnavailable,
    StateError,
    SubjectMerged,
    SubjectStatus,
    WrongKey,
)
from vantay.types import FingerPosition

FINGER = FingerPosition.RIGHT_INDEX


@pytest.fixture
def settings(tmp_path: Path) -> EngineSettings:
    return EngineSettings(database=tmp_path / "vantay.db")


@pytest.fixture
def engine(settings: EngineSettings) -> Iterator[Engine]:
    with Engine.open(settings=settings) as opened:
        yield opened


def test_details_of_an_enrolment_are_kept(engine: Engine) -> None:
    engine.create_gallery("visa")
    consent = Consent("C1", "level 2", datetime(2026, 1, 2, tzinfo=UTC))
    details = EnrolmentDetails("o17", "d1", consent, "app-1", KIM, (PASSPORT,), ("visa",))
    first = engine.enrol("A", {FINGER: make_finger(1)}, details=details)
    assert engine.enrol("A", {FINGER: make_finger(1)}, details=details).encounter == first.encounter
    with pytest.raises(IdempotencyConflict):
        engine.enrol("A", {FINGER: make_finger(2)}, details=details)
    subject = engine.show("A")
    assert (subject.biographics, subject.documents, subject.galleries) == (KIM, (PASSPORT,), ("visa",))
    (encounter,) = subject.encounters
    assert (encounter.operator, encounter.device, encounter.consent) == ("o17", "d1", consent)
    assert engine.find_by_document("passport", PASSPORT.number) == ("A",)


def test_two_records_of_one_person_become_one(engine: Engine) -> None:
    for number, subject_id in enumerate("AB", start=1):
        engine.enrol(subject_id, {FINGER: make_finger(number)})
    assert engine.merge("A", "B") == 1
    assert engine.resolve("B") == "A"
    again = {FINGER: capture_again(make_finger(2), 1)}
    assert engine.verify("B", again).is_match
    assert [c.subject_id for c in engine.identify(again).matches] == ["A"]
    with pytest.raises(SubjectMerged):
        engine.enrol("B", again, add_encounter=True)
    (_, second) = engine.show("A").encounters
    engine.enrol("C", {FINGER: make_finger(3)})
    assert engine.move_encounter(second.encounter_id, "C") == "A"
    assert [c.subject_id for c in engine.identify(again).matches] == ["C"]


def test_locked_subjects_are_found(engine: Engine) -> None:
    engine.enrol("A", {FINGER: make_finger(1)})
    assert engine.lock("A")
    assert engine.show("A").status is SubjectStatus.LOCKED
    assert engine.identify({FINGER: capture_again(make_finger(1), 1)}).is_known
    assert engine.unlock("A")


def test_records_are_loaded_updated_and_followed(engine: Engine) -> None:
    assert [r.outcome for r in engine.load([enrolment("A", "E1"), enrolment("B")])] == ["enrolled"] * 2
    engine.update_subject("A", documents=[CARD])
    (page,) = engine.pages_since(0, with_documents=True)
    assert [(s.subject_id, s.documents) for s in page.subjects] == [("B", (PASSPORT, CARD)), ("A", (CARD,))]
    assert [c.kind for c in engine.change_log(0)] == ["enrol", "enrol", "update"]
    assert len(engine.images("E1")) == 2


def test_galleries_have_members(engine: Engine) -> None:
    engine.create_gallery("visa")
    engine.load([enrolment("A"), enrolment("B")])
    assert engine.add_to_gallery("visa", "A")
    assert engine.add_to_gallery("visa", "B")
    assert engine.remove_from_gallery("visa", "A")
    assert engine.gallery_members("visa") == ["B"]
    assert engine.galleries() == {"visa": 1}


def test_the_master_key_is_changed_between_two_openings(settings: EngineSettings) -> None:
    with Engine.open(settings=settings) as engine:
        engine.load([enrolment("A")])
        assert engine.database_name == str(settings.database)
        assert engine.purge()
        engine.accept_clock()
    change = Engine.rotate_key(settings)
    assert change.old_key_file.exists()
    assert Engine.upgrade(settings).from_version == Engine.upgrade(settings).to_version
    with Engine.open(settings=settings, create=False) as engine:
        assert engine.stats().master_key_id == change.new_key_id
    other = EngineSettings(database=settings.database, master_key="ab" * 32)
    with pytest.raises(WrongKey):
        Engine.open(settings=other)
    with pytest.raises(KeyUnavailable, match="where nobody can change it"):
        Engine.rotate_key(other)
    assert "abab" not in repr(other)


def test_without_a_database_there_is_nothing_to_administer() -> None:
    with pytest.raises(StateError):
        Engine.without_store().lock("A")
