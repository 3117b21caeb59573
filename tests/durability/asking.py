"""Enrolling people by number, and asking whether everyone who was acknowledged is found."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from durability.people import capture, name_of
from vantay.engine import Engine
from vantay.settings import EngineSettings


def settings_at(database: Path | str, index: Path | None = None, key: Path | None = None) -> EngineSettings:
    return EngineSettings(database=database, index_folder=index, key_file=key, extractor="classical")


def enrol(engine: Engine, person: int) -> str:
    """Enrol a person; the identifier is acknowledged when this returns."""
    captured = capture(person, 0)
    return engine.enrol(name_of(person), captured.fingers, face=captured.face).encounter.subject_id


def is_found(engine: Engine, person: int, *, is_exhaustive: bool = False) -> bool:
    """Tell whether a search finds a person."""
    captured = capture(person, 1)
    result = engine.identify(captured.fingers, face=captured.face, is_exhaustive=is_exhaustive)
    return name_of(person) in {candidate.subject_id for candidate in result.matches}


def assert_all_there(engine: Engine, people: Iterable[int], strangers: Iterable[int] = ()) -> None:
    """These and nobody else are in the record; searches by the index are those that compare everyone."""
    people = list(people)
    assert [s.subject_id for s in engine.list_subjects()] == [name_of(person) for person in people]
    for person in [*people[:1], *people[-1:], *strangers]:
        captured = capture(person, 1)
        staged = engine.identify(captured.fingers, face=captured.face)
        exact = engine.identify(captured.fingers, face=captured.face, is_exhaustive=True)
        assert [(c.subject_id, c.score) for c in staged.matches] == [
            (c.subject_id, c.score) for c in exact.matches
        ]
        assert (name_of(person) in {c.subject_id for c in staged.matches}) == (person in people)
