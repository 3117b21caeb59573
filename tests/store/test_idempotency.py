"""A write that comes again with its key is answered, not repeated."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from store.people import CAPTURED, CARD, KIM, PASSPORT, encounter, make_face
from store.places import Place, SqlitePlace
from vantay.errors import AlreadyEnrolled, CallerError, IdempotencyConflict
from vantay.store import NewTemplate, Store
from vantay.types import FingerPosition


def test_the_first_receipt_comes_again_after_reopening(place: Place) -> None:
    with place.open() as store:
        first = store.enrol(encounter("A"), biographics=KIM, documents=[PASSPORT], idempotency_key="app-1")
    with place.open() as store:
        again = store.enrol(encounter("A"), biographics=KIM, documents=[PASSPORT], idempotency_key="app-1")
        assert again == first
        assert store.statistics().n_encounters == 1
        assert store.sequence() == 1


def test_the_receipt_is_of_the_first_time_whatever_happened_since(store: Store) -> None:
    store.enrol(encounter("B"))
    first = store.enrol(encounter("A"), idempotency_key="app-1")
    store.move_encounter(first.encounter_id, "B")
    assert store.enrol(encounter("A"), idempotency_key="app-1") == first


def test_times_and_identifiers_that_the_store_gives_make_no_difference(store: Store) -> None:
    anyone = replace(encounter("A"), captured_at=None)
    first = store.enrol(anyone, idempotency_key="app-1")
    assert store.enrol(replace(anyone), idempotency_key="app-1") == first
    assert first.captured_at == first.recorded_at
    second = store.add_encounter(anyone, idempotency_key="app-2")
    assert second.encounter_id != first.encounter_id
    assert store.add_encounter(anyone, idempotency_key="app-2") == second


@pytest.mark.parametrize(
    "change",
    [
        {"subject_id": "B"},
        {"source": "desk 4"},
        {"operator": ""},
        {"encounter_id": "E1"},
        {"captured_at": CAPTURED + timedelta(microseconds=1)},
        {"face": make_face(2)},
        {"face": None},
        {"consent": None},
        {"images": ()},
        {"templates": (NewTemplate(FingerPosition(2), b"other"),)},
    ],
)
def test_other_content_under_the_same_key_is_refused(store: Store, change: dict[str, Any]) -> None:
    store.enrol(encounter("A"), idempotency_key="app-1")
    with pytest.raises(IdempotencyConflict, match="'app-1' was used on"):
        store.enrol(replace(encounter("A"), **change), idempotency_key="app-1")
    assert [s.subject_id for s in store.subjects()] == ["A"]


def test_other_details_or_another_call_under_the_same_key_are_refused(store: Store) -> None:
    store.create_gallery("visa")
    store.enrol(encounter("A"), biographics=KIM, documents=[PASSPORT], idempotency_key="app-1")
    for details in (
        {"biographics": KIM, "documents": [CARD]},
        {"documents": [PASSPORT]},
        {"biographics": KIM, "documents": [PASSPORT], "galleries": ["visa"]},
    ):
        with pytest.raises(IdempotencyConflict):
            store.enrol(encounter("A"), idempotency_key="app-1", **details)
    with pytest.raises(IdempotencyConflict):
        store.add_encounter(encounter("A"), idempotency_key="app-1")


def test_a_key_of_a_write_that_failed_is_free(store: Store) -> None:
    store.enrol(encounter("A", "E1"))
    with pytest.raises(AlreadyEnrolled):
        store.enrol(encounter("B", "E1"), idempotency_key="app-1")
    store.enrol(encounter("B", "E2"), idempotency_key="app-1")


def test_an_unusable_key_is_refused(store: Store) -> None:
    with pytest.raises(CallerError, match="idempotency_key has 0 characters"):
        store.enrol(encounter("A"), idempotency_key="")


def test_the_same_content_has_another_digest_in_another_store(tmp_path: Path) -> None:
    digests = set()
    for name in ("a.db", "b.db"):
        place = SqlitePlace(tmp_path / name)
        with place.open() as store:
            store.enrol(encounter("A"), idempotency_key="app-1")
        with contextlib.closing(sqlite3.connect(place.path)) as connection:
            digests |= set(connection.execute("SELECT content_digest FROM idempotency"))
    assert len(digests) == 2  # so nobody can try out who it might be
