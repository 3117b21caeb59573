"""A bar: what has to be reached, where the value that is measured stands, and beside whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.catalogue import read_catalogue

Documents = Mapping[str, Mapping[str, Any]]
"""Result files by name."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a figure stands.

    Attributes
    ----------
    file : str
        Name of the result file.
    path : tuple of str
        Keys that lead to it below ``figures``.
    factor : float
        From the unit of the file to that of the table.
    """

    file: str
    path: tuple[str, ...]
    factor: float = 1.0

    def of(self, documents: Documents) -> float | None:
        """Look it up, of a list how long it is; None if it was not measured."""
        found = self._found(documents, self.path)
        if isinstance(found, list):
            return float(len(found))
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        return found * self.factor if is_number else None

    def interval_of(self, documents: Documents) -> tuple[float, float] | None:
        """Look up its 95 % interval; None if the file has none."""
        found = self._found(documents, (*self.path[:-1], f"{self.path[-1]}_95")) if self.path else None
        if not isinstance(found, list) or len(found) != 2:
            return None
        return found[0] * self.factor, found[1] * self.factor

    def _found(self, documents: Documents, path: tuple[str, ...]) -> Any:
        found: Any = documents.get(self.file, {}).get("figures")
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True, slots=True)
class Peer:
    """What a user would take instead, measured beside the engine in one run.

    Attributes
    ----------
    name : str
    value, own : Value
        The peer's figure and the engine's, of the same run, in one unit.
    """

    name: str
    value: Value
    own: Value


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, or a figure without one that explains the bar before it.

    Attributes
    ----------
    what : str
        What is measured.
    bar : float, optional
        What is wanted; None if nothing is.
    unit : str
        Of bar and value.
    value : Value
    is_most : bool
        Whether the bar is the most that is allowed; else the least.
    peer : Peer, optional
        The best one of those that can be measured in the same run.
    """

    what: str
    bar: float | None
    unit: str
    value: Value
    is_most: bool = True
    peer: Peer | None = None

    def is_met(self, value: float) -> bool:
        """Whether a value keeps the bar, if there is one."""
        if self.bar is None:
            return True
        return value <= self.bar if self.is_most else value >= self.bar


def command_of(file: str) -> str:
    """Give the command that a result file is measured by."""
    program = read_catalogue().get(file)
    return program.command if program else f"python -m benchmarks.bench --{file}"
