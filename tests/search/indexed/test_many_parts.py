"""People spread over many parts and slices, searched by several threads: found as in one part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.indexed.people import made_ready, probe
from vantay.errors import DataCorruption
from vantay.fingerprint.comparison import compare_many
from vantay.fingerprint.comparison.prepared import QUALITY
from vantay.index import subject_vectors
from vantay.search.gallery import Segment
from vantay.search.indexed import coarse, face_space, shortlist, sketching
from vantay.search.indexed.building import SearchSubject, build_part
from vantay.search.indexed.coarse import coarse_list
from vantay.search.indexed.face_space import FaceSpace
from vantay.search.indexed.listed import distinct
from vantay.search.indexed.part import GalleryPart, prepare_of_parts
from vantay.search.indexed.probe import IndexProbe, probe_vectors
from vantay.search.indexed.search import ShortlistSizes, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart
from vantay.search.workers import ALONE, Workers
from vantay.types import FingerPosition

INDEX, OTHER, UNKNOWN = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX, FingerPosition.UNKNOWN
SIZES = ShortlistSizes(coarse=60, sketched=24, compared=6)
N = 200
N_BEST = 40


def person(number: int) -> SearchSubject:
    """One of four has one finger of two, one of three a face, some nothing but a face."""
    positions = [INDEX] if number % 4 == 1 else [] if number % 9 == 2 else [INDEX, OTHER]
    has_face = number % 3 == 0 or not positions
    return made_ready(number, {number: positions}, faces=[number] if has_face else [])


PEOPLE = [person(number) for number in range(N)]


def snapshot_of(ends: Sequence[int]) -> IndexSnapshot:
    """Cut the people into parts."""
    cuts = [0, *sorted(set(ends) - {0, N}), N]
    groups = [PEOPLE[first:last] for first, last in pairwise(cuts)]
    parts = [GalleryPart.of(build_part(group)) for group in groups]
    return IndexSnapshot(1, tuple(SnapshotPart(part, np.ones(part.n_rows, np.bool_)) for part in parts))


@pytest.fixture(autouse=True, scope="module")
def as_if_they_were_many() -> Iterator[None]:
    """Let few people go the way of a million: nothing is read whole, and threads share everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coarse, "MAX_READ_WHOLE", 0)
        patch.setattr(coarse, "MAX_PART_READ_WHOLE", 3)
        patch.setattr(coarse, "_SPARE_ROWS", 2)
        patch.setattr(subject_vectors, "SLICE_ROWS", 64)
        patch.setattr(shortlist, "_REFINED_AT_LEAST", 4)
        patch.setattr(sketching, "_SKETCHED_AT_LEAST", 4)
        yield


@pytest.fixture(scope="module")
def in_one_part(as_if_they_were_many: None) -> IndexSnapshot:
    return snapshot_of([])


PROBES = [
    *((number, (INDEX, OTHER), False) for number in (0, 7, 55, 120, 199)),
    *((number, (INDEX,), number % 3 == 0) for number in (1, 9, 150, 197)),
    *((number, (), True) for number in (2, 6, 11, 198)),
    (40, (UNKNOWN,), False),
]

CUTS = st.lists(st.integers(1, N - 1), max_size=12)


def found(who: IndexProbe, snapshot: IndexSnapshot, workers: Workers = ALONE) -> object:
    return identify_indexed(who, snapshot, sizes=SIZES, max_candidates=3, workers=workers).candidates[0]


@settings(max_examples=12, deadline=None)
@given(ends=CUTS)
def test_many_parts_find_whom_one_part_finds(in_one_part: IndexSnapshot, ends: list[int]) -> None:
    in_parts = snapshot_of(ends)
    for number, positions, has_face in PROBES:
        who = probe(number, positions, has_face=has_face)
        assert found(who, in_parts) == found(who, in_one_part)


@settings(max_examples=12, deadline=None)
@given(ends=CUTS, number=st.integers(0, N - 1))
def test_the_coarse_codes_of_all_parts_compare(
    in_one_part: IndexSnapshot, ends: list[int], number: int
) -> None:
    """The best of all parts are the best of one part, and everyone of the smallest parts besides."""
    who = probe(number, (INDEX, OTHER))
    (whole,) = in_one_part.parts
    (vector,) = probe_vectors(who, whole.part)
    rows, scores = whole.part.vectors.search(vector, N)
    of_row = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    snapshot = snapshot_of(ends)
    searched = [part.part.samples > 0 for part in snapshot.parts]
    listed = coarse_list(who, snapshot, searched, N_BEST, ALONE)
    first, chosen = 0, set()
    for part, some in zip(snapshot.parts, listed, strict=True):
        assert np.all(np.diff(some) > 0)
        chosen |= set((some + first).tolist())
        assert part.part.n_rows > 3 or some.size == part.part.n_rows
        first += part.part.n_rows
    with_many = [row for row in range(N) if row % 9 != 2 or row % 4 == 1]
    best = sorted(with_many, key=lambda row: -of_row[row])
    small = {row for row in range(N) if _is_in_small_part(row, snapshot)}
    worst_of_best = of_row[[row for row in best if row not in small][N_BEST - 1]]
    assert {row for row in with_many if of_row[row] > worst_of_best} <= chosen
    assert len((chosen - small) & set(with_many)) == N_BEST


def _is_in_small_part(row: int, snapshot: IndexSnapshot) -> bool:
    for part in snapshot.parts:
        if row < part.part.n_rows:
            return part.part.n_rows <= 3
        row -= part.part.n_rows
    raise AssertionError(row)


def test_a_slice_that_has_more_than_its_share_is_asked_again() -> None:
    """All who are alike stand together, in one small part beside a large one of strangers."""
    alike = [made_ready(n, {n % 3: [INDEX]}) for n in range(60)]
    strangers = [made_ready(n, {n: [INDEX]}) for n in range(100, 300)]
    parts = [GalleryPart.of(build_part(group)) for group in (strangers, alike)]
    snapshot = IndexSnapshot(1, tuple(SnapshotPart(p, np.ones(p.n_rows, np.bool_)) for p in parts))
    searched = [np.ones(part.n_rows, np.bool_) for part in parts]
    listed = coarse_list(probe(1, (INDEX,)), snapshot, searched, 20, ALONE)
    assert (listed[0].size, listed[1].tolist()) == (0, list(range(1, 60, 3)))


@pytest.mark.parametrize("n_threads", [2, 5])
def test_results_do_not_depend_on_the_number_of_threads(n_threads: int) -> None:
    snapshot = snapshot_of([3, 5, 90, 150, 151])
    with Workers(n_threads) as workers:
        for number, positions, has_face in PROBES:
            who = probe(number, positions, has_face=has_face)
            alone = identify_indexed(who, snapshot, sizes=SIZES, max_candidates=6)
            shared = identify_indexed(who, snapshot, sizes=SIZES, max_candidates=6, workers=workers)
            assert shared.candidates == alone.candidates
            assert shared.counts == alone.counts


def test_a_face_alone_is_found_beside_a_part_without_faces() -> None:
    snapshot = IndexSnapshot(
        1,
        tuple(
            SnapshotPart(part, np.ones(part.n_rows, np.bool_))
            for part in (
                GalleryPart.of(build_part([made_ready(n, {n: [INDEX]}) for n in range(40)])),
                GalleryPart.of(build_part([made_ready(n, {}, faces=[n]) for n in range(40, 160)])),
            )
        ),
    )
    assert found(probe(77, (), has_face=True), snapshot).subject_id == "subject 77"  # type: ignore[attr-defined]


def test_faces_of_parts_with_and_without_a_space_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raw vectors of a few faces are more alike than whitened ones of many: none crowds the other out."""
    monkeypatch.setattr(face_space, "MIN_FACES", 100)
    groups = [[made_ready(n, {}, faces=[n]) for n in rows] for rows in (range(120), range(120, 180))]
    parts = [GalleryPart.of(build_part(group)) for group in groups]
    assert [part.face_space().is_plain for part in parts] == [False, True]
    snapshot = IndexSnapshot(1, tuple(SnapshotPart(p, np.ones(p.n_rows, np.bool_)) for p in parts))
    searched = [np.ones(part.n_rows, np.bool_) for part in parts]
    for number in (5, 100, 130, 170):
        listed = coarse_list(probe(number, (), has_face=True), snapshot, searched, 20, ALONE)
        assert [rows.size for rows in listed] == [20, 20]
        part, row = (0, number) if number < 120 else (1, number - 120)
        assert row in listed[part]


def damaged(part: GalleryPart, source: str) -> GalleryPart:
    """Turn the directions of all minutiae round, so that they descend."""
    minutiae = part.arrays["minutiae"].copy()
    minutiae["angle"] = 255 - minutiae["angle"]
    return GalleryPart.of({**part.arrays, "minutiae": minutiae}, source)


def test_templates_of_several_parts_are_prepared_as_each_alone() -> None:
    parts = [part.part for part in snapshot_of([50]).parts]
    chosen = [(part, np.array([3, 1, 2])) for part in parts]
    together = prepare_of_parts(chosen)
    alone = [part.pack(np.array([template])) for part, templates in chosen for template in templates]
    who = probe(0, (INDEX,)).fingers[INDEX].prepared
    assert compare_many(who, together).tolist() == [float(compare_many(who, one)[0]) for one in alone]
    assert Segment.of_pack(together, np.arange(6)).reliable.tolist() == [
        float(one.minutiae.reshape(5, -1)[QUALITY].sum()) for one in alone
    ]
    for first, last in ((0, 6), (2, 5), (4, 4)):
        scores = compare_many(who, together.run(first, last))
        assert scores.tolist() == compare_many(who, together)[first:last].tolist()


def test_damaged_minutiae_name_their_own_part() -> None:
    first, second = (part.part for part in snapshot_of([100]).parts)
    chosen = [(first, np.arange(4)), (damaged(second, "segment-2"), np.arange(4))]
    with pytest.raises(DataCorruption, match="segment-2, array minutiae"):
        prepare_of_parts(chosen)


@given(runs=st.lists(st.lists(st.integers(0, 40)), max_size=4))
def test_rows_of_several_lists_are_joined_ascending_and_once(runs: list[list[int]]) -> None:
    joined = distinct([np.array(run, np.int64) for run in runs])
    assert joined.tolist() == sorted({row for run in runs for row in run})


def test_the_face_of_a_probe_is_coded_once_in_each_space() -> None:
    who = probe(0, (INDEX,), has_face=True)
    assert who.face is not None
    vector = who.face.template.vector
    plain = FaceSpace.plain(vector.size)
    others = np.random.default_rng(1).normal(size=(face_space.MIN_FACES, vector.size)).astype(np.float16)
    fitted = FaceSpace.of(others)
    assert fitted is not None
    codes = [who.face_code(space) for space in (plain, fitted)]
    for space, code in zip((plain, fitted), codes, strict=True):
        assert code.tobytes() == space.codes(vector[None])[0].tobytes()
        assert who.leading().face_code(FaceSpace(space.mean.copy(), space.projection.copy())) is code
