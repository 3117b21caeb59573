"""The curves of a run: points with the columns that belong to them, by plot and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.report.run_report.reading import FloatArray, Note, as_array, shortened

MAX_CURVES = 120


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a plot.

    Attributes
    ----------
    plot : str
        What is drawn, such as ``det``.
    label : str
        Of what, such as the name of a set.
    x, y : (k,) float64
        Its points, k ≥ 1, all finite.
    low, high : (k,) float64 or None
        The 95 % band around y, NaN where it has none.
    x_label, y_label : str
        What its axes are called where the plot's name does not tell.
    """

    plot: str
    label: str
    x: FloatArray
    y: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    x_label: str = ""
    y_label: str = ""


def read_curves(document: Mapping[str, object], notes: list[Note]) -> tuple[Curve, ...]:
    """Read all curves of a run file.

    Parameters
    ----------
    document : mapping
        What stands below ``curves``: by plot, by line, lists ``x`` and ``y`` of one length, and perhaps
        ``low`` and ``high``.
    notes : list of Note
        Gets what is left out.

    Returns
    -------
    tuple of Curve
        In the order of the file.
    """
    found: list[Curve] = []
    for plot, lines in document.items():
        if not isinstance(lines, dict):
            notes.append(Note(f"curves.{plot}", "no object of lines, not drawn"))
            continue
        for label, columns in lines.items():
            curve = _read_curve(shortened(plot, 80), shortened(label, 80), columns, notes)
            if curve:
                found.append(curve)
    if len(found) > MAX_CURVES:
        notes.append(Note("curves", f"{len(found):,} lines, only the first {MAX_CURVES} are drawn"))
    return tuple(found[:MAX_CURVES])


def _read_curve(plot: str, label: str, columns: object, notes: list[Note]) -> Curve | None:
    key = f"curves.{plot}.{label}"
    x = as_array(columns.get("x")) if isinstance(columns, dict) else None
    y = as_array(columns.get("y")) if isinstance(columns, dict) else None
    if not isinstance(columns, dict) or x is None or y is None or x.size != y.size:
        notes.append(Note(key, "no lists of numbers 'x' and 'y' of one length, not drawn"))
        return None
    is_whole = np.isfinite(x) & np.isfinite(y)
    n_missing = int(np.count_nonzero(~is_whole))
    if n_missing:
        notes.append(Note(key, f"{n_missing:,} of {x.size:,} points have no finite values, left out"))
    if not is_whole.any():
        return None
    low, high = (_beside(columns, name, is_whole) for name in ("low", "high"))
    return Curve(plot, label, x[is_whole], y[is_whole], low, high)


def _beside(columns: Mapping[str, object], name: str, is_whole: npt.NDArray[np.bool_]) -> FloatArray | None:
    column = as_array(columns.get(name))
    return column[is_whole] if column is not None and column.size == is_whole.size else None
