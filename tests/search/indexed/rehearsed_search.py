"""Rehearse, search a store, and print the kernels that were still compiled; for test_rehearsal.py."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from search.indexed.people import encounter, probe
from vantay.search import rehearse_search
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.search import ShortlistSizes, identify_indexed
from vantay.store import Store
from vantay.types import FingerPosition

POSITIONS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)


def n_compiled() -> dict[str, int]:
    """Count the versions of each kernel that are compiled, by the types of what they are given."""
    kernels = {
        f"{name}.{kernel.py_func.__name__}": len(kernel.signatures)
        for name, module in sys.modules.items()
        if name.startswith("vantay.")
        for kernel in vars(module).values()
        if isinstance(kernel, Dispatcher)
    }
    return {name: n for name, n in kernels.items() if n}


def search(folder: Path) -> None:
    """Search people in a file and in memory, so that no stage is passed over."""
    with Store.open(folder / "vantay.db") as store, IndexedGallery(store, folder / "index") as index:
        for number in range(8):
            store.enrol(encounter(f"s{number}", number, POSITIONS))
            index.refresh()
            index.maintain(min_rows=5)
        snapshot = index.refresh()
        if len(index.segments) != 1 or len(snapshot.parts) < 2:
            raise RuntimeError(f"{len(snapshot.parts)} parts, expected one in a file and others in memory")
        sizes = ShortlistSizes(6, 4, 2)
        identify_indexed(probe(1, POSITIONS), snapshot, sizes=sizes, max_candidates=1)


def main() -> None:
    """Print a line for each kernel."""
    if len(sys.argv) < 2:
        rehearse_search()
    before = n_compiled()
    with tempfile.TemporaryDirectory() as folder:
        search(Path(folder))
    print("\n".join(sorted(name for name, n in n_compiled().items() if n > before.get(name, 0))))


if __name__ == "__main__":
    main()
