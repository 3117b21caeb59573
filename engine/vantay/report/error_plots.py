"""Plots of error rates: the detection error trade-off and the error-versus-discard curve.

Lines differ in dash and weight as well as in colour, so that a greyscale print can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = npt.NDArray[np.float64]

LOWEST_FMR = 1e-4
"""Left edge of a DET plot: a set of ten fingers has no false match rates below this."""

_INK = "#1c2430"
_GREY = "#8a93a1"
_OWN_COLOUR = "#0b3d91"
_BESIDE_STYLES: tuple[tuple[str, tuple[int, tuple[float, ...]]], ...] = (
    ("#c2410c", (0, (6, 2))),
    ("#4d7c0f", (0, (2, 1.5))),
    ("#7e22ce", (0, (7, 2, 1.5, 2))),
    ("#0e7490", (0, (1, 2))),
    ("#737373", (0, (4, 1.5, 1, 1.5, 1, 1.5))),
)


@dataclass(frozen=True, slots=True, eq=False)
class DetLine:
    """One system in a DET plot.

    Attributes
    ----------
    label : str
        For the legend.
    fmr, fnmr : (k,) float64
        Its operating points, by ascending threshold.
    eer : float
        Its equal error rate, a fraction.
    is_own : bool
        Drawn heavier than what stands beside it.
    """

    label: str
    fmr: FloatArray
    fnmr: FloatArray
    eer: float
    is_own: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class DiscardLine:
    """One curve in an error-versus-discard plot; shares and rates are fractions."""

    label: str
    discarded: FloatArray
    fnmr: FloatArray
    area: float


def plot_det(path: Path, lines: Sequence[DetLine], title: str) -> None:
    """Draw false non-match rate over false match rate, both logarithmic, one line a system.

    Parameters
    ----------
    path : Path
        A PNG, SVG or PDF file, overwritten.
    lines : sequence of DetLine
        At least one.
    title : str
        Says what was measured.

    Raises
    ------
    InvalidSetting
        If matplotlib is not installed, or the ending of `path` is no format that it writes.
    """
    floor = _lowest_fnmr(lines)
    with _axes(path, title) as axes:
        axes.plot([floor, 1], [floor, 1], color="#b8bec8", linewidth=0.8, zorder=1)
        own = [line for line in lines if line.is_own]
        beside = [line for line in lines if not line.is_own]
        for index, line in enumerate([*own, *beside]):
            _draw_det_line(axes, line, _style(line, index - len(own)), floor)
        axes.set(xscale="log", yscale="log", xlim=(LOWEST_FMR, 1), ylim=(floor, 1))
        axes.set_xlabel("False match rate")
        axes.set_ylabel("False non-match rate")
        axes.xaxis.set_major_formatter(_percent_label)
        axes.yaxis.set_major_formatter(_percent_label)


def plot_discard(path: Path, lines: Sequence[DiscardLine], title: str, max_discard: float) -> None:
    """Draw the false non-match rate that remains when the lowest quality is set aside.

    Parameters
    ----------
    path : Path
        A PNG, SVG or PDF file, overwritten.
    lines : sequence of DiscardLine
        At least one.
    title : str
        Says what was measured.
    max_discard : float
        Right edge, a fraction.

    Raises
    ------
    InvalidSetting
        If matplotlib is not installed, or the ending of `path` is no format that it writes.
    """
    with _axes(path, title) as axes:
        _draw_ideal_discard(axes, lines[0])
        for index, line in enumerate(lines):
            colour, dashes = (_OWN_COLOUR, "-") if index == 0 else _BESIDE_STYLES[(index - 1) % 5]
            x = np.append(line.discarded, 1.0)
            y = np.append(line.fnmr, line.fnmr[-1])
            label = f"{line.label}: mean {100 * line.area:.2f} %"
            width = 2.4 if index == 0 else 1.4
            axes.step(x, y, where="post", color=colour, linestyle=dashes, linewidth=width, label=label)
        highest = max(float(line.fnmr.max()) for line in lines)
        axes.set(xlim=(0, max_discard), ylim=(0, 1.08 * highest if highest > 0 else 0.01))
        axes.set_xlabel("Mated comparisons set aside, lowest quality first")
        axes.set_ylabel("False non-match rate of the rest")
        axes.xaxis.set_major_formatter(_percent_label)
        axes.yaxis.set_major_formatter(_percent_label)


@contextmanager
def _axes(path: Path, title: str) -> Iterator[Axes]:
    """Axes in the house style; the figure is written to `path` when the block ends."""
    try:
        # imported here: plots are an extra, and the command line should start without it
        from matplotlib import rc_context  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError as error:
        raise InvalidSetting(f"{path}: plots need matplotlib, install vantay[report]") from error
    with rc_context(
        {"font.size": 10.5, "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _GREY}
    ):
        figure = Figure(figsize=(7.6, 6.8), dpi=160, layout="constrained")
        axes = figure.add_subplot()
        axes.grid(visible=True, which="major", color="#dfe3e8", linewidth=0.8)
        axes.grid(visible=True, which="minor", color="#f0f2f5", linewidth=0.5)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(title, loc="left", fontweight="bold", fontsize="medium", pad=12)
        yield axes
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        try:
            figure.savefig(path)
        except ValueError as error:
            raise InvalidSetting(f"{path}: cannot be written as a plot: {error}") from error


def _draw_det_line(axes: Axes, line: DetLine, style: tuple[str, object], floor: float) -> None:
    colour, dashes = style
    # a rate of zero has no place on a logarithmic axis: the line leaves through the lower or left edge
    fmr = np.maximum(line.fmr, LOWEST_FMR / 10)
    fnmr = np.maximum(line.fnmr, floor / 10)
    axes.step(
        fmr,
        fnmr,
        where="pre",  # as thresholds rise the FMR falls: until it reaches the next point, that FNMR holds
        color=colour,
        linestyle=dashes,
        linewidth=2.4 if line.is_own else 1.4,
        label=f"{line.label}: EER {100 * line.eer:.2f} %",
        zorder=4 if line.is_own else 3,
    )
    if line.eer > max(floor, LOWEST_FMR):
        size = 7 if line.is_own else 5
        axes.plot(line.eer, line.eer, "o", color=colour, markersize=size, markeredgecolor="white", zorder=5)


def _draw_ideal_discard(axes: Axes, line: DiscardLine) -> None:
    """Draw what a quality value would do that sets aside nothing but errors."""
    share_of_errors = float(line.fnmr[0])
    discarded = np.linspace(0.0, 1.0, 1001)[:-1]
    fnmr = np.maximum(share_of_errors - discarded, 0.0) / (1.0 - discarded)
    axes.plot(discarded, fnmr, color=_GREY, linewidth=1.0, label=f"ideal for {line.label}", zorder=1)


def _style(line: DetLine, beside_index: int) -> tuple[str, object]:
    if line.is_own:
        return _OWN_COLOUR, "-"
    return _BESIDE_STYLES[beside_index % len(_BESIDE_STYLES)]


def _lowest_fnmr(lines: Sequence[DetLine]) -> float:
    """Put the bottom edge just below the lowest rate that is not zero."""
    positive = [float(line.fnmr[line.fnmr > 0].min()) for line in lines]
    return float(np.clip(min(positive) / 1.5, 1e-4, 1e-2))


def _percent_label(rate: float, _position: float) -> str:
    return f"{100 * rate:g} %"
