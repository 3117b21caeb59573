"""The hot paths whose share of the machine's limit is told, with their work counted."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.harness.limit import Limit
from benchmarks.micro.samples import N_PROBES, enrolments, pack, prepared_probes, renamed, templates
from benchmarks.micro.vectors import N_BEST, N_REFINED, probe_of, scattered_rows, subject_vectors

from vantay.fingerprint.comparison import PreparedTemplate, prepare
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.parameters import N_SECTIONS
from vantay.fingerprint.comparison.sketch import Sketches, sketch_scores
from vantay.fingerprint.comparison.stages import LOCAL_TABLES
from vantay.index.coarse_codes import GROUP
from vantay.store import Enrolment, Store
from vantay.types import ANGLE_UNITS

N_REFERENCES = 64
N_MINUTIAE = 40
N_VECTORS = 262_144
"""Their coarse codes are 64 MB: no cache holds them."""

N_LOADED = 500
_PROBES = ("all", "leading", "two")

Angles = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class HotPath:
    """A path to be timed."""

    name: str
    limit: Limit
    call: Callable[[], object]
    work: float
    n_items: int
    item: str
    before: Callable[[], object] = lambda: None


@contextmanager
def make_paths() -> Iterator[list[HotPath]]:
    """Make all paths ready; the store of the load lives as long."""
    with (
        tempfile.TemporaryDirectory(prefix="vantay-limits-") as folder,
        Store.open(Path(folder) / "p.db") as store,
    ):
        yield [*_comparisons(), *_scans(), *_refinements(), *_loads(store, Path(folder))]


def _comparisons() -> Iterator[HotPath]:
    probes, references = prepared_probes(N_MINUTIAE), pack(N_REFERENCES, N_MINUTIAE)
    some = [prepare(one) for one in templates(N_REFERENCES, N_MINUTIAE)]
    which = np.arange(N_REFERENCES, dtype=np.int64)
    sketches = Sketches.of(some)
    yield HotPath(
        "local stage",
        Limit.POPCOUNT,
        lambda: [local_scores(probe, references, which, LOCAL_TABLES) for probe in probes],
        float(N_SECTIONS * sum(_count_local(probe, some) for probe in probes)),
        N_PROBES * N_REFERENCES,
        "comparison",
    )
    yield HotPath(
        "sketches",
        Limit.POPCOUNT,
        lambda: [sketch_scores(probe, sketches, which) for probe in probes],
        float(N_SECTIONS * sum(_count_sketched(probe, sketches) for probe in probes)),
        N_PROBES * N_REFERENCES,
        "comparison",
    )


def _count_local(probe: PreparedTemplate, references: Sequence[PreparedTemplate]) -> int:
    own = probe.angle[: probe.n_minutiae]
    return sum(count_near(own, one.angle[: one.n_minutiae]) for one in references)


def _count_sketched(probe: PreparedTemplate, sketches: Sketches) -> int:
    own = probe.angle[np.flatnonzero(probe.ones[: probe.n_minutiae])]
    ends = itertools.pairwise(sketches.start.tolist())
    return sum(count_near(own, sketches.angle[first:last]) for first, last in ends)


def count_near(probe: Angles, reference: Angles) -> int:
    """Count the pairs of cylinders that have to be compared: those of directions near to each other."""
    turned = (probe.astype(np.int64)[:, None] - reference.astype(np.int64)) % ANGLE_UNITS
    return int(np.count_nonzero(np.minimum(turned, ANGLE_UNITS - turned) <= LOCAL_TABLES.direction))


def _scans() -> Iterator[HotPath]:
    vectors = subject_vectors(N_VECTORS)
    for name in _PROBES:
        probe = probe_of(name)
        n_numbers = int(np.count_nonzero(probe))
        yield HotPath(
            f"scan of coarse codes, {name}",
            Limit.READ,
            lambda probe=probe: vectors.search(probe, N_BEST),  # type: ignore[misc]
            float(N_VECTORS * n_numbers / GROUP / 2),
            N_VECTORS,
            "vector",
        )


def _refinements() -> Iterator[HotPath]:
    vectors, probe = subject_vectors(N_VECTORS), probe_of("leading")
    turns = itertools.cycle(scattered_rows(N_VECTORS))
    yield HotPath(
        "refining by fine codes, leading",
        Limit.READ,
        lambda: vectors.refine(probe, next(turns)),
        float(N_REFINED * int(np.count_nonzero(probe))),
        N_REFINED,
        "vector",
    )


def _loads(store: Store, folder: Path) -> Iterator[HotPath]:
    rows, numbers = enrolments(N_LOADED), itertools.count()
    waiting: list[Enrolment] = []

    def rename() -> None:
        waiting[:] = renamed(rows, next(numbers))

    def load() -> None:
        store.load(waiting)

    def stored() -> int:
        return sum(
            path.stat().st_size for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal"))
        )

    rename()
    load()
    before = stored()
    for _ in range(4):
        rename()
        load()
    n_bytes = max((stored() - before) / 4, 1.0)
    for limit in (Limit.SEAL, Limit.COPY, Limit.DISK):
        yield HotPath("load into SQLite", limit, load, n_bytes, N_LOADED, "subject", rename)
