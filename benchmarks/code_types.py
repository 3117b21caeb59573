"""Types of FAISS for the coarse codes side by side: bytes, time, mates, and what can be done with them.

    python benchmarks/index_scale.py --folder DIR --subjects 100000 --searches 0
    python -m benchmarks.code_types --folder DIR --searches 1000 --json FILE

The vectors are those of an index of `index_scale.py`, cut to the numbers that a search of each kind reads
(`VIEWS` in `layout.py`): two index fingers, or four fingers and the face. Types that are *whole* hold all
2,048 numbers and are searched by a probe that is 0 elsewhere. Faces of all parts are coded by the spread of
the last one, so that one index can hold them. Searched for are mates whose score is a match among a million,
in one thread, one probe a call. How many each stage keeps is the engine's, by the share of the gallery in a
million.

Removal, filters and further rows are tried on each index: *short* is a filter that gave fewer rows than were
asked for and there, *moves* a removal after which later rows have other numbers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from benchmarks.faiss_types import CODE_TYPES, FAISS, CodeType, Vectors, try_adding, try_filter, try_removal
from benchmarks.harness.figures_file import FiguresFile
from rich.console import Console
from rich.table import Table

from vantay.evaluation.identification_index_files import FIRST_STRANGER, open_synthetic_index
from vantay.evaluation.identification_index_runs import SearchPlan, score_alone
from vantay.evaluation.identification_search import Probe
from vantay.index.subject_vectors import FINE_SPAN
from vantay.search.fusion import identification_threshold
from vantay.search.indexed.layout import DEVIATION, FACE_BLOCK, FACE_SCALE, VECTOR_NUMBERS, VIEWS
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.probe import IndexProbe, probe_vectors
from vantay.search.indexed.shortlist import shortlist_sizes
from vantay.search.indexed.snapshot import IndexSnapshot

MILLION = 1_000_000
TARGET_FPIR = 1e-3


class Searched(NamedTuple):
    """What a kind of probe reads of a vector, and of how many samples it is."""

    numbers: npt.NDArray[np.int64]
    n_samples: int


def _numbers(blocks: tuple[slice, ...]) -> npt.NDArray[np.int64]:
    return np.concatenate([np.arange(block.start, block.stop) for block in blocks])


SEARCHED = {"ten + face": Searched(_numbers(VIEWS[1]), 11), "two": Searched(_numbers(VIEWS[0]), 2)}


@dataclass(frozen=True, slots=True)
class Row:
    """What one type and setting gave: shares of mates among as many as the stages keep, and what works."""

    type: str
    setting: str
    bytes_a_subject: float
    build_s: float
    search_ms: float
    mates_among_coarse: float
    mates_among_fine: float
    removal: str
    filter: str
    adding: str


class Mates(NamedTuple):
    """Who is searched for: vectors of the probes, (q, 2048), and the row of each mate, (q,)."""

    vectors: Vectors
    rows: npt.NDArray[np.int64]


def main() -> None:
    """Measure each kind, print and write."""
    arguments = parse_arguments()
    file = FiguresFile(arguments)
    FAISS.omp_set_num_threads(1)
    index, subjects = open_synthetic_index(arguments.folder)
    snapshot = index.snapshot(arguments.subjects)
    vectors = vectors_of([part.part for part in snapshot.parts])
    plan = SearchPlan(subjects, snapshot.n_subjects, FIRST_STRANGER, arguments.searches)
    figures: dict[str, Any] = {"n_subjects": snapshot.n_subjects, "kinds": {}}
    for name in arguments.kinds.split(","):
        mates, n_kept = mates_of(snapshot, plan, name), kept(SEARCHED[name], snapshot.n_subjects)
        rows = [row for one in CODE_TYPES for row in measure(one, SEARCHED[name], vectors, mates)]
        print_rows(f"{name}: {mates.rows.size} mates", rows, n_kept)
        types = [asdict(row) for row in rows]
        figures["kinds"][name] = {"n_mates": mates.rows.size, "n_kept": n_kept, "types": types}
    file.write(figures)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="of an index of `index_scale.py`")
    parser.add_argument("--subjects", type=int, help="a smaller gallery of it")
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--kinds", default=",".join(SEARCHED), help=f"some of {','.join(SEARCHED)}")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    return parser.parse_args()


def vectors_of(parts: list[GalleryPart]) -> npt.NDArray[np.float16]:
    """Give the vectors of all parts, faces coded as those of the last part are: (n, 2048)."""
    space, step = parts[-1].face_space(), np.float32(FINE_SPAN * DEVIATION / 127)
    vectors = np.empty((sum(part.n_rows for part in parts), VECTOR_NUMBERS), np.float16)
    first = 0
    for part in parts:
        own = vectors[first : first + part.n_rows]
        own[:] = part.arrays["fine"] * step
        own[part.arrays["face_row"], FACE_BLOCK] = space.codes(part.arrays["face_vectors"]) * FACE_SCALE
        first += part.n_rows
    return vectors


def mates_of(snapshot: IndexSnapshot, plan: SearchPlan, kind: str) -> Mates:
    """Make the probes of the mates who would be matches among a million."""
    threshold = identification_threshold(TARGET_FPIR, MILLION)
    vectors, rows = [], []
    for capture, mate in plan.probes(kind):
        if mate is None:  # the strangers, who come last
            break
        if capture.is_empty:
            continue
        probe = Probe.of(capture)
        if score_alone(plan.subjects, probe, mate, kind) >= threshold:
            searched = IndexProbe(probe.fingers, probe.face)
            vectors.append(probe_vectors(searched, snapshot.parts[-1].part)[0])
            rows.append(mate)
    return Mates(np.array(vectors, np.float32), np.array(rows, np.int64))


def kept(searched: Searched, n_subjects: int) -> tuple[int, int]:
    """How many of so many subjects the coarse codes keep, and the fine ones."""
    sizes = shortlist_sizes(searched.n_samples)
    share = n_subjects / MILLION
    return max(1, round(sizes.coarse * share)), max(1, round(sizes.sketched * share))


def measure(
    one: CodeType, searched: Searched, vectors: npt.NDArray[np.float16], mates: Mates
) -> Iterator[Row]:
    """Build an index of a type, search it with each setting, then try what can be done with it."""
    numbers = np.arange(VECTOR_NUMBERS) if one.is_whole else searched.numbers
    rows = one.taken(vectors[:, numbers].astype(np.float32))
    probes = np.zeros_like(mates.vectors)
    probes[:, searched.numbers] = mates.vectors[:, searched.numbers]
    probes = one.taken(probes[:, numbers])
    start = time.process_time()
    index = one.built(rows)
    build_s = time.process_time() - start
    serialised = FAISS.serialize_index_binary(index) if one.is_binary else FAISS.serialize_index(index)
    n_bytes = serialised.size / len(rows)
    n_coarse, n_fine = kept(searched, len(rows))
    found = []
    for setting in one.settings:
        if setting:
            FAISS.ParameterSpace().set_index_parameters(index, setting)
        ms, ranks = search_all(index, probes, mates.rows, n_coarse)
        shares = (float(np.mean(ranks < n_coarse)), float(np.mean(ranks < n_fine)))
        found.append((setting, ms, shares, try_filter(index, probes[:1], n_coarse)))
    adding, removal = try_adding(index, rows), try_removal(index, rows)
    for setting, ms, shares, filtering in found:
        yield Row(one.name, setting, n_bytes, build_s, ms, *shares, removal, filtering, adding)


def search_all(
    index: Any, probes: npt.NDArray[Any], mates: npt.NDArray[np.int64], n_best: int
) -> tuple[float, npt.NDArray[np.int64]]:
    """Search one by one: mean processor time, and the rank of each mate, n_best for those not listed."""
    index.search(probes[:1], n_best)
    ranks = np.full(len(mates), n_best)
    start = time.process_time()
    for i, mate in enumerate(mates):
        _, listed = index.search(probes[i : i + 1], n_best)
        place = np.flatnonzero(listed[0] == mate)
        ranks[i] = place[0] if place.size else n_best
    return (time.process_time() - start) * 1e3 / len(mates), ranks


def print_rows(title: str, rows: list[Row], n_kept: tuple[int, int]) -> None:
    """Print a table of one kind of probe."""
    heads = ("bytes", "build s", "ms", f"% among {n_kept[0]}", f"% among {n_kept[1]}")
    table = Table("type", *heads, "removal", "filter", "adding", title=title)
    for row in rows:
        shares = [f"{100 * share:.1f}" for share in (row.mates_among_coarse, row.mates_among_fine)]
        sizes = [f"{row.bytes_a_subject:.0f}", f"{row.build_s:.1f}", f"{row.search_ms:.2f}"]
        name = f"{row.type}, {row.setting}" if row.setting else row.type
        table.add_row(name, *sizes, *shares, row.removal, row.filter, row.adding)
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
