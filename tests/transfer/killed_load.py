"""Load a file in small batches, printing each row reached; for test_resume.py, which kills it."""

from __future__ import annotations

import sys
from pathlib import Path

from transfer.populations import load
from vantay.store import Store
from vantay.transfer import batches
from vantay.transfer.progress import LoadProgress


def main(source: str, database: str, n_workers: str) -> None:
    batches.SUBJECTS_PER_BATCH = 3
    write = LoadProgress.write

    def told(self: LoadProgress, path: Path) -> None:
        print(self.row, flush=True)  # the batch is in the store, and not noted
        write(self, path)

    LoadProgress.write = told  # type: ignore[method-assign]
    with Store.open(Path(database)) as store:
        load(store, Path(source), n_workers=int(n_workers))
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
