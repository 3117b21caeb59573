"""Bulk load: one transaction, a result for each row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from store.people import CAPTURED, KIM, encounter, enrolment
from vantay.errors import AlreadyEnrolled, CallerError, GalleryNotFound, SubjectMerged, SubjectNotFound
from vantay.store import (
    Enrolment,
    LoadResult,
    NewEncounter,
    NewImage,
    OnConflict,
    Store,
    SubjectState,
    SubjectStatus,
    transaction,
)


def outcomes(results: list[LoadResult]) -> list[tuple[str, str]]:
    return [(result.subject_id, result.outcome) for result in results]


def test_loaded_subjects_are_as_enrolled_ones(store: Store) -> None:
    store.create_gallery("visa")
    rows = [enrolment(f"S{i:03}", f"E{i}", "visa") for i in range(30)]
    assert outcomes(store.load(rows)) == [(f"S{i:03}", "enrolled") for i in range(30)]
    row = rows[0]
    store.enrol(
        encounter("S999"), biographics=row.biographics, documents=row.documents, galleries=row.galleries
    )
    loaded, enrolled = store.subject("S007"), store.subject("S999")
    assert loaded.biographics == enrolled.biographics == KIM
    assert loaded.documents == enrolled.documents
    assert loaded.galleries == enrolled.galleries == ("visa",)
    assert loaded.encounters[0].templates == enrolled.encounters[0].templates
    assert len(store.images("E7")) == 2
    assert store.find_by_document("passport", "M123456")[:2] == ("S000", "S001")
    assert [c.kind for c in store.change_log(0)] == ["enrol"] * 31
    assert store.sequence() == 31


def test_rows_of_one_subject_belong_together(store: Store) -> None:
    rows = [enrolment("A", "E1"), enrolment("A", "E2"), enrolment("B"), enrolment("A", "E3")]
    for on_conflict in ("skip", OnConflict.FAIL):
        results = store.load(rows, on_conflict=on_conflict)
        if on_conflict == "skip":
            assert outcomes(results) == [("A", "enrolled"), ("A", "added"), ("B", "enrolled"), ("A", "added")]
    assert [e.encounter_id for e in store.subject("A").encounters] == ["E1", "E2", "E3"]


@pytest.mark.parametrize(
    ("on_conflict", "expected"),
    [(OnConflict.SKIP, "skipped"), (OnConflict.ADD_ENCOUNTER, "added"), (OnConflict.FAIL, "failed")],
)
def test_a_subject_that_was_there_is_handled_as_said(
    store: Store, on_conflict: OnConflict, expected: str
) -> None:
    store.enrol(encounter("A", "E1"))
    results = store.load([enrolment("A", "E2"), enrolment("B", "E3")], on_conflict=on_conflict)
    assert outcomes(results) == [("A", expected), ("B", "enrolled")]
    assert len(store.subject("A").encounters) == (2 if expected == "added" else 1)
    if expected == "failed":
        assert isinstance(results[0].error, AlreadyEnrolled)
        assert results[0].encounter_id is None


@pytest.mark.parametrize("on_conflict", list(OnConflict))
def test_loading_again_what_is_recorded_skips_it(store: Store, on_conflict: OnConflict) -> None:
    rows = [enrolment("A", "E1"), enrolment("A", "E2"), enrolment("B", "E3")]
    store.load(rows, on_conflict=on_conflict)
    sequence = store.sequence()
    assert outcomes(store.load(rows, on_conflict=on_conflict)) == [
        ("A", "skipped"),
        ("A", "skipped"),
        ("B", "skipped"),
    ]
    assert store.sequence() == sequence


@pytest.mark.parametrize("on_conflict", list(OnConflict))
def test_rows_that_cannot_be_written_keep_no_other_out(store: Store, on_conflict: OnConflict) -> None:
    for subject_id in ("gone", "winner", "loser"):
        store.enrol(encounter(subject_id, f"E-{subject_id}"))
    store.erase("gone")
    store.merge("winner", "loser")
    rows = [
        enrolment("gone", "E1"),
        enrolment("loser", "E2"),
        enrolment("A", "E3", "no such gallery"),
        enrolment("B", "E-winner"),
        enrolment("C", "E4"),
        enrolment("D", "E4"),
    ]
    results = store.load(rows, on_conflict=on_conflict)
    assert [r.outcome for r in results] == ["failed"] * 4 + ["enrolled", "failed"]
    assert isinstance(results[0].error, AlreadyEnrolled | SubjectNotFound)
    assert isinstance(results[1].error, AlreadyEnrolled | SubjectMerged)
    assert isinstance(results[2].error, GalleryNotFound)
    assert "of another subject" in str(results[3].error)
    assert "of another subject" in str(results[5].error)
    assert {s.subject_id for s in store.subjects()} == {"gone", "winner", "loser", "C"}


def test_a_load_that_raises_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(transaction.WriteTransaction, "finish", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.load([enrolment("A")])
    assert store.subjects() == []
    assert store.load([enrolment("A")])[0].outcome == "enrolled"


def test_an_empty_load_is_one(store: Store) -> None:
    assert store.load([]) == []
    assert store.sequence() == 0


def test_more_rows_than_one_statement_takes_are_loaded(tmp_path: Path) -> None:
    with Store.open(tmp_path / "vantay.db") as store:
        template = encounter("A").templates[:1]
        rows = [Enrolment(NewEncounter(f"S{i}", template, encounter_id=f"E{i}")) for i in range(1700)]
        assert {r.outcome for r in store.load(rows)} == {"enrolled"}
        assert {r.outcome for r in store.load(rows, on_conflict="add-encounter")} == {"skipped"}
        assert store.statistics().n_subjects == 1700


def test_rows_without_an_encounter_tell_of_subjects_without_samples(store: Store) -> None:
    rows = [
        Enrolment(subject_id="gone", status=SubjectStatus.ERASED),
        Enrolment(encounter("late"), status=SubjectStatus.LOCKED),
        Enrolment(subject_id="bare", biographics=KIM),
    ]
    assert outcomes(store.load(rows)) == [("gone", "enrolled"), ("late", "enrolled"), ("bare", "enrolled")]
    assert {s.subject_id: str(s.status) for s in store.subjects()} == {
        "gone": "erased",
        "late": "locked",
        "bare": "active",
    }
    assert store.subject("bare").biographics == KIM
    assert store.add_encounter(encounter("bare")).templates
    with pytest.raises(AlreadyEnrolled, match="'gone' was erased"):
        store.enrol(encounter("gone"))
    again = store.load(rows, on_conflict="add-encounter")
    assert [r.outcome for r in again] == ["skipped", "added", "skipped"]


def test_loading_again_skips_who_has_no_samples_and_who_was_merged(store: Store) -> None:
    """Whatever was chosen: nothing of the file is new."""
    rows = [enrolment("S1", "E1"), enrolment("S2", "E2"), Enrolment(subject_id="S3", biographics=KIM)]
    store.load(rows)
    store.merge("S1", "S2")
    for on_conflict in OnConflict:
        assert [result.outcome for result in store.load(rows, on_conflict=on_conflict)] == ["skipped"] * 3
    (moved,) = store.load([enrolment("S3", "E1")])
    assert isinstance(moved.error, AlreadyEnrolled)


def test_rows_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(CallerError, match="not the encounter's"):
        Enrolment(encounter("A"), subject_id="B")
    with pytest.raises(CallerError, match="subject_id has 0 characters"):
        Enrolment()
    with pytest.raises(CallerError, match="'A' is erased, expected nothing else"):
        Enrolment(encounter("A"), status=SubjectStatus.ERASED)
    with pytest.raises(CallerError, match="status merged"):
        Enrolment(subject_id="A", status=SubjectStatus.MERGED)


def test_what_was_read_out_page_by_page_loads_as_the_same(store: Store, tmp_path: Path) -> None:
    for name in ("visa", "watchlist"):
        store.create_gallery(name)
    store.load([enrolment(f"S{i}", f"E{i}", "visa") for i in range(6)])
    store.add_encounter(encounter("S1", "E9", images=()))
    store.move_encounter("E2", "S3")  # S2 has none now
    store.lock("S4")
    store.erase("S5")
    store.add_to_gallery("watchlist", "S0")
    with Store.open(tmp_path / "copy.db") as copy:
        for name in store.galleries():
            copy.create_gallery(name)
        for page in store.pages_since(0, limit=2, with_documents=True):
            rows = [row for state in page.subjects for row in rows_of(state, store)]
            assert {r.outcome for r in copy.load(rows)} <= {"enrolled", "added"}
        assert contents(copy) == contents(store)


def rows_of(state: SubjectState, store: Store) -> list[Enrolment]:
    known = Enrolment(
        None, state.biographics, state.documents, state.galleries, state.subject_id, state.status
    )
    encounters = [
        NewEncounter(
            state.subject_id,
            found.templates,
            found.captured_at,
            found.source,
            found.encounter_id,
            found.face,
            found.operator,
            found.device,
            found.consent,
            tuple(NewImage(i.modality, i.data, i.position) for i in store.images(found.encounter_id)),
        )
        for found in state.encounters
    ]
    return [replace(known, encounter=e) for e in encounters] or [known]


def contents(store: Store) -> object:
    """All that an export carries: not the times of recording, nor the numbers."""
    told = []
    for summary in store.subjects():
        subject = store.subject(summary.subject_id)
        encounters = [
            (replace(e, recorded_at=CAPTURED), store.images(e.encounter_id))
            for e in subject.encounters
            if subject.status is not SubjectStatus.ERASED
        ]
        details = (subject.status, subject.biographics, subject.documents, subject.galleries)
        told.append((subject.subject_id, details, encounters, store.templates_of([subject.subject_id])))
    return told
