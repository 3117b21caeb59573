"""Read the catalogue of macro measurements."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.harness.program import PROGRAMS, Program, Scale

CATALOGUE = Path(__file__).with_name("catalogue.toml")

_KEYS = {"name", "words", "scale", "kind", "minutes", "cores", "needs", "prints", "shows"}


class Kind(StrEnum):
    """What a measurement tells about."""

    SPEED = "speed"
    ACCURACY = "accuracy"
    GROWTH = "growth"
    DURABILITY = "durability"
    SERVICE = "service"


class Prints(StrEnum):
    """How a program gives its figures."""

    FILE = "file"
    """Written to the file of ``--json``."""
    JSON = "json"
    """Printed, one JSON object."""
    TEXT = "text"
    """Printed, for people."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One of the catalogue.

    Attributes
    ----------
    program : Program
        What is run.
    kind : Kind
    minutes : float
        That it takes, about.
    shows : str
        What a reader learns from it.
    prints : Prints
    needs_postgres : bool
    """

    program: Program
    kind: Kind
    minutes: float
    shows: str
    prints: Prints = Prints.FILE
    needs_postgres: bool = False

    @property
    def name(self) -> str:
        """Of its result file."""
        return self.program.name

    def words(self, output: Path, scratch: Path) -> list[str]:
        """Give the command behind ``python`` with the folders of this machine."""
        words = self.program.arguments(output, scratch)
        if self.prints is not Prints.FILE:
            words = words[:-2]  # the program's own --json FILE
        return [str(scratch / word[1:-1]) if word[:1] == "{" and word[-1:] == "}" else word for word in words]


def read_catalogue(path: Path = CATALOGUE) -> dict[str, Measurement]:
    """Read all measurements, by name, in their order.

    Raises
    ------
    ValueError
        If an entry has an unknown key, a name twice, or no command.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["measurement"]
    known = {program.name: program for program in PROGRAMS}
    found: dict[str, Measurement] = {}
    for entry in entries:
        if unknown := set(entry) - _KEYS:
            raise ValueError(
                f"{entry['name']}: unknown keys {sorted(unknown)}, expected some of {sorted(_KEYS)}"
            )
        if entry["name"] in found:
            raise ValueError(f"{entry['name']} is named twice, expected each measurement once")
        found[entry["name"]] = _measurement(entry, known.get(entry["name"]))
    return found


def _measurement(entry: Mapping[str, Any], program: Program | None) -> Measurement:
    if (program is None) == ("words" not in entry):
        raise ValueError(
            f"{entry['name']}: expected words here or a program of this name in the harness, not both"
        )
    return Measurement(
        program=program or _program(entry),
        kind=Kind(entry["kind"]),
        minutes=entry["minutes"],
        shows=entry["shows"],
        prints=Prints(entry.get("prints", Prints.FILE)),
        needs_postgres=entry.get("needs") == "postgres",
    )


def _program(entry: Mapping[str, Any]) -> Program:
    return Program(
        entry["name"],
        tuple(entry["words"]),
        Scale(entry.get("scale", Scale.FULL)),
        n_cores=entry.get("cores", 1),
        needs_fvc=entry.get("needs") == "fvc",
    )
