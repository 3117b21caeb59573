"""All figures of a section as tables: runs side by side, or the sets and sizes of a single run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from vantay.report.run_report.figure import Figure
from vantay.report.run_report.run import Run

MAX_SETS = 4
"""Beside each other in one table."""

MAX_COLUMNS = 9
"""Figures beside each other, where sets are many and each is a row; with intervals there would be no room."""

MAX_BESIDE = 2
"""Columns of a table that has room for another beside it."""

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
        return len(self.rows[0].cells) * (2 if self.has_intervals else 1) > MAX_BESIDE

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
        sets and sizes that have the same figures are the columns of one table. Where many sets have the same
        few figures, as benchmarks do, each is a row: of a table with a column for each figure, or, of several
        runs, of a table for each figure.

    Returns
    -------
    tuple of FigureTable
        Together they hold every row.
    """
    by_group: dict[str, dict[str, FigureRow]] = {}
    for (group, key), row in rows.items():
        by_group.setdefault(group, {})[key] = row
    tables: list[FigureTable] = []
    for names in _alike(by_group):
        keys = list(dict.fromkeys(key for name in names for key in by_group[name]))
        if len(names) > MAX_SETS and len(keys) <= MAX_COLUMNS and not _has_intervals(names, by_group):
            tables += _below_each_other(names, keys, by_group, n_runs)
        elif n_runs > 1:
            tables += [FigureTable(name or _NO_SET, (), tuple(by_group[name].values())) for name in names]
        else:
            parts = (names[first : first + MAX_SETS] for first in range(0, len(names), MAX_SETS))
            tables += [_side_by_side(part, by_group) for part in parts]
    return tuple(tables)


def _alike(by_group: Mapping[str, Mapping[str, FigureRow]]) -> Iterator[list[str]]:
    """Collect groups of which one has all figures of the other, and few more, in their order."""
    left = list(by_group)
    while left:
        first = set(by_group[left[0]])
        names = [name for name in left if _is_alike(first, set(by_group[name]))]
        yield names
        left = [name for name in left if name not in names]


def _is_alike(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    return (one <= other or one >= other) and 2 * min(len(one), len(other)) >= max(len(one), len(other))


def _has_intervals(names: Sequence[str], by_group: Mapping[str, Mapping[str, FigureRow]]) -> bool:
    rows = (row for name in names for row in by_group[name].values())
    return any(cell and cell.interval for row in rows for cell in row.cells)


def _below_each_other(
    names: Sequence[str], keys: Sequence[str], by_group: Mapping[str, Mapping[str, FigureRow]], n_runs: int
) -> list[FigureTable]:
    """Make a row of each set."""
    labels = {key: next(by_group[name][key].label for name in names if key in by_group[name]) for key in keys}
    if n_runs == 1:
        rows = [
            FigureRow(name or _NO_SET, tuple(_only(by_group[name].get(key)) for key in keys))
            for name in names
        ]
        return [FigureTable("", tuple(labels.values()), tuple(rows))]
    return [
        FigureTable(
            labels[key],
            (),
            tuple(
                FigureRow(name or _NO_SET, by_group[name][key].cells)
                for name in names
                if key in by_group[name]
            ),
        )
        for key in keys
    ]


def _side_by_side(names: Sequence[str], by_group: Mapping[str, Mapping[str, FigureRow]]) -> FigureTable:
    keys = dict.fromkeys(key for name in names for key in by_group[name])
    rows = (_row([_only(by_group[name].get(key)) for name in names]) for key in keys)
    return FigureTable("", tuple(name or _NO_SET for name in names), tuple(rows))


def _only(row: FigureRow | None) -> Figure | None:
    return None if row is None else row.cells[0]


def _row(cells: Sequence[Figure | None]) -> FigureRow:
    return FigureRow(next(cell.label for cell in cells if cell), tuple(cells))
