"""All figures of a section as tables: runs side by side, or the sets and sizes of a single run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vantay.report.run_report.figure import Figure
from vantay.report.run_report.run import Run

MAX_SETS = 4
"""Beside each other in one table."""

_NO_SET = "whole run"

Path = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class FigureRow:
    """A figure in all columns; None where it was not measured."""

    label: str
    cells: tuple[Figure | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class FigureTable:
    """A table of figures.

    Attributes
    ----------
    name : str
        Stands over the labels.
    headings : tuple of str
        Of the columns; empty where the columns are the runs.
    rows : tuple of FigureRow
        At least one.
    """

    name: str
    headings: tuple[str, ...]
    rows: tuple[FigureRow, ...]

    @property
    def is_wide(self) -> bool:
        """Whether another table has no room beside it."""
        return len(self.rows[0].cells) > 1

    @property
    def has_intervals(self) -> bool:
        """Whether any of its figures has one."""
        return any(cell and cell.interval for row in self.rows for cell in row.cells)


def figure_rows(runs: Sequence[Run]) -> dict[Path, FigureRow]:
    """Put the figures of several runs beside each other, by group and key."""
    by_run = [{figure.path: figure for figure in run.figures} for run in runs]
    paths = dict.fromkeys(path for figures in by_run for path in figures)
    return {path: _row([figures.get(path) for figures in by_run]) for path in paths}


def figure_tables(rows: Mapping[Path, FigureRow], n_runs: int) -> tuple[FigureTable, ...]:
    """Arrange all figures of a section.

    Parameters
    ----------
    rows : mapping of (str, str) to FigureRow
        From `figure_rows`.
    n_runs : int
        Of several runs there is a table for each set or size, with a column for each run; of a single run the
        sets and sizes that have the same figures are the columns of one table.

    Returns
    -------
    tuple of FigureTable
        Together they hold every row.
    """
    by_group: dict[str, dict[str, FigureRow]] = {}
    for (group, key), row in rows.items():
        by_group.setdefault(group, {})[key] = row
    if n_runs > 1:
        return tuple(FigureTable(name or _NO_SET, (), tuple(of.values())) for name, of in by_group.items())
    return tuple(_side_by_side(names, by_group) for names in _alike(by_group))


def _alike(by_group: Mapping[str, Mapping[str, FigureRow]]) -> Iterator[list[str]]:
    """Collect groups of which one has all figures of the other, in their order."""
    left = list(by_group)
    while left:
        first = set(by_group[left[0]])
        names = [name for name in left if set(by_group[name]) <= first or set(by_group[name]) >= first]
        yield names[:MAX_SETS]
        left = [name for name in left if name not in names[:MAX_SETS]]


def _side_by_side(names: Sequence[str], by_group: Mapping[str, Mapping[str, FigureRow]]) -> FigureTable:
    keys = dict.fromkeys(key for name in names for key in by_group[name])
    rows = (_row([_only(by_group[name].get(key)) for name in names]) for key in keys)
    return FigureTable("", tuple(name or _NO_SET for name in names), tuple(rows))


def _only(row: FigureRow | None) -> Figure | None:
    return None if row is None else row.cells[0]


def _row(cells: Sequence[Figure | None]) -> FigureRow:
    return FigureRow(next(cell.label for cell in cells if cell), tuple(cells))
