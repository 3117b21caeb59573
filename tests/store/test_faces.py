"""Faces in the store: kept with their checksum, of one model, counted, told apart by model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from store.places import Place
from vantay.errors import CallerError, IncompatibleTemplate
from vantay.store import Enrolment, FaceSummary, NewEncounter, Store
from vantay.types import FaceTemplate

EncounterOf = Callable[..., NewEncounter]


def make_face(seed: int, model: str = "m", version: str = "1", d: int = 64) -> FaceTemplate:
    vector = np.random.default_rng([seed, 3]).normal(size=d)
    return FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), model, version, 50 + seed)


def test_enrolled_faces_come_back_after_reopening(place: Place, encounter_of: EncounterOf) -> None:
    fingers = encounter_of("A1").templates
    with place.open() as store:
        first = store.enrol(NewEncounter("A1", fingers, face=make_face(1)))
        second = store.add_encounter(NewEncounter("A1", (), face=make_face(2)))
        store.enrol(encounter_of("B1"))
        assert store.subject("A1").encounters == (first, second)
        assert store.subject("B1").encounters[0].face is None
    assert first.face == FaceSummary(51, "m", "1", 128)
    assert second.templates == ()
    with place.open(create=False) as store:
        found = store.faces_of(["A1", "B1", "nobody"])
        assert [f.encounter_id for f in store.faces()] == [f.encounter_id for f in found]
    assert [(f.subject_id, f.encounter_id, f.template) for f in found] == [
        ("A1", first.encounter_id, make_face(1)),
        ("A1", second.encounter_id, make_face(2)),
    ]


def test_lists_and_statistics_count_faces_apart_from_fingers(store: Store, encounter_of: EncounterOf) -> None:
    store.enrol(NewEncounter("A1", encounter_of("A1").templates, face=make_face(1)))
    store.add_encounter(NewEncounter("A1", (), face=make_face(2)))
    store.enrol(encounter_of("B1"))
    rows = [(s.n_encounters, s.n_templates, s.n_faces) for s in store.subjects()]
    assert rows == [(2, 2, 2), (1, 2, 0)]
    statistics = store.statistics()
    assert (statistics.n_templates, statistics.n_faces) == (4, 2)
    assert statistics.template_bytes == 2 * 128 + sum(len(t.record) for t in store.templates())
    assert (statistics.face_model, statistics.face_model_version) == ("m", "1")


def test_an_encounter_of_nothing_is_refused() -> None:
    with pytest.raises(CallerError, match="at least one finger or a face"):
        NewEncounter("A", ())


@pytest.mark.parametrize("other", [make_face(2, model="n"), make_face(2, version="2"), make_face(2, d=32)])
def test_a_face_of_another_model_is_refused_and_nothing_is_written(store: Store, other: FaceTemplate) -> None:
    store.enrol(NewEncounter("A", (), face=make_face(1)))
    with pytest.raises(IncompatibleTemplate, match="which are of model m 1 with 64 numbers"):
        store.enrol(NewEncounter("B", (), face=other))
    assert [s.subject_id for s in store.subjects()] == ["A"]
    store.enrol(NewEncounter("B", (), face=make_face(3)))


def test_when_all_faces_are_erased_the_next_one_decides_the_model(store: Store) -> None:
    store.enrol(NewEncounter("A", (), face=make_face(1)))
    store.erase("A")
    store.enrol(NewEncounter("B", (), face=make_face(2, model="n")))
    assert store.statistics().face_model == "n"


def test_a_model_that_was_noted_in_the_same_load_decides_for_the_rest(store: Store) -> None:
    rows = [
        Enrolment(NewEncounter("A", (), face=make_face(1))),
        Enrolment(NewEncounter("B", (), face=make_face(2, model="n"))),
        Enrolment(NewEncounter("C", (), face=make_face(3))),
    ]
    assert [result.outcome for result in store.load(rows)] == ["enrolled", "failed", "enrolled"]
