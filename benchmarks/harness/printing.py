"""What the benchmark program prints: tables with ratios, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.harness.judgement import Judgement, Verdict
from benchmarks.harness.run_document import Document
from rich.console import Console
from rich.markup import escape
from rich.table import Table

_STYLES = {Verdict.SLOWER: "bold red", Verdict.FASTER: "green", Verdict.NEW: "dim"}
MAX_LOAD = 0.5
"""Load a core at the start from which on times by the clock are not to be trusted."""

LEAST_SHOWN_CHANGE = 0.25
"""Programs are run once, on whole machines: smaller differences are their noise."""


def print_judgements(
    console: Console,
    judgements: Sequence[Judgement],
    before: Mapping[str, Any],
    surroundings: Mapping[str, Any],
) -> None:
    """Print every micro benchmark beside its committed result."""
    table = Table("benchmark", title="Micro benchmarks, one core, one thread")
    for heading in ("processor", "of", "÷ reference", "÷ committed", "seen from"):
        table.add_column(heading, justify="left" if heading == "of" else "right")
    table.add_column("verdict")
    for one in judgements:
        table.add_row(*_cells(one), style=_STYLES.get(one.verdict))
    console.print(table)
    for line in _words(judgements, before, surroundings):
        console.print(line, highlight=False, markup=False)


def _cells(one: Judgement) -> tuple[str, ...]:
    result = one.result
    return (
        escape(result.name),
        time_text(result.time_ms),
        result.item,
        f"{result.ratio:.3g} {result.reference}",
        "" if one.change is None else f"{one.change:.3f}",
        "" if one.before is None else f"+{100 * one.tolerance:.0f} %",
        str(one.verdict),
    )


def time_text(ms: float) -> str:
    """Print a time with three digits in the unit that fits."""
    for unit, factor in (("s", 1e-3), ("ms", 1.0), ("µs", 1e3), ("ns", 1e6)):
        if ms * factor >= 1 or unit == "ns":
            return f"{ms * factor:.3g} {unit}" if ms * factor < 999.5 else f"{ms * factor:,.0f} {unit}"
    raise AssertionError(ms)


def _words(
    judgements: Sequence[Judgement], before: Mapping[str, Any], surroundings: Mapping[str, Any]
) -> Iterator[str]:
    load, n_cores = surroundings["load_at_start"], surroundings["n_processors"] or 1
    if load > MAX_LOAD * n_cores:
        yield f"The machine was busy (load {load} on {n_cores} processors): trust ratios, not times."
    if not before:
        yield "No committed results: `--record` on an idle machine writes them."
        return
    slower = [one for one in judgements if one.verdict is Verdict.SLOWER]
    counts = {verdict: sum(one.verdict is verdict for one in judgements) for verdict in Verdict}
    told = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
    yield f"Against commit {str(before.get('commit'))[:12]}: {told}."
    if counts[Verdict.OTHER_MACHINE]:
        yield "Committed results are of another processor: record your own with --output, compare --against."
    for one in slower:
        yield f"SLOWER: {one.result.name}, {100 * ((one.change or 1) - 1):.0f} % beyond the committed ratio."


def print_programs(console: Console, now: Mapping[str, Document], before: Mapping[str, Document]) -> None:
    """Print the figures of programs with the ratio to the committed ones; no verdict: each ran once."""
    for name, document in now.items():
        table = Table("figure", title=f"{name}: {document['command']}")
        for heading in ("now", "committed", "÷ committed"):
            table.add_column(heading, justify="right")
        committed = dict(_numbers(before.get(name, {}).get("figures", {})))
        for path, value in _numbers(document["figures"]):
            table.add_row(escape(path), *_beside(value, committed.get(path)))
        console.print(table)


def _beside(value: float, committed: float | None) -> tuple[str, str, str]:
    if committed is None:
        return f"{value:,.4g}", "", ""
    change = value / committed if committed else float("nan")
    is_large = not 1 / (1 + LEAST_SHOWN_CHANGE) <= change <= 1 + LEAST_SHOWN_CHANGE
    return f"{value:,.4g}", f"{committed:,.4g}", f"{change:.2f}{' !' if is_large else ''}"


def _numbers(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in figures.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            yield f"{prefix}{key}", float(value)
        elif isinstance(value, dict):
            yield from _numbers(value, f"{prefix}{key}.")
