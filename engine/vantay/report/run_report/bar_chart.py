"""Bars as inline SVG: a row for each value, with the value behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vantay.report.run_report.bars import BarSet, Parts
from vantay.report.run_report.measure import Unit
from vantay.report.run_report.run import Run
from vantay.report.run_report.value_text import value_cell

WIDTH, RIGHT = 560, 462
"""The drawing, and where the longest bar ends; behind it stand values."""

BAR_HEIGHT, LABEL_HEIGHT, GAP, TOP = 14, 17, 8, 4
MAX_ROWS = 30
MAX_PARTS = 6
_CHARACTER_WIDTH, _CAPITAL_WIDTH = 6.8, 9.2
"""At most, of the letters of labels."""

_MAX_BESIDE = 24
"""Characters of a label that has room beside its bar; longer ones stand above."""

_OTHERS = "others"
_LARGE = 1e7
"""From here on a value is told in millions, or in gigabytes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A coloured part of a bar; `text` stands under the pointer."""

    tone: int
    x: float
    width: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one run, or of all; `text` stands behind it."""

    y: float
    pieces: tuple[Piece, ...]
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """A label with its bars."""

    label: str
    label_y: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """A chart in units of its drawing.

    Attributes
    ----------
    title, caption : str
    legend : tuple of (str, int)
        Names of parts or runs and their tones; empty where all bars are of one tone.
    rows : tuple of BarRow
    left, label_x : float
        Where bars begin, and where labels are held.
    label_anchor : str
        At which end they are held there.
    height : float
        Of the drawing.
    """

    title: str
    caption: str
    legend: tuple[tuple[str, int], ...]
    rows: tuple[BarRow, ...]
    left: float
    label_x: float
    label_anchor: str
    height: float


@dataclass(frozen=True, slots=True)
class _Layout:
    """What all rows of a chart have in common."""

    bars: BarSet
    left: float
    is_above: bool
    largest: float
    tones: Mapping[str, int]

    def width(self, value: float) -> float:
        return round((RIGHT - self.left) * value / self.largest, 1)


def make_bar_charts(runs: Sequence[Run]) -> tuple[BarChart, ...]:
    """Draw the bars of all runs of a section.

    Parameters
    ----------
    runs : sequence of Run
        Of one program.

    Returns
    -------
    tuple of BarChart
        One for each set of bars; of several runs those of one label stand below each other.
    """
    by_run = [{one.title: one for one in run.bars} for run in runs]
    titles = dict.fromkeys(title for sets in by_run for title in sets)
    return tuple(_chart(title, runs, [sets.get(title) for sets in by_run]) for title in titles)


def _chart(title: str, runs: Sequence[Run], sets: Sequence[BarSet | None]) -> BarChart:
    first = next(one for one in sets if one)
    labels = list(dict.fromkeys(label for one in sets if one for label in one.rows))
    shown = labels[:MAX_ROWS]
    names = _part_names([one for one in sets if one])
    values = [
        {label: _folded(one.rows[label], names) for label in shown if label in one.rows} if one else {}
        for one in sets
    ]
    is_above = any(len(label) > _MAX_BESIDE for label in shown)
    layout = _Layout(
        bars=first,
        left=0.0 if is_above else round(max(map(_text_width, shown)) + 12.0),
        is_above=is_above,
        largest=max(sum(parts.values()) for of_run in values for parts in of_run.values()) or 1.0,
        tones={name: tone for tone, name in enumerate(names)},
    )
    rows = tuple(_rows(shown, values, layout))
    several = [(run.name, index % MAX_PARTS) for index, run in enumerate(runs) if sets[index]]
    legend = list(layout.tones.items()) if len(names) > 1 else several if len(runs) > 1 else []
    n_left_out = len(labels) - len(shown)
    caption = f"{n_left_out} more are in the tables alone." if n_left_out else ""
    if len(names) > 1 and len(runs) > 1:
        caption = f"Of each the runs from above: {', '.join(name for name, _ in several)}. {caption}".strip()
    return BarChart(
        title=title,
        caption=caption,
        legend=tuple(legend),
        rows=rows,
        left=layout.left,
        label_x=0.0 if is_above else layout.left - 8.0,
        label_anchor="start" if is_above else "end",
        height=round(rows[-1].bars[-1].y + BAR_HEIGHT + TOP, 1),
    )


def _text_width(label: str) -> float:
    return sum(_CAPITAL_WIDTH if letter.isupper() else _CHARACTER_WIDTH for letter in label)


def _part_names(sets: Sequence[BarSet]) -> list[str]:
    """Name the parts, those that are most first if they are too many; the others are one."""
    totals: dict[str, float] = {}
    for parts in (parts for one in sets for parts in one.rows.values()):
        for name, value in parts.items():
            totals[name] = totals.get(name, 0.0) + value
    if len(totals) <= MAX_PARTS:
        return list(totals)
    return [*sorted(totals, key=lambda name: -totals[name])[: MAX_PARTS - 1], _OTHERS]


def _folded(parts: Parts, names: Sequence[str]) -> Parts:
    kept = {name: parts[name] for name in names if name in parts}
    rest = sum(parts.values()) - sum(kept.values())
    return kept if len(kept) == len(parts) else kept | {_OTHERS: kept.get(_OTHERS, 0.0) + rest}


def _rows(labels: Sequence[str], values: Sequence[Mapping[str, Parts]], layout: _Layout) -> Iterator[BarRow]:
    y = float(TOP)
    for label in labels:
        label_y = y + (LABEL_HEIGHT - 5 if layout.is_above else 0.0)
        y += LABEL_HEIGHT if layout.is_above else 0.0
        bars = []
        for run_index, of_run in enumerate(values):
            if label in of_run:
                bars.append(_bar(y, run_index, of_run[label], layout))
                y += BAR_HEIGHT + 2
        if not layout.is_above:
            label_y = (bars[0].y + bars[-1].y + BAR_HEIGHT) / 2 + 4.5
        y += GAP - 2
        yield BarRow(label, round(label_y, 1), tuple(bars))


def _bar(y: float, run_index: int, parts: Parts, layout: _Layout) -> Bar:
    unit = layout.bars.unit
    pieces, reached = [], 0.0
    for name, value in parts.items():
        text = _value_text(unit, value)
        tone = layout.tones[name] if len(layout.tones) > 1 else run_index % MAX_PARTS
        pieces.append(
            Piece(
                tone,
                layout.left + layout.width(reached),
                layout.width(value),
                f"{name}: {text}" if name else text,
            )
        )
        reached += value
    return Bar(y, tuple(pieces), layout.left + layout.width(reached), _value_text(unit, reached))


def _value_text(unit: Unit, value: float) -> str:
    """Print a value so that it has room behind its bar."""
    if value >= _LARGE and unit is Unit.COUNT:
        return f"{value / 1e6:,.0f} million"
    if value >= _LARGE and unit is Unit.BYTES:
        return f"{value / 1e9:,.2f} GB"
    return value_cell(unit, value).text
