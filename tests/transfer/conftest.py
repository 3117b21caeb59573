"""Stores to load into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from store.conftest import place, postgres_dsn, postgres_server
from vantay.store import Store

__all__ = ["place", "postgres_dsn", "postgres_server", "store"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "database"
    folder.mkdir()
    with Store.open(folder / "vantay.db") as opened:
        yield opened
