"""Enrol, change, erase and write the index without end, printing each erasure; for test_crash.py."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from search.indexed.people import encounter
from vantay.search.indexed import living_parts
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store
from vantay.types import FingerPosition


def main(path: Path, folder: Path, first: int) -> None:
    """Work until killed."""
    living_parts.MERGE_PARTS = 2
    with Store.open(path) as store, IndexedGallery(store, folder) as index:
        for i in count(first):
            store.enrol(encounter(f"s{i}", i % 7, [FingerPosition.RIGHT_INDEX], has_face=i % 3 == 0))
            if i % 2:
                store.add_encounter(encounter(f"s{i - 1}", i % 5, [FingerPosition.LEFT_INDEX]))
            if i % 4 == 3:
                store.erase(f"s{i - 2}")
                print(f"s{i - 2}", flush=True)
            index.refresh()
            index.maintain(min_rows=1)
            if i % 10 == 9:
                index.compact()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
