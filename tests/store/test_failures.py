"""Each way a store can be unusable has its typed error, and a failed write leaves nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from store.places import Place
from vantay.errors import (
    DataCorruption,
    StoreLocked,
    StoreUnavailable,
    UnsupportedFormatVersion,
    VantayError,
)
from vantay.store import FORMAT_VERSION, NewEncounter, Store, writing
from vantay.store.transaction import WriteTransaction

EncounterOf = Callable[..., NewEncounter]


def run_sql(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("owner", "step"),
    [(writing, "pack_templates"), (writing, "encounter_record"), (WriteTransaction, "finish")],
)
def test_an_exception_in_the_middle_of_a_write_leaves_nothing(
    store: Store, encounter_of: EncounterOf, monkeypatch: pytest.MonkeyPatch, owner: object, step: str
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, fail)
        with pytest.raises(ZeroDivisionError):
            store.enrol(encounter_of("A1"))
    assert store.subjects() == []
    assert store.sequence() == 0
    store.enrol(encounter_of("A1"))  # and the store can still be written


def test_a_second_writer_waits_then_is_told_that_the_store_is_locked(
    store_path: Path, encounter_of: EncounterOf
) -> None:
    with (
        Store.open(store_path, busy_timeout_ms=50) as store,
        contextlib.closing(sqlite3.connect(store_path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match=r"vantay\.db is in use by another process"):
            store.enrol(encounter_of("A1"))
        assert store.subjects() == []  # reading goes on
        other.execute("ROLLBACK")
        store.enrol(encounter_of("A1"))


def test_erasure_does_not_fail_for_a_reader_that_looks_at_the_state_before(
    store_path: Path, encounter_of: EncounterOf
) -> None:
    with Store.open(store_path, busy_timeout_ms=50) as store:
        for subject_id in ("A1", "A2"):
            store.enrol(encounter_of(subject_id))
        reader = store.templates()
        first = next(reader)
        assert not store.erase("A1").is_purged
        assert not store.erase("A2").is_purged
        assert [first.subject_id, *(t.subject_id for t in reader)] == ["A1", "A1", "A2", "A2"]
        assert list(store.templates()) == []


def test_many_readers_at_once_find_a_connection_each(sqlite_store: Store, encounter_of: EncounterOf) -> None:
    store = sqlite_store
    store.enrol(encounter_of("A1"))
    readers = [store.templates() for _ in range(40)]
    assert {next(reader).subject_id for reader in readers} == {"A1"}
    assert {len(list(reader)) for reader in readers} == {1}


def test_threads_that_write_at_once_all_succeed(store: Store, encounter_of: EncounterOf) -> None:
    def write(name: str) -> None:
        for i in range(10):
            store.enrol(encounter_of(f"{name}{i}"))

    threads = [threading.Thread(target=write, args=(name,)) for name in "ABCD"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.statistics().n_subjects == 40
    assert store.sequence() == 40


def test_threads_that_create_the_store_at_once_all_succeed(place: Place) -> None:
    failures: list[VantayError] = []

    def create() -> None:
        try:
            place.open().close()
        except VantayError as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("E1", "sealed_templates = (SELECT wrapped_key FROM subject_keys WHERE subject_number = 1)"),
        ("E9", "encounter_id = 'E9'"),
        ("E1", "sealed_templates = (SELECT s FROM (SELECT sealed_templates AS s FROM encounters"
         " WHERE encounter_id = 'E2') AS other)"),
    ],
)  # fmt: skip
def test_a_damaged_or_swapped_row_is_named(
    place: Place, encounter_of: EncounterOf, name: str, damage: str
) -> None:
    with place.open() as store:
        store.enrol(encounter_of("A1", encounter_id="E1"))
        store.enrol(encounter_of("A2", encounter_id="E2"))
        place.run_sql(f"UPDATE encounters SET {damage} WHERE encounter_id = 'E1'")
        for read in (store.templates, lambda: store.templates_of(["A1"]), lambda: store.pages_since(0)):
            with pytest.raises(DataCorruption, match=f"encounter {name}, subject 'A1', cannot be opened"):
                list(read())
        store.erase("A1")  # the way out that the message names
        assert {t.subject_id for t in store.templates()} == {"A2"}


def test_a_store_with_overwritten_pages_is_damaged(store_path: Path, encounter_of: EncounterOf) -> None:
    with Store.open(store_path) as store:
        for i in range(50):
            store.enrol(encounter_of(f"A{i}"))
    content = bytearray(store_path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    store_path.write_bytes(content)
    with pytest.raises(DataCorruption, match=r"vantay\.db is damaged"), Store.open(store_path) as store:
        list(store.templates())


def test_a_file_that_is_no_database_is_refused_and_left_alone(store_path: Path) -> None:
    store_path.write_bytes(b"holiday pictures" * 1000)
    with pytest.raises(DataCorruption, match="no enrolment database"):
        Store.open(store_path)
    assert store_path.read_bytes() == b"holiday pictures" * 1000


@pytest.mark.parametrize("content", ["no bytes", "no tables"])
def test_an_empty_file_is_no_store_unless_one_may_be_made(store_path: Path, content: str) -> None:
    if content == "no bytes":
        store_path.touch()
    else:
        run_sql(store_path, "PRAGMA user_version = 1")
    before = store_path.read_bytes()
    with pytest.raises(DataCorruption, match=r"vantay\.db is empty, expected an enrolment database"):
        Store.open(store_path, create=False)
    assert store_path.read_bytes() == before
    with Store.open(store_path) as store:
        assert store.subjects() == []


def test_a_database_of_another_program_is_refused_and_left_alone(store_path: Path) -> None:
    run_sql(store_path, "CREATE TABLE recipes (name TEXT)")
    before = store_path.read_bytes()
    with pytest.raises(DataCorruption, match="another program"):
        Store.open(store_path)
    assert store_path.read_bytes() == before


def test_a_store_of_a_newer_version_is_refused(place: Place, encounter_of: EncounterOf) -> None:
    newer = FORMAT_VERSION + 1
    with place.open() as store:
        place.run_sql(f"UPDATE meta SET value = '{newer}' WHERE key = 'format_version'")
        with pytest.raises(UnsupportedFormatVersion, match="by another process"):
            store.enrol(encounter_of("A1"))
    with pytest.raises(
        UnsupportedFormatVersion,
        match=f"format version {newer}, this version of Vantay reads up to {FORMAT_VERSION}: upgrade Vantay",
    ):
        place.open()


def test_a_store_without_a_version_is_damaged(place: Place) -> None:
    place.open().close()
    place.run_sql("DELETE FROM meta WHERE key = 'format_version'")
    with pytest.raises(DataCorruption, match="format version is None"):
        place.open()


def test_paths_without_a_store_are_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="is a folder"):
        Store.open(tmp_path)
    with pytest.raises(StoreUnavailable, match="nowhere does not exist"):
        Store.open(tmp_path / "nowhere" / "vantay.db")
    with pytest.raises(StoreUnavailable, match="no enrolment database at"):
        Store.open(tmp_path / "vantay.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_keeps_nothing_of_the_write(store_path: Path, encounter_of: EncounterOf) -> None:
    with Store.open(store_path) as store:
        store.enrol(encounter_of("A1"))

        def limit_size(connection: sa.Connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")  # SQLite rounds up to what is used

        sa.event.listen(store._database.engine, "begin", limit_size)
        acknowledged = ["A1"]

        def enrol_until_full() -> None:
            for i in range(1000):
                store.enrol(encounter_of(f"B{i}"))
                acknowledged.append(f"B{i}")

        with pytest.raises(StoreUnavailable, match="the disk or the quota is full"):
            enrol_until_full()
        assert [s.subject_id for s in store.subjects()] == sorted(acknowledged)
        assert store.statistics().n_templates == 2 * len(acknowledged)


@pytest.fixture
def folder_nobody_may_write() -> Iterator[Path]:
    """A read-only folder; a superuser, whom permissions do not stop, steps down to nobody meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="vantay-read-only-"))
    superuser = os.geteuid() == 0
    folder.chmod(0o555)
    if superuser:
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if superuser:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_read_only_folder_is_unavailable(folder_nobody_may_write: Path) -> None:
    with pytest.raises(
        StoreUnavailable, match=r"vantay\.db cannot be opened: its folder must exist and be wri"
    ):
        Store.open(folder_nobody_may_write / "vantay.db")


@pytest.mark.parametrize("umask", [0, 0o022, 0o777])
def test_a_new_store_is_its_owners_alone_whatever_the_umask(
    store_path: Path, encounter_of: EncounterOf, umask: int
) -> None:
    before = os.umask(umask)
    try:
        with Store.open(store_path) as store:
            store.enrol(encounter_of("A1"))
            files = {
                file.name.removeprefix(store_path.name): stat.S_IMODE(file.stat().st_mode)
                for file in store_path.parent.iterdir()
                if file.name.startswith(store_path.name)
            }
    finally:
        os.umask(before)
    assert files == dict.fromkeys(("", "-wal", "-shm", ".key"), 0o600)


def test_permissions_of_a_store_that_is_there_stay(store_path: Path, encounter_of: EncounterOf) -> None:
    with Store.open(store_path) as store:
        store.enrol(encounter_of("A1"))
    store_path.chmod(0o640)
    with Store.open(store_path) as store:
        store.enrol(encounter_of("A2"))
    assert stat.S_IMODE(store_path.stat().st_mode) == 0o640


def test_a_read_only_file_is_unavailable(store_path: Path, encounter_of: EncounterOf) -> None:
    with Store.open(store_path) as store:
        store.enrol(encounter_of("A1"))
        sa.event.listen(
            store._database.engine, "begin", lambda c: c.exec_driver_sql("PRAGMA query_only = ON")
        )
        with pytest.raises(StoreUnavailable, match="is read-only"):
            store.enrol(encounter_of("A2"))
        assert [s.subject_id for s in store.subjects()] == ["A1"]
