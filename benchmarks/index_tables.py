"""What `index_scale.py` prints: tables of searches, stages, growth, and of the index itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.macro.growth_fit import POWER_LAW, STRAIGHT_LINE
from rich.console import Console
from rich.table import Table


def print_figures(console: Console, figures: Mapping[str, Any]) -> None:
    """Print searches by kind of probe, then the rest."""
    title = f"{figures['subjects']:,} subjects in {figures['n_parts']} parts, one core"
    console.print(table_of(title, {kind: cells_of(run) for kind, run in figures["searches"].items()}))
    title = "wall time by stage, and subjects looked at"
    console.print(table_of(title, {kind: stages_of(run) for kind, run in figures["searches"].items()}))
    console.print(table_of("processor ms of a search by subjects", growth_of(figures)))
    rest = Table("what", "measured")
    for name, value in summary_of(figures).items():
        rest.add_row(name, f"{value:,.3g}")
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
        if fit := figures["fit"][kind]:
            rows[kind] |= cells_of_fit(fit)
    return rows


def cells_of_fit(fit: Mapping[str, Any]) -> dict[str, str]:
    """Give the exponent, and what each law gives with how far it is off; a star tells which fits better."""
    error = f" ± {fit['exponent_error']:.2g}" if "exponent_error" in fit else ""
    cells = {"exponent": f"{fit['exponent']:.2g}{error}"}
    for law in (STRAIGHT_LINE, POWER_LAW):
        name = law.replace(" ", "_")
        off = f" (off {100 * fit[f'{name}_error']:.0f} %)" if f"{name}_error" in fit else ""
        star = "*" if fit["fits_better"] == law else ""
        cells[f"10 M, {law}"] = f"{fit[f'{name}_ms']:,.3g}{star}{off}"
    return cells


def table_of(title: str, rows: Mapping[str, Mapping[str, str]]) -> Table:
    """Lay out a row for each kind of probe."""
    table = Table("probe", title=title)
    for heading in next(iter(rows.values())):
        table.add_column(heading, justify="right")
    for kind, cells in rows.items():
        table.add_row(kind, *cells.values())
    return table


def summary_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """Name the figures that are not of one kind of probe in the tables before."""
    summary: dict[str, float] = {
        "first answer after restart, s": figures["restart"]["warm_s"],
        "first answer, nothing cached, s": figures["restart"]["cold_s"],
        "memory beyond page cache, GB": figures["memory"]["after_searches"]["own"] / 1e9,
        "KB a subject on disk": figures["disk"]["files"] / 1e3,
    }
    if "subjects_per_s" in figures["build"]:
        summary["subjects built a second"] = figures["build"]["subjects_per_s"]
    return summary
