"""Which curves of which runs share a chart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from vantay.report.run_report.chart import Series
from vantay.report.run_report.curve import Curve
from vantay.report.run_report.reading import FloatArray
from vantay.report.run_report.run import Run

MAX_LINES = 6
"""In one chart: more cannot be told apart."""

_MAIN_LABELS = ("pooled", "mean")
_MAX_PANELS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A curve and whose it is; the points may be changed for drawing."""

    run: Run
    run_index: int
    curve: Curve
    x: FloatArray
    y: FloatArray

    @property
    def label(self) -> str:
        """Name of the line in words."""
        return plain(self.curve.label)

    def moved(self, x: FloatArray, y: FloatArray) -> Line:
        """Give the line other points."""
        return replace(self, x=x, y=y)


def plain(name: str) -> str:
    """Put a key of the file into words; the size of a gallery gets its thousands apart."""
    if name.isascii() and name.isdigit() and len(name) <= 15:
        return f"{int(name):,} subjects"
    return name.replace("non_mated", "non-mated").replace("_", " ")


def lines_of(runs: Sequence[Run], plots: Sequence[str]) -> list[Line]:
    """Collect the curves of some plots, run after run."""
    return [
        Line(run, index, curve, curve.x, curve.y)
        for index, run in enumerate(runs)
        for curve in run.curves
        if curve.plot in plots
    ]


def panels(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """Share lines out among charts.

    Parameters
    ----------
    lines : sequence of Line
        Of one plot.

    Yields
    ------
    str
        What to add to the title.
    list of Line
        `MAX_LINES` at most. Lines of one run stand together. Of several runs those of one label do, so that
        the runs stand beside each other; of many labels only the pooled one, the largest gallery, or
        the first.
    """
    if len({line.run_index for line in lines}) == 1:
        main_first = sorted(lines, key=lambda line: line.curve.label not in _MAIN_LABELS)
        yield "", main_first[:MAX_LINES]
        return
    for label in main_labels(lines):
        yield plain(label), [line for line in lines if line.curve.label == label][:MAX_LINES]


def lines_in_panels(lines: Sequence[Line]) -> Iterator[tuple[str, Sequence[Line]]]:
    """Share lines out as `panels` does, but of one run leave none out: those of many get further charts."""
    if len({line.run_index for line in lines}) > 1:
        yield from panels(lines)
        return
    for first in range(0, len(lines), MAX_LINES):
        yield "", lines[first : first + MAX_LINES]


def main_labels(lines: Sequence[Line]) -> list[str]:
    """Choose the labels that are drawn where there are too many: pooled, the largest gallery, the first."""
    runs = {line.run_index for line in lines}
    labels = list(dict.fromkeys(line.curve.label for line in lines))
    shared = [
        x for x in labels if runs == {line.run_index for line in lines if line.curve.label == x}
    ] or labels
    main = [label for label in _MAIN_LABELS if label in shared]
    if main:
        return main[:1]
    if len(shared) <= _MAX_PANELS:
        return shared
    has_sizes = all(label.isdigit() for label in shared)
    return shared[-1:] if has_sizes else shared[:_MAX_PANELS]


def series_of(lines: Sequence[Line], *, is_step: bool = False, has_markers: bool = False) -> list[Series]:
    """Make the series of a chart: of several runs named and coloured by run, else by line."""
    has_runs = len({line.run_index for line in lines}) > 1
    return [
        Series(
            label=line.run.name if has_runs else line.label,
            x=line.x,
            y=line.y,
            tone=line.run_index if has_runs else index,
            is_step=is_step,
            has_markers=has_markers,
            low=line.curve.low if line.x is line.curve.x else None,
            high=line.curve.high if line.x is line.curve.x else None,
        )
        for index, line in enumerate(lines)
    ]


def titled(title: str, panel: str) -> str:
    """Add to a title which lines it shows."""
    return f"{title}, {panel}" if panel else title
