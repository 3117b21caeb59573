"""What changed between two runs: each shared figure, the difference, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vantay.errors import InvalidSetting
from vantay.report.run_report.difference import Difference, Test, compare_figures
from vantay.report.run_report.figure import Figure
from vantay.report.run_report.measure import Better, Unit
from vantay.report.run_report.run import Run


class Verdict(StrEnum):
    """What the difference of a figure means."""

    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"
    HINT = "a hint"
    NOT_SIGNIFICANT = "not significant"
    NO_DIFFERENCE = "no difference"
    NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True)
class Change:
    """One figure in two runs.

    Attributes
    ----------
    old, new : Figure
        Of the earlier and the later run.
    difference : Difference
        New minus old, with the test.
    verdict : Verdict
        ``better``, ``worse`` and ``different`` only where a test found it significant; ``a hint`` where the
        test took comparisons that share fingers or faces for independent ones.
    """

    old: Figure
    new: Figure
    difference: Difference
    verdict: Verdict

    @property
    def is_tested(self) -> bool:
        """Whether a test stands behind the verdict."""
        return self.difference.test is not Test.NONE

    def as_json(self) -> dict[str, object]:
        """Name everything for programs; rates are fractions."""
        interval = self.difference.interval
        return {
            "set": self.new.group,
            "figure": self.new.key,
            "old": self.old.value,
            "new": self.new.value,
            "difference": self.difference.value,
            "difference_95": list(interval) if interval else None,
            "test": str(self.difference.test),
            "p_value": self.difference.p_value,
            "verdict": str(self.verdict),
        }


def find_changes(old: Run, new: Run) -> tuple[Change, ...]:
    """Compare two runs figure by figure.

    Parameters
    ----------
    old, new : Run
        Of one kind.

    Returns
    -------
    tuple of Change
        Of each figure that both have, in the order of the new run; left out are counts, and what is neither
        good nor bad and has no interval, such as a threshold.

    Raises
    ------
    InvalidSetting
        If the runs are of different kinds.
    """
    if old.kind != new.kind:
        raise InvalidSetting(f"{new.name}: is a run of {new.kind}, expected {old.kind} as {old.name} is")
    before = {figure.path: figure for figure in old.figures}
    pairs = [(before[figure.path], figure) for figure in new.figures if figure.path in before]
    return tuple(_change(old_one, new_one) for old_one, new_one in pairs if _is_comparable(old_one, new_one))


def _is_comparable(old: Figure, new: Figure) -> bool:
    if new.measure.unit is Unit.COUNT:
        return False
    return new.measure.better is not Better.NEITHER or bool(old.interval and new.interval)


def _change(old: Figure, new: Figure) -> Change:
    difference = compare_figures(old, new)
    return Change(old, new, difference, _verdict(new.measure.better, difference))


def _verdict(better: Better, difference: Difference) -> Verdict:
    if difference.value == 0.0:
        return Verdict.NO_DIFFERENCE
    if difference.test is Test.NONE:
        return Verdict.NOT_TESTED
    if not difference.is_significant:
        return Verdict.NOT_SIGNIFICANT
    if difference.test is Test.FISHER_DEPENDENT:
        return Verdict.HINT
    if better is Better.NEITHER:
        return Verdict.DIFFERENT
    is_lower = difference.value < 0.0
    return Verdict.BETTER if is_lower == (better is Better.LOWER) else Verdict.WORSE
