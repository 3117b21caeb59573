"""Files of an index: written while people change, handed over, compacted, refused when they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from search.indexed.followed import INDEX, assert_follows, enrol
from search.indexed.people import by_everyone, by_index, encounter, probe, seen, stored
from search.random_faces import make_face
from vantay.errors import StoreUnavailable
from vantay.index.manifest import read_manifest
from vantay.search.indexed import gallery as gallery_module
from vantay.search.indexed import living_parts, upkeep
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.store import NewEncounter, Store
from vantay.types import FingerPosition

BOTH = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)


def during_writing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen while a segment is being written, once."""
    write, acts = SegmentFiles.write_segment, [act]

    def write_and_act(self: SegmentFiles, pieces: object) -> object:
        entry = write(self, pieces)  # type: ignore[arg-type]
        while acts:
            acts.pop()()
        return entry

    monkeypatch.setattr(SegmentFiles, "write_segment", write_and_act)


def test_the_next_engine_prepares_only_what_came_after(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(store, 0, 5)
    index.refresh()
    assert index.maintain(min_rows=1)
    assert index.written_sequence == store.sequence()
    enrol(store, 5, 1)
    asked: list[int] = []
    page_since = Store.page_since

    def noted(self: Store, sequence: int, **options: Any) -> object:
        asked.append(sequence)
        return page_since(self, sequence, **options)

    monkeypatch.setattr(Store, "page_since", noted)
    with IndexedGallery(store, folder) as another:
        assert another.refresh().n_subjects == 6
    assert min(asked) == 5


@pytest.mark.parametrize("n_more", [1, 7, 30])
def test_people_who_change_while_a_file_is_written_are_not_lost(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch, n_more: int
) -> None:
    """Also if what is in memory would be merged meanwhile with what is being written."""
    monkeypatch.setattr(living_parts, "MERGE_PARTS", 2)

    def change() -> None:
        store.erase("s0")
        store.lock("s1")
        for number in range(100, 100 + n_more):
            enrol(store, number, 1)
            index.refresh()

    enrol(store, 0, 4)
    index.refresh()
    during_writing(monkeypatch, change)
    index.maintain(min_rows=1)
    assert_follows(index, store, folder)
    index.maintain(min_rows=1)
    assert_follows(index, store, folder)
    assert index.written_sequence == store.sequence()


def test_people_who_change_while_files_are_merged_are_not_lost(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        enrol(store, 4 * number, 4)
        index.refresh()
        index.maintain(min_rows=1)

    def change() -> None:
        store.erase("s0")
        store.add_encounter(encounter("s5", 5, BOTH))
        store.merge("s1", "s9")
        index.refresh()

    during_writing(monkeypatch, change)
    index.compact()
    assert_follows(index, store, folder)
    index.maintain(min_rows=1)
    assert len(list(folder.glob("segment-*"))) == 2
    assert_follows(index, store, folder)


def test_everyone_may_go_while_their_file_is_written(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(store, 0, 2)
    index.refresh()
    during_writing(monkeypatch, lambda: (store.erase("s0"), store.erase("s1"), index.refresh()))
    index.maintain(min_rows=1)
    assert seen(index.refresh()) == {}
    assert_follows(index, store, folder)


def test_erasures_alone_are_written(store: Store, folder: Path, index: IndexedGallery) -> None:
    enrol(store, 0, 5)
    index.refresh()
    index.maintain(min_rows=1)
    store.erase("s3")
    index.refresh()
    assert index.maintain(min_rows=1)
    assert index.written_sequence == store.sequence()
    assert not index.maintain(min_rows=1)
    assert_follows(index, store, folder)


def test_nothing_is_written_before_there_is_enough(store: Store, folder: Path, index: IndexedGallery) -> None:
    enrol(store, 0, 3)
    index.refresh()
    assert not index.wants_upkeep
    assert not index.maintain()
    assert not index.maintain(min_rows=4)
    assert read_manifest(folder) is None
    assert index.maintain(min_rows=3)


def test_compaction_removes_the_bytes_of_the_erased(
    store: Store, folder: Path, index: IndexedGallery
) -> None:
    enrol(store, 0, 5)
    index.refresh()
    index.maintain(min_rows=1)
    assert any(b"s3" in path.read_bytes() for path in folder.glob("*.arrays"))
    store.erase("s3")
    index.refresh()
    assert index.compact()
    assert not any(b"s3" in path.read_bytes() for path in folder.glob("*.arrays"))
    assert [path.name for path in folder.glob("dead-*")] == []
    assert_follows(index, store, folder)


def test_a_file_that_is_mostly_dead_is_written_anew(
    store: Store, folder: Path, index: IndexedGallery
) -> None:
    enrol(store, 0, 5)
    index.refresh()
    index.maintain(min_rows=1)
    for number in range(3):
        store.erase(f"s{number}")
    index.refresh()
    index.maintain(min_rows=1)
    (entry,) = read_manifest(folder).segments  # type: ignore[union-attr]
    assert (entry.n_rows, entry.dead_file) == (2, "")
    assert_follows(index, store, folder)


def test_an_erased_subject_does_not_come_back(store: Store, folder: Path, index: IndexedGallery) -> None:
    enrol(store, 0, 5)
    index.refresh()
    index.maintain(min_rows=1)
    index.close()
    store.erase("s2")
    for maintains in (False, True, True):
        with IndexedGallery(store, folder) as again:
            found = {candidate.subject_id for candidate in by_index(probe(2, (INDEX,)), again.refresh())}
            assert found == {"s0", "s1", "s3", "s4"}
            if maintains:
                again.maintain(min_rows=1)


def test_snapshots_stay_what_they_were(store: Store, index: IndexedGallery) -> None:
    enrol(store, 0, 5)
    before = index.refresh()
    expected = seen(before)
    index.maintain(min_rows=1)
    written = index.refresh()
    store.erase("s1")
    index.refresh()
    index.compact()
    assert seen(before) == seen(written) == expected
    assert by_index(probe(1, (INDEX,)), written)[0].subject_id == "s1"


def test_leftovers_of_a_crash_are_removed(store: Store, folder: Path, index: IndexedGallery) -> None:
    left = [folder / name for name in ("segment-000900.arrays", "x.arrays.17.tmp", "manifest.json.5.tmp")]
    folder.mkdir()
    for path in left:
        path.write_bytes(b"half a file")
    (folder / "notes.txt").write_text("not ours")
    assert not index.maintain(min_rows=1)
    assert not any(path.exists() for path in left)
    assert (folder / "notes.txt").exists()


def test_memory_is_written_while_a_large_store_is_followed(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PAGE_SUBJECTS", 2)
    monkeypatch.setattr(gallery_module, "FLUSH_ROWS", 6)
    enrol(store, 0, 20)
    assert index.refresh().n_subjects == 20
    assert index.written_sequence >= 18
    assert_follows(index, store, folder)


def test_a_full_disk_keeps_no_one_from_searching(
    store: Store, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailable("No space left on device")

    monkeypatch.setattr(upkeep, "PAGE_SUBJECTS", 2)
    monkeypatch.setattr(gallery_module, "FLUSH_ROWS", 4)
    monkeypatch.setattr(SegmentFiles, "write_segment", fail)
    enrol(store, 0, 12)
    assert index.refresh().n_subjects == 12
    with pytest.raises(StoreUnavailable):
        index.maintain(min_rows=4)
    assert index.refresh().n_subjects == 12


def test_a_change_leaves_what_other_parts_show_as_it_was(store: Store, index: IndexedGallery) -> None:
    """What was worked out of a million rows for one search serves the next, too."""
    for number in range(3):
        enrol(store, number, 1)
        index.refresh()
    before = index.refresh().parts
    store.erase("s1")
    after = index.refresh().parts
    assert (after[0], after[1]) == (before[0], before[2])
    store.lock("s0")
    assert index.refresh().parts[0] is before[2]


def test_without_a_folder_all_stays_in_memory(store: Store) -> None:
    with IndexedGallery(store) as index:
        enrol(store, 0, 3)
        assert index.refresh().n_subjects == 3
        assert not index.maintain(min_rows=1)
        assert not index.compact()
        index.rebuild()
        assert seen(index.refresh()) == stored(store)
        assert index.verify() == 0


def test_faces_of_a_new_model_replace_those_that_were_erased(
    store: Store, folder: Path, index: IndexedGallery
) -> None:
    store.enrol(encounter("s0", 0, [INDEX], has_face=True))
    store.enrol(encounter("s1", 1, [INDEX]))
    index.refresh()
    index.maintain(min_rows=1)
    store.erase("s0")
    store.enrol(NewEncounter("s2", (), face=make_face(2, model="newer")))
    store.enrol(encounter("s3", 3, [INDEX]))
    for act in (lambda: None, lambda: index.maintain(min_rows=1), index.compact, index.rebuild):
        act()
        who = probe(1, (INDEX,))
        assert by_index(who, index.refresh()) == by_everyone(who, store)
        assert_follows(index, store, folder)


def test_one_enrolment_after_another_leaves_few_parts_in_memory(store: Store, index: IndexedGallery) -> None:
    for number in range(23):
        enrol(store, number, 1)
        index.refresh()
        index.keep_up()
    assert [part.part.n_rows for part in index.refresh().parts] == [16, 4, 2, 1]
