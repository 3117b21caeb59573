"""Two loads of the same sources are never at work at once, and a killed one is in nobody's way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from transfer.populations import load, write_population
from vantay.errors import StoreLocked, StoreUnavailable
from vantay.store import Store
from vantay.transfer import batches
from vantay.transfer.load_lock import locked_load

TESTS = Path(__file__).resolve().parents[1]
N_SUBJECTS = 40


@contextmanager
def stopped_load(source: Path, database: Path) -> Iterator[subprocess.Popen[str]]:
    """Begin a load in another process and halt it in the middle; it is killed in the end."""
    command = [sys.executable, "-m", "transfer.killed_load", str(source), str(database), "1"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=TESTS) as process:
        assert process.stdout is not None
        for _ in range(3):
            process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        try:
            yield process
        finally:
            process.kill()


def test_a_second_load_of_one_source_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    source = write_population(tmp_path / "p.jsonl", N_SUBJECTS)
    database = tmp_path / "vantay.db"
    with stopped_load(source, database) as first:
        os.waitid(os.P_PID, first.pid, os.WSTOPPED)
        with Store.open(database) as store:
            n_before = store.statistics().n_subjects
            for is_restart in (False, True):
                with pytest.raises(
                    StoreLocked, match=f"process {first.pid} on .* is loading the same sources"
                ):
                    load(store, source, is_restart=is_restart)
            assert store.statistics().n_subjects == n_before
    with Store.open(database) as store:
        summary = load(store, source)
        assert summary.is_resumed
        assert (summary.counts.n_enrolled, summary.counts.n_skipped) == (N_SUBJECTS, 0)
        assert store.statistics().n_encounters == N_SUBJECTS
    assert not list(tmp_path.glob("*.lock"))


def test_a_load_that_fails_lets_the_next_one_in(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_population(tmp_path / "p.jsonl", 2)

    def fail(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(batches, "_n_bytes_of", fail)
        with pytest.raises(KeyboardInterrupt):
            load(store, source)
    assert load(store, source).counts.n_enrolled == 2


def test_a_lock_that_lost_its_name_meanwhile_is_not_taken_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between opening the file and locking it, who had it may have ended and removed it."""
    progress, names = tmp_path / "progress", []
    samestat = os.path.samestat

    def told(named: os.stat_result, opened: os.stat_result) -> bool:
        names.append(opened.st_ino)
        if len(names) == 1:
            return False
        return samestat(named, opened)

    monkeypatch.setattr(os.path, "samestat", told)
    with locked_load(progress), pytest.raises(StoreLocked), locked_load(progress):
        pass
    assert len(names) == 2


def test_other_sources_are_loaded_at_the_same_time(store: Store, tmp_path: Path) -> None:
    one, other = write_population(tmp_path / "p.jsonl", 2), write_population(tmp_path / "q.jsonl", 3)
    with locked_load(tmp_path / "progress-of-p"):
        with pytest.raises(StoreLocked, match=f"process {os.getpid()} on"):
            load(store, one, progress=tmp_path / "progress-of-p")
        assert load(store, other, progress=tmp_path / "progress-of-q").counts.n_enrolled == 3


def test_a_folder_that_takes_no_lock_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreUnavailable, match=r"progress\.lock: cannot be written, No such file"),
        locked_load(tmp_path / "nowhere" / "progress"),
    ):
        pass
