"""Search by stages: the candidates of comparing everyone, for every kind of probe, subject and filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from search.indexed.people import by_everyone, by_index, encounter, face, finger, made_ready, probe
from search.random_faces import CALIBRATION, make_face, photograph_again
from search.random_fingers import capture_again
from vantay.errors import CallerError, IncompatibleTemplate
from vantay.fingerprint.comparison.prepared import QUALITY, TABLES, prepare_with_values
from vantay.fingerprint.fixed_length import finger_code
from vantay.search.faces import FaceProbe
from vantay.search.indexed.building import SearchSubject, build_part, ready_finger, ready_fingers
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.search import IndexProbe, ShortlistSizes, identify_indexed, shortlist_sizes
from vantay.search.indexed.snapshot import IndexSnapshot, SearchFilter, SnapshotPart
from vantay.store import Biographics, Sex, Store, SubjectStatus
from vantay.types import MINUTIA_DTYPE, FingerPosition

INDEX, OTHER, UNKNOWN = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX, FingerPosition.UNKNOWN
SMALL = ShortlistSizes(coarse=60, sketched=30, compared=5)
N = 240


def snapshot_of(*groups: Sequence[SearchSubject]) -> IndexSnapshot:
    parts = [GalleryPart.of(build_part(subjects)) for subjects in groups]
    return IndexSnapshot(1, tuple(SnapshotPart(part, np.ones(part.n_rows, np.bool_)) for part in parts))


def person(number: int) -> SearchSubject:
    """Some have two fingers, some one, some a face, some only a face; some fingers have no position."""
    positions = {0: [INDEX, OTHER], 1: [INDEX], 2: [OTHER], 3: [UNKNOWN], 4: []}[number % 5]
    has_face = number % 5 == 4 or number % 3 == 0
    return made_ready(number, {number: positions}, faces=[number] if has_face else [])


@pytest.fixture(scope="module")
def everyone() -> list[SearchSubject]:
    return [person(number) for number in range(N)]


@pytest.fixture(scope="module", params=["one part", "three parts"])
def crowd(request: pytest.FixtureRequest, everyone: list[SearchSubject]) -> Iterator[IndexSnapshot]:
    if request.param == "one part":
        yield snapshot_of(everyone)
    else:
        yield snapshot_of(everyone[:10], everyone[10:150], everyone[150:])


def first(who: IndexProbe, snapshot: IndexSnapshot, **options: object) -> str:
    return identify_indexed(who, snapshot, sizes=SMALL, **options).candidates[0].subject_id  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "positions", "has_face"),
    [
        (50, (INDEX, OTHER), False),
        (60, (INDEX, OTHER), True),
        (55, (INDEX,), False),
        (51, (INDEX,), False),
        (52, (OTHER,), False),
        (53, (UNKNOWN,), False),
        (54, (), True),
        (63, (), True),
        (63, (UNKNOWN,), True),
    ],
)
def test_a_person_is_found_among_many(
    crowd: IndexSnapshot, number: int, positions: tuple[FingerPosition, ...], has_face: bool
) -> None:
    assert first(probe(number, positions, has_face=has_face), crowd) == f"subject {number}"


def test_a_finger_of_unknown_position_is_looked_for_at_all(crowd: IndexSnapshot) -> None:
    for number, position in ((50, OTHER), (51, INDEX), (53, UNKNOWN)):
        again = capture_again(finger(number, position), 3, UNKNOWN)
        assert first(IndexProbe({UNKNOWN: ready_finger(again, UNKNOWN)}), crowd) == f"subject {number}"


def test_a_finger_enrolled_without_a_position_is_found(crowd: IndexSnapshot) -> None:
    again = capture_again(finger(53, UNKNOWN), 3, INDEX)
    assert first(IndexProbe({INDEX: ready_finger(again, INDEX)}), crowd) == "subject 53"


def test_people_without_positions_push_nobody_off_the_shortlist() -> None:
    crowd = snapshot_of(
        [made_ready(n, {n: [UNKNOWN]}) for n in range(80)],
        [made_ready(n, {n: [INDEX]}) for n in range(80, 160)],
    )
    assert first(probe(150, (INDEX,)), crowd) == "subject 150"
    assert first(probe(30, (UNKNOWN,)), crowd) == "subject 30"


def test_scores_are_those_of_comparing_everyone(crowd: IndexSnapshot) -> None:
    all_compared = ShortlistSizes(N, N, N)
    for who in (probe(50, (INDEX, OTHER)), probe(60, (INDEX,), has_face=True), probe(54, (), has_face=True)):
        exact = identify_indexed(who, crowd, sizes=all_compared)
        staged = identify_indexed(who, crowd, sizes=SMALL)
        assert staged.candidates[0] == exact.candidates[0]
        assert (staged.n_searched, staged.threshold) == (exact.n_searched, exact.threshold)


def test_stages_report_counts_and_times(crowd: IndexSnapshot) -> None:
    result = identify_indexed(probe(50, (INDEX,)), crowd, sizes=SMALL, max_candidates=3)
    assert list(result.timings_ms) == ["filter", "codes", "sketches", "compare"]
    assert result.counts["searched"] == result.n_searched == sum(n % 5 in {0, 1, 3} for n in range(N))
    n_unplaced = sum(n % 5 == 3 for n in range(N))
    assert SMALL.sketched <= result.counts["sketched"] <= SMALL.sketched + n_unplaced
    assert result.counts["compared"] == SMALL.compared
    assert len(result.candidates) == 3


def test_more_candidates_than_would_be_compared_are_compared(crowd: IndexSnapshot) -> None:
    result = identify_indexed(probe(50, (INDEX,)), crowd, sizes=SMALL, max_candidates=9)
    assert len(result.candidates) == 9


def test_a_search_gives_the_same_again(crowd: IndexSnapshot) -> None:
    who = probe(999, (INDEX, OTHER), has_face=True)
    results = [identify_indexed(who, crowd, sizes=SMALL).candidates for _ in range(3)]
    assert results[0] == results[1] == results[2]


def test_dead_rows_are_not_found(everyone: list[SearchSubject]) -> None:
    snapshot = snapshot_of(everyone)
    alive = np.ones(N, np.bool_)
    alive[50] = False
    without = IndexSnapshot(2, (SnapshotPart(snapshot.parts[0].part, alive),))
    who = probe(50, (INDEX, OTHER))
    found = identify_indexed(who, without, sizes=SMALL, max_candidates=30)
    assert "subject 50" not in {candidate.subject_id for candidate in found.candidates}
    assert found.n_searched == identify_indexed(who, snapshot, sizes=SMALL).n_searched - 1


def test_nobody_with_such_a_finger_is_an_error(crowd: IndexSnapshot) -> None:
    only_thumbs = snapshot_of([made_ready(0, {1: [FingerPosition.LEFT_THUMB]})])
    with pytest.raises(IncompatibleTemplate, match="none of the 1 subjects"):
        identify_indexed(probe(1, (INDEX,)), only_thumbs)
    with pytest.raises(IncompatibleTemplate, match="and no face in common"):
        identify_indexed(probe(1, (), has_face=True), only_thumbs)


def test_nobody_at_all_is_no_error() -> None:
    result = identify_indexed(probe(1, (INDEX,)), IndexSnapshot(0, ()))
    assert (result.candidates, result.n_searched) == ((), 0)


def test_a_filter_that_lets_nobody_through_is_no_error(crowd: IndexSnapshot) -> None:
    result = identify_indexed(probe(1, (INDEX,)), crowd, search_filter=SearchFilter(galleries=["watchlist"]))
    assert (result.candidates, result.n_searched) == ((), 0)


def test_a_face_of_another_model_is_refused(crowd: IndexSnapshot) -> None:
    other = FaceProbe(make_face(3, model="another"), CALIBRATION)
    with pytest.raises(IncompatibleTemplate, match="another"):
        identify_indexed(IndexProbe({}, other), crowd)


def test_faces_of_the_dead_are_refused_nobody() -> None:
    """After all faces were erased, those of another model are enrolled and searched beside them."""
    old = made_ready(0, {0: [INDEX]}, faces=[0])
    new = made_ready(1, {1: [INDEX]})
    new.faces.append(make_face(1, model="another"))
    both = snapshot_of([old, made_ready(2, {2: [INDEX]})], [new])
    alive = (np.array([False, True]), np.array([True]))
    snapshot = replace(
        both, parts=tuple(SnapshotPart(p.part, a) for p, a in zip(both.parts, alive, strict=True))
    )
    again = FaceProbe(photograph_again(new.faces[0], 5), CALIBRATION)
    assert first(IndexProbe({}, again), snapshot) == "subject 1"
    with pytest.raises(IncompatibleTemplate):
        identify_indexed(IndexProbe({}, FaceProbe(face(0), CALIBRATION)), snapshot)


def test_no_candidates_may_not_be_asked_for(crowd: IndexSnapshot) -> None:
    with pytest.raises(CallerError, match="max_candidates is 0"):
        identify_indexed(probe(1, (INDEX,)), crowd, max_candidates=0)


def test_more_samples_need_shorter_lists() -> None:
    sizes = [shortlist_sizes(n) for n in range(1, 13)]
    for field in ("coarse", "sketched", "compared"):
        values = [getattr(one, field) for one in sizes]
        assert values == sorted(values, reverse=True)
    assert all(one.coarse >= one.sketched >= one.compared for one in sizes)


def test_all_encounters_of_a_subject_count(store: Store) -> None:
    """A subject is found by what any of its encounters has, and scored as by comparing everyone."""
    store.enrol(encounter("two", 1, [INDEX, OTHER], has_face=True))
    store.add_encounter(encounter("two", 2, [INDEX, FingerPosition.LEFT_THUMB], has_face=True))
    store.enrol(encounter("one", 3, [INDEX]))
    snapshot = IndexedGallery(store).refresh()
    for seed in (1, 2, 3):
        for positions in ((INDEX,), (INDEX, OTHER), (UNKNOWN,)):
            for has_face in (False, True):
                who = probe(seed, positions, has_face=has_face)
                assert by_index(who, snapshot) == by_everyone(who, store)
    assert by_index(probe(2, (INDEX,)), snapshot)[0].subject_id == "two"


# Filters

ABOUT = {
    "woman": Biographics(sex=Sex("F"), birth_year=1980),
    "man": Biographics(sex=Sex("M"), birth_year=1990),
    "other": Biographics(sex=Sex("X"), birth_year=2000),
    "unknown": Biographics(),
}


@pytest.fixture
def people(store: Store) -> IndexSnapshot:
    for name in ("residents", "visa"):
        store.create_gallery(name)
    for number, (name, about) in enumerate(ABOUT.items()):
        store.enrol(encounter(name, number, [INDEX]), biographics=about)
    store.add_to_gallery("residents", "woman")
    store.add_to_gallery("residents", "man")
    store.add_to_gallery("visa", "man")
    store.add_to_gallery("visa", "unknown")
    store.lock("other")
    return IndexedGallery(store).refresh()


@pytest.mark.parametrize(
    ("search_filter", "expected"),
    [
        (SearchFilter(), {"woman", "man", "other", "unknown"}),
        (SearchFilter(galleries=["residents"]), {"woman", "man"}),
        (SearchFilter(galleries={"residents", "visa"}), {"woman", "man", "unknown"}),
        (SearchFilter(galleries=["nowhere", "visa"]), {"man", "unknown"}),
        (SearchFilter(galleries=[]), set()),
        (SearchFilter(status="active"), {"woman", "man", "unknown"}),
        (SearchFilter(status=SubjectStatus.LOCKED), {"other"}),
        (SearchFilter(sex="F"), {"woman", "unknown"}),
        (SearchFilter(sex="M"), {"man", "unknown"}),
        (SearchFilter(sex="X"), {"other", "unknown"}),
        (SearchFilter(birth_years=(1980, 1990)), {"woman", "man", "unknown"}),
        (SearchFilter(birth_years=(1981, 1989)), {"unknown"}),
        (SearchFilter(birth_years=(2000, 2000)), {"other", "unknown"}),
        (SearchFilter(["residents"], sex="F", birth_years=(1900, 1985)), {"woman"}),
    ],
)
def test_filters(people: IndexSnapshot, search_filter: SearchFilter, expected: set[str]) -> None:
    result = identify_indexed(probe(1, (INDEX,)), people, search_filter=search_filter)
    assert {candidate.subject_id for candidate in result.candidates} == expected
    assert result.n_searched == len(expected)


def test_filters_apply_inside_the_shortlist() -> None:
    """Those who are let through are found although many others are more alike."""
    twins = [made_ready(n, {7: [INDEX]}) for n in range(200)]
    strangers = [made_ready(n, {n: [INDEX]}, galleries=("few",)) for n in range(200, 240)]
    result = identify_indexed(
        probe(7, (INDEX,)),
        snapshot_of(twins + strangers),
        search_filter=SearchFilter(galleries=["few"]),
        sizes=SMALL,
        max_candidates=5,
    )
    assert result.n_searched == 40
    assert {int(candidate.subject_id.split()[1]) for candidate in result.candidates} <= set(range(200, 240))
    assert len(result.candidates) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sex": "W"}, "sex is 'W'"),
        ({"birth_years": (1990, 1980)}, "birth_years"),
        ({"status": "erased"}, "status is 'erased', expected active or locked"),
        ({"galleries": "residents"}, "expected a collection"),
    ],
)
def test_filters_that_make_no_sense_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(CallerError, match=message):
        SearchFilter(**options)  # type: ignore[arg-type]


def test_a_hundred_galleries_are_told_apart(store: Store) -> None:
    names = [f"gallery {number:03}" for number in range(100)]
    for name in names:
        store.create_gallery(name)
    for number in range(4):
        store.enrol(encounter(f"s{number}", number, [INDEX]), galleries=names[number::4])
    snapshot = IndexedGallery(store).refresh()
    for number in (0, 63, 64, 99):
        result = identify_indexed(
            probe(1, (INDEX,)), snapshot, search_filter=SearchFilter(galleries=[names[number]])
        )
        assert [candidate.subject_id for candidate in result.candidates] == [f"s{number % 4}"]


def test_fingers_made_ready_at_once_are_those_made_ready_alone() -> None:
    templates = {position: finger(3, position) for position in FingerPosition}
    templates[FingerPosition.LEFT_RING] = replace(
        templates[FingerPosition.LEFT_RING], minutiae=np.empty(0, MINUTIA_DTYPE)
    )
    together = ready_fingers(templates)
    assert [*together] == [*templates]
    for position, template in templates.items():
        alone, (prepared, values) = ready_finger(template, position), prepare_with_values(template)
        turns, quality = TABLES.turns[prepared.angle], prepared.minutiae[QUALITY]
        code = finger_code(values, turns[: template.n_minutiae], quality[: template.n_minutiae])
        assert together[position].code.tobytes() == alone.code.tobytes() == code.tobytes()
        assert together[position].prepared.words.tobytes() == alone.prepared.words.tobytes()
        assert together[position].quality == template.quality
    assert not together[FingerPosition.LEFT_RING].code.any()
    assert ready_fingers({}) == {}
