"""A disk that is full is a typed error; what was acknowledged stays, and writes go on when there is room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from durability.asking import assert_all_there, enrol, is_found, settings_at
from durability.people import write_file
from durability.small_disk import SmallDisk
from transfer.populations import load, subject_rows, write_rows
from vantay.engine import Engine
from vantay.errors import KeyUnavailable, StoreUnavailable
from vantay.store import Store
from vantay.transfer import batches, export_store


def test_a_full_disk_keeps_what_was_acknowledged_and_nothing_of_what_was_not(disk: SmallDisk) -> None:
    settings = settings_at(disk.folder / "vantay.db")
    with Engine.open(settings=settings) as engine:
        enrolled = [0, 1]
        for person in enrolled:
            enrol(engine, person)
        disk.fill(leave_bytes=40_000)

        def enrol_until_full() -> None:
            for person in range(2, 100):
                enrol(engine, person)
                enrolled.append(person)

        with pytest.raises(StoreUnavailable, match="the disk or the quota is full; nothing of this write"):
            enrol_until_full()
        assert_all_there(engine, enrolled, strangers=[enrolled[-1] + 1])
    disk.make_room()
    with Engine.open(settings=settings) as engine:
        enrol(engine, enrolled[-1] + 1)
        engine.compact_index()
        assert_all_there(engine, [*enrolled, enrolled[-1] + 1])


def test_no_store_is_made_on_a_full_disk_and_one_is_when_there_is_room(disk: SmallDisk) -> None:
    disk.fill()
    with pytest.raises((StoreUnavailable, KeyUnavailable), match=r"vantay\.db"):
        Engine.open(disk.folder / "vantay.db")
    disk.make_room()
    with Engine.open(settings=settings_at(disk.folder / "vantay.db")) as engine:
        enrol(engine, 0)
        assert_all_there(engine, [0])


def test_an_index_on_a_full_disk_keeps_nobody_from_searching(disk: SmallDisk, tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "vantay.db", index=disk.folder / "index")
    with Engine.open(settings=settings) as engine:
        for person in range(3):
            enrol(engine, person)
        engine.compact_index()
        disk.fill()
        for person in range(3, 5):
            enrol(engine, person)
        engine.erase("P000001")
        with pytest.raises(StoreUnavailable, match=r"index/segment.* cannot be written: No space left"):
            engine.compact_index()
        engine.erase("P000000")
        for person in range(6):
            is_there = person in {2, 3, 4}
            assert is_found(engine, person) is is_found(engine, person, is_exhaustive=True) is is_there
        disk.make_room()
        assert engine.compact_index().n_subjects == 3
        engine.verify_index()


def test_a_load_onto_a_full_disk_goes_on_when_there_is_room(
    disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SUBJECTS_PER_BATCH", 2)
    source = tmp_path / "people.jsonl"
    write_file(source, range(30))
    progress = disk.folder / "progress"
    with Store.open(disk.folder / "vantay.db") as store:
        disk.fill(leave_bytes=100_000)
        with pytest.raises(StoreUnavailable, match=r"(nothing of this write was kept|cannot be written)"):
            load(store, source, progress=progress)
        n_before = store.statistics().n_subjects
        disk.make_room()
        summary = load(store, source, progress=progress)
        assert (summary.is_resumed, summary.counts.n_enrolled, summary.counts.n_skipped) == (True, 30, 0)
        assert 0 < n_before < store.statistics().n_subjects == store.statistics().n_encounters == 30


def test_rejects_that_find_no_room_are_not_lost(
    disk: SmallDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SUBJECTS_PER_BATCH", 1)
    rows = [row for number in range(20) for row in subject_rows(number)]
    for i in range(0, len(rows), 3):
        record = bytearray(rows[i].data or b"")
        record[18:20] = (5).to_bytes(2, "big")  # a resolution of 5 px/cm: only decoding finds that
        rows[i] = replace(rows[i], data=bytes(record))
    source = write_rows(tmp_path / "p.jsonl", rows)
    rejects = disk.folder / "rejects.jsonl"
    with Store.open(tmp_path / "vantay.db") as store, Store.open(tmp_path / "other.db") as other:
        disk.fill(leave_bytes=4096)
        with pytest.raises(StoreUnavailable, match=r"rejects\.jsonl: cannot be written, No space left"):
            load(store, source, rejects=rejects)
        disk.make_room()
        assert load(store, source, rejects=rejects).is_resumed
        whole = load(other, source, rejects=tmp_path / "whole.jsonl", progress=tmp_path / "progress-2")
        assert whole.counts.n_rejects == 20
        assert rejects.read_text() == (tmp_path / "whole.jsonl").read_text()


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_an_export_onto_a_full_disk_leaves_no_half_file(disk: SmallDisk, tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "people.jsonl"
    write_file(source, range(20))
    with Store.open(tmp_path / "vantay.db") as store:
        load(store, source)
        disk.fill(leave_bytes=8192)
        with pytest.raises(StoreUnavailable, match=rf"all\.{suffix}: cannot be written, .*No space left"):
            export_store(store, disk.folder / f"all.{suffix}")
        assert [path.name for path in disk.folder.iterdir()] == ["filler"]
        disk.make_room()
        assert export_store(store, disk.folder / f"all.{suffix}").n_subjects == 20
