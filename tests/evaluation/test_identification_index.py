from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from evaluation.made_up_people import MadeUpPeople, capture_of
from vantay.errors import DataCorruption, InvalidSetting
from vantay.evaluation import identification_index, identification_index_files
from vantay.evaluation.identification import FINGERS, IdentificationTask, evaluate_identification
from vantay.evaluation.identification_figures import IdentificationFigures, gallery_figures
from vantay.evaluation.identification_index import (
    N_CANDIDATES,
    IndexSearcher,
    make_index,
    shortlist_losses,
)
from vantay.evaluation.identification_index_files import SyntheticIndexFiles
from vantay.evaluation.identification_index_runs import SearchPlan, search_index
from vantay.evaluation.identification_index_store import index_through_store
from vantay.evaluation.identification_search import Capture, ExhaustiveSearcher, Probe
from vantay.evaluation.open_set import NOT_LISTED, OpenSetResult
from vantay.index.folder_lock import FolderLock
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.types import FingerPosition

PEOPLE = MadeUpPeople(without=frozenset({3}))
N = 14
STRANGER = 500


def two_fingers(i: int) -> Capture:
    return replace(capture_of(i, 1), face=None)


def arrays_of(snapshot: IndexSnapshot) -> list[dict[str, bytes]]:
    return [{name: array.tobytes() for name, array in part.part.arrays.items()} for part in snapshot.parts]


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identification_index, "BLOCK_SUBJECTS", 3)
    monkeypatch.setattr(identification_index, "PART_SUBJECTS", 6)


def test_the_index_gives_the_scores_of_exhaustive_search() -> None:
    searchers = IndexSearcher(), ExhaustiveSearcher()
    by_index, by_everyone = (one.open(PEOPLE.captures(0, N, 0)) for one in searchers)
    for i in (0, 5, STRANGER):
        probe = Probe.of(two_fingers(i))
        found, expected = by_index(probe, N_CANDIDATES), by_everyone(probe, N_CANDIDATES)
        assert found.candidates == expected.candidates
        assert (found.n_searched, found.threshold) == (expected.n_searched, expected.threshold)
    assert searchers[0].mean_looked_at == {"searched": N - 1, "sketched": N - 1, "compared": 13}


def test_a_list_is_no_longer_than_the_engine_makes_it() -> None:
    search = IndexSearcher().open(PEOPLE.captures(0, N, 0))
    assert len(search(Probe.of(two_fingers(1)), 100).candidates) == N_CANDIDATES


def test_a_probe_that_nobody_can_be_compared_with_finds_nobody() -> None:
    fingers = {FingerPosition.LEFT_RING: capture_of(1, 1).fingers[FingerPosition.LEFT_INDEX]}
    search = IndexSearcher().open(PEOPLE.captures(0, N, 0))
    answer = search(Probe.of(Capture("p", fingers)), 5)
    assert (answer.candidates, answer.n_searched) == ((), 0)


@pytest.mark.usefixtures("small_blocks")
def test_threads_do_not_change_the_index() -> None:
    one, two = (make_index(PEOPLE.captures(0, N, 0), n_threads) for n_threads in (1, 2))
    assert [part.part.n_rows for part in one.parts] == [6, 6, 2]
    assert arrays_of(one) == arrays_of(two)


def test_people_who_went_through_a_store_are_found_with_the_same_scores() -> None:
    straight, stored = (
        IndexSearcher(index=index).open(PEOPLE.captures(0, N, 0))
        for index in (make_index, index_through_store)
    )
    for i in (0, 9, STRANGER):
        probe = Probe.of(two_fingers(i))
        assert stored(probe, 5).candidates == straight(probe, 5).candidates


def test_losses_are_mates_that_exhaustive_search_ranks_first_at_the_threshold() -> None:
    exact = result(ranks=[1, 1, 1, 2, NOT_LISTED], scores=[90, 90, 10, 90, -1])
    found = result(ranks=[1, NOT_LISTED, NOT_LISTED, NOT_LISTED, NOT_LISTED], scores=[90, -1, -1, -1, -1])
    (loss,) = shortlist_losses(found, exact)
    assert (loss.n_subjects, loss.n_found, loss.n_lost) == (100, 2, 1)
    (none,) = shortlist_losses(exact, exact)
    assert none.n_lost == 0


def result(ranks: list[int], scores: list[float]) -> IdentificationFigures:
    one = OpenSetResult(
        100, np.array(scores, np.float64), np.array(ranks, np.int64), np.zeros((3, 5)), {"all": np.ones(8)}
    )
    return IdentificationFigures((gallery_figures(one, 1e-3),), (), (), 0.0, 0.0, {}, 0.0)


def test_every_gallery_of_a_test_is_indexed() -> None:
    task = IdentificationTask(PEOPLE, N, 4, 3, (5, N), FINGERS[2], list_length=6)
    exact, found = (evaluate_identification(task, one) for one in (ExhaustiveSearcher(), IndexSearcher()))
    for one, other in zip(exact.galleries, found.galleries, strict=True):
        np.testing.assert_array_equal(one.mate_scores, other.mate_scores)
        np.testing.assert_array_equal(one.non_mated, other.non_mated)
        assert list(other.stage_ms) == ["filter", "codes", "sketches", "compare"]
    assert exact.n_not_enrolled == found.n_not_enrolled == 1


@pytest.fixture
def small_sizes(monkeypatch: pytest.MonkeyPatch, small_blocks: None) -> None:
    monkeypatch.setattr(identification_index_files, "SEGMENT_SUBJECTS", 4)
    monkeypatch.setattr(identification_index_files, "GALLERY_SIZES", (3, 12, 40))


@pytest.mark.usefixtures("small_sizes")
def test_an_index_built_in_two_runs_is_the_one_built_at_once(tmp_path: Path) -> None:
    at_once = SyntheticIndexFiles(tmp_path / "at once", PEOPLE, "people")
    at_once.extend(N)
    assert at_once.sizes == (3, 12, N)
    SyntheticIndexFiles(tmp_path / "in two", PEOPLE, "people").extend(12)
    in_two = SyntheticIndexFiles(tmp_path / "in two", PEOPLE, "people")
    assert in_two.n_subjects == 12
    in_two.extend(N)
    assert arrays_of(in_two.snapshot()) == arrays_of(at_once.snapshot())
    assert in_two.snapshot(12).n_subjects == 12


@pytest.mark.usefixtures("small_sizes")
def test_a_stopped_build_goes_on_after_the_last_segment(tmp_path: Path) -> None:
    def stop(n_subjects: int) -> None:
        if n_subjects == 11:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        SyntheticIndexFiles(tmp_path / "stopped", PEOPLE, "people").extend(N, advance=stop)
    stopped = SyntheticIndexFiles(tmp_path / "stopped", PEOPLE, "people")
    assert stopped.n_subjects == 11
    stopped.extend(N)
    at_once = SyntheticIndexFiles(tmp_path / "at once", PEOPLE, "people")
    at_once.extend(N)
    assert arrays_of(stopped.snapshot()) == arrays_of(at_once.snapshot())


@pytest.mark.usefixtures("small_sizes")
def test_an_index_of_others_or_in_work_is_refused(tmp_path: Path) -> None:
    index = SyntheticIndexFiles(tmp_path, PEOPLE, "people")
    index.extend(3)
    with pytest.raises(DataCorruption, match="other people"):
        SyntheticIndexFiles(tmp_path, PEOPLE, "other people")
    with pytest.raises(InvalidSetting, match="a gallery of 5 asked for"):
        index.snapshot(5)
    lock = FolderLock(tmp_path)
    assert lock.take()
    with pytest.raises(InvalidSetting, match="is being built"):
        index.extend(4)
    lock.close()


def test_a_run_counts_what_was_found_and_how_long_it_took() -> None:
    plan = SearchPlan(PEOPLE, N, STRANGER, 7)
    run = search_index(make_index(PEOPLE.captures(0, N, 0)), plan, "two", n_warm=0)
    assert plan.mates() == [0, 2, 4, 6, 8, 10, 12]
    assert run.result.mate_ranks.tolist() == [1] * 7
    assert run.result.non_mated.shape == (7, N_CANDIDATES)
    assert run.result.non_mated[:, 0].max() < run.result.mate_scores.min()
    assert run.processor_ms.size == run.result.search_ms.size == 14
    assert (run.n_lost, run.mean_looked_at["searched"]) == (0, N - 1)


def test_a_run_counts_mates_who_are_not_in_the_gallery_as_lost() -> None:
    others = make_index(PEOPLE.captures(100, 100 + N, 0))
    run = search_index(others, SearchPlan(PEOPLE, N, STRANGER, 7), "two", n_warm=0)
    assert run.result.mate_ranks.tolist() == [NOT_LISTED] * 7
    assert run.n_lost == 7


def test_a_run_passes_over_probes_without_a_sample() -> None:
    plan = SearchPlan(PEOPLE, N, STRANGER, N)
    run = search_index(make_index(PEOPLE.captures(0, N, 0)), plan, "one", n_warm=0)
    assert run.result.mate_ranks[3] == NOT_LISTED
    assert run.processor_ms.size == 2 * N - 1
    assert run.n_lost == 0
