"""The figures of a run: each value with its interval, and what it was counted on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from vantay.report.run_report.measure import Measure, Unit, describe, describe_collection
from vantay.report.run_report.reading import Note, as_number, shortened

MAX_FIGURES = 400
_INTERVAL_ENDING = "_95"
_MAX_DEPTH = 8


class Interval(NamedTuple):
    """A 95 % confidence interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes
    ----------
    group : str
        The set or size that it belongs to; empty at the top of the file.
    key : str
        Its name in the file.
    measure : Measure
        How to read and to print it.
    value : float
        Rates are fractions.
    interval : Interval or None
        Of 95 %, where the run knows it.
    n_trials : int or None
        What a rate was counted on, where the run tells.
    """

    group: str
    key: str
    measure: Measure
    value: float
    interval: Interval | None = None
    n_trials: int | None = None

    @property
    def path(self) -> tuple[str, str]:
        """What tells figures of one run apart, and finds its like in another."""
        return self.group, self.key

    @property
    def label(self) -> str:
        """What tables call it."""
        return self.measure.label

    @property
    def n_events(self) -> int | None:
        """How often the event of a rate happened; None if the value is no such count."""
        if self.n_trials is None or not 0.0 <= self.value <= 1.0:
            return None
        events = self.value * self.n_trials
        nearest = round(events)
        return nearest if abs(events - nearest) < 1e-6 * max(1.0, events) + 1e-6 else None


def read_figures(document: Mapping[str, object], notes: list[Note]) -> tuple[Figure, ...]:
    """Read all figures of a run file.

    Parameters
    ----------
    document : mapping
        What stands below ``figures``. An object that holds nothing but objects is a collection of sets or
        sizes; any other is a set. What is nested in a set belongs to it.
    notes : list of Note
        Gets what is left out.

    Returns
    -------
    tuple of Figure
        In the order of the file, those of a set together.
    """
    found = list(_figures_of([document], "", (), notes))
    for name, value in document.items():
        if isinstance(value, dict) and value:
            members = value if all(isinstance(x, dict) for x in value.values()) else {"": value}
            for member, figures in members.items():
                told = _figures_of([figures], group_name(name, member), (), notes, is_nested=True)
                found += _with_unit_of(name, told)
    if len(found) > MAX_FIGURES:
        notes.append(Note("figures", f"{len(found):,} figures, only the first {MAX_FIGURES} are shown"))
    return tuple(found[:MAX_FIGURES])


def _with_unit_of(collection: str, figures: Iterable[Figure]) -> Iterator[Figure]:
    """Give figures without a unit that of their collection, such as ``growth_ms``, ``memory`` or ``disk``."""
    outer = describe_collection(collection)
    for figure in figures:
        if figure.measure.unit is Unit.NUMBER and outer.unit not in {Unit.NUMBER, Unit.COUNT}:
            yield replace(figure, measure=replace(figure.measure, unit=outer.unit, better=outer.better))
        else:
            yield figure


def _figures_of(
    chain: Sequence[Mapping[str, object]],
    group: str,
    keys: tuple[str, ...],
    notes: list[Note],
    *,
    is_nested: bool = False,
) -> Iterator[Figure]:
    """Give the figures of the last object of `chain`; the others are the objects around it."""
    document = chain[-1]
    if len(keys) > _MAX_DEPTH:
        notes.append(Note(f"{group}.{'.'.join(keys)}", "nested too deeply, left out"))
        return
    for key, value in document.items():
        path = (*keys, shortened(key, 80))
        number = as_number(value)
        if number is not None:
            yield _figure(chain, group, path, number)
        elif isinstance(value, float):
            notes.append(Note(" · ".join((group, *path)), "no finite number, left out"))
        elif isinstance(value, dict) and is_nested:
            yield from _figures_of([*chain, value], group, path, notes, is_nested=True)


def _figure(chain: Sequence[Mapping[str, object]], group: str, keys: tuple[str, ...], value: float) -> Figure:
    measure = describe(keys)
    return Figure(
        group=group,
        key=".".join(keys),
        measure=measure,
        value=value,
        interval=_interval(chain[-1].get(keys[-1] + _INTERVAL_ENDING)),
        n_trials=_n_trials(chain, measure),
    )


def _interval(value: object) -> Interval | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    low, high = as_number(value[0]), as_number(value[1])
    return None if low is None or high is None or low > high else Interval(low, high)


def _n_trials(chain: Sequence[Mapping[str, object]], measure: Measure) -> int | None:
    for document in reversed(chain):
        for key in measure.counted_on:
            number = as_number(document.get(key))
            if number is not None and number >= 1 and number == int(number):
                return int(number)
    return None


def group_name(collection: str, member: str) -> str:
    """Name a set or a size for people, such as ``1,000 subjects``."""
    if not member:
        return shortened(collection, 80).replace("_", " ")
    if collection in {"sets", "micro"}:  # names of their own: sets and benchmarks are called by them
        return shortened(member, 80)
    if collection == "galleries" and member.isascii() and member.isdigit():
        return f"{int(member[:15]):,} subjects"
    words = f"{collection} · {member}".replace("_", " ")
    return shortened(words, 120).replace("non mated", "non-mated")


def program_set(figures: Mapping[str, object]) -> str:
    """Name the set of a benchmark's figures that may be of the program as a whole, called by its name.

    Parameters
    ----------
    figures : mapping
        What stands below ``figures`` in the run file.

    Returns
    -------
    str
        The first, if it holds anything but objects; else nothing.
    """
    name, first = next(iter(figures.items()), ("", None))
    is_set = isinstance(first, dict) and not all(isinstance(value, dict) for value in first.values())
    return name if is_set else ""
