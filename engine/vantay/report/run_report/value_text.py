"""Values in words and columns: percent, milliseconds, counts; figures that line up at the decimal point."""

from __future__ import annotations

import math
from typing import NamedTuple

from vantay.report.run_report.figure import Figure, Interval
from vantay.report.run_report.measure import Unit

_SUFFIX = {
    Unit.RATE: "\N{NO-BREAK SPACE}%",
    Unit.MILLISECONDS: "\N{NO-BREAK SPACE}ms",
    Unit.SECONDS: "\N{NO-BREAK SPACE}s",
    Unit.PER_SECOND: "\N{NO-BREAK SPACE}/s",
    Unit.BYTES: "\N{NO-BREAK SPACE}bytes",
    Unit.MEBIBYTES: "\N{NO-BREAK SPACE}MiB",
    Unit.MEGABYTES: "\N{NO-BREAK SPACE}MB",
    Unit.PER_MICROSECOND: "\N{NO-BREAK SPACE}/µs",
}


class Cell(NamedTuple):
    """A value in a column: what is left of the decimal point, and the point with what is right of it."""

    whole: str
    rest: str

    @property
    def text(self) -> str:
        """The value in one piece."""
        return self.whole + self.rest


def value_cell(unit: Unit, value: float, *, signed: bool = False) -> Cell:
    """Print a value with its unit.

    Parameters
    ----------
    unit : Unit
        Rates are printed in percent.
    value : float
        In the unit; a rate is a fraction.
    signed : bool
        Whether a plus stands before what is positive, for differences.

    Returns
    -------
    Cell
        To stand in two columns, the first flush right.

    Examples
    --------
    >>> value_cell(Unit.COUNT, 2880).text
    '2,880'
    """
    scaled = 100.0 * value if unit is Unit.RATE else value
    number = f"{scaled:,.{_decimals(unit, scaled)}f}"
    if signed and scaled > 0:
        number = f"+{number}"
    number = number.replace("-", "−")
    whole, point, fraction = number.partition(".")
    return Cell(whole, f"{point}{fraction}{_SUFFIX.get(unit, '')}")


def value_text(figure: Figure) -> str:
    """Print the value of a figure with its unit."""
    return value_cell(figure.measure.unit, figure.value).text


def interval_text(unit: Unit, interval: Interval | None, *, signed: bool = False) -> str:
    """Print an interval, ``0.12 to 0.40``, in the unit but without its name; nothing if there is none."""
    if interval is None:
        return ""
    if interval == (0.0, 0.0) and not signed:  # not a narrow interval: the sample is too small to tell
        return "none seen"
    low, high = (
        value_cell(unit, end, signed=signed).text.removesuffix(_SUFFIX.get(unit, "")) for end in interval
    )
    return f"{low} to {high}"


def _decimals(unit: Unit, value: float) -> int:
    if unit is Unit.COUNT or unit is Unit.BYTES or value == 0.0 or abs(value) >= 1e4:
        return 0
    if unit is Unit.NUMBER and value.is_integer():  # most are counts
        return 0
    digits_left = math.floor(math.log10(abs(value))) + 1
    return min(max(3 - digits_left, 0), 8) if digits_left > 0 else min(2 - digits_left, 8)
