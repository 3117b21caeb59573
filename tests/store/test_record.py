"""What the store keeps, gives back and refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from store.places import Place
from vantay.errors import AlreadyEnrolled, CallerError, SubjectNotFound
from vantay.store import Erasure, NewEncounter, NewTemplate, Store, SubjectStatus
from vantay.types import FingerPosition

RIGHT_INDEX, LEFT_INDEX, UNKNOWN = FingerPosition(2), FingerPosition(7), FingerPosition(0)
EncounterOf = Callable[..., NewEncounter]


def test_enrolled_templates_come_back_after_reopening(place: Place, encounter_of: EncounterOf) -> None:
    encounter = encounter_of("A1")
    with place.open() as store:
        store.enrol(encounter)
    with place.open(create=False) as store:
        found = store.templates_of(["A1"])
    assert [(t.subject_id, t.position, t.record) for t in found] == [
        ("A1", t.position, t.record) for t in encounter.templates
    ]


def test_subject_tells_encounters_with_times_in_utc(store: Store, encounter_of: EncounterOf) -> None:
    hanoi = timezone(timedelta(hours=7))
    later = NewEncounter("A1", encounter_of("A1").templates, datetime(2031, 1, 2, 3, 4, tzinfo=hanoi), "desk")
    first = store.enrol(encounter_of("A1"))
    second = store.add_encounter(later)
    subject = store.subject("A1")
    assert subject.status is SubjectStatus.ACTIVE
    assert subject.encounters == (first, second)
    assert second.captured_at == datetime(2031, 1, 1, 20, 4, tzinfo=UTC)
    assert second.captured_at.tzinfo is UTC
    assert [t.position for t in second.templates] == [RIGHT_INDEX, LEFT_INDEX]
    assert (second.templates[0].quality, second.templates[0].extractor) == (70, "classical")


def test_enrolling_a_subject_twice_is_refused(store: Store, encounter_of: EncounterOf) -> None:
    store.enrol(encounter_of("A1"))
    with pytest.raises(AlreadyEnrolled, match="'A1' is enrolled already"):
        store.enrol(encounter_of("A1"))
    assert store.statistics().n_encounters == 1


def test_adding_an_encounter_to_an_unknown_subject_is_refused(
    store: Store, encounter_of: EncounterOf
) -> None:
    with pytest.raises(SubjectNotFound, match="no subject 'A1'"):
        store.add_encounter(encounter_of("A1"))
    assert store.statistics().n_subjects == 0


def test_an_encounter_identifier_is_taken_once(store: Store, encounter_of: EncounterOf) -> None:
    store.enrol(encounter_of("A1", encounter_id="E1"))
    with pytest.raises(AlreadyEnrolled, match="encounter 'E1'"):
        store.enrol(encounter_of("A2", encounter_id="E1"))
    assert [s.subject_id for s in store.subjects()] == ["A1"]  # the subject row was rolled back too


def test_erased_subject_leaves_a_tombstone_and_its_identifier_is_not_given_again(
    store: Store, encounter_of: EncounterOf
) -> None:
    store.enrol(encounter_of("A1"))
    erasure = store.erase("A1")
    assert (erasure.n_encounters, erasure.n_templates) == (1, 2)
    tombstone = store.subject("A1")
    assert tombstone.status is SubjectStatus.ERASED
    assert [(e.source, e.templates) for e in tombstone.encounters] == [("", ())]
    assert store.templates_of(["A1"]) == []
    with pytest.raises(AlreadyEnrolled, match="was erased"):
        store.enrol(encounter_of("A1"))
    with pytest.raises(SubjectNotFound, match="was erased"):
        store.add_encounter(encounter_of("A1"))


def test_erasing_twice_changes_nothing_more(store: Store, encounter_of: EncounterOf) -> None:
    with pytest.raises(SubjectNotFound, match="no subject 'A1'"):
        store.erase("A1")
    store.enrol(encounter_of("A1"))
    store.erase("A1")
    sequence = store.sequence()
    again = store.erase("A1")
    assert again == Erasure("A1", n_encounters=0, n_templates=0, is_purged=again.is_purged)
    assert store.sequence() == sequence


def test_change_sequence_names_the_subjects_that_changed(store: Store, encounter_of: EncounterOf) -> None:
    assert store.sequence() == 0
    for subject_id in ("A1", "A2", "A3"):
        store.enrol(encounter_of(subject_id))
    before = store.sequence()
    store.add_encounter(encounter_of("A2"))
    store.erase("A1")
    changes = store.changes_since(before)
    assert changes.subject_ids == ("A1", "A2")
    assert changes.sequence == store.sequence() == before + 2
    assert store.changes_since(changes.sequence).subject_ids == ()


def test_subjects_are_listed_in_pages(store: Store, encounter_of: EncounterOf) -> None:
    for subject_id in ("B", "A", "D", "C"):
        store.enrol(encounter_of(subject_id))
    store.add_encounter(encounter_of("C"))
    assert [s.subject_id for s in store.subjects(limit=2)] == ["A", "B"]
    rest = store.subjects(after="B")
    assert [(s.subject_id, s.n_encounters, s.n_templates) for s in rest] == [("C", 2, 4), ("D", 1, 2)]


def test_statistics_count_what_is_there(store: Store, encounter_of: EncounterOf) -> None:
    for subject_id in ("A1", "A2"):
        store.enrol(encounter_of(subject_id))
    store.erase("A2")
    statistics = store.statistics()
    assert (statistics.n_subjects, statistics.n_erased, statistics.n_templates) == (1, 1, 2)
    assert statistics.template_bytes == sum(len(t.record) for t in encounter_of("A1").templates)


def test_more_subjects_than_one_statement_takes_are_read(store: Store, encounter_of: EncounterOf) -> None:
    store.enrol(encounter_of("A1"))
    ids = [f"X{i}" for i in range(1200)] + ["A1"]
    assert {t.subject_id for t in store.templates_of(ids)} == {"A1"}


@pytest.mark.parametrize("subject_id", ["", " A", "A\n", "A\x00B", "x" * 129, "\ud800"])
def test_unusable_subject_identifiers_are_refused(subject_id: str, encounter_of: EncounterOf) -> None:
    with pytest.raises(CallerError, match="subject_id"):
        encounter_of(subject_id)


def test_unusable_encounters_are_refused() -> None:
    template = NewTemplate(RIGHT_INDEX, b"r")
    with pytest.raises(CallerError, match="at least one finger"):
        NewEncounter("A", ())
    with pytest.raises(CallerError, match="2 templates for finger RIGHT_INDEX"):
        NewEncounter("A", (template, template))
    with pytest.raises(CallerError, match="quality 101"):
        NewEncounter("A", (NewTemplate(RIGHT_INDEX, b"r", 101),))
    with pytest.raises(CallerError, match="no time zone"):
        NewEncounter("A", (template,), datetime(2030, 1, 1))
    with pytest.raises(CallerError, match="source has 300"):
        NewEncounter("A", (template,), source="x" * 300)


def test_a_finger_of_unknown_position_is_kept(store: Store, encounter_of: EncounterOf) -> None:
    store.enrol(encounter_of("Nguyễn Văn A", UNKNOWN))
    assert [t.position for t in store.templates()] == [UNKNOWN]
