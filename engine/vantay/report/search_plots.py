"""Plots of 1:N search, of the reliability of scores, and of synthetic populations beside real ones.

They draw the curves of a run file, by plot and name, as docs/evaluation.md describes them. A rate of zero has
no place on a logarithmic axis: lines run along the lower edge there, and leave through the left one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FloatArray = npt.NDArray[np.float64]
Curve = Mapping[str, Sequence[float | None]]
Lines = Mapping[str, Curve]
Curves = Mapping[str, Lines]

_INK = "#1c2430"
_GREY = "#8a93a1"
_STYLES: tuple[tuple[str, str | tuple[int, tuple[float, ...]], float], ...] = (
    ("#0b3d91", "-", 2.2),
    ("#c2410c", (0, (6, 2)), 1.7),
    ("#4d7c0f", (0, (2, 1.5)), 1.7),
    ("#7e22ce", (0, (7, 2, 1.5, 2)), 1.7),
    ("#0e7490", (0, (1, 2)), 1.7),
)
"""Colour, dash and width: lines can be told apart in a greyscale print."""

_WORDS = {
    "n_minutiae": "Minutiae",
    "density": "Minutiae per mm² of their hull",
    "nearest_neighbour_px": "Distance to the nearest minutia, px",
    "quality": "Quality of the impression",
    "mated_scores": "Score, mated",
    "non_mated_scores": "Score, non-mated",
    "mated_log_odds": "Log-odds, mated",
    "non_mated_log_odds": "Log-odds, non-mated",
    "mated_cosines": "Cosine of faces, mated",
    "non_mated_cosines": "Cosine of faces, non-mated",
}


def plot_identification(path: Path, curves: Curves, title: str) -> None:
    """Draw FNIR over FPIR, the CMC, the reliability of scores, and time over the size of the gallery.

    Parameters
    ----------
    path : Path
        A PNG, SVG or PDF file, overwritten.
    curves : mapping of str to mapping of str to Curve
        ``fnir_fpir``, ``cmc``, ``reliability`` and ``search_time`` of a run.
    title : str
        Says what was measured.

    Raises
    ------
    InvalidSetting
        If matplotlib is not installed, or the ending of `path` is no format that it writes.
    """
    with _figure(path, title, (11.5, 9.6)) as figure:
        axes = [_panel(figure, (2, 2, number)) for number in range(1, 5)]
        _draw_trade_off(axes[0], _largest_first(curves["fnir_fpir"]))
        _draw_cmc(axes[1], _largest_first(curves["cmc"]))
        _draw_reliability(axes[2], curves["reliability"])
        _draw_times(axes[3], curves["search_time"])


def plot_reliability(path: Path, lines: Lines, title: str) -> None:
    """Draw the measured over the claimed false match rate; errors as `plot_identification`.

    Parameters
    ----------
    path : Path
        A PNG, SVG or PDF file, overwritten.
    lines : mapping of str to Curve
        ``reliability`` of a run.
    title : str
        Says what was measured.
    """
    with _figure(path, title, (7.2, 6.6)) as figure:
        _draw_reliability(_panel(figure, (1, 1, 1)), lines)


def plot_fidelity(path: Path, curves: Curves, distances: Mapping[str, float], title: str) -> None:
    """Draw each distribution of real and of synthetic samples, and their error trade-offs together.

    Parameters
    ----------
    path : Path
        A PNG, SVG or PDF file, overwritten.
    curves : mapping of str to mapping of str to Curve
        Of a run of fidelity.
    distances : mapping of str to float
        The Kolmogorov-Smirnov distance of each distribution, for its heading.
    title : str
        Says what was measured.

    Raises
    ------
    InvalidSetting
        If matplotlib is not installed, or the ending of `path` is no format that it writes.
    """
    names = [name for name in _WORDS if name in curves]
    n_panels = len(names) + ("det" in curves)
    n_columns = min(n_panels, 3)
    n_rows = -(-n_panels // n_columns)
    with _figure(path, title, (4.2 * n_columns, 3.6 * n_rows + 0.5)) as figure:
        for number, name in enumerate(names, start=1):
            panel = _panel(figure, (n_rows, n_columns, number))
            _draw_histograms(panel, name, curves[name], distances[name])
        if "det" in curves:
            _draw_det(_panel(figure, (n_rows, n_columns, n_panels)), curves["det"])


@contextmanager
def _figure(path: Path, title: str, size: tuple[float, float]) -> Iterator[Figure]:
    """Open a figure in the house style; it is written to `path` when the block ends."""
    try:
        # imported here: plots are an extra, and the command line should start without it
        from matplotlib import rc_context  # noqa: PLC0415
        from matplotlib.figure import Figure  # noqa: PLC0415
        from matplotlib.layout_engine import ConstrainedLayoutEngine  # noqa: PLC0415
    except ImportError as error:
        raise InvalidSetting(f"{path}: plots need matplotlib, install vantay[report]") from error
    with rc_context({"font.size": 10, "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _GREY}):
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12)
        figure = Figure(figsize=size, dpi=150, layout=layout)
        figure.suptitle(title, x=0.01, ha="left", fontweight="bold", fontsize="large")
        yield figure
        try:
            figure.savefig(path)
        except ValueError as error:
            raise InvalidSetting(f"{path}: cannot be written as a plot: {error}") from error


def _panel(figure: Figure, place: tuple[int, int, int]) -> Axes:
    axes = figure.add_subplot(*place)
    axes.grid(visible=True, which="major", color="#dfe3e8", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _draw_trade_off(axes: Axes, lines: Lines) -> None:
    left, bottom = _lowest_of(lines, "x"), _lowest_of(lines, "y")
    for (name, curve), style in zip(lines.items(), _STYLES, strict=False):
        x, y = _beyond(_column(curve, "x"), left), np.maximum(_column(curve, "y"), bottom)
        _line(axes.step, (x, y), style, f"{_people(name)}", where="pre")
    axes.set(xscale="log", yscale="log", xlim=(left, 1), ylim=(bottom, 1))
    axes.set(xlabel="FPIR: searches of strangers that find somebody", ylabel="FNIR: searches that miss")
    _percent(axes, "both")
    axes.legend(frameon=False)


def _draw_cmc(axes: Axes, lines: Lines) -> None:
    largest = next(iter(lines.values()))
    low, high, highest = _column(largest, "low"), _column(largest, "high"), max(2.0, *_column(largest, "x"))
    axes.fill_between(
        _column(largest, "x"), low, high, step="post", color=_STYLES[0][0], alpha=0.1, linewidth=0
    )
    lowest = low.min()
    for (name, curve), style in zip(lines.items(), _STYLES, strict=False):
        rate = _column(curve, "y")
        _line(axes.step, (_column(curve, "x"), rate), style, _people(name), where="post")
        lowest = min(lowest, rate.min())
    axes.set(xscale="log", xlim=(1, highest), ylim=(max(lowest - 0.1 * (1 - lowest), 0), 1.0))
    axes.set_ylim(top=1 + 0.03 * (1 - axes.get_ylim()[0]))
    axes.set(xlabel="Rank", ylabel="Mates listed at this rank or better")
    axes.xaxis.set_major_formatter(lambda rank, _: f"{rank:g}")
    _percent(axes, "y")
    axes.legend(frameon=False, loc="lower right")


def _draw_reliability(axes: Axes, lines: Lines) -> None:
    floor = _lowest_of(lines, "x")
    axes.plot([floor, 1], [floor, 1], color=_GREY, linewidth=1.0, label="as claimed")
    for (name, curve), style in zip(lines.items(), _STYLES, strict=False):
        claimed, measured = _column(curve, "x"), _column(curve, "y")
        low, high = (np.maximum(_column(curve, end), floor) for end in ("low", "high"))
        axes.fill_between(claimed, low, high, color=style[0], alpha=0.13, linewidth=0)
        _line(axes.plot, (claimed, np.maximum(measured, floor)), style, name)
    axes.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1))
    axes.invert_xaxis()  # higher scores to the right
    axes.set(xlabel="FMR that the score claims", ylabel="FMR measured, with 95 % interval")
    axes.legend(frameon=False)


def _draw_times(axes: Axes, lines: Lines) -> None:
    for (name, curve), style in zip(lines.items(), _STYLES, strict=False):
        _line(axes.plot, (_column(curve, "x"), _column(curve, "y")), style, name, marker="o")
    axes.set(xscale="log", yscale="log", xlabel="Subjects in the gallery", ylabel="Time of a search, ms")
    axes.xaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
    axes.yaxis.set_major_formatter(lambda ms, _: f"{ms:g}")
    axes.legend(frameon=False)


def _draw_histograms(axes: Axes, name: str, lines: Lines, distance: float) -> None:
    for (population, curve), (colour, dashes, width) in zip(lines.items(), _STYLES, strict=False):
        edges, shares = _column(curve, "x"), _column(curve, "y")
        right = 2 * edges[-1] - edges[-2]
        axes.stairs(
            shares,
            np.append(edges, right),
            label=population,
            color=colour,
            linestyle=dashes,
            linewidth=width,
            fill=False,
        )
    used = np.max([_column(curve, "y") for curve in lines.values()], axis=0) > 1e-4
    places = _column(next(iter(lines.values())), "x")[used]
    step = edges[1] - edges[0]
    axes.set(xlim=(places[0], max(places[-1] + step, places[0] + 5 * step)), xlabel=_WORDS[name])
    axes.set_ylim(bottom=0)
    axes.set_title(f"KS {distance:.3f}", loc="left", fontsize="medium")
    _percent(axes, "y")
    axes.legend(frameon=False)


def _draw_det(axes: Axes, lines: Lines) -> None:
    left, bottom = _lowest_of(lines, "x"), _lowest_of(lines, "y")
    for (name, curve), style in zip(lines.items(), _STYLES, strict=False):
        x, y = _beyond(_column(curve, "x"), left), np.maximum(_column(curve, "y"), bottom)
        _line(axes.step, (x, y), style, name, where="pre")
    axes.set(xscale="log", yscale="log", xlim=(left, 1), ylim=(bottom, 1))
    axes.set(xlabel="False match rate", ylabel="False non-match rate")
    axes.set_title("Prints: error trade-off", loc="left", fontsize="medium")
    _percent(axes, "both")
    axes.legend(frameon=False)


def _line(
    draw: Callable[..., object],
    points: tuple[FloatArray, FloatArray],
    style: tuple[str, object, float],
    label: str,
    **more: object,
) -> None:
    colour, dashes, width = style
    draw(*points, color=colour, linestyle=dashes, linewidth=width, label=label, **more)


def _column(curve: Curve, name: str) -> FloatArray:
    return np.array([np.inf if value is None else value for value in curve[name]], np.float64)


def _beyond(rates: FloatArray, edge: float) -> FloatArray:
    """Put rates of zero to the left of the edge."""
    return np.where(rates > 0, rates, edge / 10)


def _lowest_of(lines: Lines, name: str) -> float:
    """Put an edge half a step below the lowest rate that is not zero; 0.1 % if there is none below 1."""
    positive = [value for curve in lines.values() for value in curve[name] if value and 0 < value < 1]
    return float(np.clip(min(positive, default=2e-3) / 2, 1e-8, 0.1))


def _largest_first(lines: Lines) -> Lines:
    """Sort galleries: the largest is drawn heaviest."""
    return dict(sorted(lines.items(), key=lambda item: -int(item[0])))


def _people(n_subjects: str) -> str:
    return f"{int(n_subjects):,} subjects"


def _percent(axes: Axes, which: str) -> None:
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        if which in {name, "both"}:
            axis.set_major_formatter(lambda rate, _: f"{100 * rate:.6g} %")
