"""Charts of how long calls take, and of values in their order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vantay.report.run_report.chart import Chart
from vantay.report.run_report.line import Line, lines_in_panels, plain, series_of, titled
from vantay.report.run_report.scale import Axis, Form, linear_ends, log_ends

_FEW_POINTS = 30
"""Lines with fewer show the points themselves."""

_LAST_SHARE = 1.0 - 1e-7


def draw_latency(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw the share of calls that end within a time; both axes are logarithmic, that of shares in nines."""
    for panel, shown in lines_in_panels(lines):
        nines = [line.moved(line.x, 1.0 / (1.0 - np.clip(line.y, 0.0, _LAST_SHARE))) for line in shown]
        _, highest = log_ends(*(line.y for line in nines), lowest=1.0, highest=1e7)
        yield Chart(
            title=titled("Latency", _of_what(shown, panel)),
            caption="The share of calls that end within a time. Each further nine is equally long.",
            x=Axis("ms", *log_ends(*(line.x for line in nines), lowest=1e-6, highest=1e9), is_log=True),
            y=Axis("Share of calls", 1.0, highest, is_log=True, form=Form.NINES),
            series=series_of(nines, has_markers=_has_few_points(nines)),
        )


def draw_course(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw values over a number, or in their order."""
    for panel, shown in lines_in_panels(lines):
        first = shown[0].curve
        yield Chart(
            title=_of_what(shown, panel).capitalize(),
            caption="",
            x=Axis(first.x_label or "x", *linear_ends(*(line.x for line in shown), from_zero=False)),
            y=Axis(first.y_label or "y", *linear_ends(*(line.y for line in shown))),
            series=series_of(shown, has_markers=_has_few_points(shown)),
        )


def _of_what(shown: Sequence[Line], panel: str) -> str:
    """Name a chart by its plot, and by its line where there is no legend to do so."""
    curve = shown[0].curve
    plot = plain(curve.plot.partition("_")[2]).removesuffix(f"in {curve.y_label}").strip()
    only = panel or (shown[0].label if len(shown) == 1 else "")
    return ", ".join(word for word in (plot, only) if word not in {"", "latency"})


def _has_few_points(lines: Sequence[Line]) -> bool:
    return all(line.x.size <= _FEW_POINTS for line in lines)
