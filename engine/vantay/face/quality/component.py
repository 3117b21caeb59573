"""A measured component of quality: its value, whether it is good enough, and what to do if not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a component says."""

    GOOD = "good"
    POOR = "poor"
    NOT_ASSESSED = "not assessed"


@dataclass(frozen=True, slots=True)
class Component:
    """One component of quality.

    Attributes
    ----------
    name : str
        For instance ``sharpness``.
    value : float or None
        None if it could not be measured.
    unit : str
        ``px``, ``°``, or nothing for shares and ratios.
    least, largest : float or None
        The range that is good enough, None where it has no end.
    advice : str
        What to do if the value is out of range, as an instruction to the officer; or why it was not assessed.
    """

    name: str
    value: float | None
    unit: str = ""
    least: float | None = None
    largest: float | None = None
    advice: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the value is within the range."""
        if self.value is None:
            return Verdict.NOT_ASSESSED
        is_enough = self.least is None or self.value >= self.least
        is_not_too_much = self.largest is None or self.value <= self.largest
        return Verdict.GOOD if is_enough and is_not_too_much else Verdict.POOR

    @property
    def advice_if_needed(self) -> str:
        """The advice where the verdict is not good, else nothing."""
        return "" if self.verdict is Verdict.GOOD else self.advice
