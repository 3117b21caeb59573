"""A disk that takes no writes is a typed error, or does not matter; nothing changes on it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from durability.asking import assert_all_there, enrol, settings_at
from durability.people import write_file
from durability.small_disk import SmallDisk
from transfer.populations import load
from vantay.engine import Engine
from vantay.errors import StoreUnavailable
from vantay.store import Store
from vantay.transfer import export_store


def test_a_store_on_a_read_only_disk_is_told_and_is_whole_afterwards(disk: SmallDisk) -> None:
    settings = settings_at(disk.folder / "vantay.db")
    with Engine.open(settings=settings) as engine:
        enrol(engine, 0)
    with (
        disk.read_only(),
        pytest.raises(StoreUnavailable, match=r"vantay\.db (is read-only|cannot be opened)"),
        Engine.open(settings=settings) as engine,
    ):
        enrol(engine, 1)
    with Engine.open(settings=settings) as engine:
        enrol(engine, 2)
        assert_all_there(engine, [0, 2], strangers=[1])


def test_reading_from_a_read_only_disk_is_refused_with_the_way_out(disk: SmallDisk, tmp_path: Path) -> None:
    path, copied = disk.folder / "vantay.db", tmp_path / "vantay.db"
    with Engine.open(settings=settings_at(path)) as engine:
        enrol(engine, 0)
    with disk.read_only():
        with pytest.raises(
            StoreUnavailable, match=r"for reading too.*copy the file, its -wal if there is one, and its key"
        ):
            Store.open(path, create=False)
        for file in disk.folder.glob("vantay.db*"):
            shutil.copy(file, tmp_path)
    with Engine.open(settings=settings_at(copied), create=False) as engine:
        assert_all_there(engine, [0], strangers=[1])


def test_an_index_on_a_read_only_disk_keeps_nobody_from_searching(disk: SmallDisk, tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "vantay.db", index=disk.folder / "index")
    with Engine.open(settings=settings) as engine:
        enrol(engine, 0)
        engine.compact_index()
    with disk.read_only(), Engine.open(settings=settings) as engine:
        enrol(engine, 1)
        assert_all_there(engine, [0, 1], strangers=[2])
    with Engine.open(settings=settings) as engine:
        assert engine.compact_index().n_subjects == 2
        assert_all_there(engine, [0, 1])


@pytest.mark.parametrize("file", ["rejects", "progress"])
def test_a_load_that_cannot_write_its_files_loads_nothing(disk: SmallDisk, tmp_path: Path, file: str) -> None:
    source = tmp_path / "people.jsonl"
    write_file(source, range(2))
    files: dict[str, Any] = {file: disk.folder / file}
    with Store.open(tmp_path / "vantay.db") as store:
        with (
            disk.read_only(),
            pytest.raises(StoreUnavailable, match=f"{file}.*: cannot be written, Read-only"),
        ):
            load(store, source, **files)
        assert store.statistics().n_subjects == 0
        assert load(store, source).counts.n_enrolled == 2


def test_an_export_onto_a_read_only_disk_is_told(disk: SmallDisk, tmp_path: Path) -> None:
    with (
        Store.open(tmp_path / "vantay.db") as store,
        disk.read_only(),
        pytest.raises(StoreUnavailable, match=r"all\.jsonl: cannot be written, Read-only file system"),
    ):
        export_store(store, disk.folder / "all.jsonl")
