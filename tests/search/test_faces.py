"""Faces are searched like fingers, alone and with them; scores of both fuse as independent evidence."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from naive.fusion import correct_one, fuse_one
from search.random_faces import CALIBRATION, make_face, photograph_again
from search.random_fingers import capture_again, encounter_of, make_finger
from vantay.errors import IncompatibleTemplate
from vantay.face.comparison import compare_faces
from vantay.fingerprint.comparison import PreparedTemplate, prepare
from vantay.search import (
    FaceProbe,
    Gallery,
    Reference,
    face_kinds,
    finger_kinds,
    gallery,
    identify,
    reliable_minutiae,
    verify,
)
from vantay.search.fusion.mated_model import MODEL
from vantay.store import NewEncounter, Store, StoredFace
from vantay.types import FaceTemplate, FingerPosition

RIGHT_INDEX, LEFT_INDEX = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX


def probe_of(face: FaceTemplate) -> FaceProbe:
    return FaceProbe(face, CALIBRATION)


def finger_again(seed: int) -> dict[FingerPosition, PreparedTemplate]:
    return {RIGHT_INDEX: prepare(capture_again(make_finger(seed), 3))}


def with_face(encounter: NewEncounter, face: FaceTemplate) -> NewEncounter:
    return NewEncounter(encounter.subject_id, encounter.templates, face=face)


@pytest.fixture
def enrolled(store: Store) -> dict[str, list[FaceTemplate]]:
    """Nine people: three with both, three with a face, three with a finger; some photographed again."""
    faces: dict[str, list[FaceTemplate]] = {}
    for person in range(9):
        subject_id = f"P{person}"
        own = [make_face(person)] if person < 6 else []
        finger = encounter_of(subject_id, make_finger(person)) if person % 6 < 3 or person > 5 else None
        encounter = finger or NewEncounter(subject_id, (), face=own[0])
        store.enrol(with_face(finger, own[0]) if finger and own else encounter)
        for visit in range(1 if person in (0, 4) else 0):
            own.append(photograph_again(make_face(person), visit))
            store.add_encounter(NewEncounter(subject_id, (), face=own[-1]))
        faces[subject_id] = own
    return faces


@pytest.mark.parametrize("person", [0, 3, 4, 5])
def test_a_search_by_face_agrees_with_one_comparison_after_the_other(
    store: Store, enrolled: dict[str, list[FaceTemplate]], person: int
) -> None:
    face = photograph_again(make_face(person), 9)
    result = identify({}, Gallery(store).refresh(), face=probe_of(face), max_candidates=50)
    expected = {
        subject_id: correct_one(max(compare_faces(face, f, CALIBRATION).score for f in own), len(own))
        for subject_id, own in enrolled.items()
        if own
    }
    assert {c.subject_id: c.score for c in result.candidates} == pytest.approx(expected, abs=1e-3)
    assert all(c.face_score == c.score and c.finger_scores == {} for c in result.candidates)
    assert [c.subject_id for c in result.matches] == [f"P{person}"]
    assert result.n_searched == 6


def test_finger_and_face_fuse_and_what_is_missing_says_nothing(
    store: Store, enrolled: dict[str, list[FaceTemplate]]
) -> None:
    face = probe_of(photograph_again(make_face(1), 9))
    snapshot = Gallery(store).refresh()
    both = identify(finger_again(1), snapshot, face=face, max_candidates=50)
    by_finger = {c.subject_id: c.score for c in identify(finger_again(1), snapshot).candidates}
    by_face = {c.subject_id: c.score for c in identify({}, snapshot, face=face).candidates}
    assert [c.subject_id for c in both.matches] == ["P1"]
    assert both.n_searched == len(enrolled)
    finger, reference = finger_again(1)[RIGHT_INDEX], prepare(make_finger(1))
    reliable = min(reliable_minutiae(finger), reliable_minutiae(reference))
    kinds = [int(finger_kinds(reliable)), int(face_kinds(70))]  # all made-up fingers are of one kind
    for candidate in both.candidates:
        parts = [by_finger.get(candidate.subject_id), by_face.get(candidate.subject_id)]
        fused = fuse_one(
            [math.nan if part is None else part for part in parts],
            [MODEL.mated[kind] for kind in kinds],
            [0.0],
        )
        assert candidate.score == pytest.approx(fused, rel=5e-4, abs=0.1)
        assert candidate.face_score == parts[1]
        assert candidate.finger_scores.get(RIGHT_INDEX) == parts[0]
    assert both.candidates[0].score > max(by_finger["P1"], by_face["P1"])


def test_a_face_of_another_person_lowers_the_score(store: Store, enrolled: object) -> None:
    snapshot = Gallery(store).refresh()
    alone = identify(finger_again(1), snapshot).candidates[0]
    doubted = identify(finger_again(1), snapshot, face=probe_of(make_face(99))).candidates[0]
    assert doubted.subject_id == alone.subject_id == "P1"
    assert doubted.score < alone.score


def test_an_unknown_face_is_not_found(store: Store, enrolled: object) -> None:
    result = identify({}, Gallery(store).refresh(), face=probe_of(make_face(99)))
    assert (result.is_known, result.n_searched) == (False, 6)


def test_verify_and_identify_give_the_same_score(store: Store, enrolled: object) -> None:
    for person in range(6):
        face = probe_of(photograph_again(make_face(person), 9))
        candidates = identify(finger_again(person), Gallery(store).refresh(), face=face).candidates
        expected = next(c for c in candidates if c.subject_id == f"P{person}")
        references = [Reference("E", RIGHT_INDEX, prepare(make_finger(person)))] if person < 3 else []
        result = verify(
            finger_again(person), references, face=face, face_references=store.faces_of([f"P{person}"])
        )
        assert result.score == pytest.approx(expected.score, abs=1e-3)
        assert result.face_score == pytest.approx(expected.face_score, abs=1e-3)


def test_the_best_face_of_several_encounters_is_taken_and_corrected() -> None:
    references = [StoredFace("A", "E1", make_face(2)), StoredFace("A", "E2", make_face(1))]
    face = photograph_again(make_face(1), 9)
    evidence = verify({}, [], face=probe_of(face), face_references=references).face
    assert evidence is not None
    alone = compare_faces(face, make_face(1), CALIBRATION)
    assert evidence.encounter_id == "E2"
    assert evidence.cosine == pytest.approx(alone.cosine, abs=1e-6)
    assert evidence.score == pytest.approx(alone.score - 10 * math.log10(2), abs=1e-3)


def test_a_face_of_another_model_is_refused_not_scored(store: Store, enrolled: object) -> None:
    other = probe_of(make_face(1, version="2"))
    for fingers in ({}, finger_again(1)):
        with pytest.raises(IncompatibleTemplate, match="does not compare with one of made-up 1"):
            identify(fingers, Gallery(store).refresh(), face=other)
        with pytest.raises(IncompatibleTemplate, match="made-up 2"):
            verify(fingers, [], face=other, face_references=store.faces_of(["P1"]))


def test_nothing_in_common_is_no_answer(store: Store) -> None:
    store.enrol(encounter_of("A", make_finger(1)))
    face = probe_of(make_face(1))
    with pytest.raises(
        IncompatibleTemplate, match="no finger and no face in common: the probe has LEFT_INDEX, a face"
    ):
        identify({LEFT_INDEX: prepare(make_finger(1))}, Gallery(store).refresh(), face=face)
    with pytest.raises(IncompatibleTemplate, match="the probe has a face, the reference has RIGHT_INDEX"):
        verify({}, [Reference("E", RIGHT_INDEX, prepare(make_finger(1)))], face=face)
    with pytest.raises(IncompatibleTemplate, match="the probe has RIGHT_INDEX, the reference has a face"):
        verify(finger_again(1), [], face_references=[StoredFace("B", "E", make_face(2))])


@pytest.mark.parametrize("seed", range(3))
def test_following_gives_what_loading_anew_gives(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(gallery, "SEGMENT_TEMPLATES", 3)  # so that segments close
    monkeypatch.setattr(gallery, "MIN_DEAD_ROWS", 4)  # and the gallery is loaded anew
    rng = random.Random(seed)
    probe = probe_of(make_face(1))
    follower = Gallery(store)
    alive: list[str] = []
    for step in range(40):
        act = rng.choice(["enrol", "enrol", "add", "erase", "erase"])
        face = make_face(rng.randint(0, 9))
        if act == "enrol":
            store.enrol(NewEncounter(f"S{step:02}", (), face=face))
            alive.append(f"S{step:02}")
        elif alive and act == "add":
            store.add_encounter(NewEncounter(rng.choice(alive), (), face=face))
        elif alive:
            store.erase(alive.pop(rng.randrange(len(alive))))
        if rng.random() < 0.5:
            followed = identify({}, follower.refresh(), face=probe, max_candidates=100)
            anew = identify({}, Gallery(store).refresh(), face=probe, max_candidates=100)
            assert followed.n_searched == anew.n_searched == len(alive)
            scores = [{c.subject_id: c.score for c in r.candidates} for r in (followed, anew)]
            assert scores[0] == pytest.approx(scores[1], abs=1e-3)


def test_calibrated_face_scores_of_strangers_are_below_every_threshold(store: Store) -> None:
    for person in range(20):
        store.enrol(NewEncounter(f"P{person}", (), face=make_face(person)))
    snapshot = Gallery(store).refresh()
    found = [identify({}, snapshot, face=probe_of(make_face(seed))).is_known for seed in range(100, 130)]
    assert not np.any(found)


def test_a_gallery_follows_when_all_faces_are_erased_and_another_model_begins(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery, "SEGMENT_TEMPLATES", 2)  # so that one segment is closed and one open
    follower = Gallery(store)
    for person in range(3):
        store.enrol(NewEncounter(f"P{person}", (), face=make_face(person)))
    before = follower.refresh()
    for person in range(3):
        store.erase(f"P{person}")
    for person in range(3, 6):
        store.enrol(NewEncounter(f"P{person}", (), face=make_face(person, model="another")))
    found = identify({}, follower.refresh(), face=probe_of(make_face(4, model="another")))
    assert [c.subject_id for c in found.matches] == ["P4"]
    assert found.n_searched == 3
    assert [c.subject_id for c in identify({}, before, face=probe_of(make_face(1))).matches] == ["P1"]
