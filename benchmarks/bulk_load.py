"""How fast a population is loaded: ten ISO records and a face a subject, from Parquet, with all checks.

    python benchmarks/bulk_load.py --subjects 20000 --store sqlite
    python benchmarks/bulk_load.py --subjects 20000 --store postgres --json postgres.json

The file is made once and kept, under a name that changes with the population (or ``--file``). The database is
new: SQLite in a temporary folder, PostgreSQL in a private server that has to be installed, with fsync on as
by default. Rates are of wall time and need an idle machine; CPU seconds a subject, of all processes together,
hold on a busy one too; those of the server are given apart. The rate of each block shows whether the load is
flat: ``flatness`` is the mean of the last quarter of the blocks over that of the first, without the first
block, in which processes start.

    python benchmarks/bulk_load.py --subjects 1020000 --distinct 60000 --no-export

makes the samples of the first 60,000 only and goes on with the same ones under other names and documents: a
load does not compare, it reads, checks, seals and writes, which takes as long for samples that came before.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.program import scratch_folder

from vantay.evaluation.population_file import write_population
from vantay.fingerprint.codec import encode
from vantay.settings import EngineSettings
from vantay.store import Store
from vantay.transfer import LoadPlan, LoadSource, export_store, find_source, load_sources
from vantay_datasets.synthetic.population import Population

TESTS = Path(__file__).resolve().parents[1] / "tests"
SEED = 1
N_HASHED = 16
"""People whose samples tell whether a file that was kept is of the population that would be made now."""


@contextmanager
def new_store(engine: str, folder: Path) -> Iterator[tuple[Store, int | None]]:
    """Make an empty store; give the process number of its server too, if it has one."""
    if engine == "sqlite":
        with Store.open(folder / "vantay.db") as store:
            yield store, None
        return
    sys.path.insert(0, str(TESTS))
    from store.postgres_server import find_programs, running_server  # noqa: PLC0415 - of the tests

    programs = find_programs()
    if programs is None:
        raise SystemExit("no PostgreSQL found: install Debian's postgresql, or put initdb on the path")
    settings = {"fsync": "on", "shared_buffers": "512MB", "max_wal_size": "4GB"}
    with (
        running_server(programs, settings) as server,
        Store.open(server.dsn(), key=folder / "vantay.key") as store,
        psycopg.connect(server.dsn()) as connection,
    ):
        row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        connection.close()
        yield store, int(Path(row[0], "postmaster.pid").read_text().split()[0]) if row else None


class Clock:
    """Notes when each block of subjects was on disk."""

    def __init__(self, subjects_per_row: float, n_block: int) -> None:
        self._subjects_per_row = subjects_per_row
        self._n_block = n_block
        self._n_before, self._time_before = 0.0, time.perf_counter()
        self.rates: list[int] = []

    def note(self, _source: LoadSource, row: int) -> None:
        """Note that the load came to a row."""
        n = row * self._subjects_per_row
        if n - self._n_before >= self._n_block * 0.99:
            now = time.perf_counter()
            self.rates.append(round((n - self._n_before) / (now - self._time_before)))
            self._n_before, self._time_before = n, now


def kept_population(n_subjects: int, n_distinct: int) -> Path:
    """Find the file of a population among what programs keep, or make it."""
    key = f"{n_subjects}-{n_distinct}-{SEED}-{parameter_hash(Population(SEED, n_subjects))}"
    path = scratch_folder() / f"population-{key}.parquet"
    if not path.exists():
        make_population(n_subjects, n_distinct, path)
    return path


def parameter_hash(population: Population) -> str:
    """Give digits that change with the options of a population, and with what its first people are."""
    digest = hashlib.sha256(repr(population.options).encode())
    for subject in population.subjects(0, min(N_HASHED, population.size)):
        digest.update(repr(subject).encode())
    for index in range(min(N_HASHED, population.size)):
        encounter = population.encounter(index, 0)
        for position, template in encounter.fingers.items():
            digest.update(bytes([position]) + encode(template))
        if encounter.face is not None:
            digest.update(encounter.face.vector.tobytes())
    return digest.hexdigest()[:12]


def make_population(n_subjects: int, n_distinct: int, path: Path) -> None:
    """Write a population, all of it or nothing; after `n_distinct` people come again under other names."""
    unfinished = path.with_name(f"unfinished-{path.name}")
    if n_distinct >= n_subjects:
        write_population(Population(SEED, n_subjects), unfinished)
        unfinished.rename(path)
        return
    copies = n_subjects // n_distinct
    if copies * n_distinct != n_subjects:
        raise SystemExit(f"{n_subjects} subjects are no multiple of {n_distinct}")
    source = pq.ParquetFile(kept_population(n_distinct, n_distinct))
    with pq.ParquetWriter(unfinished, source.schema_arrow, compression="zstd") as writer:
        for copy in range(copies):
            for batch in source.iter_batches(batch_size=10_000):
                writer.write_batch(renamed(batch, f"-{copy}"))
    unfinished.rename(path)


def renamed(batch: pa.RecordBatch, suffix: str) -> pa.RecordBatch:
    """Give subjects, encounters and documents other names."""

    def longer(texts: pa.Array) -> pa.Array:
        return pc.binary_join_element_wise(texts, suffix, "")

    for name in ("subject_id", "encounter_id"):
        batch = batch.set_column(batch.schema.get_field_index(name), name, longer(batch[name]))
    documents = batch["documents"]
    kept = documents.flatten()
    columns = [kept.field(i) for i in range(kept.type.num_fields)]
    number = kept.type.get_field_index("number")
    columns[number] = longer(columns[number])
    lengths = pc.fill_null(pc.list_value_length(documents), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    people = pa.StructArray.from_arrays(columns, fields=list(kept.type))
    lists = pa.ListArray.from_arrays(offsets, people, type=documents.type, mask=documents.is_null())
    return batch.set_column(batch.schema.get_field_index("documents"), "documents", lists)


def cpu_s() -> float:
    """Give the CPU seconds of this process and of its children that ended."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def server_cpu_s(postmaster: int | None) -> float:
    """Give the CPU seconds of a PostgreSQL server and of its processes, those that ended too."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()  # the name may hold spaces
            if postmaster in {int(stat.parent.name), int(fields[1])}:
                n_times = 4 if int(stat.parent.name) == postmaster else 2
                ticks += sum(int(time) for time in fields[11 : 11 + n_times])
    return ticks / os.sysconf("SC_CLK_TCK")


def flatness(rates: list[int]) -> float | None:
    """Compare the end of a load with its beginning; None if it is too short."""
    blocks = rates[1:]
    n = max(len(blocks) // 4, 1)
    return round(statistics.mean(blocks[-n:]) / statistics.mean(blocks[:n]), 3) if len(blocks) > 1 else None


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Load and export; return the figures by name."""
    source = find_source(arguments.file)
    n_rows = source.n_rows() or 1
    clock = Clock(arguments.subjects / n_rows, arguments.block)
    plan = LoadPlan(
        rejects=folder / "rejects.jsonl", progress=folder / "progress", n_workers=arguments.workers
    )
    with new_store(arguments.store, folder) as (store, server):
        cpu, server_cpu, start = cpu_s(), server_cpu_s(server), time.perf_counter()
        counts = load_sources(store, [source], plan, EngineSettings(), advance=clock.note).counts
        load_s, load_cpu_s = time.perf_counter() - start, cpu_s() - cpu
        load_server_cpu_s = server_cpu_s(server) - server_cpu
        sqlite_bytes = sum(file.stat().st_size for file in folder.glob("vantay.db*"))
        exported = {} if arguments.no_export else measure_export(store, arguments.subjects, folder)
    if counts.n_enrolled != arguments.subjects:
        raise RuntimeError(f"{counts.n_enrolled} enrolled, expected {arguments.subjects}")
    return {
        "subjects": arguments.subjects,
        "store": arguments.store,
        "workers": arguments.workers,
        "load_subjects_per_s": round(arguments.subjects / load_s),
        "load_cpu_ms_per_subject": round(load_cpu_s * 1000 / arguments.subjects, 3),
        "load_server_cpu_ms_per_subject": round(load_server_cpu_s * 1000 / arguments.subjects, 3),
        "block_subjects": arguments.block,
        "block_subjects_per_s": clock.rates,
        "flatness": flatness(clock.rates),
        "max_resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
        "distinct_subjects": arguments.distinct or arguments.subjects,
        **({"database_bytes_per_subject": round(sqlite_bytes / arguments.subjects)} if sqlite_bytes else {}),
        **exported,
        "load_average": round(os.getloadavg()[0], 1),
    }


def measure_export(store: Store, n_subjects: int, folder: Path) -> dict[str, float]:
    """Export everything; return the figures by name."""
    cpu, start = cpu_s(), time.perf_counter()
    export_store(store, folder / "export.parquet")
    export_s, export_cpu_s = time.perf_counter() - start, cpu_s() - cpu
    return {
        "export_subjects_per_s": round(n_subjects / export_s),
        "export_cpu_ms_per_subject": round(export_cpu_s * 1000 / n_subjects, 3),
    }


def main() -> None:
    """Run and print one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=20_000)
    parser.add_argument("--store", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--block", type=int, default=10_000, help="subjects of which a rate is given")
    parser.add_argument("--file", type=Path, help="population file, made if it is not there")
    parser.add_argument("--distinct", type=int, default=0, help="subjects with samples of their own; all")
    parser.add_argument("--no-export", action="store_true", help="do not export afterwards")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    n_distinct = arguments.distinct or arguments.subjects
    if arguments.file is None:
        arguments.file = kept_population(arguments.subjects, n_distinct)
    elif not arguments.file.exists():
        make_population(arguments.subjects, n_distinct, arguments.file)
    with tempfile.TemporaryDirectory(prefix="vantay-load-") as folder:
        file.print_and_write(measure(arguments, Path(folder)))


if __name__ == "__main__":
    main()
