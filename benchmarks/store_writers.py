"""How many enrolments per second several processes make on one store, each in a transaction of its own.

    python benchmarks/store_writers.py --writers 4
    python benchmarks/store_writers.py --writers 4 --database postgresql://… --key-file FILE

Writers take turns, so that changes are numbered as they become visible; this is what that costs. It also
times a change of the master key over all that was enrolled.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness.figures_file import FiguresFile

from vantay.store import NewEncounter, NewTemplate, Store, rotate_key_file
from vantay.types import FingerPosition

TEMPLATES = tuple(NewTemplate(FingerPosition(p), bytes(350), 70, "leader", "1") for p in range(1, 11))


def write(location: str, key: Path, prefix: str, seconds: float) -> None:
    """Enrol until the time is over."""
    with Store.open(location, key=key, busy_timeout_ms=60_000) as store:
        end, n = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            store.enrol(NewEncounter(f"{prefix}-{n}", TEMPLATES))
            n += 1


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--database", help="address of an empty PostgreSQL database; else a temporary file")
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="vantay-writers-") as folder:
        location = arguments.database or str(Path(folder) / "vantay.db")
        key = arguments.key_file or Path(folder) / "vantay.key"
        Store.open(location, key=key).close()
        writers = [
            context.Process(target=write, args=(location, key, f"W{i}", arguments.seconds))
            for i in range(arguments.writers)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        with Store.open(location, key=key) as store:
            n_written = store.sequence()
        start = time.perf_counter()
        rotate_key_file(location, key)
        rotated_s = time.perf_counter() - start
    figures = {
        "writers": arguments.writers,
        "enrolments_per_second": round(n_written / arguments.seconds),
        "keys_rotated_per_second": round(n_written / rotated_s),
    }
    file.print_and_write(figures)


if __name__ == "__main__":
    main()
