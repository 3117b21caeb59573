"""A folder for an index, and an index in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(store: Store, folder: Path) -> Iterator[IndexedGallery]:
    with IndexedGallery(store, folder) as opened:
        yield opened
