"""Bulk load: one transaction, a result for each row."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.people import KIM, encounter, enrolment
from vantay.errors import AlreadyEnrolled, GalleryNotFound, SubjectMerged, SubjectNotFound
from vantay.store import Enrolment, LoadResult, NewEncounter, OnConflict, Store, transaction


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
