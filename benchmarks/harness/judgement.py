"""Is it slower than it was, or gone? Ratios to the reference kernel, now and in the committed results."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from benchmarks.harness.result import Result, best_of, read_results
from benchmarks.harness.surroundings import is_same_kind

LEAST_TOLERANCE = 0.08
"""Two builds of the same sources differ by this much where code or data come to lie elsewhere in memory."""

FEW_PASSES_TOLERANCE = 0.15
"""The least of results of fewer than `ENOUGH_PASSES` passes, whose spread says little or nothing.

Two single passes of the same sources on an idle machine differed by less than 5 % in 70 of 75 benchmarks, but
by 16 to 17 % in three.
"""

ENOUGH_PASSES = 3
LARGEST_TOLERANCE = 0.25
"""Whose passes ask for more is too noisy to be judged well, and is told so when it is recorded."""

SPREADS = 1.5
"""A change must exceed the spread of the recorded passes so many times."""


class Verdict(StrEnum):
    """What became of a benchmark."""

    SAME = "same"
    SLOWER = "SLOWER"
    FASTER = "faster"
    NEW = "new"
    MISSING = "MISSING"
    """There are committed figures of it, and none now: renamed, deleted, or not run."""
    LEFT_OUT = "left out"
    """The same, because a model is not built."""
    OTHER_REFERENCE = "new reference"
    """The committed ratio is one to another piece of work."""
    OTHER_MACHINE = "other machine"


GONE = frozenset({Verdict.MISSING, Verdict.LEFT_OUT})
FAILING = frozenset({Verdict.SLOWER, Verdict.MISSING})
"""With one of them a run of `make bench` fails."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One benchmark beside its committed result.

    Attributes
    ----------
    result : Result
        Measured now; the committed one of what is `GONE`.
    before : Result or None
        The committed one.
    verdict : Verdict
    """

    result: Result
    before: Result | None
    verdict: Verdict

    @property
    def change(self) -> float | None:
        """Ratio now over ratio then: 1.1 is a tenth slower; None of what has no two ratios to compare."""
        if self.before is None or self.verdict in GONE or self.verdict is Verdict.OTHER_REFERENCE:
            return None
        return self.result.ratio / self.before.ratio

    @property
    def tolerance(self) -> float:
        """From which share on a change is one."""
        return tolerance_of(self.before) if self.before else LEAST_TOLERANCE


def tolerance_of(before: Result) -> float:
    """Say from which share on a change is one.

    Parameters
    ----------
    before : Result
        The committed one, with the spread of its passes.
    """
    least = LEAST_TOLERANCE if before.n_passes >= ENOUGH_PASSES else FEW_PASSES_TOLERANCE
    return min(max(SPREADS * before.spread, least), LARGEST_TOLERANCE)


def too_noisy(results: Iterable[Result]) -> list[Result]:
    """Give those whose passes differed by more than the largest tolerance covers."""
    return [one for one in results if SPREADS * one.spread > LARGEST_TOLERANCE]


def judge(
    results: Iterable[Result], committed: Sequence[Result], *, is_same_machine: bool = True
) -> list[Judgement]:
    """Compare results with committed ones.

    Parameters
    ----------
    results : iterable of Result
        Measured now.
    committed : sequence of Result
        Of the last release.
    is_same_machine : bool
        Whether ratios compare: those of another processor differ without any change of the sources.

    Returns
    -------
    list of Judgement
        One for each result, in their order.
    """
    before = {one.name: one for one in committed}
    return [_judged(one, before, is_same_machine=is_same_machine) for one in results]


def _judged(result: Result, committed: Mapping[str, Result], *, is_same_machine: bool) -> Judgement:
    before = committed.get(result.name)
    if before is None:
        return Judgement(result, None, Verdict.NEW)
    if _reference_of(before) != _reference_of(result):
        return Judgement(result, before, Verdict.OTHER_REFERENCE)
    if not is_same_machine:
        return Judgement(result, before, Verdict.OTHER_MACHINE)
    return Judgement(result, before, _verdict(result.ratio / before.ratio, tolerance_of(before)))


def _reference_of(result: Result) -> tuple[str, int]:
    return result.reference, result.reference_version


def _verdict(change: float, tolerance: float) -> Verdict:
    if change > 1 + tolerance:
        return Verdict.SLOWER
    return Verdict.FASTER if change < 1 / (1 + tolerance) else Verdict.SAME


def find_gone(
    results: Iterable[Result], committed: Iterable[Result], left_out: Collection[str] = ()
) -> list[Judgement]:
    """Give the committed benchmarks that were not measured now.

    Parameters
    ----------
    results : iterable of Result
        Measured now.
    committed : iterable of Result
        Of the last release.
    left_out : collection of str
        Names of those that were not run for want of a model.

    Returns
    -------
    list of Judgement
        One for each, `Verdict.MISSING` or `Verdict.LEFT_OUT`.
    """
    measured = {one.name for one in results}
    return [
        Judgement(one, one, Verdict.LEFT_OUT if one.name in left_out else Verdict.MISSING)
        for one in committed
        if one.name not in measured
    ]


def judge_documents(
    now: Mapping[str, Any], before: Mapping[str, Any], *, is_whole: bool = True
) -> list[Judgement]:
    """Compare a run of the micro benchmarks with a committed one, as result files have them.

    Parameters
    ----------
    now, before : mapping
        From `read_document`; nothing is judged where ``before`` is empty.
    is_whole : bool
        Whether all benchmarks were to run now, so that others are missing.

    Returns
    -------
    list of Judgement
        Those of `judge`, and behind them those of `find_gone`.
    """
    results, committed = read_results(now), read_results(before)
    is_same_machine = is_same_kind(now.get("machine", {}), before.get("machine", {}))
    judgements = judge(results, committed, is_same_machine=is_same_machine)
    gone = find_gone(results, committed, now.get("left_out", ())) if is_whole else []
    return [*judgements, *gone]


def suspects(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Give those that seem slower and deserve another look in a process of their own."""
    return [one for one in judgements if one.verdict is Verdict.SLOWER]


def fails(judgements: Iterable[Judgement]) -> bool:
    """Tell whether a run with these judgements fails."""
    return any(one.verdict in FAILING for one in judgements)


def with_best(results: Iterable[Result], again: Iterable[Result]) -> list[Result]:
    """Take the best times of results and of another look at some of them, as `best_of` does."""
    found = {one.name: one for one in again}
    return [best_of([one, found[one.name]]) if one.name in found else one for one in results]
