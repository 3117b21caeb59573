"""Which chart each plot of a run file becomes, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vantay.report.run_report.chart import Chart
from vantay.report.run_report.figure_curves import COURSE, LATENCY
from vantay.report.run_report.latency_chart import draw_course, draw_latency
from vantay.report.run_report.line import Line, lines_of
from vantay.report.run_report.other_charts import (
    draw_growth,
    draw_scores,
    draw_selectivity,
    draw_shares,
    draw_time,
    draw_unknown,
)
from vantay.report.run_report.rate_charts import (
    draw_cmc,
    draw_det,
    draw_discard,
    draw_fnir_fpir,
    draw_reliability,
)
from vantay.report.run_report.run import Run

_Draw = Callable[[Sequence[Line]], Iterator[Chart]]

_PLOTS: tuple[tuple[tuple[str, ...], _Draw], ...] = (
    (("fnir_fpir",), draw_fnir_fpir),
    (("det",), draw_det),
    (("cmc",), draw_cmc),
    (("mated_scores", "non_mated_scores"), draw_scores),
    (("reliability",), draw_reliability),
    (("edc",), draw_discard),
    (("selectivity",), draw_selectivity),
    (("search_time",), draw_time),
)

GROWTH = "growth_"
"""Plots whose names begin with this are time over size, of what the rest of the name says."""

_PREFIXES: dict[str, _Draw] = {GROWTH: draw_growth, LATENCY: draw_latency, COURSE: draw_course}

_SHARES = (
    "mated_scores",
    "non_mated_scores",
    "n_minutiae",
    "density",
    "nearest_neighbour_px",
    "quality",
    "mated_log_odds",
    "non_mated_log_odds",
    "mated_cosines",
    "non_mated_cosines",
)
"""Of fidelity: histograms of real and synthetic samples, each plot a chart of its own."""


def make_charts(runs: Sequence[Run]) -> list[Chart]:
    """Make all charts of runs of one kind.

    Parameters
    ----------
    runs : sequence of Run
        Of one kind; curves of one plot share a chart.

    Returns
    -------
    list of Chart
        Those with a form of their own first, then what is not known by its name, as it stands.
    """
    is_fidelity = runs[0].kind == "fidelity"
    known: list[tuple[tuple[str, ...], _Draw]] = [*_PLOTS, *(((name,), draw_shares) for name in _SHARES)]
    if is_fidelity:
        known = [(names, draw) for names, draw in known if draw is not draw_scores]
    names_drawn = {name for names, _ in known for name in names}
    others = dict.fromkeys(c.plot for run in runs for c in run.curves if c.plot not in names_drawn)
    of_whole_first = sorted(others, key=lambda name: name != LATENCY)
    known += [((name,), _draw_by_prefix(name)) for name in of_whole_first]
    charts: list[Chart] = []
    done: set[str] = set()
    for names, draw in known:
        lines = [] if done.intersection(names) else lines_of(runs, names)
        if lines:
            charts += draw(lines)
            done.update(names)
    return charts


def _draw_by_prefix(name: str) -> _Draw:
    return next((draw for prefix, draw in _PREFIXES.items() if name.startswith(prefix)), draw_unknown)
