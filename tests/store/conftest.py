"""Encounters for tests of the store; the store does not look into the records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition


def make_templates(seed: str, *positions: FingerPosition) -> tuple[NewTemplate, ...]:
    return tuple(
        NewTemplate(p, f"FMR record of {seed} {p.name}".encode(errors="replace") * 8, 70, "classical", "1")
        for p in positions
    )


def make_encounter(
    subject_id: str, *positions: FingerPosition, encounter_id: str | None = None
) -> NewEncounter:
    positions = positions or (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
    templates = make_templates(subject_id, *positions)
    if encounter_id is None:
        return NewEncounter(subject_id, templates, source="Hà Nội, desk 3")
    return NewEncounter(subject_id, templates, encounter_id=encounter_id)


@pytest.fixture
def encounter_of() -> Callable[..., NewEncounter]:
    return make_encounter


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "vantay.db"


@pytest.fixture
def store(store_path: Path) -> Iterator[Store]:
    with Store.open(store_path) as opened:
        yield opened
