"""People enrolled by number, and a look whether an index and its files hold what the store holds."""

from __future__ import annotations

from pathlib import Path

from search.indexed.people import encounter, seen, stored
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store
from vantay.types import FingerPosition

INDEX = FingerPosition.RIGHT_INDEX


def enrol(store: Store, first: int, n: int, *, has_face: bool = False) -> None:
    for number in range(first, first + n):
        store.enrol(encounter(f"s{number}", number, [INDEX], has_face=has_face))


def assert_follows(index: IndexedGallery, store: Store, folder: Path) -> None:
    """The index, and whoever opens its files, hold what the store holds."""
    expected = stored(store)
    assert seen(index.refresh()) == expected
    with IndexedGallery(store, folder) as another:
        assert seen(another.refresh()) == expected
        another.verify()
