"""Stores of older versions become stores of this one, when an operator says so, and lose nothing."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from store.people import CARD, IMAGE, KIM, PASSPORT, encounter
from store.places import Place, PostgresPlace, SqlitePlace
from vantay.errors import (
    DataCorruption,
    IdempotencyConflict,
    KeyUnavailable,
    StoreUnavailable,
    UnsupportedFormatVersion,
)
from vantay.fingerprint.codec import decode
from vantay.store import (
    FORMAT_VERSION,
    Actor,
    NewAuditEntry,
    NewEncounter,
    Store,
    SubjectStatus,
    Upgrade,
    maintenance,
    upgrade_store,
)
from vantay.store.database import key_source
from vantay.store.location import parse_location
from vantay.store.schema import metadata
from vantay.types import FingerPosition

FORMAT_2 = Path(__file__).with_name("data") / "format-2.db"
"""Made by this code at version 2; its times of recording were moved into the past by hand."""


FORMAT_3 = Path(__file__).with_name("data") / "format-3.db"
"""Made by this code at version 3, with a clock of 2024; its master key lies beside it."""


@pytest.fixture
def path_of_3(tmp_path: Path) -> Path:
    key = shutil.copy(FORMAT_3.with_name("format-3.db.key"), tmp_path / "vantay.db.key")
    Path(key).chmod(0o600)  # git keeps no more of a mode than whether a file is a program
    return Path(shutil.copy(FORMAT_3, tmp_path / "vantay.db"))


@pytest.fixture
def old_path(tmp_path: Path) -> Path:
    return Path(shutil.copy(FORMAT_2, tmp_path / "vantay.db"))


def rows_of(path: Path, statement: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def test_an_old_store_is_left_alone_and_the_message_says_what_to_run(old_path: Path) -> None:
    before = old_path.read_bytes()
    for create in (True, False):
        with pytest.raises(
            UnsupportedFormatVersion,
            match=rf"format version 2, .* needs {FORMAT_VERSION}: .* run `vantay store upgrade`",
        ):
            Store.open(old_path, create=create)
    assert old_path.read_bytes() == before
    assert [file.name for file in old_path.parent.iterdir()] == ["vantay.db"]


def test_an_upgrade_keeps_everything(old_path: Path) -> None:
    records = rows_of(old_path, "SELECT encounter_id, finger_position, record FROM templates ORDER BY 1, 2")
    vectors = rows_of(old_path, "SELECT encounter_id, vector FROM face_templates ORDER BY 1")
    changes = rows_of(old_path, "SELECT sequence, subject_id, kind FROM changes ORDER BY 1")
    assert upgrade_store(old_path) == Upgrade(2, FORMAT_VERSION)
    with Store.open(old_path, create=False) as store:
        templates = sorted((t.encounter_id, int(t.position), t.record) for t in store.templates())
        assert templates == records
        faces = [(f.encounter_id, f.template.vector.tobytes()) for f in store.faces()]
        assert sorted(faces) == vectors
        assert [(c.sequence, c.subject_id, c.kind) for c in store.change_log(0)] == changes
        assert {s.subject_id: s.status for s in store.subjects()} == {
            "A-1": SubjectStatus.ACTIVE,
            "B-2": SubjectStatus.ACTIVE,
            "C-3": SubjectStatus.ERASED,
            "Đ-4": SubjectStatus.ACTIVE,
        }
        first, second = store.subject("A-1").encounters
        assert (first.source, first.captured_at) == (
            "Hà Nội, desk 3",
            datetime(2024, 5, 1, 2, 30, tzinfo=UTC),
        )
        assert (second.source, second.face) == ("Đà Nẵng", None)
        assert (first.templates[0].extractor, first.templates[0].quality) == ("made-up", 60)
        statistics = store.statistics()
        assert (statistics.comparator_at_creation, statistics.face_model) == ("0123abcd", "m")
        assert (statistics.n_templates, statistics.n_faces) == (4, 2)
        assert statistics.encryption == "aes-256-gcm"


def test_an_upgraded_store_is_written_and_followed_on(old_path: Path) -> None:
    upgrade_store(old_path)
    with Store.open(old_path) as store:
        record = store.templates_of(["A-1"])[0].record
        assert decode(record)[0].position is FingerPosition.RIGHT_INDEX
        store.add_encounter(NewEncounter("B-2", (), face=store.faces_of(["A-1"])[0].template))
        assert store.sequence() == 7
        assert [s.subject_id for s in store.page_since(6).subjects] == ["B-2"]
        assert [s.subject_id for s in store.page_since(0).subjects] == ["A-1", "C-3", "Đ-4", "B-2"]
        store.erase("Đ-4")
    with Store.open(old_path, create=False) as store:
        assert len(store.faces_of(["B-2"])) == 2


def test_what_was_plain_is_in_no_file_after_the_upgrade(old_path: Path) -> None:
    (record,) = rows_of(old_path, "SELECT record FROM templates LIMIT 1")[0]
    assert isinstance(record, bytes)
    assert record in old_path.read_bytes()
    upgrade_store(old_path)
    assert all(record not in file.read_bytes() for file in old_path.parent.iterdir())


def test_upgrading_again_does_nothing(old_path: Path) -> None:
    upgrade_store(old_path)
    before = old_path.read_bytes()
    assert upgrade_store(old_path) == Upgrade(FORMAT_VERSION, FORMAT_VERSION)
    assert old_path.read_bytes() == before


def test_a_store_of_version_1_had_no_faces(old_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(old_path)) as connection, connection:
        connection.execute("DROP TABLE face_templates")
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'format_version'")
    assert upgrade_store(old_path, encryption="none") == Upgrade(1, FORMAT_VERSION)
    with Store.open(old_path) as store:
        assert len(list(store.templates())) == 4
        assert list(store.faces()) == []
        assert store.statistics().encryption == "none"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("UPDATE templates SET record = x'00' WHERE encounter_id = 'E5'", "encounter E5, finger RIGHT_INDEX"),
        ("UPDATE face_templates SET vector = x'0000' WHERE encounter_id = 'E3'", "encounter E3, face"),
    ],
)
def test_a_damaged_template_stops_the_upgrade_and_nothing_is_changed(
    old_path: Path, damage: str, message: str
) -> None:
    with contextlib.closing(sqlite3.connect(old_path)) as connection, connection:
        connection.execute(damage)
    tables = rows_of(old_path, "SELECT name FROM sqlite_master ORDER BY 1")
    with pytest.raises(DataCorruption, match=f"template of {message} .*upgrade again"):
        upgrade_store(old_path)
    assert rows_of(old_path, "SELECT name FROM sqlite_master ORDER BY 1") == tables
    assert rows_of(old_path, "SELECT value FROM meta WHERE key = 'format_version'") == [("2",)]


def test_a_crash_before_the_commit_changes_nothing(old_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows_of(old_path, "SELECT * FROM templates")

    def die(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("vantay.store.migrations.conversion._convert_changes", die)
        with pytest.raises(ZeroDivisionError):
            upgrade_store(old_path)
    assert rows_of(old_path, "SELECT * FROM templates") == before
    assert upgrade_store(old_path).from_version == 2


def test_what_is_newer_or_nothing_is_not_upgraded(tmp_path: Path, place: Place) -> None:
    with pytest.raises(StoreUnavailable, match="no enrolment database"):
        upgrade_store(tmp_path / "nothing.db")
    place.open().close()
    place.run_sql("UPDATE meta SET value = '9' WHERE key = 'format_version'")
    with pytest.raises(UnsupportedFormatVersion, match="upgrade Vantay to one that reads 9"):
        upgrade_store(place.location, key=place.key_file)


def test_migrations_from_nothing_make_the_tables_of_the_schema(place: Place) -> None:
    """One by one from version 1, as if the store had lived through all of them."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    database = parse_location(place.location, 5000)
    config = Config()
    config.set_main_option("script_location", str(Path(maintenance.__file__).parent / "migrations"))
    with database.writing.begin() as connection:
        config.attributes |= {
            "connection": connection,
            "encryption": "none",
            "key_source": key_source(None, None),
        }
        command.upgrade(config, "head")
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        migrated = described(connection)
        version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    database.engine.dispose()
    assert version == f"{FORMAT_VERSION:04}"
    assert described_schema_of_new_store(place) == migrated


def described(connection: sa.Connection) -> object:
    """All that the database tells of its tables, in an order that does not depend on how they were made."""
    inspector = sa.inspect(connection)
    told = {}
    for table in inspector.get_table_names():
        told[table] = (
            [(c["name"], str(c["type"]), c["nullable"]) for c in inspector.get_columns(table)],
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted(
                str((f["constrained_columns"], f["referred_table"]))
                for f in inspector.get_foreign_keys(table)
            ),
            sorted(str((i["name"], i["column_names"], i["unique"])) for i in inspector.get_indexes(table)),
            sorted(str(c["name"]) for c in inspector.get_check_constraints(table)),
            sorted(str(c["column_names"]) for c in inspector.get_unique_constraints(table)),
        )
    return told


def described_schema_of_new_store(place: Place) -> object:
    if isinstance(place, SqlitePlace):
        fresh: Place = SqlitePlace(place.path.with_name("fresh.db"))
    else:
        place.run_sql("DROP SCHEMA IF EXISTS fresh CASCADE", "CREATE SCHEMA fresh")
        fresh = PostgresPlace(place.dsn.rsplit("%3D", 1)[0] + "%3Dfresh", place.key_file)
    with fresh.open() as store, store._database.engine.connect() as connection:
        return described(connection)


def test_a_store_of_version_3_keeps_everything_and_begins_a_log(path_of_3: Path) -> None:
    with pytest.raises(UnsupportedFormatVersion, match="run `vantay store upgrade`"):
        Store.open(path_of_3)
    sealed = rows_of(path_of_3, "SELECT number, sealed_templates FROM encounters ORDER BY 1")
    keys = rows_of(path_of_3, "SELECT * FROM subject_keys ORDER BY 1")
    assert upgrade_store(path_of_3) == Upgrade(3, FORMAT_VERSION)
    assert rows_of(path_of_3, "SELECT number, sealed_templates FROM encounters ORDER BY 1") == sealed
    assert rows_of(path_of_3, "SELECT * FROM subject_keys ORDER BY 1") == keys
    with Store.open(path_of_3, create=False) as store:
        assert {s.subject_id: (s.status, s.n_encounters) for s in store.subjects()} == {
            "A-1": (SubjectStatus.ACTIVE, 3),
            "B-2": (SubjectStatus.MERGED, 0),
            "C-3": (SubjectStatus.ERASED, 1),
            "F-5": (SubjectStatus.ACTIVE, 1),
            "Đ-4": (SubjectStatus.LOCKED, 1),
        }
        subject = store.subject("A-1")
        assert (subject.documents, subject.biographics) == ((PASSPORT, CARD), KIM)
        assert subject.galleries == ("residents",)
        assert store.galleries() == {"residents": 1, "watchlist": 1}
        assert [image.data for image in store.images("E1")] == [b"photo", IMAGE]
        assert store.sequence() == len(store.change_log(0)) == 10
        assert store.verify_audit().n_entries == 0
        assert (store.cases(), store.decisions_since(0)) == ([], [])


def test_an_upgraded_store_of_version_3_is_written_on(path_of_3: Path) -> None:
    upgrade_store(path_of_3)
    with Store.open(path_of_3) as store:
        with pytest.raises(IdempotencyConflict):
            store.enrol(encounter("A-9"), idempotency_key="key-1")
        with store.write() as write:
            write.enrol(encounter("G-6"))
            write.note(NewAuditEntry(Actor("desk"), "Enrol", "ENROLLED", "G-6"))
        assert store.sequence() == 11
        assert store.verify_audit().n_entries == 1


def test_a_store_of_version_3_without_its_key_is_not_upgraded(path_of_3: Path) -> None:
    path_of_3.with_name("vantay.db.key").unlink()
    with pytest.raises(KeyUnavailable):
        upgrade_store(path_of_3)
    assert rows_of(path_of_3, "SELECT value FROM meta WHERE key = 'format_version'") == [("3",)]
    assert rows_of(path_of_3, "SELECT name FROM sqlite_master WHERE name = 'audit_head'") == []
