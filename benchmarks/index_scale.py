"""How the index serves a large gallery: size, speed, memory, errors, and how they grow.

    python benchmarks/index_scale.py --folder DIR --subjects 1000000 --searches 1000 --json FILE

The gallery is the synthetic population, ten fingers and a face a subject. It is built into DIR in pieces: a
run that was stopped goes on, a run with more subjects adds them. Without a folder it is built anew each time,
so that a change of what builds it is seen. The rest is measured in fresh processes, on one core, with
everyone and with the smaller galleries that are in it (10 k, 30 k, 100 k, …). Half of the searches are of
people who are enrolled, spread over the gallery, half of people who are not. Before the searches all files
are read once, so that the page cache has what there is room for.

A mate is lost to the shortlist if the search does not list it, though the comparison of the two alone, whose
score does not depend on the gallery, reaches the threshold.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.run_document import read_document, write_document
from benchmarks.index_tables import print_figures
from benchmarks.macro.growth_fit import POWER_LAW, STRAIGHT_LINE, extrapolate, fit_growth
from rich.console import Console

from vantay.evaluation.confidence import exact_interval
from vantay.evaluation.identification_figures import gallery_figures
from vantay.evaluation.identification_index_files import FIRST_STRANGER, open_synthetic_index
from vantay.evaluation.identification_index_runs import KINDS, IndexRun, SearchPlan, search_index
from vantay_datasets.synthetic.minutiae import TemplateLevel

TARGET_FPIR = 1e-3
N_SMALLER = 300
"""Searches of each half in the smaller galleries, whose mean time is all that is asked for."""

WIDTH = 120
"""Of what is printed, in characters."""

N_EXTRAPOLATED = 10_000_000
MIN_FITTED = 10_000

BUILD_FILE = "build.json"
"""In the folder of the index: how fast it was built."""


def main() -> None:
    """Build what is missing, measure, print and write."""
    arguments = parse_arguments()
    if arguments.folder:
        run(arguments)
        return
    with tempfile.TemporaryDirectory(prefix="vantay-index-") as folder:
        arguments.folder = Path(folder)
        run(arguments)


def run(arguments: argparse.Namespace) -> None:
    """Do what `main` says, in a folder."""
    file = FiguresFile(arguments)
    level = TemplateLevel(arguments.level)
    place = (arguments.folder, level, arguments.seed)
    console = Console(width=WIDTH)
    figures: dict[str, Any] = {"subjects": arguments.subjects}
    figures["build"] = build(place, arguments.subjects, arguments.threads, console)
    if arguments.searches:
        figures["disk"] = bytes_on_disk(place)
        figures["restart"] = {
            "cold_s": restart_s(place, arguments.subjects, is_cold=True),
            "warm_s": restart_s(place, arguments.subjects, is_cold=False),
        }
        read_into_cache(place)
        kinds = arguments.kinds.split(",") if arguments.kinds else list(KINDS)
        figures |= in_fresh_process(search_all, place, arguments.subjects, arguments.searches, kinds)
        print_figures(console, figures)
    file.write(figures)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, help="of the index, 20 KB a subject (default: not kept)")
    parser.add_argument("--subjects", type=int, required=True)
    parser.add_argument("--searches", type=int, default=1000, help="of each half; 0 only builds")
    parser.add_argument("--level", choices=[level.value for level in TemplateLevel], default="livescan")
    parser.add_argument("--seed", type=int, default=1, help="another seed is other people")
    parser.add_argument("--threads", type=int, default=1, help="that build")
    parser.add_argument("--kinds", help=f"of probes, with commas; all by default: {','.join(KINDS)}")
    parser.add_argument("--json", type=Path, help="write all figures here as well")
    return parser.parse_args()


Place = tuple[Path, TemplateLevel, int]


def in_fresh_process(call: Callable[..., Any], *arguments: object) -> Any:
    """Call a function where nothing was imported, compiled or read before."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, *arguments).result()


def build(place: Place, n_subjects: int, n_threads: int, console: Console) -> dict[str, Any]:
    """Build what is missing and tell how fast; where nothing is, tell it of the run that built last."""
    folder, level, seed = place
    index, _ = open_synthetic_index(folder, level=level, seed=seed, n_threads=n_threads)
    before, start, start_processor = index.n_subjects, time.perf_counter(), time.process_time()

    def report(n_done: int) -> None:
        rate = (n_done - before) / (time.perf_counter() - start)
        console.print(f"{n_done:,} subjects, {rate:,.0f} a second", highlight=False)

    index.extend(n_subjects, n_threads=n_threads, advance=report)
    n_built = index.n_subjects - before
    if not n_built:
        return {"n_subjects": 0, **read_document(folder / BUILD_FILE), "is_from_before": True}
    figures = {
        "n_subjects": n_built,
        "n_threads": n_threads,
        "subjects_per_s": n_built / (time.perf_counter() - start),
        "subjects_per_processor_s": n_built / (time.process_time() - start_processor),
    }
    write_document(folder / BUILD_FILE, figures)
    return figures | {"is_from_before": False}


def bytes_on_disk(place: Place) -> dict[str, float]:
    """Tell the bytes a subject by array, and those of the files."""
    folder, level, seed = place
    index, _ = open_synthetic_index(folder, level=level, seed=seed)
    parts = [part.part for part in index.snapshot().parts]
    sizes: dict[str, float] = {}
    for part in parts:
        for name, array in part.arrays.items():
            sizes[name] = sizes.get(name, 0) + array.nbytes / index.n_subjects
    files = sum(path.stat().st_size for path in folder.iterdir() if path.name != BUILD_FILE)
    return {**dict(sorted(sizes.items(), key=lambda item: -item[1])), "files": files / index.n_subjects}


def restart_s(place: Place, n_subjects: int, *, is_cold: bool) -> float:
    """Time from the start of a process to its first answer; cold: with no page of the index in memory."""
    if is_cold:
        for path in place[0].iterdir():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    start = time.perf_counter()
    in_fresh_process(answer_once, place, n_subjects)
    return time.perf_counter() - start


def read_into_cache(place: Place) -> None:
    """Read the files once from end to end, as a machine has that has served for a while."""
    for path in place[0].iterdir():
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 24):
                pass


def answer_once(place: Place, n_subjects: int) -> None:
    """Open the index and search once, by ten fingers and a face."""
    plan, index = plan_of(place, n_subjects, 1)
    search_index(index.snapshot(n_subjects), plan, "ten + face", n_warm=0)


def plan_of(place: Place, n_subjects: int, n_searches: int) -> tuple[SearchPlan, Any]:
    """Open the index and say who is searched for."""
    folder, level, seed = place
    index, subjects = open_synthetic_index(folder, level=level, seed=seed)
    return SearchPlan(subjects, n_subjects, FIRST_STRANGER, n_searches), index


def search_all(place: Place, n_subjects: int, n_searches: int, kinds: list[str]) -> dict[str, Any]:
    """Make all searches of everyone, read the memory, then search the smaller galleries."""
    plan, index = plan_of(place, n_subjects, n_searches)
    snapshot = index.snapshot(n_subjects)
    before = memory_bytes()
    runs = {kind: figures_of(search_index(snapshot, plan, kind, TARGET_FPIR)) for kind in kinds}
    memory = {"before_searches": before, "after_searches": memory_bytes()}
    n_parts = len(snapshot.parts)
    del snapshot
    growth: dict[str, dict[str, float]] = {kind: {} for kind in kinds}
    for size in (size for size in index.sizes if size < n_subjects):
        smaller, small_plan = index.snapshot(size), plan_of(place, size, min(n_searches, N_SMALLER))[0]
        for kind in kinds:
            growth[kind][str(size)] = float(search_index(smaller, small_plan, kind).processor_ms.mean())
    for kind in kinds:
        growth[kind][str(n_subjects)] = runs[kind]["processor_ms"]
    fits = {kind: fit_of(curve) for kind, curve in growth.items()}
    return {"n_parts": n_parts, "memory": memory, "searches": runs, "growth_ms": growth, "fit": fits}


def memory_bytes() -> dict[str, int]:
    """Tell what this process has in memory: its own, and pages of mapped files."""
    fields = dict(
        line.split(":", 1)
        for line in Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]
    )
    kb = {name: int(text.split()[0]) for name, text in fields.items()}
    return {"own": kb["Anonymous"] * 1024, "mapped_files": (kb["Rss"] - kb["Anonymous"]) * 1024}


def figures_of(run: IndexRun) -> dict[str, Any]:
    """Compute what is told of the searches of a kind."""
    figures = gallery_figures(run.result, TARGET_FPIR)
    ms = run.result.search_ms
    return {
        **figures.as_json(),
        "processor_ms": float(run.processor_ms.mean()),
        "wall_ms": {"mean": float(ms.mean())} | {f"p{p}": float(np.percentile(ms, p)) for p in (50, 99)},
        "stage_ms": {stage: float(times.mean()) for stage, times in run.result.stage_ms.items()},
        "looked_at": dict(run.mean_looked_at),
        "n_lost": run.n_lost,
        "loss_95": exact_interval(run.n_lost, run.result.n_mated),
    }


def fit_of(growth_ms: Mapping[str, float]) -> dict[str, Any]:
    """Fit the growth from `MIN_FITTED` on; say what either law gives for ten million, and which is nearer."""
    points = {int(size): ms for size, ms in growth_ms.items() if int(size) >= MIN_FITTED}
    sizes, values = list(points), list(points.values())
    given = extrapolate(sizes, values, N_EXTRAPOLATED)
    if not given:
        return {}
    return {
        **fit_growth(sizes, values),
        "power_law_ms": given[POWER_LAW],
        "straight_line_ms": given[STRAIGHT_LINE],
        "fits_better": next(iter(given)),
    }


if __name__ == "__main__":
    main()
