"""Charts as inline SVG: what is drawn, and where it stands in the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vantay.report.run_report.reading import FloatArray
from vantay.report.run_report.scale import Axis

WIDTH, HEIGHT = 560, 400
LEFT, RIGHT, TOP, BOTTOM = 62, 546, 34, 352
"""The plot within the drawing; the rest is for the labels."""

MAX_POINTS = 400
_MIN_DISTANCE = 1.2
"""Points of a line nearer to each other than this, in units of the drawing, are one."""

N_TABLE_ROWS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One line of a chart.

    Attributes
    ----------
    label : str
        For the legend.
    x, y : (k,) float64
        Points from left to right or from right to left, k ≥ 1, all finite.
    tone : int
        Which colour and dashes; a tone for each run.
    is_step : bool
        Whether each y holds until the next x, x ascending.
    has_markers : bool
        Whether the points themselves are shown.
    is_area : bool
        Whether the space below is tinted.
    is_quiet : bool
        Whether it stands back: thin and grey.
    low, high : (k,) float64 or None
        The 95 % band around it.
    """

    label: str
    x: FloatArray
    y: FloatArray
    tone: int = 0
    is_step: bool = False
    has_markers: bool = False
    is_area: bool = False
    is_quiet: bool = False
    low: FloatArray | None = None
    high: FloatArray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Guide:
    """A quiet straight line between two points in values, with a word at its end."""

    label: str
    x: tuple[float, float]
    y: tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A chart with everything that stands around it.

    Attributes
    ----------
    title, caption : str
        What it shows, and how to read it.
    x, y : Axis
        Horizontal and vertical.
    series : sequence of Series
        At least one.
    guides : sequence of Guide
        Drawn below the lines.
    """

    title: str
    caption: str
    x: Axis
    y: Axis
    series: Sequence[Series]
    guides: Sequence[Guide] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on an axis."""

    place: float
    label: str

    @property
    def anchor(self) -> str:
        """Where a label below its tick is held: one at the right edge stays within the drawing."""
        return "end" if self.place > RIGHT - 8 and len(self.label) > 5 else "middle"


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    """A series as the paths, points and words of a drawing."""

    label: str
    css_class: str
    path: str
    area: str
    band: str
    markers: tuple[tuple[float, float], ...]
    hover_points: str
    hover_x: str
    hover_y: str


@dataclass(frozen=True, slots=True)
class DrawnGuide:
    """A guide in units of the drawing."""

    x1: float
    y1: float
    x2: float
    y2: float
    label: str
    anchor: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A chart, ready to be written as SVG."""

    chart: Chart
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    series: tuple[DrawnSeries, ...]
    guides: tuple[DrawnGuide, ...]
    table: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def draw(chart: Chart) -> Drawing:
    """Place everything of a chart.

    Parameters
    ----------
    chart : Chart
        With finite values.

    Returns
    -------
    Drawing
        In units of a drawing of `WIDTH` × `HEIGHT`.
    """
    return Drawing(
        chart=chart,
        x_ticks=tuple(Tick(_across(chart.x, [t])[0], chart.x.print_tick(t)) for t in chart.x.ticks()),
        y_ticks=tuple(Tick(_down(chart.y, [t])[0], chart.y.print_tick(t)) for t in chart.y.ticks()),
        series=tuple(_draw_series(chart, series) for series in chart.series),
        guides=tuple(_draw_guide(chart, guide) for guide in chart.guides),
        table=tuple((series.label, _table_rows(chart, series)) for series in chart.series),
    )


def _across(axis: Axis, values: Sequence[float] | FloatArray) -> list[float]:
    places = LEFT + (RIGHT - LEFT) * axis.places(np.asarray(values, dtype=np.float64))
    return [float(x) for x in np.round(places, 1)]


def _down(axis: Axis, values: Sequence[float] | FloatArray) -> list[float]:
    places = BOTTOM - (BOTTOM - TOP) * axis.places(np.asarray(values, dtype=np.float64))
    return [float(y) for y in np.round(places, 1)]


def _draw_series(chart: Chart, series: Series) -> DrawnSeries:
    x, y = _across(chart.x, series.x), _down(chart.y, series.y)
    kept = _thinned(x, y)
    x, y = [x[i] for i in kept], [y[i] for i in kept]
    path = _path(x, y, is_step=series.is_step)
    seen = [j for j, (a, b) in enumerate(zip(x, y, strict=True)) if _is_in_plot(a, b)]
    quiet = " quiet-line" if series.is_quiet else ""
    return DrawnSeries(
        label=series.label,
        css_class=f"tone{series.tone % 6}{quiet}",
        path=path,
        area=f"{path}V{BOTTOM}H{x[0]:g}Z" if series.is_area else "",
        band=_band(chart, series, kept),
        markers=tuple(zip(x, y, strict=True)) if series.has_markers else (),
        hover_points=" ".join(f"{x[j]:g},{y[j]:g}" for j in seen),
        hover_x="|".join(chart.x.print_value(float(series.x[kept[j]])) for j in seen),
        hover_y="|".join(chart.y.print_value(float(series.y[kept[j]])) for j in seen),
    )


def _is_in_plot(x: float, y: float) -> bool:
    return LEFT - 1 <= x <= RIGHT + 1 and TOP - 1 <= y <= BOTTOM + 1


def _thinned(x: Sequence[float], y: Sequence[float]) -> list[int]:
    """Keep the points that can be told apart in the drawing, `MAX_POINTS` at most, both ends included."""
    kept = [0]
    for i in range(1, len(x)):
        if max(abs(x[i] - x[kept[-1]]), abs(y[i] - y[kept[-1]])) >= _MIN_DISTANCE:
            kept.append(i)
    if kept[-1] != len(x) - 1:
        kept.append(len(x) - 1)
    if len(kept) > MAX_POINTS:
        kept = [kept[i] for i in np.linspace(0, len(kept) - 1, MAX_POINTS).round().astype(int)]
    return kept


def _path(x: Sequence[float], y: Sequence[float], *, is_step: bool) -> str:
    parts = [f"M{x[0]:g} {y[0]:g}"]
    for a, b in zip(x[1:], y[1:], strict=True):
        parts.append(f"H{a:g}V{b:g}" if is_step else f"L{a:g} {b:g}")
    return "".join(parts)


def _band(chart: Chart, series: Series, kept: Sequence[int]) -> str:
    if series.low is None or series.high is None:
        return ""
    indices = [i for i in kept if np.isfinite(series.low[i]) and np.isfinite(series.high[i])]
    if len(indices) < 2:
        return ""
    x = _across(chart.x, series.x[indices])
    upper = _path(x, _down(chart.y, series.high[indices]), is_step=series.is_step)
    below = _down(chart.y, series.low[indices])
    if series.is_step:  # backwards, so each value holds until the x before it
        lower = f"V{below[-1]:g}" + "".join(
            f"V{b:g}H{a:g}" for a, b in zip(x[-2::-1], below[-2::-1], strict=True)
        )
        return f"{upper}{lower}Z"
    return f"{upper}L{_path(x[::-1], below[::-1], is_step=False)[1:]}Z"


def _draw_guide(chart: Chart, guide: Guide) -> DrawnGuide:
    (x1, x2), (y1, y2) = _across(chart.x, guide.x), _down(chart.y, guide.y)
    is_upright = x1 == x2
    label_x = x2 + 5 if is_upright and x2 < RIGHT - 130 else x2 - 5
    anchor = "start" if is_upright and x2 < RIGHT - 130 else "end"
    return DrawnGuide(x1, y1, x2, y2, guide.label, anchor, label_x, y2 + (12 if is_upright else -6))


def _table_rows(chart: Chart, series: Series) -> tuple[tuple[str, str], ...]:
    """Print some of the points, evenly spread along the line, for readers without a pointer."""
    kept = _thinned(_across(chart.x, series.x), _down(chart.y, series.y))
    some = [kept[i] for i in np.unique(np.linspace(0, len(kept) - 1, N_TABLE_ROWS).round().astype(int))]
    rows = ((chart.x.print_value(float(series.x[i])), chart.y.print_value(float(series.y[i]))) for i in some)
    return tuple(rows)
