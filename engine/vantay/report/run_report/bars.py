"""Figures of a benchmark that belong beside each other: times of steps, shares, counts of what came out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vantay.report.run_report.figure import program_set
from vantay.report.run_report.measure import Unit, describe, describe_collection
from vantay.report.run_report.reading import as_number, shortened

LEAST_COUNTED = 100
"""Counts of fewer say little about their shares."""

MIN_BARS = 2
MAX_SETS = 24
_LARGEST = 1e15
"""Sums beyond cannot be told from their parts."""

_MAX_TEXT = 80
_OF_A_SET = (Unit.MILLISECONDS, Unit.PER_SECOND, Unit.MEBIBYTES, Unit.MEGABYTES)
"""Units of which figures of one set are comparable; seconds are of whatever took long."""

_BESIDE = frozenset({*_OF_A_SET, Unit.RATE, Unit.BYTES})

_STATISTIC = re.compile(r"(?:.*_)?(?:p\d{1,2}(?:_\d+)?|mean|median|min|max)(?:_(?:ms|mib|mb))?")
"""Names of one value's statistics: they are no parts, and stand in curves."""

_DRAWN_ELSEWHERE = frozenset({"ratio_to_reference"})
_TITLES = {Unit.MILLISECONDS: "times", Unit.PER_SECOND: "rates"}

Parts = Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class BarSet:
    """Values to be drawn as bars.

    Attributes
    ----------
    title : str
        What it shows; of other runs the set of the same title is its like.
    unit : Unit
        Of all values.
    rows : mapping of str to mapping of str to float
        By label: the parts that a bar is made of; a bar of one piece has one without a name.
    """

    title: str
    unit: Unit
    rows: Mapping[str, Parts]


def find_bars(figures: Mapping[str, object]) -> tuple[BarSet, ...]:
    """Find what can be drawn as bars, by its form and whatever the program.

    Parameters
    ----------
    figures : mapping
        What stands below ``figures`` in a run file.

    Returns
    -------
    tuple of BarSet
        Of each set the figures of one unit, or, if it holds nothing else, counts; of a collection of sets
        the first figure, or the object of parts that all have. `MAX_SETS` at most, and none of zeros alone.
    """
    program = program_set(figures)
    sets = (
        one
        for key, value in figures.items()
        if isinstance(value, dict)
        for one in _of_object((shortened(key, _MAX_TEXT),), value, is_program=key == program)
    )
    found = {one.title: one for one in sets}
    return tuple(one for one in found.values() if _is_drawn(one))[:MAX_SETS]


def _is_drawn(bars: BarSet) -> bool:
    values = [value for parts in bars.rows.values() for value in parts.values()]
    is_long = len(bars.rows) >= MIN_BARS and min(values, default=-1.0) >= 0.0
    return is_long and 0.0 < sum(values) < _LARGEST


def _of_set(path: tuple[str, ...], figures: Mapping[str, object]) -> Iterator[BarSet]:
    for unit in _OF_A_SET:
        rows = {
            describe([key]).label: {"": number}
            for key, value in figures.items()
            if (number := as_number(value)) is not None
            and describe([key]).unit is unit
            and not _STATISTIC.fullmatch(key)
        }
        yield BarSet(_title(path, _TITLES.get(unit, "memory")), unit, rows)
    for key, value in figures.items():
        if isinstance(value, dict) and value:
            yield from _of_object((*path, shortened(key, _MAX_TEXT)), value)


def _of_object(
    path: tuple[str, ...], value: Mapping[str, object], *, is_program: bool = False
) -> Iterator[BarSet]:
    if parts := _parts(path[-1], value):
        yield BarSet(_title(path), parts[0], {_words(key): {"": number} for key, number in parts[1].items()})
        return
    members = {_words(key): one for key, one in value.items() if isinstance(one, dict)}
    if len(members) < len(value):
        if len(path) == 1:
            yield from _of_set(() if is_program else path, value)
        return
    if not any(_DRAWN_ELSEWHERE & one.keys() for one in members.values()):
        yield from _of_collection(path, members)


def _of_collection(path: tuple[str, ...], members: Mapping[str, Mapping[str, object]]) -> Iterator[BarSet]:
    """Draw the parts of each member, else the first figure of each that is no count."""
    first_member = next(iter(members.values()), {})
    shared = [key for key in first_member if all(key in one for one in members.values())]
    stacked = _stacked(path, members) or next(
        filter(
            None,
            (_stacked((*path, key), {name: one[key] for name, one in members.items()}) for key in shared),
        ),
        None,
    )
    if stacked:
        yield stacked
        return
    measures = {key: describe([key]) for key in shared if not isinstance(first_member[key], dict)}
    first = next((key for key, one in measures.items() if one.unit is not Unit.COUNT), "")
    if first and measures[first].unit in _BESIDE and not _STATISTIC.fullmatch(first):
        numbers = {name: as_number(one[first]) for name, one in members.items()}
        rows = {name: {"": number} for name, number in numbers.items() if number is not None}
        yield BarSet(_title(path, measures[first].label), measures[first].unit, rows)


def _stacked(path: tuple[str, ...], members: Mapping[str, object]) -> BarSet | None:
    """Make a bar of the parts of each member; None if not all have such, or little was counted."""
    read = {name: parts for name, one in members.items() if (parts := _parts(path[-1], one, least=0))}
    if not read or len(read) < len(members):
        return None
    unit = next(iter(read.values()))[0]
    rows = {name: parts for name, (_, parts) in read.items()}
    total = sum(sum(parts.values()) for parts in rows.values())
    return BarSet(_title(path), unit, rows) if unit is not Unit.COUNT or total >= LEAST_COUNTED else None


def _parts(name: str, value: object, *, least: float = LEAST_COUNTED) -> tuple[Unit, Parts] | None:
    """Read an object of numbers in the unit of the object's name, or of counts; None if it is none."""
    if not isinstance(value, dict) or not value:
        return None
    if any(_STATISTIC.fullmatch(key) or key.isdigit() or key.startswith("n_") for key in value):
        return None
    numbers = {_words(key): as_number(one) for key, one in value.items()}
    parts = {key: number for key, number in numbers.items() if number is not None}
    unit = describe_collection(name).unit
    if len(parts) < len(value) or unit in _BESIDE:
        return (unit, parts) if parts and len(parts) == len(value) else None
    is_counted = all(isinstance(one, int) for one in value.values()) and sum(parts.values()) >= least
    has_units = any(describe([key]).unit is not Unit.NUMBER for key in value)
    return (Unit.COUNT, parts) if is_counted and not has_units else None


def _title(path: tuple[str, ...], what: str = "") -> str:
    words = [_words(key) for key in path]
    what = what if what[:2].isupper() else what[:1].lower() + what[1:]
    if what and words[-1:] != [f"{what}s"]:
        words.append(what)
    title = ", ".join(words)
    return title[:1].upper() + title[1:]


def _words(key: str) -> str:
    words = shortened(key, _MAX_TEXT).replace("_", " ")
    return f"{words.removesuffix(' ms')} times" if words.endswith(" ms") else words
