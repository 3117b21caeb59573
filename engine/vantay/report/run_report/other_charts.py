"""Charts of scores, of measured values, of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from vantay.report.run_report.chart import Chart, Series
from vantay.report.run_report.line import (
    MAX_LINES,
    Line,
    lines_in_panels,
    main_labels,
    panels,
    plain,
    series_of,
    titled,
)
from vantay.report.run_report.scale import Axis, Form, linear_ends, log_ends

_MAX_BINS = 80
_MIN_BINS = 20
_LARGEST_SHARE = 1.001
"""Bins that sum to more hold counts."""
_CALIBRATED = " A score is −10·log10(FMR): 40 claims one false match in 10,000 comparisons."
_VALUE_LABELS = {
    "mated_scores": "Comparison score",
    "non_mated_scores": "Comparison score",
    "n_minutiae": "Minutiae in an impression",
    "nearest_neighbour_px": "Distance in px",
    "quality": "Quality, 0 to 100",
}


def draw_scores(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw histograms of mated and non-mated scores together, all runs in one chart."""
    counted = [line for line in lines if line.y[line.y > 0].sum() > 0]
    for label in _score_labels(counted):
        shown = _merged([line for line in counted if line.curve.label == label])
        x_ends = linear_ends(*(line.x[line.y > 0] for line in shown), from_zero=False)
        y_low, _ = log_ends(*(line.y for line in shown), lowest=1e-7, highest=1.0)
        is_cosine = shown[0].run.kind == "faces"
        yield Chart(
            title=titled("Mated and non-mated scores", plain(label)),
            caption="Share of the comparisons in each bin; the axis is logarithmic to show the tails."
            + ("" if is_cosine else _CALIBRATED + _last_bin_words(shown)),
            x=Axis("Comparison score (cosine)" if is_cosine else "Comparison score", *x_ends),
            y=Axis("Share in the bin", y_low, 1.0, is_log=True, form=Form.PERCENT),
            series=_score_series(shown),
        )


def _last_bin_words(lines: Sequence[Line]) -> str:
    """Say that the last bin, which also counts what is beyond all bins, holds something."""
    if not any(line.y[-1] > 0 for line in lines):
        return ""
    return f" The last bin holds all scores from {min(line.x[-2] for line in lines if line.y[-1] > 0):g} on."


def _score_labels(lines: Sequence[Line]) -> list[str]:
    """Choose the pooled sets, or the largest gallery, or what runs share."""
    if len({line.run_index for line in lines}) > 1:
        return main_labels(lines)
    labels = list(dict.fromkeys(line.curve.label for line in lines))
    return ["pooled"] if "pooled" in labels else labels[-1:]


def _score_series(lines: Sequence[Line]) -> list[Series]:
    has_runs = len({line.run_index for line in lines}) > 1
    series = []
    for one, line in zip(series_of(lines, is_step=True), lines, strict=True):
        is_mated = line.curve.plot == "mated_scores"
        word = "mated" if is_mated else "non-mated"
        label = f"{line.run.name}, {word}" if has_runs else word
        tone = line.run_index if has_runs else int(not is_mated)
        quiet = has_runs and not is_mated
        series.append(replace(one, label=label, tone=tone, is_area=not has_runs, is_quiet=quiet))
    return series[: 2 * MAX_LINES]


def draw_shares(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw how a value is distributed in real and in synthetic samples, one chart a run."""
    plot = lines[0].curve.plot
    names = list(dict.fromkeys(line.run.name for line in lines))
    for name in names:
        own = [line for line in lines if line.run.name == name and (line.y > 0).any()][:MAX_LINES]
        if not own:
            continue
        is_counted = min(float(line.y.sum()) for line in own) > _LARGEST_SHARE
        shares = _merged(own) if is_counted else [_with_last_edge(line) for line in own]
        x_ends = linear_ends(*(line.x[line.y > 0] for line in shares), from_zero=False)
        title = plain(plot).removeprefix("n ")
        yield Chart(
            title=titled(title[:1].upper() + title[1:], name if len(names) > 1 else ""),
            caption="",
            x=Axis(_VALUE_LABELS.get(plot, title[:1].upper() + title[1:]), *x_ends),
            y=Axis("Share in the bin", *linear_ends(*(line.y for line in shares)), form=Form.PERCENT),
            series=[replace(one, is_area=True) for one in series_of(shares, is_step=True)],
        )


def _merged(lines: Sequence[Line]) -> list[Line]:
    """Merge bins until the smallest sample fills them (about 2√n of those in use), then take shares."""
    n_samples = min(float(line.y[line.y > 0].sum()) for line in lines)
    used = max(int(np.ptp(np.flatnonzero(line.y > 0))) + 1 for line in lines)
    n_bins = float(np.clip(2.0 * np.sqrt(n_samples), _MIN_BINS, _MAX_BINS))
    factor = max(1, round(used / n_bins))
    merged = []
    for line in lines:
        starts = np.arange(0, line.x.size, factor)
        share = _share(line.moved(line.x[starts], np.add.reduceat(np.maximum(line.y, 0.0), starts)))
        merged += [_with_last_edge(share)] if share else []
    return merged


def _share(line: Line) -> Line | None:
    """Divide counts by their sum; None if nothing was counted."""
    total = float(line.y[line.y > 0].sum())
    return line.moved(line.x, np.maximum(line.y, 0.0) / total) if total > 0 else None


def _with_last_edge(line: Line) -> Line:
    """Add the upper edge of the last bin, all bins being equally wide."""
    width = line.x[-1] - line.x[-2] if line.x.size > 1 else 1.0
    return line.moved(np.append(line.x, line.x[-1] + width), np.append(line.y, line.y[-1]))


def draw_selectivity(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw how many candidates a search of a stranger lists, over the threshold."""
    for panel, shown in panels(lines):
        y_ends = log_ends(*(line.y for line in shown), lowest=1e-6, highest=1e6)
        yield Chart(
            title=titled("Selectivity", panel),
            caption="Candidates that a search of somebody unknown lists at or above a threshold, on average.",
            x=Axis("Threshold", *linear_ends(*(line.x[line.y > 0] for line in shown))),
            y=Axis("Candidates a search", *y_ends, is_log=True),
            series=series_of(shown),
        )


def draw_time(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw the time of a search over the size of the gallery, with the slope."""
    for panel, shown in panels(lines):
        title = titled("Search time and gallery size", panel)
        yield _growth_chart(title, "Subjects in the gallery", "ms a search", shown)


def draw_growth(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw the time of benchmarks over the size of their input, with the slopes."""
    what = plain(lines[0].curve.plot.partition("_")[2])
    for panel, shown in lines_in_panels(lines):
        only = f", {plain(shown[0].curve.label)}" if len(shown) == 1 else ""  # one line has no legend
        yield _growth_chart(titled("Time and size", panel or f"{what}{only}"), "Size", "ms", shown)


def _growth_chart(title: str, x_label: str, y_label: str, shown: Sequence[Line]) -> Chart:
    series = series_of(shown, has_markers=True)
    slopes = ((one.label, _slope(line)) for one, line in zip(series, shown, strict=True))
    words = "; ".join(f"{label}: N^{slope:.2f}" for label, slope in slopes if slope is not None)
    return Chart(
        title=title,
        caption="Both axes are logarithmic, so a power of the size N is a straight line."
        + (f" Fitted by least squares, {words}." if words else " Three sizes or more would give the slope."),
        x=Axis(x_label, *log_ends(*(x.x for x in shown), lowest=1.0, highest=1e12), is_log=True),
        y=Axis(y_label, *log_ends(*(x.y for x in shown), lowest=1e-6, highest=1e9), is_log=True),
        series=series,
    )


def _slope(line: Line) -> float | None:
    is_positive = (line.x > 0) & (line.y > 0)
    x, y = np.log10(line.x[is_positive]), np.log10(line.y[is_positive])
    if np.unique(x).size < 3:
        return None
    x -= x.mean()
    return float((x * y).sum() / (x * x).sum())


def draw_unknown(lines: Sequence[Line]) -> Iterator[Chart]:
    """Draw what has no form of its own as it stands."""
    for panel, shown in panels(lines):
        yield Chart(
            title=titled(plain(shown[0].curve.plot), panel),
            caption="",
            x=Axis("x", *linear_ends(*(line.x for line in shown), from_zero=False)),
            y=Axis("y", *linear_ends(*(line.y for line in shown), from_zero=False)),
            series=series_of(shown),
        )
