"""The comparisons of one test set with their scores, and the CSV files that hold them.

A file has the columns ``probe,candidate,score``. An impression is named ``FINGER_IMPRESSION`` (``101_1``),
with the set's name before it where a file holds several sets (``fvc2002/DB1_B/101_1``). Comparisons are mated
when set and finger are the same. Finger 101 of two sets is two people, so a comparison across sets is
refused.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample
from vantay.evaluation.error_rates import ErrorCurve, error_curve

_COLUMNS = ["probe", "candidate", "score"]


class ImpressionName(NamedTuple):
    """What a name like ``fvc2002/DB1_B/101_1`` says."""

    set_name: str
    finger: int
    impression: int

    def __str__(self) -> str:
        prefix = f"{self.set_name}/" if self.set_name else ""
        return f"{prefix}{self.finger}_{self.impression}"

    @classmethod
    def parse(cls, text: str) -> ImpressionName:
        """Take a name apart; ValueError if it is none."""
        set_name, _, stem = text.rpartition("/")
        finger, separator, impression = stem.partition("_")
        if not (
            separator
            and finger.isascii()
            and finger.isdigit()
            and impression.isascii()
            and impression.isdigit()
        ):
            raise ValueError(text)
        return cls(set_name, int(finger), int(impression))


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Comparisons of fingers of one set, or of several that were pooled.

    Attributes
    ----------
    name : str
        What tables and plots call it.
    probes, candidates : sequence of ImpressionName
        The two impressions of each comparison.
    scores : (n,) float64
        Higher = more alike.
    qualities : (n,) float64 or None
        The lower quality, 0 to 100, of the two impressions, where it is known.
    """

    name: str
    probes: Sequence[ImpressionName]
    candidates: Sequence[ImpressionName]
    scores: npt.NDArray[np.float64]
    qualities: npt.NDArray[np.float64] | None = None

    @property
    def is_mated(self) -> npt.NDArray[np.bool_]:
        """Which comparisons are of the same finger, (n,)."""
        pairs = zip(self.probes, self.candidates, strict=True)
        return np.fromiter((p[:2] == c[:2] for p, c in pairs), dtype=np.bool_, count=len(self.probes))

    @property
    def mated(self) -> npt.NDArray[np.float64]:
        """Scores of the mated comparisons."""
        return self.scores[self.is_mated]

    @property
    def non_mated(self) -> npt.NDArray[np.float64]:
        """Scores of the non-mated comparisons."""
        return self.scores[~self.is_mated]

    def curve(self) -> ErrorCurve:
        """Compute the error rates of these comparisons at every threshold."""
        return error_curve(self.mated, self.non_mated)


def pool_tables(name: str, tables: Sequence[ScoreTable]) -> ScoreTable:
    """Put the comparisons of several sets under one threshold; their fingers stay apart.

    Parameters
    ----------
    name : str
        Of the pooled table.
    tables : sequence of ScoreTable
        At least one.

    Returns
    -------
    ScoreTable
        All comparisons, each impression named with its set; qualities only if all tables have them.
    """
    qualities = [table.qualities for table in tables if table.qualities is not None]
    names = [table.name for table in tables]
    if len(set(names)) < len(names):  # files of one name from several folders
        names = [f"{index}:{table.name}" for index, table in enumerate(tables)]
    labelled = [_with_set_name(table, own_name) for table, own_name in zip(tables, names, strict=True)]
    return ScoreTable(
        name=name,
        probes=[probe for table in labelled for probe in table.probes],
        candidates=[candidate for table in labelled for candidate in table.candidates],
        scores=np.concatenate([table.scores for table in tables]),
        qualities=np.concatenate(qualities) if len(qualities) == len(tables) else None,
    )


def write_scores(path: Path, tables: Iterable[ScoreTable]) -> None:
    """Write all comparisons of `tables` into one CSV file.

    Parameters
    ----------
    path : Path
        Overwritten.
    tables : iterable of ScoreTable
        Their impressions carry the names of their sets if there is more than one.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for table in tables:
            for probe, candidate, score in zip(table.probes, table.candidates, table.scores, strict=True):
                writer.writerow([probe, candidate, f"{score:.6g}"])


def read_scores(path: Path) -> ScoreTable:
    """Read the comparisons of a CSV file.

    Parameters
    ----------
    path : Path
        With the columns ``probe,candidate,score``.

    Returns
    -------
    ScoreTable
        Named after the file.

    Raises
    ------
    InvalidSample
        If the file cannot be read, or a line is not a comparison of two impressions of one set.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSample(f"{path}: not a readable score file: {error}") from error
    if not rows or rows[0] != _COLUMNS:
        raise InvalidSample(f"{path}: first line is {rows[:1]}, expected {','.join(_COLUMNS)}")
    parsed = [_parse_row(path, number, row) for number, row in enumerate(rows[1:], start=2)]
    return ScoreTable(
        name=path.stem,
        probes=[probe for probe, _, _ in parsed],
        candidates=[candidate for _, candidate, _ in parsed],
        scores=np.array([score for _, _, score in parsed], dtype=np.float64),
    )


def _parse_row(path: Path, number: int, row: list[str]) -> tuple[ImpressionName, ImpressionName, float]:
    try:
        probe_text, candidate_text, score_text = row
        probe, candidate = ImpressionName.parse(probe_text), ImpressionName.parse(candidate_text)
        score = float(score_text)
    except ValueError as error:
        raise InvalidSample(
            f"{path}:{number}: {','.join(row)!r} is no comparison, "
            "expected FINGER_IMPRESSION twice and a number"
        ) from error
    if probe.set_name != candidate.set_name:
        raise InvalidSample(
            f"{path}:{number}: {probe} and {candidate} are of different sets, expected one set"
        )
    return probe, candidate, score


def _with_set_name(table: ScoreTable, set_name: str) -> ScoreTable:
    """Name the impressions that carry no set name, so that pooled fingers stay apart."""

    def named(name: ImpressionName) -> ImpressionName:
        return name if name.set_name else name._replace(set_name=set_name)

    return replace(
        table,
        probes=[named(name) for name in table.probes],
        candidates=[named(name) for name in table.candidates],
    )
