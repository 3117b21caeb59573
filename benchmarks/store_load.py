"""How fast subjects with ten fingers and a face are loaded, followed and enrolled, and what room they take.

    python benchmarks/store_load.py --subjects 20000
    python benchmarks/store_load.py --subjects 20000 --database postgresql://… --key-file FILE
    python benchmarks/store_load.py --subjects 20000 --encryption none

Records are those of random templates with 48 ± 12 minutiae; identifiers of subjects come in order, those of
encounters are random. The speed of each twentieth of the load shows whether it is flat.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import sqlalchemy as sa
from benchmarks.harness.figures_file import FiguresFile

from vantay.fingerprint.codec import encode
from vantay.store import Biographics, Document, Enrolment, NewEncounter, NewTemplate, Sex, Store
from vantay.types import MINUTIA_DTYPE, FaceTemplate, FingerPosition, FingerTemplate

N_POOL = 300
N_BATCH = 1000
N_SINGLE = 200


def make_pool(rng: np.random.Generator) -> list[bytes]:
    """Make records of random templates."""
    records = []
    for n in np.clip(rng.normal(48, 12, N_POOL).astype(int), 12, 120):
        minutiae = np.zeros(n, dtype=MINUTIA_DTYPE)
        minutiae["x_px"], minutiae["y_px"] = rng.integers(0, 400, (2, n))
        minutiae["angle"], minutiae["quality"] = rng.integers(0, 256, n), rng.integers(1, 101, n)
        minutiae["type"] = rng.integers(1, 3, n)
        records.append(encode(FingerTemplate(minutiae, 400, 400, FingerPosition(1), 70, "leader", "1")))
    return records


def make_rows(n: int, rng: np.random.Generator) -> Iterator[Enrolment]:
    """Make subjects one by one."""
    pool = make_pool(rng)
    for i in range(n):
        which = rng.integers(0, N_POOL, 10)
        templates = tuple(
            NewTemplate(FingerPosition(p), pool[w], 70, "leader", "1") for p, w in enumerate(which, start=1)
        )
        vector = rng.normal(size=128)
        face = FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), "dlib", "0123456789ab", 80)
        yield Enrolment(
            NewEncounter(f"VNM-{i:09}", templates, source="bulk", face=face),
            Biographics(Sex.FEMALE if i % 2 else Sex.MALE, 1950 + i % 60, nationality="KOR"),
            (Document("passport", f"M{i:08}", "KOR"),),
        )


def load(store: Store, rows: Iterator[Enrolment], n: int) -> tuple[list[int], list[int]]:
    """Load; return subjects per second, and per second of this process's CPU, of each twentieth."""
    speeds: list[int] = []
    cpu_speeds: list[int] = []
    spent, spent_cpu, done, step = 0.0, 0.0, 0, max(n // 20, N_BATCH)
    while batch := list(islice(rows, N_BATCH)):
        start, start_cpu = time.perf_counter(), time.process_time()
        results = store.load(batch)
        spent += time.perf_counter() - start
        spent_cpu += time.process_time() - start_cpu
        if any(result.outcome != "enrolled" for result in results):
            raise RuntimeError(f"not enrolled: {[r for r in results if r.outcome != 'enrolled'][:3]}")
        done += len(batch)
        if done >= step:
            speeds.append(round(done / spent))
            cpu_speeds.append(round(done / spent_cpu))
            spent, spent_cpu, done = 0.0, 0.0, 0
    return speeds, cpu_speeds


def follow(store: Store) -> float:
    """Read all pages, and return subjects per second."""
    start = time.perf_counter()
    n = sum(len(page.subjects) for page in store.pages_since(0))
    return n / (time.perf_counter() - start)


def enrol_one_by_one(store: Store, rows: Sequence[Enrolment]) -> list[float]:
    """Enrol subjects each in a transaction, and return the time of each in ms."""
    times_ms = []
    for row in rows:
        if row.encounter is None:
            continue
        start = time.perf_counter()
        store.enrol(row.encounter, biographics=row.biographics, documents=row.documents)
        times_ms.append((time.perf_counter() - start) * 1000)
    return times_ms


def bytes_of(store: Store) -> int:
    """Tell what the database takes on disk, indexes and all."""
    engine = store._database.engine
    if engine.dialect.name == "sqlite":
        store.purge()
        return store.path.stat().st_size
    with engine.connect() as connection:
        return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=20_000)
    parser.add_argument("--database", help="address of an empty PostgreSQL database; else a temporary file")
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--encryption", default="aes-256-gcm")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    rng = np.random.default_rng(5)
    with tempfile.TemporaryDirectory(prefix="vantay-load-") as folder:
        location = arguments.database or Path(folder) / "vantay.db"
        key = arguments.key_file or Path(folder) / "vantay.key"
        with Store.open(location, encryption=arguments.encryption, key=key) as store:
            n_bytes_before = bytes_of(store)
            rows = make_rows(arguments.subjects + N_SINGLE, rng)
            speeds, cpu_speeds = load(store, islice(rows, arguments.subjects), arguments.subjects)
            n_bytes = bytes_of(store) - n_bytes_before
            followed = follow(store)
            times_ms = enrol_one_by_one(store, list(rows))
            figures = {
                "subjects": arguments.subjects,
                "encryption": arguments.encryption,
                "load_subjects_per_second": speeds,
                "load_subjects_per_cpu_second": cpu_speeds,
                "bytes_per_subject": round(n_bytes / arguments.subjects),
                "template_bytes_per_subject": round(
                    store.statistics().template_bytes / (arguments.subjects + N_SINGLE)
                ),
                "follow_subjects_per_second": round(followed),
                "enrol_ms_median": round(float(np.median(times_ms)), 2),
                "enrol_ms_p99": round(float(np.percentile(times_ms, 99)), 2),
            }
    file.print_and_write(figures)


if __name__ == "__main__":
    main()
