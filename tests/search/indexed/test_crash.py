"""An index outlives kill −9 at any moment and a failure at any step: it holds what the store holds."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.indexed.people import by_everyone, by_index, encounter, probe, seen, stored
from vantay.errors import StoreUnavailable
from vantay.search.indexed import living_parts
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store
from vantay.types import FingerPosition

WORKER = Path(__file__).with_name("killed_upkeep.py")
TESTS = Path(__file__).parents[2]
INDEX = (FingerPosition.RIGHT_INDEX,)


def start(path: Path, folder: Path, first: int) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    command = [sys.executable, str(WORKER), str(path), str(folder), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def kill_after(worker: subprocess.Popen[str], seconds: float) -> list[str]:
    """Let it work for a while and kill it; give the lines that it printed."""
    assert worker.stdout is not None
    first = worker.stdout.readline()
    time.sleep(seconds)
    worker.kill()
    out, _ = worker.communicate()
    return [line for line in (first + out).split("\n")[:-1] if line]


def assert_index_holds_the_store(path: Path, folder: Path, erased: set[str]) -> None:
    with Store.open(path) as store, IndexedGallery(store, folder) as index:
        expected = stored(store)
        assert seen(index.refresh()) == expected
        assert not erased & expected.keys()
        assert by_index(probe(3, INDEX), index.refresh()) == by_everyone(probe(3, INDEX), store)
        index.verify()
        index.maintain(min_rows=1)
        named = {entry.file for entry in index.segments} | {entry.dead_file for entry in index.segments}
        assert {file.name for file in folder.glob("*.arrays")} == named - {""}
        assert not list(folder.glob("*.tmp"))


def test_an_index_outlives_kill_9(tmp_path: Path) -> None:
    rng = random.Random(20265)
    places = [(tmp_path / f"{name}.db", tmp_path / f"{name}-index") for name in "ab"]
    erased: dict[Path, set[str]] = {path: set() for path, _ in places}
    for round_number, some in enumerate([places, places[:1]]):
        workers = [start(path, folder, 1000 * round_number) for path, folder in some]
        for (path, _), worker in zip(some, workers, strict=True):
            erased[path] |= set(kill_after(worker, rng.uniform(0, 0.4)))
        for path, folder in some:
            assert_index_holds_the_store(path, folder, erased[path])
    assert all(len(names) >= 1 for names in erased.values())


def fail_at(step: int, act: Callable[..., Any]) -> Callable[..., Any]:
    """Give an act that fails when it is done the nth time."""
    calls = iter(range(10**6))

    def act_or_fail(*given: Any, **options: Any) -> Any:
        if next(calls) == step:
            raise OSError(28, "No space left on device")
        return act(*given, **options)

    return act_or_fail


@pytest.mark.parametrize("name", ["os.fsync", "Path.replace", "os.open"])
def test_an_index_outlives_a_failure_at_any_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The process goes on, and what it writes next is whole; so is what another one opens right away."""
    monkeypatch.setattr(living_parts, "MERGE_PARTS", 2)
    acts: dict[str, Any] = {"os.fsync": os.fsync, "Path.replace": Path.replace, "os.open": os.open}
    folder = tmp_path / "index"
    n_failures = 0
    with Store.open(tmp_path / "vantay.db") as store, IndexedGallery(store, folder) as index:
        for step in range(14):
            for number in range(3):
                store.enrol(encounter(f"s{step}-{number}", number + 3, INDEX))
                index.refresh()
            store.erase(f"s{step}-1")
            if step:
                store.erase(f"s{step - 1}-2")
            index.refresh()
            with monkeypatch.context() as patch:
                patch.setattr(f"vantay.index.array_file.{name}", fail_at(step, acts[name]))
                try:
                    index.maintain(min_rows=1)
                except StoreUnavailable:
                    n_failures += 1
            expected = stored(store)
            assert seen(index.refresh()) == expected
            with IndexedGallery(store, folder) as another:
                assert seen(another.refresh()) == expected
                another.verify()
        index.maintain(min_rows=1)
        assert index.written_sequence == store.sequence()
    assert n_failures > 3
    assert_index_holds_the_store(tmp_path / "vantay.db", folder, set())


def test_files_that_cannot_be_removed_are_removed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    folder = tmp_path / "index"
    with Store.open(tmp_path / "vantay.db") as store, IndexedGallery(store, folder) as index:
        for number in range(3):
            store.enrol(encounter(f"s{number}", number, INDEX))
            index.refresh()
            index.maintain(min_rows=1)
        with monkeypatch.context() as patch:
            patch.setattr("vantay.search.indexed.segment_files.Path.unlink", refuse)
            index.compact()
        assert len(list(folder.glob("segment-*"))) == 4
    with Store.open(tmp_path / "vantay.db") as store:
        store.erase("s1")
    assert_index_holds_the_store(tmp_path / "vantay.db", folder, {"s1"})
