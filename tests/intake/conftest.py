"""Engines with a few people enrolled, and the desks on top of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.applications import NOW
from intake.people import WITHOUT_FACES, enrol_people
from store.conftest import postgres_dsn, postgres_server
from vantay.engine import Engine
from vantay.intake.case_desk import CaseDesk
from vantay.intake.desk import IntakeDesk
from vantay.intake.records_desk import RecordsDesk
from vantay.settings import EngineSettings

__all__ = ["postgres_dsn", "postgres_server"]

N_ENROLLED = 6


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """An engine with S-0 to S-5 enrolled."""
    with Engine.open(tmp_path / "vantay.db") as opened:
        enrol_people(opened, range(N_ENROLLED))
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def any_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """The same on both kinds of stores."""
    settings = EngineSettings(database=tmp_path / "vantay.db", busy_timeout_ms=60_000)
    if request.param == "postgres":
        address = request.getfixturevalue("postgres_dsn")
        settings = EngineSettings(database=address, key_file=tmp_path / "vantay.key", busy_timeout_ms=60_000)
    with Engine.open(settings=settings) as opened:
        enrol_people(opened, range(N_ENROLLED))
        yield opened


@pytest.fixture
def desk(engine: Engine) -> IntakeDesk:
    return IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW)


@pytest.fixture
def cases(engine: Engine) -> CaseDesk:
    return CaseDesk(engine, WITHOUT_FACES)


@pytest.fixture
def records(engine: Engine) -> RecordsDesk:
    return RecordsDesk(engine)
