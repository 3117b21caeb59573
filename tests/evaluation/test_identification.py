from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from search.random_faces import CALIBRATION, make_face, photograph_again
from search.random_fingers import capture_again, make_finger
from vantay.errors import InvalidSetting
from vantay.evaluation.identification import (
    FINGERS,
    IdentificationTask,
    evaluate_identification,
)
from vantay.evaluation.identification_population import nested_sizes
from vantay.evaluation.identification_sample import sample_non_mated
from vantay.evaluation.identification_search import Capture, ExhaustiveSearcher, GallerySearch, Probe
from vantay.evaluation.open_set import NOT_LISTED, OpenSetResult
from vantay.fingerprint.comparison import compare, prepare
from vantay.search import IdentifyResult
from vantay.search.indexed.building import ready_finger
from vantay.types import FingerPosition

BOTH = FINGERS[2]
LEFT_RING = FingerPosition.LEFT_RING
N_SUBJECTS, N_MATED, N_STRANGERS = 12, 5, 4


@dataclass(frozen=True)
class MadeUpPeople:
    """Two fingers a person; some have none, and some lose one on the way to the second encounter."""

    without: frozenset[int] = frozenset()
    without_left_later: frozenset[int] = frozenset({1})

    def captures(self, first: int, last: int, encounter: int) -> Iterator[Capture]:
        for i in range(first, last):
            fingers = {p: make_finger(100 * i + p, p) for p in BOTH if i not in self.without}
            if encounter:
                fingers = {p: capture_again(finger, encounter + i) for p, finger in fingers.items()}
                if i in self.without_left_later:
                    fingers.pop(FingerPosition.LEFT_INDEX, None)
            yield Capture(f"p{i:03}", fingers)


def _task(people: MadeUpPeople | None = None, **changes: object) -> IdentificationTask:
    task = IdentificationTask(
        people or MadeUpPeople(), N_SUBJECTS, N_MATED, N_STRANGERS, (3, N_SUBJECTS), BOTH, list_length=6
    )
    return replace(task, **changes)  # type: ignore[arg-type]


def _same(one: OpenSetResult, other: OpenSetResult) -> None:
    assert one.n_subjects == other.n_subjects
    np.testing.assert_array_equal(one.mate_scores, other.mate_scores)
    np.testing.assert_array_equal(one.mate_ranks, other.mate_ranks)
    np.testing.assert_array_equal(one.non_mated, other.non_mated)


def test_mates_are_found_and_strangers_are_not() -> None:
    small, large = evaluate_identification(_task(), ExhaustiveSearcher()).galleries
    assert (small.n_mated, large.n_mated) == (3, N_MATED)  # of the small one, only those it holds
    assert small.n_non_mated == large.n_non_mated == N_STRANGERS
    assert large.mate_ranks.tolist() == [1] * N_MATED
    assert large.mate_scores.min() > large.non_mated.max()
    assert large.search_ms.shape == (N_MATED + N_STRANGERS,)
    assert list(large.stage_ms) == ["compare", "fuse"]


def test_nested_galleries_are_what_separate_runs_give() -> None:
    nested = evaluate_identification(_task(), ExhaustiveSearcher()).galleries[0]
    # a run of its own with the same strangers: those after the twelve
    alone = _task(n_subjects=3, n_mated=3, sizes=(3,), subjects=_Renumbered(MadeUpPeople(), 3, N_SUBJECTS))
    _same(nested, evaluate_identification(alone, ExhaustiveSearcher()).galleries[0])


@dataclass(frozen=True)
class _Renumbered:
    """The same people, with the strangers of a larger gallery."""

    people: MadeUpPeople
    n_subjects: int
    first_stranger: int

    def captures(self, first: int, last: int, encounter: int) -> Iterator[Capture]:
        shift = self.first_stranger - self.n_subjects if first >= self.n_subjects else 0
        return self.people.captures(first + shift, last + shift, encounter)


def test_neither_blocks_nor_threads_change_the_result() -> None:
    whole = evaluate_identification(_task(), ExhaustiveSearcher()).galleries
    in_blocks = evaluate_identification(_task(block_subjects=2), ExhaustiveSearcher(n_threads=3)).galleries
    for one, other in zip(whole, in_blocks, strict=True):
        _same(one, other)


@dataclass
class _Shortlist:
    """Compares with the first half of a gallery only: what an index may do, badly."""

    name: str = "half"
    is_exhaustive: bool = False
    opened: list[int] = field(default_factory=list)

    def open(self, captures: Iterable[Capture]) -> GallerySearch:
        everyone = list(captures)
        self.opened.append(len(everyone))
        return ExhaustiveSearcher().open(everyone[: len(everyone) // 2])


def test_another_search_gets_a_gallery_of_each_size() -> None:
    searcher = _Shortlist()
    small, large = evaluate_identification(_task(sizes=(4, N_SUBJECTS)), searcher).galleries
    assert searcher.opened == [4, N_SUBJECTS]
    assert small.mate_ranks.tolist() == [1, 1, NOT_LISTED, NOT_LISTED]
    assert large.mate_ranks.tolist() == [1] * N_MATED


def test_people_without_a_sample_count_as_failures() -> None:
    stranger = N_SUBJECTS + 1
    people = MadeUpPeople(without=frozenset({2, 7, stranger}))
    result = evaluate_identification(_task(people, block_subjects=5), ExhaustiveSearcher())
    assert (result.n_empty_probes, result.n_not_enrolled) == (2, 2)
    large = result.galleries[-1]
    assert large.mate_ranks.tolist() == [1, 1, NOT_LISTED, 1, 1]
    assert np.all(large.non_mated[1] < 0)
    assert large.search_ms.shape == (N_MATED + N_STRANGERS - 2,)
    assert result.n_prepared == 2 * (N_MATED + N_STRANGERS) - 2 * 2 - 1


def test_faces_are_searched_with_beside_fingers() -> None:
    def capture(i: int, encounter: int) -> Capture:
        face = photograph_again(make_face(i), 50 * encounter + i) if encounter else make_face(i)
        return Capture(f"f{i}", {}, face)

    search = ExhaustiveSearcher().open([capture(i, 0) for i in range(5)])
    answer = search(Probe.of(capture(3, 1), CALIBRATION), 2)
    assert answer.candidates[0].subject_id == "f3"
    assert answer.candidates[0].face_score is not None
    nobody: IdentifyResult = search(Probe({LEFT_RING: ready_finger(make_finger(1), LEFT_RING)}), 2)
    assert (nobody.candidates, nobody.n_searched) == ((), 0)


def test_the_sample_holds_every_score_of_strangers() -> None:
    people = MadeUpPeople(without=frozenset({2, N_SUBJECTS + 1}))
    task = _task(people)
    sample = sample_non_mated(task)
    assert sample.keys() == {"single finger", "fused"}
    n_pairs = (N_SUBJECTS - 1) * (N_STRANGERS - 1)
    assert sample["fused"].shape == (n_pairs,)
    assert sample["single finger"].shape == (2 * n_pairs,)
    searched = evaluate_identification(task, ExhaustiveSearcher()).galleries[-1].non_mated
    listed = np.sort(searched[searched >= 0])[-3:]
    np.testing.assert_array_equal(np.sort(sample["fused"])[-3:], listed)
    stranger = next(people.captures(N_SUBJECTS, N_SUBJECTS + 1, 1)).fingers[BOTH[1]]
    reference = next(people.captures(0, 1, 0)).fingers[BOTH[1]]
    score = compare(prepare(stranger), prepare(reference)).score
    assert np.abs(sample["single finger"] - score).min() < 1e-5


def test_a_single_finger_is_not_fused() -> None:
    assert sample_non_mated(_task(positions=FINGERS[1])).keys() == {"single finger"}


@pytest.mark.parametrize(("n", "sizes"), [(10, (10,)), (100, (10, 100)), (5000, (50, 500, 5000)), (3, (3,))])
def test_sizes_are_a_hundredth_a_tenth_and_all(n: int, sizes: Sequence[int]) -> None:
    assert nested_sizes(n) == sizes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_mated": 13}, "13 mated searches of 12 subjects"),
        ({"n_non_mated": 0}, "0 non-mated searches"),
        ({"sizes": (12, 3)}, "expected ascending up to 12"),
        ({"positions": ()}, "no finger and no face"),
    ],
)
def test_what_makes_no_test_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        replace(_task(), **changes)  # type: ignore[arg-type]
