"""Many named values on one logarithmic axis: a row for each benchmark, a dot for each run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vantay.report.run_report.chart import Tick
from vantay.report.run_report.reading import FloatArray
from vantay.report.run_report.run import Run
from vantay.report.run_report.scale import Axis, log_ends, print_number

RATIO = "ratio_to_reference"
"""The key of the figure that is drawn."""

WIDTH, LEFT, RIGHT = 1080, 330, 1056
ROW_HEIGHT, TOP, BOTTOM_ROOM = 20, 14, 46
MAX_ROWS = 200
_NEAR = 1.25
"""The axis of changes reaches so far at least: a few per cent must look small."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A value of one run."""

    tone: int
    place: float
    text: str


@dataclass(frozen=True, slots=True)
class DotRow:
    """One benchmark."""

    label: str
    y: float
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class DotChart:
    """The chart in units of its drawing.

    Attributes
    ----------
    title, caption, axis_label : str
    ticks : tuple of Tick
    rows : tuple of DotRow
    one : float or None
        Where the value 1 stands, if the axis holds it.
    height : int
        Of the drawing.
    """

    title: str
    caption: str
    axis_label: str
    ticks: tuple[Tick, ...]
    rows: tuple[DotRow, ...]
    one: float | None
    height: int

    @property
    def bottom(self) -> int:
        """Where the axis stands."""
        return self.height - BOTTOM_ROOM


def make_dot_chart(runs: Sequence[Run]) -> DotChart | None:
    """Draw the ratios of benchmarks to their reference kernels.

    Parameters
    ----------
    runs : sequence of Run
        Of one kind. Of several, each ratio is drawn over that of the first run, so that 1 means no change.

    Returns
    -------
    DotChart or None
        None where no run has such a ratio, or the runs have none in common.
    """
    tables = [_ratios(run) for run in runs]
    has_runs = len(runs) > 1
    names = [name for name in tables[0] if not has_runs or any(name in table for table in tables[1:])]
    values = {name: _values(name, tables) for name in names[:MAX_ROWS]}
    if not values:
        return None
    axis = _axis(values, has_runs=has_runs)
    rows = tuple(
        DotRow(name, TOP + ROW_HEIGHT * (index + 0.5), tuple(_dots(of_runs, axis)))
        for index, (name, of_runs) in enumerate(values.items())
    )
    return DotChart(
        title="Time against the first run" if has_runs else "Time against the reference kernel",
        caption=_caption(runs, n_left_out=len(names) - len(rows)),
        axis_label=axis.label,
        ticks=tuple(Tick(_place(axis, tick), axis.print_tick(tick)) for tick in axis.ticks()),
        rows=rows,
        one=_place(axis, 1.0) if axis.low <= 1.0 <= axis.high else None,
        height=TOP + ROW_HEIGHT * len(rows) + BOTTOM_ROOM,
    )


def _ratios(run: Run) -> dict[str, float]:
    return {figure.group: figure.value for figure in run.figures if figure.key == RATIO and figure.value > 0}


def _values(name: str, tables: Sequence[dict[str, float]]) -> list[tuple[int, float]]:
    """Give run and value of a row: as it stands of one run, over that of the first one of several."""
    if len(tables) == 1:
        return [(0, tables[0][name])]
    return [(i, table[name] / tables[0][name]) for i, table in enumerate(tables) if i and name in table]


def _axis(values: dict[str, list[tuple[int, float]]], *, has_runs: bool) -> Axis:
    column = np.array([value for of_runs in values.values() for _, value in of_runs], dtype=np.float64)
    if not has_runs:
        return Axis(
            "Time over that of the reference kernel", *log_ends(column, lowest=1e-9, highest=1e9), is_log=True
        )
    farthest = max(_NEAR, float(np.max(np.maximum(column, 1 / column))) * 1.02)
    return Axis("Time over that of the first run", 1 / farthest, farthest, is_log=True)


def _dots(of_runs: Sequence[tuple[int, float]], axis: Axis) -> list[Dot]:
    return [Dot(run % 6, _place(axis, value), print_number(value)) for run, value in of_runs]


def _place(axis: Axis, value: float) -> float:
    where: FloatArray = axis.places(np.array([value], dtype=np.float64))
    return round(LEFT + (RIGHT - LEFT) * float(where[0]), 1)


def _caption(runs: Sequence[Run], *, n_left_out: int) -> str:
    words = (
        f"Each time is taken over that of a fixed piece of work beside it, then over that of {runs[0].name}: "
        "left of the line is faster. The axis is logarithmic."
        if len(runs) > 1
        else "Each time is taken over that of a fixed piece of work measured beside it. "
        "The axis is logarithmic."
    )
    return words + (f" {n_left_out} more are in the tables alone." if n_left_out else "")
