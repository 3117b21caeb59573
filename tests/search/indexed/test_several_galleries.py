"""Several galleries on one folder: one writes, the others take its files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from search.indexed.followed import assert_follows, enrol
from search.indexed.people import seen, stored
from vantay.errors import DataCorruption
from vantay.index.manifest import FILE_NAME
from vantay.search.indexed import gallery as gallery_module
from vantay.search.indexed import upkeep
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.store import Store


@pytest.fixture
def writer(store: Store, index: IndexedGallery) -> IndexedGallery:
    """Let a gallery write the files of three people; it owns the folder from then on."""
    enrol(store, 0, 3)
    index.refresh()
    assert index.maintain(min_rows=1)
    return index


def test_one_of_two_writes_and_the_other_takes_its_files(
    store: Store, folder: Path, writer: IndexedGallery
) -> None:
    with IndexedGallery(store, folder) as reader:
        enrol(store, 3, 3)
        writer.refresh()
        reader.refresh()
        assert not reader.maintain(min_rows=1)
        assert reader.written_sequence == 3
        writer.maintain(min_rows=1)
        writer.compact()
        assert not reader.maintain(min_rows=1)
        assert reader.written_sequence == 6
        assert seen(reader.refresh()) == stored(store)
        writer.close()
        store.erase("s4")
        reader.refresh()
        assert reader.maintain(min_rows=1)
        assert reader.written_sequence == 7
        assert_follows(reader, store, folder)


def test_who_takes_over_damaged_files_does_not_write_over_them(
    store: Store, folder: Path, writer: IndexedGallery
) -> None:
    with IndexedGallery(store, folder) as reader:
        writer.close()
        (folder / FILE_NAME).write_bytes(b"rubbish")
        enrol(store, 3, 1)
        reader.refresh()
        for _ in range(2):
            with pytest.raises(DataCorruption):
                reader.maintain(min_rows=1)
        assert (folder / FILE_NAME).read_bytes() == b"rubbish"
        reader.rebuild()
        assert_follows(reader, store, folder)


def test_a_reader_tries_again_when_files_go_away_under_it(
    store: Store, folder: Path, writer: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(store, 3, 1)
    writer.refresh()
    open_segment, n_opened = SegmentFiles.open_segment, []

    def compact_first(self: SegmentFiles, entry: object) -> object:
        n_opened.append(entry)
        if len(n_opened) == 1:
            with monkeypatch.context() as patch:
                patch.setattr(SegmentFiles, "open_segment", open_segment)
                writer.compact()
        return open_segment(self, entry)  # type: ignore[arg-type]

    monkeypatch.setattr(SegmentFiles, "open_segment", compact_first)
    with IndexedGallery(store, folder) as reader:
        assert reader.written_sequence == 4
        assert len(n_opened) == 2


def test_damaged_files_of_the_owner_keep_no_reader_from_searching(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAGE_SUBJECTS", 2)
    monkeypatch.setattr(gallery_module, "FLUSH_ROWS", 4)
    index.maintain()
    with IndexedGallery(store, folder) as reader:
        (folder / FILE_NAME).write_bytes(b"rubbish")
        enrol(store, 0, 12)
        assert reader.refresh().n_subjects == 12


def test_memory_that_grows_beside_another_writer_is_logged_once(
    store: Store, folder: Path, writer: IndexedGallery, caplog: pytest.LogCaptureFixture
) -> None:
    with IndexedGallery(store, folder) as reader:
        enrol(store, 3, 3)
        reader.refresh()
        reader.maintain(min_rows=4)
        assert not caplog.records
        for _ in range(2):
            reader.maintain(min_rows=3)
    (record,) = caplog.records
    assert (record.levelname, record.args) == ("WARNING", (folder, 3))


OPENER = """
import sys
from pathlib import Path
from typing import Any
from vantay.store import NewEncounter, Store
from vantay.search.indexed.gallery import IndexedGallery
with Store.open(Path(sys.argv[1])) as store, IndexedGallery(store, Path(sys.argv[2])) as index:
    print(index.written_sequence, index.maintain(min_rows=1), index.refresh().n_subjects)
"""


def test_another_process_reads_what_this_one_writes(
    store: Store, folder: Path, writer: IndexedGallery
) -> None:
    enrol(store, 3, 1)
    told = subprocess.run(
        [sys.executable, "-c", OPENER, store.path, folder], capture_output=True, text=True, check=True
    )
    assert told.stdout == "3 False 4\n"
