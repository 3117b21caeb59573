"""Merged parts are the part that would have been built at once from those who live."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.indexed.people import face, finger, made_ready
from search.random_faces import make_face
from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison import prepare
from vantay.index.array_file import open_array_file, write_array_file
from vantay.search.indexed import face_space
from vantay.search.indexed.building import SearchSubject, build_part
from vantay.search.indexed.merging import joined, merge_parts
from vantay.search.indexed.part import Arrays, GalleryPart
from vantay.types import FaceTemplate, FingerPosition

SEEDS = st.integers(0, 4)
POSITIONS = st.lists(st.sampled_from(FingerPosition), max_size=4, unique=True)
GALLERIES = st.lists(st.sampled_from(["residents", "visa", "watchlist", "Đà Nẵng"]), max_size=3, unique=True)


@st.composite
def people(draw: st.DrawFn, max_size: int = 12) -> list[SearchSubject]:
    return [
        made_ready(
            number,
            draw(st.dictionaries(SEEDS, POSITIONS, max_size=2)),
            faces=draw(st.lists(SEEDS, max_size=2)),
            galleries=tuple(draw(GALLERIES)),
        )
        for number in range(draw(st.integers(1, max_size)))
    ]


def part_of(subjects: list[SearchSubject]) -> GalleryPart:
    return GalleryPart.of(build_part(subjects))


def assert_same(merged: Arrays, built: Arrays) -> None:
    assert merged.keys() == built.keys()
    for name, array in built.items():
        if name in {"face_vectors", "face_mean", "face_projection"} and not built["face_row"].size:
            continue  # as wide as the faces of the dead
        np.testing.assert_array_equal(merged[name], array, err_msg=name, strict=True)


@settings(max_examples=40, deadline=None)
@given(people=people(), data=st.data())
def test_merging_is_building_those_who_live(people: list[SearchSubject], data: st.DataObject) -> None:
    alive = data.draw(st.lists(st.booleans(), min_size=len(people), max_size=len(people)))
    if not any(alive):
        alive[-1] = True
    cuts = sorted(data.draw(st.sets(st.integers(1, len(people)), max_size=3)) | {0, len(people)})
    parts = [
        (part_of(people[first:last]), np.array(alive[first:last])) for first, last in itertools.pairwise(cuts)
    ]
    built = build_part([subject for subject, lives in zip(people, alive, strict=True) if lives])
    assert_same(joined(merge_parts(parts)), built)


def test_a_merged_part_goes_through_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    subjects = [made_ready(n, {n % 3: [FingerPosition(n % 11)]}, faces=[n]) for n in range(30)]
    alive = np.arange(15) % 4 > 0
    pieces = merge_parts([(part_of(subjects[:15]), alive), (part_of(subjects[15:]), alive)])
    path = tmp_path_factory.mktemp("merged") / "a"
    write_array_file(path, "k", "p", pieces)
    kept = [s for s, lives in zip(subjects, [*alive, *alive], strict=True) if lives]
    assert_same(dict(open_array_file(path, "k", "p").arrays), build_part(kept))


def test_long_runs_are_copied_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vantay.search.indexed.merging._COPIED_AT_ONCE", 3)
    subjects = [made_ready(n, {n % 3: [FingerPosition.LEFT_INDEX]}) for n in range(20)]
    alive = np.arange(20) % 5 != 2
    kept = [s for s, lives in zip(subjects, alive, strict=True) if lives]
    built = build_part(kept)
    assert_same(joined(merge_parts([(part_of(subjects), alive)])), built)


def with_face(number: int, template: FaceTemplate) -> SearchSubject:
    subject = made_ready(number, {1: [FingerPosition.LEFT_INDEX]})
    subject.faces.append(template)
    return subject


@pytest.mark.parametrize("d", [64, 128, 200])
def test_faces_of_the_dead_do_not_decide_the_model(d: int) -> None:
    vector = np.random.default_rng(1).normal(size=d)
    newer = FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), "newer", "2", 50)
    old = part_of([with_face(0, face(1)), made_ready(1, {2: [FingerPosition.LEFT_INDEX]})])
    new = part_of([with_face(2, newer)])
    live_parts = [(old, np.array([False, True])), (new, np.ones(1, np.bool_))]
    for order, row in ((live_parts, 1), (live_parts[::-1], 0)):
        merged = GalleryPart.of(joined(merge_parts(order)))
        assert merged.face_model == ("newer", "2")
        assert merged.face(0) == newer
        assert merged.arrays["face_row"].tolist() == [row]


def test_faces_of_several_models_are_refused() -> None:
    with pytest.raises(IncompatibleTemplate, match="several models"):
        part_of([with_face(0, face(1)), with_face(1, make_face(2, version="2"))])


def test_faces_of_many_find_their_own_space(monkeypatch: pytest.MonkeyPatch) -> None:
    """From so many on, a part codes its faces by their own spread, and a probe finds them there."""
    monkeypatch.setattr(face_space, "MIN_FACES", 40)
    subjects = [with_face(n, make_face(n)) for n in range(60)]
    first, second = part_of(subjects[:20]), part_of(subjects[20:])
    assert not first.face_space().mean.any()
    assert second.face_space().mean.any()
    merged = GalleryPart.of(
        joined(merge_parts([(first, np.ones(20, np.bool_)), (second, np.ones(40, np.bool_))]))
    )
    assert not np.array_equal(merged.face_space().mean, second.face_space().mean)
    np.testing.assert_array_equal(merged.vectors.fine, part_of(subjects).vectors.fine)


def test_a_space_of_very_many_faces_is_found_from_some(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_space, "MAX_FACES", 1000)
    vectors = np.random.default_rng(3).normal(0.5, 1, (5000, 32)).astype(np.float16)
    space = face_space.FaceSpace.of(vectors)
    assert space is not None
    np.testing.assert_allclose(space.mean, vectors[::5].astype(np.float64).mean(axis=0), rtol=1e-4)


def test_templates_are_prepared_again_as_they_were() -> None:
    part = part_of([made_ready(0, {3: [FingerPosition.LEFT_INDEX]})])
    (template,), _ = part.fingers(FingerPosition.LEFT_INDEX, np.array([0]))
    again = part.prepared(int(template))
    ready = prepare(finger(3, FingerPosition.LEFT_INDEX))
    assert finger(3, FingerPosition.LEFT_INDEX).n_minutiae == again.n_minutiae
    for name in ("minutiae", "angle", "words", "ones", "hull"):
        np.testing.assert_array_equal(getattr(again, name), getattr(ready, name))
