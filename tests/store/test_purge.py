"""An erased template leaves the bytes of every file of the store, or the erasure says that it has not yet."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from vantay.store import NewEncounter, Store
from vantay.store.sqlite_file import SqliteFile

EncounterOf = Callable[..., NewEncounter]
ERASED = b"FMR record of A1"
KEPT = b"FMR record of A2"


def files_with(needle: bytes, folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if needle in file.read_bytes()}


def enrol_three(path: Path, encounter_of: EncounterOf) -> None:
    with Store.open(path, encryption="none") as store:  # so that the bytes can be looked for
        for subject_id in ("A0", "A1", "A2"):
            store.enrol(encounter_of(subject_id))


@contextlib.contextmanager
def reader_of(path: Path) -> Iterator[sqlite3.Connection]:
    """Look at the state of now through another connection, as another process does."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM encounters").fetchone()
        yield reader


def test_erased_records_are_in_no_file_of_the_store(store_path: Path, encounter_of: EncounterOf) -> None:
    enrol_three(store_path, encounter_of)
    assert files_with(ERASED, store_path.parent)
    with Store.open(store_path) as store:
        assert store.erase("A1").is_purged
        assert files_with(ERASED, store_path.parent) == set()
        assert files_with(KEPT, store_path.parent)
    assert files_with(ERASED, store_path.parent) == set()


def test_an_open_reader_delays_the_purge_and_erasing_again_finishes_it(
    store_path: Path, encounter_of: EncounterOf
) -> None:
    enrol_three(store_path, encounter_of)
    with Store.open(store_path, busy_timeout_ms=30) as store:
        with reader_of(store_path):
            erasure = store.erase("A1")
            assert (erasure.n_templates, erasure.is_purged) == (2, False)
            assert store.templates_of(["A1"]) == []
            assert files_with(ERASED, store_path.parent)  # what is_purged said
            assert not store.erase("A1").is_purged
            store.enrol(encounter_of("A3"))  # a purge that waits keeps no writer out
        assert files_with(ERASED, store_path.parent)
        assert store.erase("A1").is_purged
        assert files_with(ERASED, store_path.parent) == set()


def test_the_purge_waits_for_a_reader_that_ends_in_time(store_path: Path, encounter_of: EncounterOf) -> None:
    enrol_three(store_path, encounter_of)
    with Store.open(store_path, busy_timeout_ms=60_000) as store, reader_of(store_path) as reader:
        timer = threading.Timer(0.1, lambda: reader.execute("COMMIT"))
        timer.start()
        assert store.erase("A1").is_purged
        timer.join()
        assert files_with(ERASED, store_path.parent) == set()


def test_a_crash_between_erasure_and_purge_is_made_up_for_when_the_store_is_opened(
    store_path: Path, encounter_of: EncounterOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol_three(store_path, encounter_of)
    crashed = store_path.parent / "crashed"
    crashed.mkdir()

    def crash(_: SqliteFile, **__: int) -> bool:
        for file in store_path.parent.glob("vantay.db*"):
            shutil.copy(file, crashed)
        return False

    with Store.open(store_path) as store, monkeypatch.context() as patch:
        patch.setattr(SqliteFile, "purge_after_erasure", crash)
        assert not store.erase("A1").is_purged
    assert files_with(ERASED, crashed)
    with Store.open(crashed / "vantay.db") as store:
        assert files_with(ERASED, crashed) == set()
        assert [s.subject_id for s in store.subjects() if s.n_templates] == ["A0", "A2"]


def test_an_erasure_that_the_disk_does_not_let_purge_stays_acknowledged(
    store_path: Path, encounter_of: EncounterOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol_three(store_path, encounter_of)
    with Store.open(store_path, busy_timeout_ms=30) as store:

        def forbid(connection: sqlite3.Connection, *_: object) -> None:
            def allow(action: int, name: str | None, *__: object) -> int:
                is_checkpoint = action == sqlite3.SQLITE_PRAGMA and name == "wal_checkpoint"
                return sqlite3.SQLITE_DENY if is_checkpoint else sqlite3.SQLITE_OK

            connection.set_authorizer(allow)

        sa.event.listen(store._database.engine, "checkout", forbid)
        assert not store.erase("A1").is_purged
        assert store.templates_of(["A1"]) == []
