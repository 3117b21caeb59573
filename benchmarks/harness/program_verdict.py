"""Did a program become less accurate, and which way is better of its other figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from benchmarks.harness.program_run import Outcome
from benchmarks.harness.run_document import Document
from benchmarks.harness.surroundings import is_same_kind

ALLOWED_OF_FVC = 0.03
"""Of the committed figure. On one kind of machine the same sources give the same scores.

Sums made in another order, as by another version of a library, may move a score across a threshold:
two of 11,520 non-mated pairs are 3 % of an EER of 0.6 %. One more of 1,120 mated pairs that is lost is 4 to
12 % of the rates at FMR 0.1 %, so none may be.
"""

ALLOWED_OF_SEARCHES = 0.0
"""The synthetic people are the same each time, and one search of 50 is 2 %: none more may be lost."""

ANY = "*"
"""In a path: every key that the committed figures have there."""


@dataclass(frozen=True, slots=True)
class GuardedFigure:
    """An error rate, or a count of errors, that may not grow.

    Attributes
    ----------
    path : tuple of str
        To it in the figures of a result file.
    allowed : float
        By which share of the committed figure it may.
    """

    path: tuple[str, ...]
    allowed: float


_FVC = tuple(GuardedFigure(("pooled", name), ALLOWED_OF_FVC) for name in ("eer", "fnmr_at_fmr_1e-3", "fte"))
_SEARCHES = tuple(
    GuardedFigure(("searches", ANY, *path), ALLOWED_OF_SEARCHES)
    for path in (("fnir_at_fpir", "1e-1", "fnir"), ("decision", "fnir"), ("decision", "fpir"), ("n_lost",))
)
GUARDED: Mapping[str, Sequence[GuardedFigure]] = {
    "fvc": _FVC,
    "fvc_classical": _FVC,
    "index_small": _SEARCHES,
}
"""By the name of the program."""


class Accuracy(StrEnum):
    """What became of a guarded figure."""

    SAME = "same"
    WORSE = "LESS ACCURATE"
    BETTER = "more accurate"
    MISSING = "MISSING"
    """The program does not tell it any more."""


@dataclass(frozen=True, slots=True)
class FigureVerdict:
    """A guarded figure beside the committed one.

    Attributes
    ----------
    name : str
        ``fvc: pooled.eer``.
    now : float or None
        None if it is not told any more.
    committed : float
    verdict : Accuracy
    """

    name: str
    now: float | None
    committed: float
    verdict: Accuracy


@dataclass(frozen=True, slots=True)
class AccuracyVerdict:
    """What is known about the accuracy after a run of programs.

    Attributes
    ----------
    figures : list of FigureVerdict
    not_judged : mapping of str to str
        Why not, by the name of the program.
    """

    figures: list[FigureVerdict]
    not_judged: Mapping[str, str]

    @property
    def failing(self) -> list[FigureVerdict]:
        """What is less accurate, or not told any more."""
        return [one for one in self.figures if one.verdict in {Accuracy.WORSE, Accuracy.MISSING}]


def judge_accuracy(outcomes: Iterable[Outcome], before: Mapping[str, Document]) -> AccuracyVerdict:
    """Compare the guarded figures of programs with the committed ones.

    Parameters
    ----------
    outcomes : iterable of Outcome
        Of the programs that were to run.
    before : mapping of str to Document
        Committed results by the name of the program.
    """
    figures: list[FigureVerdict] = []
    not_judged: dict[str, str] = {}
    for one in outcomes:
        name = one.program.name
        if name not in GUARDED:
            continue
        if reason := _why_not(one, before.get(name) or {}):
            not_judged[name] = reason
        else:
            figures += _verdicts(name, one.document["figures"], before[name]["figures"])
    return AccuracyVerdict(figures, not_judged)


def _why_not(outcome: Outcome, before: Document) -> str:
    if not outcome.document:
        return outcome.state
    if not before:
        return "there is no committed result"
    is_same = is_same_kind(outcome.document.get("machine", {}), before.get("machine", {}))
    return "" if is_same else "the committed result is of another processor"


def _verdicts(program: str, now: Mapping[str, Any], committed: Mapping[str, Any]) -> Iterator[FigureVerdict]:
    for guarded in GUARDED[program]:
        for path, before in _found(committed, guarded.path):
            value = next((value for _, value in _found(now, path)), None)
            verdict = _verdict(value, before, guarded.allowed)
            yield FigureVerdict(f"{program}: {'.'.join(path)}", value, before, verdict)


def _verdict(now: float | None, committed: float, allowed: float) -> Accuracy:
    if now is None:
        return Accuracy.MISSING
    if now > committed * (1 + allowed):
        return Accuracy.WORSE
    return Accuracy.BETTER if now < committed * (1 - allowed) else Accuracy.SAME


def _found(figures: Any, path: Sequence[str]) -> Iterator[tuple[tuple[str, ...], float]]:
    """Give the numbers that a path leads to, each with its own path."""
    if not path:
        if isinstance(figures, int | float):
            yield (), float(figures)
        return
    if not isinstance(figures, dict):
        return
    for key in figures if path[0] == ANY else [path[0]]:
        for rest, value in _found(figures.get(key), path[1:]):
            yield (key, *rest), value


_HIGHER_IS_BETTER = re.compile(r"(^|_)(per_s|efficiency|share)$")
_LOWER_IS_BETTER = re.compile(r"(^|_)(ms|us|s|mb|mib|own|lost|findings|eer|fnir|fpir|exponent)$|^fnmr_at_")
_GIVEN = re.compile(r"^(limit|offered|sent|deadline)_")
"""What a run was told to do, and what the machine can do."""


def word_of_change(figure: str, now: float, committed: float) -> str:
    """Say whether a figure of a program became better or worse.

    Parameters
    ----------
    figure : str
        The last part of its path, which ends with its unit.
    now, committed : float
        Two values that are not the same.

    Returns
    -------
    str
        ``better``, ``worse``, or ``!`` where the unit does not tell.
    """
    if _GIVEN.search(figure):
        return "!"
    if _HIGHER_IS_BETTER.search(figure):
        return "better" if now > committed else "worse"
    if _LOWER_IS_BETTER.search(figure):
        return "better" if now < committed else "worse"
    return "!"
