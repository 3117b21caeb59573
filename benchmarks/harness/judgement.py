"""Is it slower than it was? Ratios to the reference kernel, now and in the committed results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.harness.result import Result

LEAST_TOLERANCE = 0.08
"""Two builds of the same sources differ by this much where code or data come to lie elsewhere in memory."""

LARGEST_TOLERANCE = 0.5
SPREADS = 1.5
"""A change must exceed the spread of the recorded passes so many times."""


class Verdict(StrEnum):
    """What became of a benchmark."""

    SAME = "same"
    SLOWER = "SLOWER"
    FASTER = "faster"
    NEW = "new"
    OTHER_MACHINE = "other machine"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One benchmark beside its committed result.

    Attributes
    ----------
    result : Result
        Measured now.
    before : Result or None
        The committed one.
    verdict : Verdict
    """

    result: Result
    before: Result | None
    verdict: Verdict

    @property
    def change(self) -> float | None:
        """Ratio now over ratio then: 1.1 is a tenth slower; None of what is new or judged otherwise."""
        if self.before is None or self.before.reference is not self.result.reference:
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
    return min(max(SPREADS * before.spread, LEAST_TOLERANCE), LARGEST_TOLERANCE)


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
    judgement = Judgement(result, before, Verdict.NEW)
    if before is None or judgement.change is None:
        return judgement
    if not is_same_machine:
        return Judgement(result, before, Verdict.OTHER_MACHINE)
    if judgement.change > 1 + judgement.tolerance:
        return Judgement(result, before, Verdict.SLOWER)
    is_faster = judgement.change < 1 / (1 + judgement.tolerance)
    return Judgement(result, before, Verdict.FASTER if is_faster else Verdict.SAME)


def suspects(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Give those that seem slower and deserve another look in a process of their own."""
    return [one for one in judgements if one.verdict is Verdict.SLOWER]


def with_best(results: Sequence[Result], again: Iterable[Result]) -> list[Result]:
    """Replace results by those of another look that are better: noise only ever adds."""
    found = {one.name: one for one in again}
    return [min(one, found.get(one.name, one), key=lambda some: some.ratio) for one in results]
