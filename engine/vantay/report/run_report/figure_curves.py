"""Curves that stand among the figures of a benchmark: latencies, courses, values by number."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from vantay.report.run_report.curve import Curve
from vantay.report.run_report.figure import program_set
from vantay.report.run_report.measure import Unit, describe
from vantay.report.run_report.reading import FloatArray, as_array, as_number, shortened

LATENCY = "latency_"
"""Plots whose names begin with this are shares of calls over milliseconds, of what the rest of it says."""

COURSE = "course_"
"""Plots whose names begin with this are values in their order, or over a number beside them."""

ALL_CALLS = "all calls"
"""What the line of a histogram is called, unless it is of the calls that percentiles beside it are of."""

_GROWTH = "growth_ms"
_DRAWN_AS_GROWTH = "search_time"

MIN_POINTS = 3
MAX_FOUND = 60
_MAX_DEPTH = 5
_MAX_TEXT = 80

_PERCENTILE = re.compile(r"p(\d{1,2})(?:_(\d{1,4}))?(?:_ms)?")
_HISTOGRAM_KEYS = {"upper_ms", "count"}
_NUMBER = re.compile(r"\d{1,15}")
_UNITS = frozenset(
    {Unit.MILLISECONDS, Unit.PER_SECOND, Unit.MEBIBYTES, Unit.MEGABYTES, Unit.BYTES, Unit.PER_MICROSECOND}
)

_Path = tuple[str, ...]


def find_curves(figures: Mapping[str, object], plots: Collection[str]) -> tuple[Curve, ...]:
    """Find what can be drawn as a line, by its form and whatever the program.

    Parameters
    ----------
    figures : mapping
        What stands below ``figures`` in a run file.
    plots : collection of str
        Plots that the file tells itself: those are not found again.

    Returns
    -------
    tuple of Curve
        Histograms (``upper_ms`` and ``count``) and percentiles (``p50_ms``, …) as shares of calls; lists of
        numbers with a unit, lists of objects with such numbers, and objects with numbers for keys as courses.
    """
    own = {key: value for key, value in figures.items() if key != _GROWTH or _DRAWN_AS_GROWTH not in plots}
    program = program_set(own)
    curves = (
        curve
        for key, value in own.items()
        for curve in _walk((shortened(key, _MAX_TEXT),), value, Unit.NUMBER, is_program=key == program)
    )
    found = {(curve.plot, curve.label): curve for curve in curves}
    for (plot, label), curve in list(found.items()):
        histogram = found.get((plot, ALL_CALLS))
        if histogram and label != ALL_CALLS and _is_of_same_calls(histogram, curve):
            found[plot, label] = replace(histogram, label=label)
            del found[plot, ALL_CALLS]
    return tuple(found.values())[:MAX_FOUND]


def _is_of_same_calls(histogram: Curve, percentiles: Curve) -> bool:
    """Tell whether each percentile lies in the bin where it should, or beside it."""
    at = np.searchsorted(histogram.x, percentiles.x)
    padded = np.concatenate([[0.0, 0.0], histogram.y, [1.0, 1.0, 1.0]])
    return bool(((padded[at] <= percentiles.y) & (percentiles.y <= padded[at + 3])).all())


def _walk(path: _Path, value: object, unit: Unit, *, is_program: bool = False) -> Iterator[Curve]:
    """Give the curves of a value; `unit` is that of the object around it."""
    own = describe([path[-1]]).unit
    unit = own if own in _UNITS else unit
    if isinstance(value, list):
        yield from _of_list(path, value, unit if own in _UNITS else Unit.NUMBER)
    elif isinstance(value, dict) and len(path) <= _MAX_DEPTH:
        is_histogram = value.keys() == _HISTOGRAM_KEYS
        curve = _histogram(path, value) if is_histogram else _percentiles(path, value)
        curve = curve or _by_number(path, value, unit)
        if curve:
            yield curve
        if is_histogram:
            return
        around = () if is_program else path
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                yield from _walk((*around, shortened(key, _MAX_TEXT)), inner, unit)


def _histogram(path: _Path, value: Mapping[str, object]) -> Curve | None:
    upper_ms, count = as_array(value.get("upper_ms")), as_array(value.get("count"))
    if upper_ms is None or count is None or upper_ms.size != count.size:
        return None
    if not (np.isfinite(upper_ms).all() and (np.diff(upper_ms) > 0).all() and (count >= 0).all()):
        return None
    total = float(count.sum())
    # the slowest call stands where one in so many calls stands: there is no further nine to be known
    share = np.minimum(np.cumsum(count) / total, 1.0 - 1.0 / total) if total >= 1 else np.empty(0)
    return _latency((*path[:-1], ALL_CALLS), upper_ms, share)


def _percentiles(path: _Path, value: Mapping[str, object]) -> Curve | None:
    points = []
    for key, item in value.items():
        found, number = _PERCENTILE.fullmatch(key), as_number(item)
        if found and number is not None:
            points.append((float(f"{found[1]}.{found[2] or 0}") / 100.0, number))
    points.sort()
    columns = np.array(points, dtype=np.float64).reshape(-1, 2)
    return _latency(path, columns[:, 1], columns[:, 0]) if len(points) >= MIN_POINTS else None


def _latency(path: _Path, time_ms: FloatArray, share: FloatArray) -> Curve | None:
    """Make a curve of what has a place on a logarithmic axis."""
    if share.size != time_ms.size:
        return None
    is_drawn = time_ms > 0
    if np.count_nonzero(is_drawn) < MIN_POINTS or np.ptp(time_ms[is_drawn]) <= 0:
        return None
    return Curve(LATENCY + _words(path[:-1]), _words(path[-1:]), time_ms[is_drawn], share[is_drawn])


def _by_number(path: _Path, value: Mapping[str, object], unit: Unit) -> Curve | None:
    if unit not in _UNITS or not all(_NUMBER.fullmatch(key) for key in value):
        return None
    y = as_array(list(value.values()))
    x = np.array([float(key) for key in value], dtype=np.float64)
    return _course(path[:-1], path[-1], x, y, ("Number", str(unit)))


def _of_list(path: _Path, items: Sequence[object], unit: Unit) -> Iterator[Curve]:
    if all(isinstance(item, dict) for item in items):
        yield from _of_records(path, [item for item in items if isinstance(item, dict)])
        return
    y = as_array(list(items)) if unit in _UNITS else None
    x = np.arange(1.0, len(items) + 1)
    curve = _course(path[:-1], path[-1], x, y, ("In order", str(unit)))
    if curve:
        yield curve


def _of_records(path: _Path, records: Sequence[Mapping[str, object]]) -> Iterator[Curve]:
    """Draw the values with a unit over the first number of each record, which has to grow."""
    columns = {key: as_array([record.get(key) for record in records]) for key in (records or [{}])[0]}
    x_key = next((key for key, column in columns.items() if column is not None), None)
    x = columns[x_key] if x_key else None
    if x_key is None or x is None or not (np.diff(x) > 0).all():
        return
    for key, column in columns.items():
        measure = describe([key])
        if key != x_key and measure.unit in _UNITS:
            labels = describe([x_key]).label, str(measure.unit)
            curve = _course(path, key, x, column, labels)
            if curve:
                yield curve


def _course(
    path: _Path, key: str, x: FloatArray, y: FloatArray | None, axis_labels: tuple[str, str]
) -> Curve | None:
    if y is None or y.size < MIN_POINTS:
        return None
    is_whole = np.isfinite(x) & np.isfinite(y)
    if np.count_nonzero(is_whole) < MIN_POINTS:
        return None
    x_label, y_label = axis_labels
    return Curve(
        plot=f"{COURSE}{_words(path)} in {y_label}",
        label=describe([key]).label,
        x=x[is_whole],
        y=y[is_whole],
        x_label=x_label,
        y_label=y_label,
    )


def _words(path: _Path) -> str:
    return shortened(", ".join(key.replace("_", " ") for key in path), _MAX_TEXT)
