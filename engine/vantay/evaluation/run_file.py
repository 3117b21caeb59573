"""The JSON file of an evaluation, in the one form that all kinds share; docs/evaluation.md describes it."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.evaluation.error_discard import DiscardCurve
from vantay.evaluation.error_rates import ErrorCurve
from vantay.evaluation.machine import describe_machine, source_commit

RUN_FORMAT = 1
STANDARD_OUTPUT = Path("-")

MAX_POINTS = 512
"""Of a curve: more than a plot has room for."""

POINTS_PER_DECADE = 48
"""How finely a rate is told apart when a curve is thinned."""

SCORE_BINS = np.arange(0.0, 302.5, 2.5)
"""Edges of the histograms of calibrated scores; what is beyond counts in the last bin."""

COSINE_BINS = np.linspace(-1.0, 1.0, 401)
"""Edges of the histograms of cosines of faces, which some models crowd into the last tenth."""

FloatArray = npt.NDArray[np.float64]
Curve = dict[str, list[float | None]]


class RunKind(StrEnum):
    """What a run measured."""

    FVC = "fvc"
    FACES = "faces"
    IDENTIFICATION = "identification"
    FIDELITY = "fidelity"


@dataclass(frozen=True, slots=True)
class Run:
    """One evaluation.

    Attributes
    ----------
    kind : RunKind
        What was measured.
    parameters : mapping of str to object
        The options that decide on the figures.
    figures : mapping of str to object
        By kind; rates are fractions.
    curves : mapping of str to mapping of str to Curve
        By plot, then by name of the line.
    """

    kind: RunKind
    parameters: Mapping[str, object]
    figures: Mapping[str, object]
    curves: Mapping[str, Mapping[str, Curve]] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Add where it ran; what JSON has no number for becomes None."""
        document = {
            "kind": str(self.kind),
            "format": RUN_FORMAT,
            "machine": describe_machine(),
            "commit": source_commit(),
            "parameters": self.parameters,
            "figures": self.figures,
            "curves": self.curves,
        }
        return {key: _plain(value) for key, value in document.items()}


def write_run(path: Path, run: Run) -> None:
    """Write a run as JSON.

    Parameters
    ----------
    path : Path
        Overwritten; ``-`` is standard output.
    run : Run
        What to write.
    """
    text = json.dumps(run.as_json(), indent=1, allow_nan=False) + "\n"
    if path == STANDARD_OUTPUT:
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")


def make_curve(x: npt.ArrayLike, y: npt.ArrayLike, **more: npt.ArrayLike) -> Curve:
    """Name the columns of a curve.

    Parameters
    ----------
    x, y : (k,) array_like of float
        Its points.
    **more : (k,) array_like of float
        ``threshold``, ``low``, ``high``.

    Returns
    -------
    Curve
        Lists of plain numbers of six significant digits; None for infinities.
    """
    return {name: _numbers(column) for name, column in {"x": x, "y": y, **more}.items()}


def error_trade_off(curve: ErrorCurve) -> Curve:
    """Thin a trade-off of two error rates to what a plot with logarithmic axes can show.

    Parameters
    ----------
    curve : ErrorCurve
        FMR and FNMR, or FPIR and FNIR.

    Returns
    -------
    Curve
        At most `MAX_POINTS` of its points, both ends among them, with their thresholds.
    """
    codes = np.column_stack([_log_codes(curve.fmr), _log_codes(curve.fnmr)])
    is_new = np.append(True, np.any(np.diff(codes, axis=0) != 0, axis=1))
    is_new[-1] = True
    kept = np.flatnonzero(is_new)
    if kept.size > MAX_POINTS:
        kept = kept[np.linspace(0, kept.size - 1, MAX_POINTS).round().astype(np.intp)]
    return make_curve(curve.fmr[kept], curve.fnmr[kept], threshold=curve.thresholds[kept])


def error_discard(curve: DiscardCurve) -> Curve:
    """Thin an error-versus-discard curve to at most `MAX_POINTS`."""
    n = curve.discarded.size
    kept = np.unique(np.linspace(0, n - 1, min(n, MAX_POINTS)).round().astype(np.intp))
    return make_curve(curve.discarded[kept], curve.fnmr[kept])


def histogram(values: npt.ArrayLike, edges: npt.ArrayLike, *, as_shares: bool = False) -> Curve:
    """Count values in equally wide bins; what is beyond counts in the first or last.

    Parameters
    ----------
    values : (n,) array_like of float
        What to count.
    edges : (k + 1,) array_like of float
        Of the bins, ascending.
    as_shares : bool
        Whether to divide by n.

    Returns
    -------
    Curve
        Lower edges and counts, k of each.
    """
    borders = np.asarray(edges, np.float64)
    inside = np.clip(np.asarray(values, np.float64), borders[0], borders[-1])
    counts = np.histogram(inside, borders)[0].astype(np.float64)
    return make_curve(borders[:-1], counts / max(inside.size, 1) if as_shares else counts)


def _log_codes(rates: FloatArray) -> npt.NDArray[np.int64]:
    with np.errstate(divide="ignore"):
        decades = np.maximum(np.log10(rates), -12.0)
    return (decades * POINTS_PER_DECADE).astype(np.int64)


def _numbers(values: npt.ArrayLike) -> list[float | None]:
    return [
        float(f"{value:.6g}") if math.isfinite(value) else None for value in np.asarray(values, np.float64)
    ]


def _plain(value: object) -> object:
    """Make a value of what JSON has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
