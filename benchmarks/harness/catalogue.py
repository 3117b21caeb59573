"""Read the catalogue of measurement programs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.harness.program import Kind, Need, Program, Scale

CATALOGUE = Path(__file__).with_name("catalogue.toml")

_KEYS = {"name", "words", "scale", "kind", "minutes", "cores", "needs", "shows"}
_REQUIRED = {"name", "words", "kind", "minutes", "shows"}


@cache
def read_catalogue(path: Path = CATALOGUE) -> Mapping[str, Program]:
    """Read all programs, by name, in their order.

    Raises
    ------
    ValueError
        If an entry has an unknown key, lacks one that all have, or has a name that another one has.
    """
    found: dict[str, Program] = {}
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["program"]:
        name = entry.get("name", "a program")
        if unknown := set(entry) - _KEYS:
            raise ValueError(f"{name}: unknown keys {sorted(unknown)}, expected some of {sorted(_KEYS)}")
        if missing := _REQUIRED - set(entry):
            raise ValueError(f"{name}: no {', '.join(sorted(missing))}, which each program has")
        if name in found:
            raise ValueError(f"{name} is named twice, expected each program once")
        found[name] = _program(entry)
    return found


def _program(entry: Mapping[str, Any]) -> Program:
    return Program(
        name=entry["name"],
        words=tuple(entry["words"]),
        scale=Scale(entry.get("scale", Scale.FULL)),
        kind=Kind(entry["kind"]),
        minutes=entry["minutes"],
        n_cores=entry.get("cores", 1),
        needs=tuple(Need(word) for word in entry.get("needs", ())),
        shows=entry["shows"],
    )
