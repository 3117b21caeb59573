"""What the benchmark programs print: tables with ratios, and what they mean."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from benchmarks.harness.judgement import GONE, Judgement, Verdict
from benchmarks.harness.program_verdict import Accuracy, AccuracyVerdict, word_of_change
from benchmarks.harness.result import Result
from benchmarks.harness.run_document import Document
from benchmarks.harness.surroundings import is_same_kind
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

WIDTH = 120
"""In characters, where what is printed goes to a file; a terminal has its own."""

NARROW = 110
"""Terminals below it are not told by which reference a benchmark is judged, nor what one item is."""

_STYLES = {Verdict.SLOWER: "bold red", Verdict.FASTER: "green", Verdict.NEW: "dim"}
MAX_LOAD = 0.5
"""Load a core at the start from which on times by the clock are not to be trusted."""

LEAST_SHOWN_CHANGE = 0.25
"""Programs are run once, on whole machines: smaller differences are their noise."""

MAX_DEPTH = 3
_TOLD = re.compile(
    r"(^|_)(ms|us|s|mb|mib|own|share|ratio|lost|findings|eer|fnir|fpir|efficiency|exponent)$|per_s$|_1e-3$"
)
_NOT_TOLD = re.compile(r"^(p90|p99_9|max)_")
"""Figures of programs that are printed: those with a unit, errors and their rates; the file has all."""


def open_console() -> Console:
    """Give a console that is as wide as the terminal."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH)


def make_table(*headings: str, n_words: int = 1) -> Table:
    """Begin a table whose first columns are of words and whose others are of numbers."""
    table = Table(box=box.SIMPLE_HEAD)
    for heading in headings[:n_words]:
        table.add_column(heading)
    for heading in headings[n_words:]:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def print_judgements(
    console: Console,
    judgements: Sequence[Judgement],
    before: Mapping[str, Any],
    surroundings: Mapping[str, Any],
) -> None:
    """Print every micro benchmark beside its committed result, those of a part together."""
    is_wide = console.width >= NARROW
    headings = ["time", *(["÷ reference"] if is_wide else [])]
    headings += ["÷ committed", "seen from"] if before else []
    table = make_table("benchmark", *headings)
    if before:
        table.add_column("verdict", no_wrap=True)
    measured = [one for one in judgements if one.verdict not in GONE]
    for part, members in groupby(measured, key=lambda one: one.result.name.partition("/")[0]):
        table.add_row(f"{part}/", style="bold")
        for one in members:
            cells = _cells(one, is_wide=is_wide, is_judged=bool(before))
            table.add_row(*cells, style=_STYLES.get(one.verdict))
    console.print("Micro benchmarks: processor time on one core, one thread", style="bold")
    console.print(table)
    for line in _words(judgements, before, surroundings):
        console.print(line, highlight=False, markup=False)


def _cells(one: Judgement, *, is_wide: bool, is_judged: bool) -> Iterator[str]:
    result = one.result
    yield f"  {escape(result.name.partition('/')[2])}"
    yield f"{time_text(result.time_ms)} / {result.item}" if is_wide else time_text(result.time_ms)
    if is_wide:
        yield f"{result.ratio:.3g} {result.reference}"
    if is_judged:
        yield "" if one.change is None else f"{one.change:.3f}"
        yield "" if one.change is None else f"{1 + one.tolerance:.2f}"
        yield str(one.verdict)


def time_text(ms: float) -> str:
    """Print a time with three digits in the unit that fits."""
    for unit, factor in (("s", 1e-3), ("ms", 1.0), ("µs", 1e3), ("ns", 1e6)):
        if ms * factor >= 1 or unit == "ns":
            return f"{ms * factor:.3g} {unit}" if ms * factor < 999.5 else f"{ms * factor:,.0f} {unit}"
    raise AssertionError(ms)


def _words(
    judgements: Sequence[Judgement], before: Mapping[str, Any], surroundings: Mapping[str, Any]
) -> Iterator[str]:
    if busy := busy_text(surroundings):
        yield f"The machine was {busy}: trust ratios, not times."
    if not before:
        yield "No committed results: `--record` on an idle machine writes them."
        return
    names: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    for one in judgements:
        names[one.verdict].append(one.result.name)
    told = ", ".join(f"{len(some)} {verdict}" for verdict, some in names.items() if some)
    yield f"Against commit {str(before.get('commit'))[:12]}: {told}."
    if names[Verdict.OTHER_MACHINE]:
        yield "Committed results are of another processor: record your own with --output, compare --against."
    if some := names[Verdict.OTHER_REFERENCE]:
        yield f"{len(some)} not judged: their committed ratios are to another reference. Record them anew."
    if some := names[Verdict.LEFT_OUT]:
        yield f"Left out, a model is not built: {', '.join(some)}."
    if some := names[Verdict.MISSING]:
        yield f"MISSING, the committed results have it and this run has not: {', '.join(some)}."
    for one in judgements:
        if one.verdict is Verdict.SLOWER:
            beyond = 100 * ((one.change or 1) - 1)
            yield f"SLOWER: {one.result.name}, {beyond:.0f} % beyond the committed ratio."


def print_noisy(console: Console, results: Sequence[Result]) -> None:
    """Print the benchmarks whose passes differ too much for a slow-down to be told from noise."""
    if results:
        names = ", ".join(f"{one.name} ({100 * one.spread:.0f} %)" for one in results)
        console.print(f"Too noisy to be judged well: {names}.", highlight=False, markup=False)


def busy_text(surroundings: Mapping[str, Any]) -> str:
    """Say how busy the machine was at the start, if it was too busy for times to be trusted."""
    load, n_cores = surroundings.get("load_at_start", 0.0), surroundings.get("n_processors") or 1
    return f"busy (load {load} on {n_cores} processors)" if load > MAX_LOAD * n_cores else ""


def print_programs(console: Console, now: Mapping[str, Document], before: Mapping[str, Document]) -> None:
    """Print the figures of programs with the ratio to the committed ones; no verdict: each ran once."""
    for name, document in now.items():
        committed = dict(told_figures(before.get(name, {}).get("figures", {})))
        headings = ["now", "committed", "÷ committed"] if committed else ["now"]
        console.print(f"{name}: {document['command']}", style="bold", highlight=False, markup=False)
        table = make_table("figure", *headings)
        for path, value in told_figures(document["figures"]):
            cells = (_number_text(value), *_beside(path, value, committed.get(path)))[: len(headings)]
            table.add_row(escape(path.removeprefix(f"{name}.")), *cells)
        console.print(table)
    if others := [name for name in now if before.get(name) and not _is_same_kind(now[name], before[name])]:
        words = f"Committed figures of another processor, whose times do not compare: {', '.join(others)}."
        console.print(words, highlight=False, markup=False)


def _is_same_kind(now: Document, before: Document) -> bool:
    return is_same_kind(now.get("machine", {}), before.get("machine", {}))


def _beside(path: str, value: float, committed: float | None) -> tuple[str, str]:
    if committed is None:
        return "", ""
    change = f"{value / committed:.2f}" if committed else ""
    is_small = abs(value - committed) <= LEAST_SHOWN_CHANGE * min(abs(value), abs(committed))
    word = "" if is_small else word_of_change(path.rpartition(".")[2], value, committed)
    return _number_text(committed), f"{change} {word}".strip()


def print_accuracy(console: Console, accuracy: AccuracyVerdict) -> None:
    """Print what became more or less accurate, and what could not be judged."""
    for line in _accuracy_words(accuracy):
        console.print(line, highlight=False, markup=False)


def _accuracy_words(accuracy: AccuracyVerdict) -> Iterator[str]:
    for one in accuracy.figures:
        if one.verdict is not Accuracy.SAME:
            now = "not told any more" if one.now is None else _number_text(one.now)
            yield f"{one.verdict}: {one.name}: {now}, committed {_number_text(one.committed)}."
    if accuracy.figures:
        n, n_worse = len(accuracy.figures), len(accuracy.failing) or "none"
        yield f"Accuracy: {n} figures were judged, {n_worse} worse than committed."
    for program, reason in accuracy.not_judged.items():
        yield f"Accuracy was not judged by {program}: {reason}."


def _number_text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def told_figures(figures: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Name the figures of a program that are worth a row, with their value."""
    return [(".".join(path), value) for path, value in _numbers(figures, ()) if _is_told(path)]


def _is_told(path: Sequence[str]) -> bool:
    return len(path) <= MAX_DEPTH and bool(_TOLD.search(path[-1])) and not _NOT_TOLD.match(path[-1])


def _numbers(figures: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    for key, value in figures.items():
        if isinstance(value, dict):
            yield from _numbers(value, (*above, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*above, key), float(value)
        elif key == "findings":
            yield (*above, key), float(len(value))
