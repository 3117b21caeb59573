"""Tables in Markdown, made of result files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from benchmarks.harness.bar import Bar, Documents, Value, command_of
from benchmarks.harness.bars import ACCURACY_HEADLINE, ENGINE_BARS, HEADLINE, SERVICE_BARS
from benchmarks.harness.judgement import tolerance_of
from benchmarks.harness.printing import time_text
from benchmarks.harness.result import Result, read_results
from benchmarks.peers.markdown_table import peers_table
from benchmarks.peers.peer_table import ratio_text

NOT_MEASURED = "not measured"
NO_CELL = "–"
"""Where there is nothing to say."""


def bars_table(documents: Documents, bars: Sequence[Bar] = ENGINE_BARS) -> str:
    """Every bar: what is wanted, what was measured, by which program, and how the peer does.

    Below it, once for each program: the command, the machine and the sources.
    """
    header = ("what", "bar", "measured", "met", "program", "ratio to peer")
    return _table(header, (_bar_cells(bar, documents) for bar in bars)) + _programs_list(bars, documents)


def _bar_cells(bar: Bar, documents: Documents) -> tuple[str, ...]:
    value = bar.value.of(documents)
    return (
        bar.what,
        _wanted(bar),
        NOT_MEASURED if value is None else _with_interval(bar, value, documents),
        "" if value is None else _is_met_text(bar, value),
        f"`{bar.value.file}`",
        _peer_text(bar, documents),
    )


def _wanted(bar: Bar) -> str:
    if bar.bar is None:
        return NO_CELL
    return f"{'≤' if bar.is_most else '≥'} {_with_unit(bar.bar, bar.unit)}" if bar.bar else "none"


def _is_met_text(bar: Bar, value: float) -> str:
    if bar.bar is None:
        return NO_CELL
    return "yes" if bar.is_met(value) else f"**no**, by {_missed(bar.bar, value, bar)}"


def _programs_list(bars: Sequence[Bar], documents: Documents) -> str:
    """Say of each program by which command it runs, and on what it ran."""
    files = dict.fromkeys(bar.value.file for bar in bars)
    lines = (f"- `{file}`: `{command_of(file)}`{_where(documents.get(file))}\n" for file in files)
    return "".join(["\n", *lines])


def _where(document: Any) -> str:
    return f"; {machine_text(document)}" if document else ""


def _missed(wanted: float, value: float, bar: Bar) -> str:
    if not wanted or not value:
        return _with_unit(abs(value - wanted), bar.unit)
    factor = value / wanted if bar.is_most else wanted / value
    return f"a factor of {number_text(factor)}" if factor >= 2 else f"{100 * abs(value / wanted - 1):.0f} %"


def _peer_text(bar: Bar, documents: Documents) -> str:
    if bar.peer is None:
        return NO_CELL
    own, other = bar.peer.own.of(documents), bar.peer.value.of(documents)
    if not own or not other:  # nobody can be so many times better than 0
        return NOT_MEASURED if own is None or other is None else f"{bar.peer.name}: {number_text(other)}"
    better = other / own if bar.is_most else own / other
    word = "better" if better >= 1 else "worse"
    return f"{ratio_text(max(better, 1 / better))} times {word} than {bar.peer.name}"


def _with_interval(bar: Bar, value: float, documents: Documents) -> str:
    interval = bar.value.interval_of(documents)
    told = f" ({number_text(interval[0])} to {number_text(interval[1])})" if interval else ""
    return f"{_with_unit(value, bar.unit)}{told}"


def _with_unit(value: float, unit: str) -> str:
    return f"{number_text(value)} {unit}".rstrip()


def number_text(value: float) -> str:
    """Print three digits, thousands apart."""
    if abs(value) < 999.5:
        return f"{value:.3g}"
    return f"{round(value, 3 - len(str(round(abs(value))))):,.0f}"


def machine_text(document: Any) -> str:
    """Name a machine in a few words: processor, cores that were used, whether it was busy; the sources."""
    machine = document.get("machine", {})
    commit, _, is_dirty = (document.get("commit") or "").partition("-")
    sources = f"; {commit[:10]}{' with changes' if is_dirty else ''}" if commit else ""
    return f"{machine.get('processor', 'unknown')}, {_cores_text(machine)}{_busy_text(machine)}{sources}"


def _cores_text(machine: Mapping[str, Any]) -> str:
    n_used, n_there = machine.get("n_cores"), machine.get("n_processors")
    if n_used and n_there and n_used != n_there:
        return f"{n_used} of {n_there} cores"
    n_cores = n_used or n_there or "?"
    return f"{n_cores} core{'' if n_cores == 1 else 's'}"


def _busy_text(machine: Mapping[str, Any]) -> str:
    """Tell what others took during the run; where that is unknown, the load that was there before."""
    if (others := machine.get("others_share")) is not None:
        return f", others {100 * others:.0f} %"
    load = machine.get("load_at_start")
    return "" if load is None else f", load {load:.1f} at the start"


def micro_table(documents: Documents) -> str:
    """Every micro benchmark."""
    header = ("benchmark", "time", "of", "a second", "÷ reference", "a change is seen from")
    return _table(header, (_micro_cells(one) for one in read_results(documents.get("micro", {}))))


def _micro_cells(one: Result) -> tuple[str, ...]:
    return (
        f"`{one.name}`",
        time_text(one.time_ms),
        f"one {one.item}",
        number_text(one.per_s),
        f"{one.ratio:.3g} {one.reference}",
        f"{100 * tolerance_of(one):.0f} %",
    )


def limits_table(documents: Documents) -> str:
    """How near the hot paths are to the machine's limits."""
    header = ("path and limit", "work of an item", "reached", "machine", "share")
    shares = documents.get("limits", {}).get("figures", {}).get("shares", {})
    return _table(header, (_limit_cells(name, one) for name, one in shares.items()))


def _limit_cells(name: str, one: dict[str, float]) -> tuple[str, ...]:
    unit = "words" if name.endswith("popcount") else "bytes"
    return (
        name,
        f"{number_text(one['work'])} {unit}",
        f"{one['reached_per_s'] / 1e9:.3g} G{unit}/s",
        f"{one['limit_per_s'] / 1e9:.3g} G{unit}/s",
        f"{100 * one['share']:.1f} %",
    )


def instructions_table(documents: Documents) -> str:
    """Which instructions count ones in the kernels."""
    kernels = documents.get("limits", {}).get("figures", {}).get("instructions", {})
    rows = [
        (kernel, ", ".join(f"{n} {name}" for name, n in counts.items() if n) or "none")
        for kernel, counts in kernels.items()
    ]
    return _table(("kernel", "instructions that count ones"), rows)


def speed_table(documents: Documents) -> str:
    """Speeds alone, for the README."""
    chosen = [bar for bar in ENGINE_BARS if bar.unit in {"ms", "/s", "subjects/s", "s"}]
    rows = (
        (bar.what, NOT_MEASURED if value is None else _with_unit(value, bar.unit), f"`{bar.value.file}`")
        for bar in chosen
        for value in [bar.value.of(documents)]
    )
    return _table(("what", "measured", "program"), rows) + _programs_list(chosen, documents)


def headline(documents: Documents) -> str:
    """Say in a sentence how fast it is, for the beginning of the README; only what was measured."""
    where = "[table](#measure-it), [where the time goes](docs/performance.md)"
    told = "; ".join(_told(HEADLINE, documents))
    return f"- **Fast.** {f'On one core: {told}' if told else 'Measured by commands'} ({where}).\n"


def accuracy_headline(documents: Documents) -> str:
    """Say in a sentence how accurate it is; only what was measured."""
    where = "[figures, and how far to trust them](docs/accuracy.md)"
    told = ", ".join(_told(ACCURACY_HEADLINE, documents))
    return f"- **Accurate.** {told or 'Error rates are measured by commands'} ({where}).\n"


def _told(figures: Iterable[tuple[str, str, Value]], documents: Documents) -> list[str]:
    values = ((text, unit, value.of(documents)) for text, unit, value in figures)
    return [text.format(_with_unit(value, unit)) for text, unit, value in values if value is not None]


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; a line that says so where there are no rows."""
    given = [list(cells) for cells in rows]
    if not given:
        return f"{NOT_MEASURED.capitalize()} yet.\n"
    lines = [f"| {' | '.join(cells)} |\n" for cells in (header, *given)]
    return "".join(["\n", lines[0], "|" + "---|" * len(header) + "\n", *lines[1:]])


TABLES: dict[str, Callable[[Documents], str]] = {
    "bars": bars_table,
    "service-bars": partial(bars_table, bars=SERVICE_BARS),
    "micro": micro_table,
    "limits": limits_table,
    "instructions": instructions_table,
    "speed": speed_table,
    "headline": headline,
    "accuracy-headline": accuracy_headline,
    "peers": peers_table,
}
"""By the name in ``<!-- results: NAME -->``."""
