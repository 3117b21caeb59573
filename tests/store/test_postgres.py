"""What is true of a store on a server only: gap-safe numbers, lost connections, rights, other tables."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from store.people import encounter, enrolment
from store.places import PostgresPlace
from store.postgres_server import Server, find_programs, running_server
from vantay.errors import DataCorruption, InvalidSetting, StorageError, StoreLocked, StoreUnavailable
from vantay.store import NewEncounter, Store
from vantay.store.transaction import WriteTransaction

EncounterOf = Callable[..., NewEncounter]


@pytest.fixture
def place(postgres_dsn: str, tmp_path: Path) -> PostgresPlace:
    return PostgresPlace(postgres_dsn, tmp_path / "vantay.key")


def test_a_follower_misses_nothing_while_writers_commit_at_once(place: PostgresPlace) -> None:
    n_writers, n_each = 4, 15
    seen: list[tuple[int, str]] = []
    with place.open() as store:
        done = threading.Event()

        def write(name: str) -> None:
            with place.open() as own:
                for i in range(n_each):
                    own.enrol(encounter(f"{name}{i}"))

        def follow() -> None:
            with place.open() as own:
                sequence = 0
                while not (done.is_set() and own.sequence() == sequence):
                    page = own.page_since(sequence, limit=7)
                    seen.extend((s.sequence, s.subject_id) for s in page.subjects)
                    sequence = page.sequence

        follower = threading.Thread(target=follow)
        writers = [threading.Thread(target=write, args=(name,)) for name in "ABCD"]
        for thread in (follower, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        follower.join()
        assert [number for number, _ in seen] == list(range(1, n_writers * n_each + 1))
        assert {s.subject_id for s in store.subjects()} == {subject_id for _, subject_id in seen}


def test_a_second_writer_waits_then_is_told_that_the_store_is_locked(place: PostgresPlace) -> None:
    with place.open(busy_timeout_ms=60) as store, psycopg.connect(place.dsn) as other:
        other.execute("SELECT * FROM write_state FOR UPDATE")
        with pytest.raises(StoreLocked, match="by another client for longer than the busy timeout"):
            store.enrol(encounter("A"))
        assert store.subjects() == []  # reading goes on
        other.rollback()
        store.enrol(encounter("A"))


def test_a_lost_connection_is_told_and_the_next_call_makes_another(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = WriteTransaction.finish

    def lose_connection(transaction: WriteTransaction) -> None:
        pid = transaction.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with psycopg.connect(place.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        finish(transaction)

    with place.open() as store:
        store.enrol(encounter("A"))
        with monkeypatch.context() as patch:
            patch.setattr(WriteTransaction, "finish", lose_connection)
            with pytest.raises(StoreUnavailable, match="out of reach: check that the server runs"):
                store.enrol(encounter("B"))
        assert [s.subject_id for s in store.subjects()] == ["A"]
        store.enrol(encounter("B"))


def test_a_server_that_stops_is_told_and_found_again(tmp_path: Path, postgres_server: Server) -> None:
    programs = find_programs()
    assert programs is not None
    with running_server(programs) as server:
        place = PostgresPlace(server.dsn(), tmp_path / "key")
        with place.open() as store:
            store.load([enrolment("A")])
            server.stop("immediate")
            for call in (store.subjects, lambda: store.enrol(encounter("B")), place.open):
                with pytest.raises(StoreUnavailable, match="out of reach"):
                    call()
            server.start()
            assert len(store.templates_of(["A"])) == 2
            store.enrol(encounter("B"))


def test_a_full_disk_keeps_nothing_of_the_write(place: PostgresPlace, encounter_of: EncounterOf) -> None:
    with place.open() as store:
        store.enrol(encounter_of("A"))
        place.run_sql(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = 'disk_full'; END $$",
            "CREATE TRIGGER full_disk BEFORE INSERT ON changes EXECUTE FUNCTION full_disk()",
        )
        with pytest.raises(StoreUnavailable, match="the server's disk is full; nothing of this write"):
            store.enrol(encounter_of("B"))
        place.run_sql("DROP TRIGGER full_disk ON changes")
        assert [s.subject_id for s in store.subjects()] == ["A"]
        store.enrol(encounter_of("B"))
        assert store.sequence() == 2


def test_a_read_only_database_is_unavailable(place: PostgresPlace) -> None:
    with place.open() as store:
        store.enrol(encounter("A"))
    read_only = PostgresPlace(place.dsn + "%20-cdefault_transaction_read_only%3Don", place.key_file)
    with read_only.open(create=False) as store:
        assert len(store.templates_of(["A"])) == 2
        with pytest.raises(StoreUnavailable, match="is read-only: a standby"):
            store.enrol(encounter("B"))


def test_a_role_without_rights_is_told(place: PostgresPlace, postgres_server: Server) -> None:
    place.open().close()
    place.run_sql("DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    guest = PostgresPlace(place.dsn.replace("postgres@", "guest@"), place.key_file)
    with pytest.raises(StorageError, match="guest@"):
        guest.open(create=False)


def test_places_without_a_store_are_named(
    place: PostgresPlace, tmp_path: Path, postgres_server: Server
) -> None:
    with pytest.raises(StoreUnavailable, match="no enrolment database at postgresql://"):
        place.open(create=False)
    with pytest.raises(StoreUnavailable, match="does not exist: make the database first, with createdb"):
        Store.open(postgres_server.dsn("nowhere"), key=tmp_path / "key")
    with pytest.raises(StoreUnavailable, match="out of reach"):
        Store.open(f"postgresql://postgres@/v?host={tmp_path}", key=tmp_path / "key")
    assert not (tmp_path / "key").exists()


def test_addresses_that_are_none_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="scheme 'mysql', expected a path or postgresql://"):
        Store.open("mysql://root@localhost/db")
    with pytest.raises(InvalidSetting, match="no address") as caught:
        Store.open("postgresql://u:secret@host:port/db")
    assert "secret" not in str(caught.value)


def test_no_message_shows_the_password(place: PostgresPlace, postgres_server: Server) -> None:
    address = place.dsn.replace("postgres@", "postgres:geheim@")
    with Store.open(address, key=place.key_file) as store:
        assert "geheim" not in store.name
        assert "***" in store.name
        with pytest.raises(AttributeError, match="is no file"):
            _ = store.path


def test_tables_of_another_program_are_left_alone(place: PostgresPlace) -> None:
    place.run_sql("CREATE TABLE subjects (school TEXT)")
    with pytest.raises(DataCorruption, match="holds tables of another program: name an empty database"):
        place.open()
    assert place.count("subjects") == 0
    place.run_sql("DROP TABLE subjects", "CREATE TABLE recipes (name TEXT)")
    place.open().close()  # beside others of other names there is room


def test_messages_hold_no_values_of_rows(place: PostgresPlace) -> None:
    with place.open() as store:
        store.enrol(encounter("A", "E1"))
        place.run_sql("ALTER TABLE subjects ADD CHECK (subject_id <> 'Nguyen Thi Secret')")
        with pytest.raises(StorageError) as caught:
            store.enrol(encounter("Nguyen Thi Secret"))
        assert "Secret" not in str(caught.value)


def test_a_commit_is_waited_for_where_the_server_would_not(place: PostgresPlace) -> None:
    relaxed = PostgresPlace(place.dsn + "%20-csynchronous_commit%3Doff", place.key_file)
    with relaxed.open() as store, store._database.engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_erased_rows_stay_until_they_are_purged(place: PostgresPlace) -> None:
    with place.open(busy_timeout_ms=100) as store:
        store.load([enrolment(f"S{i}") for i in range(50)])
        assert not store.erase("S1").is_purged
        with psycopg.connect(place.dsn) as reader:
            reader.execute("SELECT count(*) FROM subject_keys")
            assert not store.purge()  # the reader holds the table
        assert store.purge()
        assert len(store.templates_of(["S2"])) == 2


def test_enrolments_at_once_of_one_subject_give_one(place: PostgresPlace) -> None:
    outcomes: list[str] = []

    def enrol() -> None:
        with place.open() as own:
            try:
                own.enrol(encounter("A"))
            except StorageError:
                outcomes.append("error")
            except Exception as error:  # noqa: BLE001 - told below
                outcomes.append(type(error).__name__)
            else:
                outcomes.append("enrolled")

    place.open().close()
    threads = [threading.Thread(target=enrol) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["AlreadyEnrolled"] * 5 + ["enrolled"]
