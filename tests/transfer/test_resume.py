"""A load that was killed goes on where it was; nothing is there twice, and nothing is missing."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from transfer.populations import contents, load, subject_rows, write_population, write_rows
from vantay.errors import DataCorruption, InvalidSetting
from vantay.store import Store
from vantay.transfer import LoadSummary, batches, loading
from vantay.transfer.progress import LoadProgress
from vantay_datasets.bulk import BulkRow, Kind, Status

TESTS = Path(__file__).resolve().parents[1]
N_SUBJECTS = 120
N_KILLS = 3


def make_source(folder: Path) -> Path:
    """Subjects of whom some are locked, some are in a file twice, and one row each ten is damaged."""
    rows = [
        row
        for number in range(N_SUBJECTS)
        for row in subject_rows(number, status=Status.LOCKED if number % 7 == 0 else Status.ACTIVE)
    ]
    rows += [BulkRow(subject_id=f"T{n}", status=Status.ERASED, kind=Kind.NONE) for n in range(5)]
    path = write_rows(folder / "p.jsonl", rows)
    lines = path.read_text().splitlines()
    for number in range(1, len(lines) - 5, 20):
        lines[number] = json.dumps(json.loads(lines[number]) | {"quality": 101})
    path.write_text("\n".join(lines) + "\n")
    return path


def run_and_kill(source: Path, database: Path, n_workers: int, rng: random.Random) -> bool:
    """Run a load and kill it at a random moment; whether it was done before."""
    command = [sys.executable, "-m", "transfer.killed_load", str(source), str(database), str(n_workers)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=TESTS) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(rng.randint(2, 7))]
        time.sleep(rng.random() * 0.01)
        process.kill()
        return "done\n" in [*lines, *process.stdout]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_load_survives_kill_9(tmp_path: Path, n_workers: int) -> None:
    rng = random.Random(n_workers)
    source = make_source(tmp_path)
    n_kills = N_KILLS if n_workers == 1 else 1
    for _ in range(n_kills):
        assert not run_and_kill(source, tmp_path / "killed.db", n_workers, rng)
    rejects = tmp_path / "rejects.jsonl"
    with Store.open(tmp_path / "killed.db") as store, Store.open(tmp_path / "whole.db") as whole:
        resumed = load(store, source)
        rejected_by_resumed = rejects.read_text()
        uninterrupted = load(whole, source, progress=tmp_path / "other")
        assert contents(store) == contents(whole)
        assert store.statistics().n_encounters == N_SUBJECTS
    assert resumed.is_resumed
    assert resumed.counts == uninterrupted.counts
    assert rejected_by_resumed == rejects.read_text()


class Killed(Exception):
    """Stands for the end of the process."""


def interrupt(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, *, after: int, **plan: Any
) -> list[int]:
    """Load until so many batches were noted; return the rows of which templates were made."""
    monkeypatch.setattr(batches, "SUBJECTS_PER_BATCH", 2)
    prepared: list[int] = []
    prepare, write = loading._Writer.write, LoadProgress.write

    def noted(self: LoadProgress, file: Path) -> None:
        if self.row and len(prepared) > after:
            raise Killed
        write(self, file)

    def spied(self: Any, batch: Any) -> None:
        prepared.append(batch.last_row)
        prepare(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(LoadProgress, "write", noted)
        patched.setattr(loading._Writer, "write", spied)
        with pytest.raises(Killed):
            load(store, path, **plan)
    return prepared


def resume(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, **plan: Any
) -> tuple[LoadSummary, list[int]]:
    written: list[int] = []
    write = loading._Writer.write

    def spied(self: Any, batch: Any) -> None:
        written.append(batch.last_row)
        write(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(loading._Writer, "write", spied)
        return load(store, path, **plan), written


def test_what_was_noted_is_not_prepared_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_population(tmp_path / "p.jsonl", 8)  # 3 rows each, 2 subjects a batch
    assert interrupt(store, path, monkeypatch, after=2) == [6, 12, 18]
    summary, written = resume(store, path, monkeypatch)
    assert written == [18, 24]
    assert (summary.is_resumed, summary.counts.n_enrolled, summary.counts.n_skipped) == (True, 8, 0)


def test_restart_begins_anew_and_skips_what_is_recorded(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_population(tmp_path / "p.jsonl", 8)
    interrupt(store, path, monkeypatch, after=2)
    summary, written = resume(store, path, monkeypatch, is_restart=True)
    assert written == [6, 12, 18, 24]
    assert (summary.is_resumed, summary.counts.n_enrolled, summary.counts.n_skipped) == (False, 2, 6)


def test_a_file_that_changed_is_another_load(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_population(tmp_path / "p.jsonl", 8)
    interrupt(store, path, monkeypatch, after=1)
    write_population(path, 9)
    with pytest.raises(InvalidSetting, match="tells of a load of other sources"):
        load(store, path)


def test_a_load_goes_on_only_by_the_plan_it_was_begun_with(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_population(tmp_path / "p.jsonl", 8)
    interrupt(store, path, monkeypatch, after=1)
    with pytest.raises(InvalidSetting, match="begun with on_conflict fail, and now it is skip"):
        load(store, path, on_conflict="skip")


def test_progress_that_cannot_be_read_is_an_error_that_says_what_to_do(store: Store, tmp_path: Path) -> None:
    path = write_population(tmp_path / "p.jsonl", 1)
    (tmp_path / "progress").write_text('{"version": 1')
    with pytest.raises(DataCorruption, match="--restart"):
        load(store, path)
    assert load(store, path, is_restart=True).counts.n_enrolled == 1
