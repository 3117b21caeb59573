"""Files of an index that are damaged, foreign or missing: named, refused, and made anew when asked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from search.indexed.followed import INDEX, assert_follows, enrol
from search.indexed.people import by_index, probe
from vantay.errors import DataCorruption, StoreUnavailable, UnsupportedFormatVersion
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store


def written(store: Store, folder: Path) -> Path:
    """Write two segments, the first with a dead row; give its path."""
    with IndexedGallery(store, folder) as index:
        for first in (0, 5):
            enrol(store, first, 5, has_face=True)
            index.refresh()
            index.maintain(min_rows=1)
        store.erase("s1")
        index.refresh()
        index.maintain(min_rows=1)
    return min(folder.glob("segment-*"))


def test_an_index_of_another_store_is_refused_and_made_anew(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    written(store, folder)
    with Store.open(tmp_path / "other.db") as other:
        enrol(other, 20, 2)
        with pytest.raises(DataCorruption, match=f"from store {store.store_id}, expected {other.store_id}"):
            IndexedGallery(other, folder)
        with IndexedGallery(other, folder, anew=True) as index:
            assert_follows(index, other, folder)


def test_an_index_that_knows_more_than_its_store_is_refused(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    """As after a backup of the store was restored: later changes would be missed."""
    enrol(store, 0, 2)
    store.close()
    for suffix in ("", ".key"):
        shutil.copy(f"{store.name}{suffix}", tmp_path / f"copy.db{suffix}")
    with Store.open(store.path) as again:
        enrol(again, 2, 2)
        written_by = IndexedGallery(again, folder)
        written_by.refresh()
        written_by.maintain(min_rows=1)
        written_by.close()
    with Store.open(tmp_path / "copy.db") as copy:
        with pytest.raises(DataCorruption, match="older copy"):
            IndexedGallery(copy, folder)
        with IndexedGallery(copy, folder, anew=True) as index:
            assert_follows(index, copy, folder)


def test_an_index_made_with_other_parameters_is_refused(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(store, folder)
    monkeypatch.setattr("vantay.search.indexed.segment_files.LAYOUT_VERSION", 99)
    with pytest.raises(UnsupportedFormatVersion, match="made with parameters"):
        IndexedGallery(store, folder)
    with IndexedGallery(store, folder, anew=True) as index:
        assert_follows(index, store, folder)


def test_damage_is_found_when_opened_or_by_verify(store: Store, folder: Path) -> None:
    """Wherever a byte is wrong: opening names it, or verifying does, or nothing is ever read there."""
    path = written(store, folder)
    whole = path.read_bytes()
    outcomes = set()
    for at in range(0, len(whole), len(whole) // 150):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        try:
            with IndexedGallery(store, folder) as index:
                assert index.refresh().n_subjects == 9
                assert by_index(probe(3, (INDEX,)), index.refresh())[0].subject_id == "s3"
                index.verify()
            outcomes.add("unread")
        except DataCorruption as error:
            assert path.name in str(error)  # noqa: PT017 - it may not be raised
            outcomes.add("opened" if "array" not in str(error) else "verified")
    path.write_bytes(whole)
    assert "verified" in outcomes


@pytest.mark.parametrize("n_bytes", [0, 10, 5000, -64, -1])
def test_a_shorter_segment_is_refused(store: Store, folder: Path, n_bytes: int) -> None:
    path = written(store, folder)
    path.write_bytes(path.read_bytes()[:n_bytes])
    with pytest.raises(DataCorruption, match=path.name):
        IndexedGallery(store, folder)


def test_a_missing_segment_is_refused_and_made_anew(store: Store, folder: Path) -> None:
    written(store, folder).unlink()
    with pytest.raises(StoreUnavailable, match=r"segment-\d+\.arrays cannot be read"):
        IndexedGallery(store, folder)
    with IndexedGallery(store, folder, anew=True) as index:
        assert_follows(index, store, folder)


def test_a_segment_in_the_place_of_another_is_refused(store: Store, folder: Path) -> None:
    first = written(store, folder)
    (dead,) = folder.glob("dead-*")
    second = sorted(folder.glob("segment-*"))[1]
    enrol(store, 20, 1)
    with IndexedGallery(store, folder) as index:
        index.refresh()
        index.maintain(min_rows=1)
    third = sorted(folder.glob("segment-*"))[2]
    shutil.copy(third, first)
    with pytest.raises(DataCorruption, match=f"{first.name} has 1 rows, expected 5"):
        IndexedGallery(store, folder)
    shutil.copy(second, first)
    shutil.copy(second, min(folder.glob("dead-*")))
    with pytest.raises(DataCorruption, match="holds 'gallery segment', expected 'dead rows'"):
        IndexedGallery(store, folder)
    assert dead.parent == folder


def test_nothing_is_made_anew_under_another_process(
    store: Store, folder: Path, index: IndexedGallery
) -> None:
    enrol(store, 0, 2)
    index.refresh()
    index.maintain(min_rows=1)
    with pytest.raises(StoreUnavailable, match="in use by another process"):
        IndexedGallery(store, folder, anew=True)
    with IndexedGallery(store, folder) as reader, pytest.raises(StoreUnavailable, match="in use"):
        reader.rebuild()
    assert_follows(index, store, folder)


def test_names_are_not_used_again_by_a_rebuild(store: Store, folder: Path, index: IndexedGallery) -> None:
    """Whoever has read the manifest before must not find another file under a name in it."""
    enrol(store, 0, 2)
    index.refresh()
    index.maintain(min_rows=1)
    (before,) = folder.glob("segment-*")
    index.rebuild()
    (after,) = folder.glob("segment-*")
    assert before.name < after.name
    assert_follows(index, store, folder)
