"""What the name of a figure says: its label, its unit, which direction is better, what it was counted on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """How a value is printed."""

    RATE = "rate"
    SCORE = "score"
    COUNT = "count"
    MILLISECONDS = "ms"
    SECONDS = "s"
    PER_SECOND = "per s"
    BYTES = "bytes"
    MEBIBYTES = "MiB"
    MEGABYTES = "MB"
    PER_MICROSECOND = "per µs"
    NUMBER = "number"


class Better(StrEnum):
    """Which of two values one would rather have."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Measure:
    """How to read a figure.

    Attributes
    ----------
    label : str
        For people.
    unit : Unit
        Of the value.
    better : Better
        Which direction is an improvement.
    counted_on : tuple of str
        Keys beside it that may hold its number of trials.
    is_independent : bool
        Whether the trials are independent, as searches of different people are and comparisons of one
        finger with many are not.
    """

    label: str
    unit: Unit
    better: Better
    counted_on: tuple[str, ...] = ()
    is_independent: bool = False


_MATED = ("n_mated",)
_NON_MATED = ("n_non_mated", "n_comparisons")

_RATES: dict[str, tuple[Better, tuple[str, ...], bool]] = {
    "eer": (Better.LOWER, (), False),
    "fmr": (Better.LOWER, _NON_MATED, False),
    "fnmr": (Better.LOWER, _MATED, False),
    "fpir": (Better.LOWER, _NON_MATED, True),
    "fnir": (Better.LOWER, _MATED, True),
    "hit_rate": (Better.HIGHER, _MATED, True),
    "fte": (Better.LOWER, ("n_images", "n_samples"), True),
    "fta": (Better.LOWER, ("n_images", "n_samples"), True),
    "accuracy": (Better.HIGHER, (), False),
    "area": (Better.LOWER, (), False),
    "measured": (Better.NEITHER, _NON_MATED, False),
    "claimed": (Better.NEITHER, (), False),
    "target_fpir": (Better.NEITHER, (), False),
    "accuracy_deviation": (Better.NEITHER, (), False),
    "share": (Better.HIGHER, (), False),
    "goodput_share": (Better.HIGHER, (), False),
}
"""By the name of a rate: what is better, what it is counted on, whether trials are independent."""

_LABELS = {
    "eer": "EER",
    "measured": "measured FMR",
    "claimed": "claimed FMR",
    "target_fpir": "target FPIR",
    "ks": "KS distance",
    "area": "area below the curve",
    "hit_rate": "hit rate",
    "accuracy_deviation": "accuracy, standard deviation",
    "items_per_s": "throughput",
    "time_ms": "time of one",
    "processor_ms": "processor time",
    "seconds": "duration",
}
_LESS_IS_BETTER = frozenset({"selectivity", "ratio_to_reference"})
_ACRONYMS = frozenset({"eer", "fmr", "fnmr", "fpir", "fnir", "fte", "fta", "cmc", "ks", "det", "edc", "cpu"})
_NUMBER = re.compile(r"\d+(\.\d+)?(e-?\d+)?")
_RATE_WORDS = frozenset({"fmr", "fpir", "fnmr", "fnir", "discard"})
_STATISTICS = ("median", "mean", "p50", "p95", "p99", "min", "max")
_UNITS = (
    ("_per_s", Unit.PER_SECOND, Better.HIGHER),
    ("_per_us", Unit.PER_MICROSECOND, Better.HIGHER),
    ("_ms", Unit.MILLISECONDS, Better.LOWER),
    ("_s", Unit.SECONDS, Better.LOWER),
    ("_bytes", Unit.BYTES, Better.LOWER),
    ("_mib", Unit.MEBIBYTES, Better.LOWER),
    ("_mb", Unit.MEGABYTES, Better.LOWER),
)
_OF_ONE = re.compile(r"(?P<what>.+_(?:ms|s|bytes))_per_(?!u?s$)(?P<one>\w+)")
"""Time or space that one of something takes, such as ``bytes_per_subject``."""

_MAX_DIGITS = 15
_COUNTED_IN_BYTES = frozenset({"disk", "memory"})
_PERCENTILE = re.compile(r"(?:(?P<what>.+)\.)?p(?P<whole>\d+)(?:_(?P<part>\d+))?_ms")


def describe(keys: Sequence[str]) -> Measure:
    """Read the name of a figure.

    Parameters
    ----------
    keys : sequence of str
        The keys that lead to it within its set, such as ``fnmr_at_fmr_1e-3``, or ``fnir_at_fpir``, ``1e-2``,
        ``fnir``. A name that is not known is a plain number.

    Returns
    -------
    Measure
        How to print it.

    Examples
    --------
    >>> describe(["fnmr_at_fmr_1e-3"]).label
    'FNMR at FMR 0.1 %'
    >>> describe(["fnir_at_fpir", "1e-2", "fnir"]).label
    'FNIR at FPIR 1 %'
    >>> describe(["search_ms", "mean"]).label
    'Search, mean'
    """
    name, condition = _name_and_condition(keys)
    if name in _RATES:
        better, counted_on, is_independent = _RATES[name]
        label = _LABELS.get(name, _words(name)) + (f" at {_condition_words(condition)}" if condition else "")
        label = _capital(label)
        # a threshold that was read off the same searches moves with them
        return Measure(label, Unit.RATE, better, counted_on, is_independent and condition[:4] != "fpir")
    return _other_measure(name, condition)


def _name_and_condition(keys: Sequence[str]) -> tuple[str, str]:
    """Find what is measured, and at which threshold, rank or share."""
    joined = [keys[0]]
    for key in keys[1:]:
        if _NUMBER.fullmatch(key):
            joined[-1] += f"_{key}"
        elif key in _STATISTICS:
            joined[-1] += f".{key}"
        else:
            joined.append(key)
    *containers, name = joined
    own_name, at, condition = name.partition("_at_")
    if at:
        return own_name, condition
    if name.startswith("at_"):  # the number itself, below an object of conditions
        return (containers[-1] if containers else ""), name.removeprefix("at_")
    conditions = [box.partition("at_")[2] for box in containers if "at_" in box]
    if containers and not conditions:
        if containers[0] == "decision":
            return name, "the decision threshold"
        return ".".join([*containers, name]), ""
    return name, ", ".join(conditions)


def _other_measure(name: str, condition: str) -> Measure:
    at = f" at {_condition_words(condition)}" if condition else ""
    if found := _PERCENTILE.fullmatch(name):
        what = f"{_words(found['what'])}, " if found["what"] else ""
        share = found["whole"] + (f".{found['part']}" if found["part"] else "")
        return Measure(_capital(f"{what}{share} % within"), Unit.MILLISECONDS, Better.LOWER)
    if name.isascii() and name.isdigit() and len(name) <= _MAX_DIGITS:  # a size or a number of callers
        return Measure(f"{int(name):,}", Unit.NUMBER, Better.NEITHER)
    if name == "seconds":
        return Measure(_capital(_LABELS[name]), Unit.SECONDS, Better.NEITHER)
    stem, statistic, stage = name, "", ""
    if found := _OF_ONE.fullmatch(name):
        stem, at = found["what"], f" per {_words(found['one'])}{at}"
    if ".stages." in name:
        stem, _, stage = name.partition(".stages.")
    container, _, member = name.rpartition(".")
    if container and not stage and any(container.endswith(ending) for ending, _, _ in _UNITS):
        stem, stage = container, "" if member in _STATISTICS else member
        stem += f".{member}" if member in _STATISTICS else ""
    for word in _STATISTICS:
        if re.search(rf"[_.]{word}$", stem):
            stem, statistic = stem[: -len(word) - 1], f", {word}"
    for ending, unit, better in _UNITS:
        if stem.endswith(ending):
            what = _LABELS.get(name) or _words(stem.removesuffix(ending))
            what += f", {_words(stage)}" if stage else ""
            return Measure(_capital(what + statistic + at), unit, better)
    if name.startswith("n_") or ".n_" in name:
        return Measure(_capital(_words(name.replace("n_", "", 1)) + at), Unit.COUNT, Better.NEITHER)
    if name == "ks" or name.endswith(".ks"):
        what = _LABELS["ks"] + (f", {_words(name.removesuffix('.ks'))}" if "." in name else "")
        return Measure(what, Unit.NUMBER, Better.LOWER)
    better = Better.LOWER if name in _LESS_IS_BETTER else Better.NEITHER
    return Measure(_capital(_words(name) + at), Unit.SCORE if name == "threshold" else Unit.NUMBER, better)


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def _words(key: str) -> str:
    words = [
        word.upper() if word in _ACRONYMS else word for word in re.split(r"[_ ]", key.replace(".", ", "))
    ]
    return " ".join(word for word in words if word).replace("non mated", "non-mated")


def _condition_words(condition: str) -> str:
    """Put ``fmr_1e-3_rank_1`` into words: FMR 0.1 %, rank 1."""
    text = ""
    previous = ""
    for word in condition.split("_"):
        is_number = bool(_NUMBER.fullmatch(word))
        separator = ", " if _NUMBER.fullmatch(previous) else " "
        shown = f"{100 * float(word):g} %" if is_number and previous in _RATE_WORDS else _words(word)
        text += (separator if text else "") + shown
        previous = word
    return text.replace("discard", "discard of")


def describe_collection(name: str) -> Measure:
    """Say what the numbers of a collection are by its name: ``growth_ms``, or ``memory``, which is bytes."""
    return describe([f"{name}_bytes" if name in _COUNTED_IN_BYTES else name])
