"""Everyone against everyone: duplicates are found, each once, whatever happens to the run or the people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from search.indexed.people import encounter, face, finger
from search.random_faces import CALIBRATION, photograph_again
from search.random_fingers import capture_again
from vantay.errors import CallerError, DataCorruption, InvalidSetting, StoreUnavailable
from vantay.fingerprint.codec import encode
from vantay.search.indexed import deduplication
from vantay.search.indexed.deduplication import DeduplicationPlan, deduplicate
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.pair_journal import PairJournal
from vantay.search.indexed.sequence_check import other_hand
from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition

TWO = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
PLAN = DeduplicationPlan(calibration=CALIBRATION)
WORKER = Path(__file__).with_name("killed_deduplication.py")
TESTS = Path(__file__).parents[2]


def seen_again(
    subject_id: str,
    seed: int,
    *,
    noise_seed: int = 1,
    has_face: bool = False,
    laid: Callable[[FingerPosition], FingerPosition] = lambda position: position,
) -> NewEncounter:
    """Capture a person again under another name."""
    again = {laid(p): capture_again(finger(seed, p), 7 * seed + int(p) + noise_seed) for p in TWO}
    templates = tuple(NewTemplate(p, encode(again[p]), 55) for p in sorted(again))
    return NewEncounter(
        subject_id, templates, face=photograph_again(face(seed), noise_seed) if has_face else None
    )


@pytest.fixture
def index(store: Store) -> Iterator[IndexedGallery]:
    with IndexedGallery(store) as opened:
        yield opened


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    return tmp_path / "pairs.jsonl"


def populate(store: Store, n_persons: int = 8) -> None:
    """Enrol some persons, the first three of them twice."""
    for seed in range(n_persons):
        store.enrol(encounter(f"s{seed}", seed, TWO, has_face=seed % 2 == 0))
    for seed in range(3):
        store.enrol(seen_again(f"again{seed}", seed, has_face=seed == 0))


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def named(path: Path) -> set[tuple[str, str]]:
    rows = [tuple(row["subject_ids"]) for row in read(path)]
    assert len(rows) == len(set(rows))
    return set(rows)


DUPLICATES = {(f"again{seed}", f"s{seed}") for seed in range(3)}


def test_duplicates_are_found_each_once_by_the_better_search(
    store: Store, index: IndexedGallery, pairs: Path
) -> None:
    populate(store)
    told: list[tuple[int, int]] = []
    summary = deduplicate(store, index, pairs, PLAN, advance=lambda n, of: told.append((n, of)))
    assert named(pairs) == DUPLICATES
    assert (summary.n_subjects, summary.n_searched, summary.n_pairs, summary.n_left) == (11, 11, 3, 0)
    assert summary.n_false_pairs_expected == pytest.approx(0.011)
    assert not summary.is_resumed
    assert told == [(11, 11)]
    rows = {tuple(row["subject_ids"]): row for row in read(pairs)}
    assert [row["score"] for row in read(pairs)] == sorted((r["score"] for r in rows.values()), reverse=True)
    with_face, without = rows["again0", "s0"], rows["again1", "s1"]
    assert with_face["face_score"] > 20
    assert without["face_score"] is None
    assert set(with_face["finger_scores"]) == {"RIGHT_INDEX", "LEFT_INDEX"}
    assert with_face["arrangement"] == "as-given"
    assert with_face["probe_id"] in with_face["subject_ids"]
    assert pairs.stat().st_mode & 0o777 == 0o600


def test_pairs_are_the_same_whatever_the_number_of_threads(
    store: Store, index: IndexedGallery, tmp_path: Path
) -> None:
    populate(store)
    files = [tmp_path / f"{n_threads}.jsonl" for n_threads in (1, 3)]
    for n_threads, file in zip((1, 3), files, strict=True):
        deduplicate(store, index, file, DeduplicationPlan(n_threads=n_threads, calibration=CALIBRATION))
    assert files[0].read_bytes() == files[1].read_bytes()


def test_swapped_hands_are_found_when_the_sequence_is_checked(
    store: Store, index: IndexedGallery, tmp_path: Path
) -> None:
    populate(store, 4)
    store.enrol(seen_again("swapped", 3, laid=other_hand))
    for checks, expected in ((True, {("s3", "swapped")}), (False, set())):
        path = tmp_path / f"{checks}.jsonl"
        plan = DeduplicationPlan(checks_sequence=checks, calibration=CALIBRATION)
        deduplicate(store, index, path, plan)
        assert named(path) == DUPLICATES | expected
    told = {tuple(row["subject_ids"]): row["arrangement"] for row in read(tmp_path / "True.jsonl")}
    assert told["s3", "swapped"] == "hands-swapped"


def test_nobody_is_a_pair_with_oneself_or_alone(store: Store, index: IndexedGallery, pairs: Path) -> None:
    assert deduplicate(store, index, pairs, PLAN).n_subjects == 0
    store.enrol(encounter("s0", 0, TWO))
    store.add_encounter(seen_again("s0", 0))
    store.enrol(encounter("s1", 1, [FingerPosition.LEFT_THUMB]))
    summary = deduplicate(store, index, pairs, PLAN)
    assert (summary.n_subjects, summary.n_pairs, summary.n_left) == (2, 0, 0)


def test_a_finger_of_unknown_position_finds_its_subject(
    store: Store, index: IndexedGallery, pairs: Path
) -> None:
    populate(store)
    loose = capture_again(finger(5, FingerPosition.LEFT_INDEX), 3, FingerPosition.UNKNOWN)
    template = NewTemplate(FingerPosition.UNKNOWN, encode(loose), 55)
    store.enrol(NewEncounter("loose", (template,)))
    deduplicate(store, index, pairs, PLAN)
    assert named(pairs) == DUPLICATES | {("loose", "s5")}


def test_a_run_in_pieces_gives_the_pairs_of_one_in_one_go(
    store: Store, index: IndexedGallery, tmp_path: Path
) -> None:
    populate(store)
    whole, pieces = tmp_path / "whole.jsonl", tmp_path / "pieces.jsonl"
    deduplicate(store, index, whole, PLAN)
    plan = DeduplicationPlan(limit=3, calibration=CALIBRATION)
    left = []
    for number in range(4):
        summary = deduplicate(store, index, pieces, plan)
        assert summary.is_resumed == (number > 0)
        left.append(summary.n_left)
    assert left == [8, 5, 2, 0]
    assert pieces.read_bytes() == whole.read_bytes()
    assert deduplicate(store, index, pieces, plan).n_searched == 11


def test_a_second_run_searches_only_who_changed(store: Store, index: IndexedGallery, pairs: Path) -> None:
    populate(store)
    deduplicate(store, index, pairs, PLAN)
    store.enrol(seen_again("again4", 4))
    summary = deduplicate(store, index, pairs, PLAN)
    assert (summary.n_searched, summary.is_resumed) == (12, True)
    assert named(pairs) == DUPLICATES | {("again4", "s4")}
    store.lock("s1")  # a change that puts the pair in doubt: its partner is searched again too
    summary = deduplicate(store, index, pairs, PLAN)
    assert summary.n_searched == 14
    assert named(pairs) == DUPLICATES | {("again4", "s4")}


def change_after(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object], n_batches: int = 1) -> None:
    """Change the store after a batch was searched."""
    monkeypatch.setattr(deduplication, "BATCH_SUBJECTS", 2)
    add_batch, n_done = PairJournal.add_batch, []

    def add_then_change(self: Any, *given: Any) -> None:
        add_batch(self, *given)
        n_done.append(1)
        if len(n_done) == n_batches:
            change()

    monkeypatch.setattr(PairJournal, "add_batch", add_then_change)


def test_who_is_erased_or_merged_meanwhile_is_not_reported(
    store: Store, index: IndexedGallery, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(store)
    change_after(monkeypatch, lambda: (store.erase("again0"), store.merge("s1", "again1")))
    summary = deduplicate(store, index, pairs, PLAN)
    assert named(pairs) == {("again2", "s2")}
    assert (summary.n_subjects, summary.n_left) == (9, 0)


def test_who_is_erased_after_being_found_is_not_reported_by_the_next_run(
    store: Store, index: IndexedGallery, pairs: Path
) -> None:
    populate(store)
    deduplicate(store, index, pairs, PLAN)
    store.erase("s2")
    deduplicate(store, index, pairs, PLAN)
    assert named(pairs) == {("again0", "s0"), ("again1", "s1")}


def test_who_comes_or_changes_meanwhile_is_searched_again(
    store: Store, index: IndexedGallery, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(store)

    def change() -> None:
        store.enrol(seen_again("late", 0, noise_seed=2))
        store.add_encounter(seen_again("s1", 5, noise_seed=3))  # filed under the wrong name

    change_after(monkeypatch, change, n_batches=3)
    summary = deduplicate(store, index, pairs, PLAN)
    assert named(pairs) == DUPLICATES | {("again0", "late"), ("late", "s0"), ("s1", "s5")}
    assert summary.n_left == 0


def test_who_changes_all_the_time_is_left_to_the_next_run(
    store: Store, index: IndexedGallery, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(store)
    add_batch = PairJournal.add_batch

    def add_then_change(self: Any, *given: Any) -> None:
        add_batch(self, *given)
        store.add_encounter(encounter("s7", 7, TWO))

    with monkeypatch.context() as patch:
        patch.setattr(PairJournal, "add_batch", add_then_change)
        summary = deduplicate(store, index, pairs, PLAN)
    assert summary.n_left == 1
    assert deduplicate(store, index, pairs, PLAN).n_left == 0


def test_a_run_by_another_plan_is_refused_unless_begun_anew(
    store: Store, index: IndexedGallery, pairs: Path, tmp_path: Path
) -> None:
    populate(store, 3)
    deduplicate(store, index, pairs, PLAN)
    other = DeduplicationPlan(target_fpir=0.01, calibration=CALIBRATION)
    with pytest.raises(InvalidSetting, match=r"target_fpir 0\.001, and now it is 0\.01"):
        deduplicate(store, index, pairs, other)
    anew = DeduplicationPlan(target_fpir=0.01, is_restart=True, calibration=CALIBRATION)
    assert not deduplicate(store, index, pairs, anew).is_resumed
    with (
        Store.open(tmp_path / "other.db") as another,
        IndexedGallery(another) as its_index,
        pytest.raises(InvalidSetting, match="has store_id"),
    ):
        deduplicate(another, its_index, pairs, other)


def test_a_file_that_is_no_result_is_not_written_over(
    store: Store, index: IndexedGallery, pairs: Path
) -> None:
    pairs.write_text("my own notes")
    with pytest.raises(CallerError, match=r"is there, and .* is not"):
        deduplicate(store, index, pairs, PLAN)
    assert pairs.read_text() == "my own notes"


def test_a_database_is_not_written_over(store: Store, index: IndexedGallery, tmp_path: Path) -> None:
    for path in (store.path, tmp_path / "pairs.jsonl"):
        (tmp_path / "pairs.jsonl.progress").write_bytes(store.path.read_bytes())
        with pytest.raises(CallerError, match="is a database"):
            deduplicate(store, index, path, DeduplicationPlan(is_restart=True))


def test_damaged_progress_is_refused_and_a_torn_end_is_not(
    store: Store, index: IndexedGallery, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deduplication, "BATCH_SUBJECTS", 2)
    populate(store)
    deduplicate(store, index, pairs, PLAN)
    expected = pairs.read_bytes()
    progress = pairs.with_name(pairs.name + ".progress")
    whole = progress.read_bytes()
    for n_bytes in range(len(whole) - 1, 0, -131):
        progress.write_bytes(whole[:n_bytes])
        deduplicate(store, index, pairs, PLAN)
        assert pairs.read_bytes() == expected
        assert progress.read_bytes() == whole
    for at in range(0, len(whole) - 100, len(whole) // 12):
        progress.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DataCorruption, match="does not have its checksum"):
            deduplicate(store, index, pairs, PLAN)


def test_one_process_at_a_time_writes_a_result(
    store: Store, index: IndexedGallery, pairs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    populate(store)

    def run_another() -> None:
        with pytest.raises(StoreUnavailable, match="in use"):
            deduplicate(store, index, pairs, PLAN)

    change_after(monkeypatch, run_another)
    assert deduplicate(store, index, pairs, PLAN).n_pairs == 3


@pytest.mark.parametrize(
    "wrong", [{"target_fpir": 0.0}, {"limit": 0}, {"n_threads": 0}, {"max_candidates": 0}]
)
def test_plans_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CallerError, match=next(iter(wrong))):
        DeduplicationPlan(**wrong)


def test_a_run_killed_again_and_again_gives_the_same_pairs(
    store: Store, index: IndexedGallery, tmp_path: Path
) -> None:
    populate(store)
    whole, killed = tmp_path / "whole.jsonl", tmp_path / "killed.jsonl"
    deduplicate(store, index, whole, PLAN)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    n_batches = []
    for _ in range(2):
        command = [sys.executable, str(WORKER), str(store.path), str(killed)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert worker.stdout is not None
        n_batches.append(worker.stdout.readline())  # it searched one batch at least
        time.sleep(0.005)
        worker.kill()
        worker.communicate()
        assert not killed.exists()
    assert n_batches == ["1\n", "1\n"]
    assert deduplicate(store, index, killed, PLAN).is_resumed
    assert killed.read_bytes() == whole.read_bytes()
