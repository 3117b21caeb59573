"""Load a file in small batches, printing each row reached; for test_resume.py, which kills it."""

from __future__ import annotations

import sys
from pathlib import Path

from transfer.populations import load
from vantay.store import Store
from vantay.transfer import batches


def main(source: str, database: str, n_workers: str) -> None:
    batches.SUBJECTS_PER_BATCH = 3
    from vantay.transfer import loading  # noqa: PLC0415

    write = loading.LoadProgress.write

    def told(self: loading.LoadProgress, path: Path) -> None:
        print(self.row, flush=True)  # the batch is in the store, and not noted
        write(self, path)

    loading.LoadProgress.write = told  # type: ignore[method-assign]
    with Store.open(Path(database)) as store:
        load(store, Path(source), n_workers=int(n_workers))
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
