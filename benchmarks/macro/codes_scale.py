"""The coarse stage alone, of galleries that are too large for everything else: up to ten million subjects.

    python -m benchmarks.macro.codes_scale --subjects 10000000 --json FILE

Vectors are random, as whitened codes nearly are: ten fingers and a face a subject. Only their coarse codes
are held, half a byte for four numbers, with the views that a part of a gallery has; fine codes, sketches and
minutiae are not. So it tells how long the first stage of a search takes on one core, and nothing about who is
found. The memory that it takes is said before it starts, and it does not start if there is less.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.macro.growth_fit import fit_growth
from benchmarks.micro.vectors import random_fine_codes, random_probe

from vantay.index.subject_vectors import SubjectVectors, encode_vectors
from vantay.search.indexed.layout import DEVIATION, FINGERS, LEADING, VECTOR_NUMBERS, VIEWS
from vantay.search.indexed.shortlist import shortlist_sizes
from vantay.types import FingerPosition

Float32s = npt.NDArray[np.float32]

SEED = 1
PART_SUBJECTS = 1 << 17
"""Drawn and encoded at once, and held as one part."""

NUMBERS_PER_BYTE = 8
ID_BYTES = 8
"""FAISS keeps the number of a vector beside its codes, once a view."""

SPARE_BYTES = 2 << 30
"""For drawing, encoding, and everything else that the process holds."""

TWO = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
PROBES: Mapping[str, tuple[tuple[FingerPosition, ...], bool]] = {
    "leading four + face": (LEADING, True),
    "ten": (FINGERS, False),
    "two": (TWO, False),
    "one": (TWO[:1], False),
    "face": ((), True),
}
"""What a search by ten fingers and a face lists by is its leading four and the face."""


def main(words: Sequence[str] | None = None) -> int:
    """Say what it takes, build, search, print and write; 1 if there is not memory enough."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--subjects", type=int, default=10_000_000)
    parser.add_argument("--searches", type=int, default=20, help="of each kind (default 20)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args(words)
    file = FiguresFile(arguments)
    needed, there = bytes_needed(arguments.subjects), bytes_available()
    print(f"memory needed: {needed / 1e9:.1f} GB, available: {there / 1e9:.1f} GB", file=sys.stderr)
    if needed > there:
        print("not enough memory: give fewer --subjects", file=sys.stderr)
        return 1
    figures = measure(arguments.subjects, arguments.searches)
    file.print_and_write(figures | {"bytes_needed": needed})
    return 0


def bytes_needed(n_subjects: int) -> int:
    """Tell the memory of the coarse codes of so many subjects in all views, and of what else there is."""
    widths = [VECTOR_NUMBERS, *(sum(block.stop - block.start for block in view) for view in VIEWS)]
    of_a_subject: int = sum(width // NUMBERS_PER_BYTE + ID_BYTES for width in widths)
    return n_subjects * of_a_subject + SPARE_BYTES


def bytes_available() -> int:
    """Tell how much memory could be had without swapping."""
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/meminfo does not tell what is available")


def measure(n_subjects: int, n_searches: int) -> dict[str, object]:
    """Build and search; the smaller galleries are the first parts, doubling."""
    start = time.process_time()
    parts = list(coarse_parts(n_subjects))
    build_s = time.process_time() - start
    sizes = sorted({min(n_subjects, PART_SUBJECTS * 2**k) for k in range(n_subjects.bit_length())})
    growth: dict[str, dict[str, float]] = {}
    for kind in PROBES:
        growth[kind] = {str(n): search_ms(parts, n, kind, n_searches) for n in sizes}
    return {
        "subjects": n_subjects,
        "subjects_built_per_s": n_subjects / build_s,
        "search_ms": {kind: points[str(n_subjects)] for kind, points in growth.items()},
        "growth_ms": growth,
        "fit": {kind: dict(fit_growth(sizes, list(points.values()))) for kind, points in growth.items()},
    }


def coarse_parts(n_subjects: int) -> Iterator[SubjectVectors]:
    """Draw vectors and keep their coarse codes, part by part."""
    rng = np.random.default_rng(SEED)
    for first in range(0, n_subjects, PART_SUBJECTS):
        fine = random_fine_codes(rng, min(PART_SUBJECTS, n_subjects - first))
        arrays = encode_vectors(fine, DEVIATION)
        # one row of fine codes stands for all: they are not looked at
        arrays["fine"] = np.broadcast_to(fine[:1].copy(), fine.shape)
        yield SubjectVectors.of(arrays, VIEWS)


def search_ms(parts: Sequence[SubjectVectors], n_subjects: int, kind: str, n_searches: int) -> float:
    """Give the processor time of a search of the first subjects, the mean; a part more if they end in one."""
    positions, has_face = PROBES[kind]
    n_best = shortlist_sizes(len(positions) + has_face).coarse
    searched = parts[: -(-n_subjects // PART_SUBJECTS)]
    probes = [probe_of(kind, number) for number in range(n_searches + 1)]
    list_best(searched, probes[0], n_best)
    start = time.process_time()
    for probe in probes[1:]:
        list_best(searched, probe, n_best)
    return (time.process_time() - start) * 1e3 / n_searches


def list_best(parts: Sequence[SubjectVectors], probe: Float32s, n_best: int) -> npt.NDArray[np.int64]:
    """Scan all parts and keep the best of all."""
    found = [part.search(probe, n_best) for part in parts]
    firsts = np.cumsum([0, *(len(part) for part in parts[:-1])])
    rows = np.concatenate([own + first for (own, _), first in zip(found, firsts, strict=True)])
    scores = np.concatenate([own for _, own in found])
    kept = np.argpartition(-scores, n_best - 1)[:n_best] if scores.size > n_best else np.arange(scores.size)
    best: npt.NDArray[np.int64] = rows[kept]
    return best


def probe_of(kind: str, number: int) -> Float32s:
    """Draw a probe of a kind."""
    positions, has_face = PROBES[kind]
    return random_probe(number, positions, has_face=has_face)


if __name__ == "__main__":
    sys.exit(main())
