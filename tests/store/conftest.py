"""Stores of both kinds, and encounters to put into them; the store does not look into the records."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from absence import skip_or_fail
from store.audit_notes import DESK
from store.places import Place, PostgresPlace, SqlitePlace
from store.postgres_server import Server, find_programs, running_server
from vantay.store import NewAuditEntry, NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition

_numbers = itertools.count()


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


def _no_server() -> NoReturn:
    message = "no PostgreSQL found: install Debian's postgresql, or put initdb on the path"
    if os.environ.get("VANTAY_REQUIRE_POSTGRES") == "1":
        pytest.fail(message)
    skip_or_fail(message)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server for this run; a skip where PostgreSQL is not installed, a failure where it has to be."""
    programs = find_programs()
    if programs is None:
        _no_server()
    with running_server(programs) as server:
        yield server


@pytest.fixture
def postgres_dsn(postgres_server: Server) -> str:
    """The address of an empty schema."""
    schema = f"t{next(_numbers)}"
    with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    return postgres_server.dsn(schema=schema)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "vantay.db"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a store can be made; every test that uses it runs on both engines."""
    if request.param == "sqlite":
        return SqlitePlace(tmp_path / "vantay.db")
    return PostgresPlace(request.getfixturevalue("postgres_dsn"), tmp_path / "vantay.key")


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with place.open() as opened:
        yield opened


@pytest.fixture
def sqlite_store(store_path: Path) -> Iterator[Store]:
    with Store.open(store_path) as opened:
        yield opened


@pytest.fixture
def log(place: Place) -> Iterator[Store]:
    """A store with ten entries."""
    with place.open() as store:
        with store.write() as write:
            for i in range(1, 11):
                write.note(NewAuditEntry(DESK, "Verify", "MATCH", f"S{i}", f"R{i}"))
        yield store
