"""Databases of both kinds, and a disk that can be full."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from absence import skip_or_fail
from durability.small_disk import SmallDisk, mounted
from store.conftest import encounter_of, place, postgres_dsn, postgres_server

__all__ = ["encounter_of", "place", "postgres_dsn", "postgres_server"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk; tests/store and tests/index act full ones out where none can be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder) as small:
        if small is None:
            skip_or_fail("a file system in memory cannot be mounted here: that takes a superuser")
        yield small
