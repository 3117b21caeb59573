"""Charts of error rates: trade-offs, ranks, reliability, discard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from vantay.report.run_report.chart import Chart, Guide, Series
from vantay.report.run_report.line import Line, panels, plain, series_of, titled
from vantay.report.run_report.scale import Axis, Form, linear_ends, log_ends

_ERRORS_NEEDED = 30
"""Rule of 30 (G. R. Doddington et al., Speech Communication 31, 2000, doi:10.1016/S0167-6393(99)00080-1):
from 30 errors on, a rate is within ±30 % of the true one with 90 % confidence."""

_MAX_DISCARD = 0.3
_MANY_POINTS = 24
_LEAST_RATE = np.full(1, 1e-3)
"""The axis of a curve without errors ends here."""


class _Words(NamedTuple):
    """What a trade-off is called and counted on."""

    title: str
    caption: str
    x_label: str
    y_label: str
    event: str


_DET = _Words(
    "Detection error trade-off",
    "On the dotted diagonal both errors are equal (EER).",
    "False match rate",
    "False non-match rate",
    "non-mated comparisons match",
)
_FNIR_FPIR = _Words(
    "FNIR versus FPIR",
    "Searches of enrolled people that miss them, against searches of strangers that find somebody.",
    "False positive identification rate",
    "False negative identification rate",
    "searches of strangers find somebody",
)


def draw_det(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw FNMR over FMR, both logarithmic."""
    return _trade_offs(lines, _DET)


def draw_fnir_fpir(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw FNIR over FPIR, both logarithmic."""
    return _trade_offs(lines, _FNIR_FPIR)


def _trade_offs(lines: Sequence[Line], words: _Words) -> Iterator[Chart]:
    for panel, shown in panels(lines):
        x_ends = log_ends(*(line.x for line in shown), lowest=1e-9, highest=1.0)
        y_ends = log_ends(*(line.y for line in shown), lowest=1e-6, highest=1.0)
        guides, caption = [], words.caption
        if words is _DET:
            diagonal = max(x_ends[0], y_ends[0]), min(x_ends[1], y_ends[1])
            guides.append(Guide("", diagonal, diagonal))
        edge = _certain_from(shown)
        if edge and x_ends[0] < edge < x_ends[1]:
            guides.append(Guide(f"{_ERRORS_NEEDED} errors", (edge, edge), (y_ends[0], y_ends[1])))
            caption += (
                f" Left of the dotted upright fewer than {_ERRORS_NEEDED} {words.event}: little is known."
            )
        series = series_of([_by_rising_rate(line) for line in shown], is_step=True)
        yield Chart(
            title=titled(words.title, panel),
            caption=caption + _below_words(series),
            x=Axis(words.x_label, *x_ends, is_log=True, form=Form.PERCENT),
            y=Axis(words.y_label, *y_ends, is_log=True, form=Form.PERCENT),
            series=series,
            guides=guides,
        )


def _by_rising_rate(line: Line) -> Line:
    """Turn a line by rising threshold around: each FNMR holds for every FMR up to the next point."""
    return line.moved(line.x[::-1], line.y[::-1]) if line.x[0] > line.x[-1] else line


def _below_words(series: Sequence[Series]) -> str:
    """Name the lines that a logarithmic axis has no place for."""
    names = [one.label for one in series if not (one.y[one.x > 0] > 0).any()]
    return f" Without a single error, so below the plot: {', '.join(names)}." if names else ""


def _certain_from(lines: Sequence[Line]) -> float | None:
    """Say at which rate the first line has `_ERRORS_NEEDED` errors, where its trials are known."""
    groups = {lines[0].curve.label, plain(lines[0].curve.label)}
    counts = [x.value for x in lines[0].run.figures if x.group in groups and x.key == "n_non_mated"]
    return _ERRORS_NEEDED / counts[0] if counts and counts[0] > 0 else None


def draw_cmc(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw the share of searches that list the mate, over the rank."""
    for panel, shown in panels(lines):
        # the band of a small gallery may leave the plot of a run, but runs show theirs whole
        bands = [line.curve.low for line in (shown if panel else shown[-1:])]
        lowest = [*(line.y for line in shown), *(band for band in bands if band is not None)]
        low, _ = linear_ends(*lowest, np.ones(1), from_zero=False)
        highest_rank = max(2.0, *(float(line.x.max()) for line in shown))
        n_points = max(line.x.size for line in shown)
        yield Chart(
            title=titled("Cumulative match characteristic", panel),
            caption="Searches of enrolled people that list them at this rank or better, whatever the score."
            + _band_words(shown),
            x=Axis("Rank", 1.0, highest_rank, is_log=highest_rank > _MANY_POINTS),
            y=Axis("Hit rate", max(low, 0.0), 1.0, form=Form.PERCENT),
            series=series_of(shown, is_step=True, has_markers=n_points <= _MANY_POINTS),
        )


def draw_reliability(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw the measured false match rate over the claimed one."""
    for panel, shown in panels(lines):
        y = [column for line in shown for column in (line.y, line.curve.high) if column is not None]
        low, high = log_ends(*(line.x for line in shown), *y, lowest=1e-9, highest=1.0)
        yield Chart(
            title=titled("Reliability of the scores", panel),
            caption="A score claims a false match rate. On the dotted diagonal it keeps its word; above it "
            "more comparisons match than claimed, below it fewer." + _band_words(shown),
            x=Axis("Claimed FMR", low, high, is_log=True, form=Form.PERCENT),
            y=Axis("Measured FMR", low, high, is_log=True, form=Form.PERCENT),
            series=series_of(shown, has_markers=max(line.x.size for line in shown) <= _MANY_POINTS),
            guides=[Guide("", (low, high), (low, high))],
        )


def draw_discard(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw what remains of the FNMR when the lowest quality is set aside."""
    for panel, shown in panels(lines):
        cut = [_until(line, _MAX_DISCARD) for line in shown]
        yield Chart(
            title=titled("Error versus discard", panel),
            caption="What remains of the false non-match rate when the mated comparisons of the lowest "
            "quality are set aside. A useless quality value leaves the line flat.",
            x=Axis("Set aside, lowest quality first", 0.0, _MAX_DISCARD, form=Form.PERCENT),
            y=Axis(
                "False non-match rate of the rest",
                *linear_ends(_LEAST_RATE, *(x.y for x in cut)),
                form=Form.PERCENT,
            ),
            series=series_of(cut, is_step=True),
        )


def _until(line: Line, x_high: float) -> Line:
    """End a line of steps at the edge of the plot."""
    is_inside = line.x <= x_high
    if not is_inside.any():
        return line
    x, y = line.x[is_inside], line.y[is_inside]
    return line.moved(np.append(x, x_high), np.append(y, y[-1]))


def _band_words(lines: Sequence[Line]) -> str:
    return "" if all(line.curve.low is None for line in lines) else " Tinted: 95 % intervals."
