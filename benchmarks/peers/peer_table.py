"""The table of peers: figures beside ours, with ratios, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.harness.printing import make_table
from benchmarks.peers.catalogue import Entry, Kind
from benchmarks.peers.peer import Figures
from rich.console import Console


@dataclass(frozen=True, slots=True)
class Column:
    """One figure.

    Attributes
    ----------
    figure : str
        Its name.
    heading : str
    factor : float
        To the unit of the heading.
    has_ratio : bool
        Whether the ratio to ours is printed too.
    """

    figure: str
    heading: str
    factor: float = 1.0
    has_ratio: bool = False


_RATES = (Column("eer", "EER %", 100), Column("fnmr_at_fmr_1e-3", "FNMR % at FMR 0.1 %", 100))
_FINGERS = (
    *_RATES,
    Column("extract_ms", "extract ms", has_ratio=True),
    Column("comparisons_per_s", "comparisons/s", has_ratio=True),
    Column("n_failed", "no template"),
    Column("n_errors", "errors"),
)

COLUMNS: Mapping[Kind, Sequence[Column]] = {
    Kind.FINGERS: _FINGERS,
    Kind.STORED: _FINGERS,
    Kind.FACES: (
        *_RATES,
        Column("extract_ms", "extract ms", has_ratio=True),
        Column("agreement_mean", "cosine with ours"),
        Column("agreement_least", "least"),
        Column("n_failed", "no face"),
    ),
    Kind.VECTORS: (
        Column("search_ms", "search ms", has_ratio=True),
        Column("build_s", "build s", has_ratio=True),
        Column("bytes_per_vector", "bytes a vector", has_ratio=True),
        Column("mates_first", "mates first %", 100),
        Column("mates_listed", "mates listed %", 100),
        Column("nearest_found", "nearest found %", 100),
    ),
}
TITLES = {
    Kind.FINGERS: "Fingers, FVC sets, one threshold for all",
    Kind.FACES: "Faces",
    Kind.VECTORS: "Vectors: codes of two index fingers",
}


def print_peers(
    console: Console,
    entries: Sequence[Entry],
    figures: Mapping[str, Figures],
    notes: Mapping[str, str],
) -> None:
    """Print a table for each kind, and below it what is not whole and why."""
    for kind, title in TITLES.items():
        shown = shown_entries(kind, entries)
        if not shown:
            continue
        console.print(f"{title}; in brackets the ratio to {shown[0].key}", style="bold", highlight=False)
        table = make_table("peer", *(column.heading for column in COLUMNS[kind]))
        for one in shown:
            table.add_row(one.key, *cells(kind, figures.get(one.key, {}), figures.get(shown[0].key, {})))
        console.print(table)
        for one in shown:
            if notes.get(one.key):
                console.print(f"{one.key}: {notes[one.key]}", highlight=False, markup=False)


def shown_entries(kind: Kind, entries: Sequence[Entry]) -> list[Entry]:
    """Give the entries of a table: stored scores are of fingers."""
    kinds = {kind, Kind.STORED} if kind is Kind.FINGERS else {kind}
    return [one for one in entries if one.kind in kinds]


def cells(kind: Kind, figures: Figures, own: Figures) -> Iterator[str]:
    """Give the cells of a peer behind its name."""
    for column in COLUMNS[kind]:
        value, reference = figures.get(column.figure), own.get(column.figure)
        if value is None:
            yield ""
        elif column.has_ratio and reference and figures is not own:
            yield f"{_text(value * column.factor)} ({ratio_text(value / reference)})"
        else:
            yield _text(value * column.factor)


def ratio_text(ratio: float) -> str:
    """Print a ratio with two digits, large ones without a power of ten."""
    return f"{float(f'{ratio:.2g}'):,.0f}" if ratio >= 10 else f"{ratio:.2g}"


def _text(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 or float(value).is_integer() else f"{value:.3g}"
