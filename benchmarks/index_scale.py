"""How the index serves a large gallery: size, speed, memory, errors, and how they grow.

    python benchmarks/index_scale.py --folder DIR --subjects 1000000 --searches 1000 --json FILE

The gallery is the synthetic population, ten fingers and a face a subject. It is built into DIR in pieces: a
run that was stopped goes on, a run with more subjects adds them. The rest is measured in fresh processes, on
one core, with everyone and with the smaller galleries that are in it (10 k, 30 k, 100 k, …). Half of the
searches are of people who are enrolled, spread over the gallery, half of people who are not. Before the
searches all files are read once, so that the page cache has what there is room for.

A mate is lost to the shortlist if the search does not list it, though the comparison of the two alone, whose
score does not depend on the gallery, reaches the threshold.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from vantay.evaluation.confidence import exact_interval
from vantay.evaluation.identification_figures import gallery_figures
from vantay.evaluation.identification_index_files import FIRST_STRANGER, open_synthetic_index
from vantay.evaluation.identification_index_runs import KINDS, IndexRun, SearchPlan, search_index
from vantay.evaluation.machine import describe_machine, source_commit
from vantay_datasets.synthetic.minutiae import TemplateLevel

TARGET_FPIR = 1e-3
N_SMALLER = 300
"""Searches of each half in the smaller galleries, whose mean time is all that is asked for."""

WIDTH = 120
"""Of what is printed, in characters."""

N_EXTRAPOLATED = 10_000_000
MIN_FITTED = 10_000

BARS: Mapping[str, str] = {
    "ms, processor, ten + face": "50",
    "ms, processor, two": "120",
    "FNIR %, ten + face": "0.1",
    "FNIR %, ten": "0.1",
    "FNIR %, two": "2",
    "ms at 10 M, ten + face": "200",
    "first answer after restart, s": "5",
    "memory beyond page cache, GB": "3",
    "KB a subject on disk": "20",
}
"""What is wanted of a million subjects; a lost mate in 2,000 searches of 100,000."""


def main() -> None:
    """Build what is missing, measure, print and write."""
    arguments = parse_arguments()
    level = TemplateLevel(arguments.level)
    place = (arguments.folder, level, arguments.seed)
    console = Console(width=WIDTH)
    figures: dict[str, Any] = {"machine": describe_machine(), "commit": source_commit()}
    figures["subjects"] = arguments.subjects
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
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="of the index, 20 KB a subject")
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


def build(place: Place, n_subjects: int, n_threads: int, console: Console) -> dict[str, float]:
    """Build what is missing and tell how fast."""
    folder, level, seed = place
    index, _ = open_synthetic_index(folder, level=level, seed=seed, n_threads=n_threads)
    before, start, start_processor = index.n_subjects, time.perf_counter(), time.process_time()

    def report(n_done: int) -> None:
        rate = (n_done - before) / (time.perf_counter() - start)
        console.print(f"{n_done:,} subjects, {rate:,.0f} a second", highlight=False)

    index.extend(n_subjects, n_threads=n_threads, advance=report)
    n_built = index.n_subjects - before
    if not n_built:
        return {"n_subjects": 0}
    return {
        "n_subjects": n_built,
        "n_threads": n_threads,
        "subjects_per_s": n_built / (time.perf_counter() - start),
        "subjects_per_processor_s": n_built / (time.process_time() - start_processor),
    }


def bytes_on_disk(place: Place) -> dict[str, float]:
    """Tell the bytes a subject by array, and those of the files."""
    folder, level, seed = place
    index, _ = open_synthetic_index(folder, level=level, seed=seed)
    parts = [part.part for part in index.snapshot().parts]
    sizes: dict[str, float] = {}
    for part in parts:
        for name, array in part.arrays.items():
            sizes[name] = sizes.get(name, 0) + array.nbytes / index.n_subjects
    files = sum(path.stat().st_size for path in folder.iterdir())
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


def fit_of(growth_ms: Mapping[str, float]) -> dict[str, float]:
    """Fit time = c · n^e, and time = a + b · n, by least squares; say what both give for ten million."""
    points = [(int(size), ms) for size, ms in growth_ms.items() if int(size) >= MIN_FITTED]
    if len(points) < 2:
        return {}
    sizes, ms = np.array(points, np.float64).T
    exponent, constant = np.polyfit(np.log(sizes), np.log(ms), 1)
    slope, offset = np.polyfit(sizes, ms, 1, w=1 / ms)
    return {
        "exponent": float(exponent),
        "power_law_ms": float(np.exp(constant + exponent * np.log(N_EXTRAPOLATED))),
        "straight_line_ms": float(offset + slope * N_EXTRAPOLATED),
    }


def print_figures(console: Console, figures: Mapping[str, Any]) -> None:
    """Print searches by kind of probe, then the rest with the bars of a million subjects beside."""
    title = f"{figures['subjects']:,} subjects in {figures['n_parts']} parts, one core"
    console.print(table_of(title, {kind: cells_of(run) for kind, run in figures["searches"].items()}))
    title = "wall time by stage, and subjects looked at"
    console.print(table_of(title, {kind: stages_of(run) for kind, run in figures["searches"].items()}))
    console.print(table_of("processor ms of a search by subjects", growth_of(figures)))
    rest = Table("what", "measured", "bar at 1 M")
    for name, value in summary_of(figures).items():
        rest.add_row(name, f"{value:,.3g}", BARS.get(name, ""))
    console.print(rest)


def cells_of(run: Mapping[str, Any]) -> dict[str, str]:
    """Give the cells of a kind of probe."""
    decision, wall = run["decision"], run["wall_ms"]
    return {
        "ms": f"{run['processor_ms']:.1f}",
        "wall p50": f"{wall['p50']:.1f}",
        "wall p99": f"{wall['p99']:.1f}",
        "rank 1 %": f"{100 * run['hit_rate_at_rank']['1']:.2f}",
        "FNIR %": f"{100 * decision['fnir']:.2f}",
        "FPIR %": f"{100 * decision['fpir']:.2f}",
        "lost": f"{run['n_lost']} of {run['n_mated']}",
    }


def stages_of(run: Mapping[str, Any]) -> dict[str, str]:
    """Give the wall time of each stage of a kind of probe, and how many subjects the stages looked at."""
    times = {f"{stage} ms": f"{ms:.1f}" for stage, ms in run["stage_ms"].items()}
    return times | {stage: f"{n:,.0f}" for stage, n in run["looked_at"].items()}


def growth_of(figures: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Give the time by size of each kind of probe, and what it comes to."""
    rows: dict[str, dict[str, str]] = {}
    for kind, curve in figures["growth_ms"].items():
        rows[kind] = {f"{int(size):,}": f"{ms:.1f}" for size, ms in curve.items()}
        for name, value in figures["fit"][kind].items():
            rows[kind][name] = f"{value:,.3g}"
    return rows


def table_of(title: str, rows: Mapping[str, Mapping[str, str]]) -> Table:
    """Lay out a row for each kind of probe."""
    table = Table("probe", title=title)
    for heading in next(iter(rows.values())):
        table.add_column(heading, justify="right")
    for kind, cells in rows.items():
        table.add_row(kind, *cells.values())
    return table


def summary_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """Name the figures that there are bars for, and those beside them."""
    summary: dict[str, float] = {}
    for kind, run in figures["searches"].items():
        summary[f"ms, processor, {kind}"] = run["processor_ms"]
        summary[f"FNIR %, {kind}"] = 100 * run["decision"]["fnir"]
        if figures["fit"][kind]:
            summary[f"ms at 10 M, {kind}"] = figures["fit"][kind]["straight_line_ms"]
    summary["first answer after restart, s"] = figures["restart"]["warm_s"]
    summary["first answer, nothing cached, s"] = figures["restart"]["cold_s"]
    summary["memory beyond page cache, GB"] = figures["memory"]["after_searches"]["own"] / 1e9
    summary["KB a subject on disk"] = figures["disk"]["files"] / 1e3
    if figures["build"]["n_subjects"]:
        summary["subjects built a second"] = figures["build"]["subjects_per_s"]
    return summary


if __name__ == "__main__":
    main()
