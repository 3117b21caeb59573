"""Deduplicate slowly, printing each batch; for test_deduplication.py."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from search.random_faces import CALIBRATION
from vantay.search.indexed import deduplication
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store


def main(database: Path, pairs: Path) -> None:
    """Search two subjects at a time."""
    deduplication.BATCH_SUBJECTS = 2

    def advance(_n: int, _of: int) -> None:
        print(1, flush=True)
        time.sleep(0.05)

    plan = deduplication.DeduplicationPlan(calibration=CALIBRATION)
    with Store.open(database) as store, IndexedGallery(store) as index:
        deduplication.deduplicate(store, index, pairs, plan, advance=advance)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
