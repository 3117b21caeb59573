"""Where the rounds' database is, and how each process opens it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from durability.ledger import LOAD_BATCH
from vantay.engine import Engine
from vantay.search.indexed import gallery, living_parts
from vantay.settings import EngineSettings
from vantay.store import Store, copying
from vantay.transfer import LoadPlan, LoadSummary, batches, find_source, load_sources, open_store

SMALL_FLUSH_ROWS = 12
"""Subjects in memory from which on the index writes a file, so that it writes many."""


@dataclass(frozen=True)
class RoundsPlace:
    """A database, and the folder of its key, its index and everything else.

    Attributes
    ----------
    location : str
        A SQLite file or the address of a PostgreSQL database.
    folder : Path
    """

    location: str
    folder: Path

    @property
    def settings(self) -> EngineSettings:
        return EngineSettings(
            database=self.location,
            key_file=self.folder / "master.key",
            index_folder=self.folder / "index",
            extractor="classical",
            busy_timeout_ms=20_000,
        )

    def engine(self) -> Engine:
        return Engine.open(settings=self.settings)

    def load(self, file: str, **options: Any) -> LoadSummary:
        """Load a bulk file as `vantay load` does, going on where a load before was killed."""
        path = self.folder / file
        plan = LoadPlan(rejects=path.with_suffix(".rejects"), progress=path.with_suffix(".progress"))
        with open_store(self.settings, create=True) as store:
            return load_sources(store, [find_source(path)], plan, self.settings, **options)

    def store(self) -> Store:
        return open_store(self.settings, create=True)


def make_steps_small() -> None:
    """Let a hundred people make as many batches, files and merges as a million would."""
    batches.SUBJECTS_PER_BATCH = LOAD_BATCH
    copying.MIN_ROWS = LOAD_BATCH
    gallery.FLUSH_ROWS = SMALL_FLUSH_ROWS
    living_parts.MERGE_PARTS = 3
