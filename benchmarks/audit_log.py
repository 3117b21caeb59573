"""What the audit log costs: one note, notes of many threads at once, and verifying a long log.

    python benchmarks/audit_log.py --entries 1000000

Times are of the clock and need an idle machine; ``commit_ms`` is what SQLite takes to put one row on the same
disk without Vantay, for comparison, and CPU seconds hold on a busy machine too. ``verify_peak_mb`` is by how
much the process grew at most while the log was verified.
"""

from __future__ import annotations

import argparse
import contextlib
import resource
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness.figures_file import FiguresFile

from vantay.store import Actor, NewAuditEntry, Store
from vantay.store.audit_chain import append_entries

_ENTRY = NewAuditEntry(
    Actor("intake-desk-3", "intake", "0f8fad5b-d9cb-469f"), "Verify", "MATCH", "VN-1234567"
)
_BLOCK = 1000


def percentiles_ms(seconds: list[float]) -> dict[str, float]:
    """Give the median and the 99th percentile."""
    ordered = sorted(seconds)
    return {
        name: round(ordered[int(part * (len(ordered) - 1))] * 1000, 2)
        for name, part in (("p50", 0.5), ("p99", 0.99))
    }


def timed(act: Callable[[], object], n_times: int) -> list[float]:
    """Time an act again and again, in seconds."""
    times = []
    for _ in range(n_times):
        start = time.perf_counter()
        act()
        times.append(time.perf_counter() - start)
    return times


def time_commits(folder: Path, n_times: int) -> dict[str, float]:
    """Time commits of one row by SQLite alone, with the settings of a store."""
    with contextlib.closing(sqlite3.connect(folder / "plain.db", isolation_level=None)) as connection:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "CREATE TABLE t (a)"):
            connection.execute(statement)

        def commit() -> None:
            for statement in ("BEGIN IMMEDIATE", "INSERT INTO t VALUES (1)", "COMMIT"):
                connection.execute(statement)

        return percentiles_ms(timed(commit, n_times))


def time_notes(store: Store, n_threads: int, n_each: int) -> dict[str, float]:
    """Time notes of threads that note at once."""
    times: list[float] = []
    threads = [
        threading.Thread(target=lambda: times.extend(timed(lambda: store.note_audit(_ENTRY), n_each)))
        for _ in range(n_threads)
    ]
    start, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return percentiles_ms(times) | {
        "notes_per_s": round(len(times) / wall),
        "cpu_ms_each": round(1000 * cpu / len(times), 3),
    }


def lengthen(store: Store, n_entries: int) -> None:
    """Add entries until there are so many."""
    n_missing = n_entries - store.audit_anchor().sequence
    while n_missing > 0:
        with store._write() as transaction:  # as those that share a commit
            append_entries(transaction, [_ENTRY] * min(_BLOCK, n_missing))
        n_missing -= _BLOCK


def time_verification(store: Store) -> dict[str, float]:
    """Verify a log."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start, cpu = time.perf_counter(), time.process_time()
    n_entries = store.verify_audit().n_entries
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return {
        "n_entries": n_entries,
        "verify_s": round(wall, 2),
        "verify_cpu_s": round(cpu, 2),
        "entries_per_s": round(n_entries / wall),
        "entries_per_cpu_s": round(n_entries / cpu),
        "verify_peak_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024, 1),
    }


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entries", type=int, default=100_000, help="length of the log to verify")
    parser.add_argument("--notes", type=int, default=1000, help="notes to time")
    parser.add_argument(
        "--folder", type=Path, help="where the database is made; else where temporary files are"
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        with Store.open(folder / "vantay.db") as store:
            time_notes(store, 1, 20)  # what is compiled once
            result: dict[str, object] = {
                "commit_ms": time_commits(folder, arguments.notes),
                "note_ms": time_notes(store, 1, arguments.notes),
                "note_ms_8_threads": time_notes(store, 8, arguments.notes // 8),
            }
            lengthen(store, arguments.entries)
            result["verification"] = time_verification(store)
        result["bytes_each"] = round((folder / "vantay.db").stat().st_size / arguments.entries)
    file.print_and_write(result)


if __name__ == "__main__":
    main()
