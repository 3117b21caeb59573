"""Axes: from values to places in a drawing, with ticks that people like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vantay.report.run_report.reading import FloatArray

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWEST_PERCENT = 0.99e-5
"""An axis of rates that goes lower is labelled in powers of ten."""


class Form(StrEnum):
    """How the values of an axis are printed."""

    PLAIN = "plain"
    PERCENT = "percent"
    NINES = "nines"
    """Shares s as 1 / (1 − s), so that on a logarithmic axis each further nine is equally long."""

    POWER = "power"


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a chart.

    Attributes
    ----------
    label : str
        With its unit.
    low, high : float
        The values at its ends; above 0 where it is logarithmic.
    is_log : bool
        Whether equal ratios are equally long.
    form : Form
        How its values are printed.
    """

    label: str
    low: float
    high: float
    is_log: bool = False
    form: Form = Form.PLAIN

    def places(self, values: FloatArray) -> FloatArray:
        """Map values to 0 (low end) to 1; what is beyond an end lies a little beyond."""
        low, high = self.low, self.high
        if self.is_log:
            values = np.log10(np.maximum(values, low / 100.0))
            low, high = math.log10(low), math.log10(high)
        places: FloatArray = np.clip((values - low) / (high - low), -0.1, 1.1)
        return places

    def ticks(self) -> list[float]:
        """Choose the values that are labelled."""
        if self.form is Form.NINES:
            return sorted({2.0, *(10.0**n for n in range(1 + math.floor(math.log10(self.high) + 1e-9)))})
        return _log_ticks(self.low, self.high) if self.is_log else _linear_ticks(self.low, self.high)

    def print_tick(self, value: float) -> str:
        """Print the value of a tick."""
        if self.form is Form.NINES:
            return f"{100 * (1 - 1 / value):.10g} %"
        if self.form is Form.PERCENT and (not self.is_log or self.low >= _LOWEST_PERCENT):
            return f"{100 * value:.10g} %"
        if self.is_log and (self.form is not Form.PLAIN or not 1e-3 <= self.low <= self.high < 1e8):
            return _power(value)
        return f"{value:,.10g}"

    def print_value(self, value: float) -> str:
        """Print a value with three digits."""
        if self.form is Form.PERCENT:
            return print_percent(value)
        if self.form is Form.NINES:
            return f"{100 * (1 - 1 / value):.5g} %"
        return print_number(value)


def print_percent(value: float) -> str:
    """Print a fraction as a percentage of three digits, very small ones in powers of ten."""
    if value == 0.0 or abs(value) >= _LOWEST_PERCENT:
        return f"{_digits(100 * value, 3)} %"
    return f"{value:.1e}"


def print_number(value: float) -> str:
    """Print a number of three digits, with thousands apart."""
    if value != 0.0 and not 1e-4 <= abs(value) < 1e12:
        return f"{value:.2e}"
    return _digits(value, 3)


def _digits(value: float, n_digits: int) -> str:
    if value == 0.0:
        return "0"
    decimals = max(0, n_digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _log_ticks(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    n_decades = last - first
    step = 1 if n_decades <= 7 else math.ceil(n_decades / 6)
    ticks = [10.0**power for power in range(first, last + 1) if (last - power) % step == 0]
    if n_decades > 1:
        return ticks
    between = [
        m * 10.0**p for p in range(first - 1, last + 1) for m in ((2, 5) if n_decades else range(2, 10))
    ]
    inside = [x for x in between if low * 0.999 <= x <= high * 1.001]
    return sorted({*ticks, *inside})


def _linear_ticks(low: float, high: float) -> list[float]:
    step = nice_step((high - low) / 5)
    first = math.ceil(low / step - 1e-9)
    n_ticks = math.floor(high / step + 1e-9) - first + 1
    return [round((first + i) * step, 12) for i in range(n_ticks)]


def nice_step(rough: float) -> float:
    """Round up to 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1.0, 2.0, 5.0, 10.0) if m * power >= rough * 0.999)


def log_ends(*columns: FloatArray, lowest: float, highest: float) -> tuple[float, float]:
    """Choose whole decades around the positive values of some columns, within limits."""
    positive = [column[(column > 0) & np.isfinite(column)] for column in columns]
    values = np.concatenate(positive) if positive else np.empty(0)
    if not values.size:
        return lowest, highest
    low = 10.0 ** math.floor(math.log10(float(values.min())) + 1e-9)
    high = 10.0 ** math.ceil(math.log10(float(values.max())) - 1e-9)
    low, high = max(low, lowest), min(high, highest)
    return (low, high) if low < high else (high / 10.0, high)


def linear_ends(*columns: FloatArray, from_zero: bool = True) -> tuple[float, float]:
    """Choose round ends around the values of some columns."""
    values = np.concatenate([column[np.isfinite(column)] for column in columns])
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    low = min(low, 0.0) if from_zero else low
    step = nice_step(max(high - low, 1e-12 + abs(high) * 1e-6) / 5)
    low, high = math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step
    return (low, high) if low < high else (low, low + step)


def _power(value: float) -> str:
    exponent = math.floor(math.log10(value) + 1e-9)
    mantissa = value / 10.0**exponent
    power = f"10{str(exponent).translate(_SUPERSCRIPTS)}"
    return power if abs(mantissa - 1) < 1e-6 else f"{mantissa:.3g}·{power}"
