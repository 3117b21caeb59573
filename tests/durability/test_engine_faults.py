"""What an engine says of keys, versions, clocks, second writers and foreign indexes; nothing is lost."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from durability.asking import assert_all_there, enrol, is_found, settings_at
from store.places import Place
from vantay.engine import Engine
from vantay.errors import (
    ClockWentBackwards,
    DataCorruption,
    KeyUnavailable,
    StoreLocked,
    StoreUnavailable,
    UnsupportedFormatVersion,
    WrongKey,
)
from vantay.settings import EngineSettings
from vantay.store import FORMAT_VERSION, transaction

PEOPLE = [0, 1, 2]


@pytest.fixture
def settings(place: Place, tmp_path: Path) -> EngineSettings:
    """Of a database with three people and an index in files."""
    settings = settings_at(place.location, tmp_path / "index", place.key_file)
    settings = replace(settings, busy_timeout_ms=50)
    with Engine.open(settings=settings) as engine:
        for person in PEOPLE:
            enrol(engine, person)
        engine.compact_index()
    return settings


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def assert_whole(settings: EngineSettings, people: list[int] = PEOPLE) -> None:
    with Engine.open(settings=settings) as engine:
        assert_all_there(engine, people, strangers=[90])
        engine.verify_index()


@pytest.fixture
def key_put_back(settings: EngineSettings, tmp_path: Path) -> Iterator[Path]:
    """The key file, to do with what a test wants; put back and tried afterwards."""
    assert settings.key_file is not None
    backup = shutil.copy2(settings.key_file, tmp_path / "backup.key")
    index = files_of(tmp_path / "index")
    yield settings.key_file
    assert files_of(tmp_path / "index") == index
    shutil.copy2(backup, settings.key_file)
    assert_whole(settings)


def test_a_missing_key_is_named_and_nothing_is_made_in_its_place(
    settings: EngineSettings, key_put_back: Path
) -> None:
    key_put_back.unlink()
    with pytest.raises(KeyUnavailable, match=r"cannot be read .*: restore it from its backup"):
        Engine.open(settings=settings)
    assert not key_put_back.exists()


def test_another_key_is_told_and_nothing_is_written(settings: EngineSettings, key_put_back: Path) -> None:
    tag, _, digits = key_put_back.read_text().strip().partition(" ")
    key_put_back.write_text(f"{tag} {digits[::-1]}\n")
    with pytest.raises(WrongKey):
        Engine.open(settings=settings)


def test_a_key_that_others_may_read_is_refused(settings: EngineSettings, key_put_back: Path) -> None:
    key_put_back.chmod(0o644)
    with pytest.raises(KeyUnavailable, match="permissions 644, so others may use it: chmod 600"):
        Engine.open(settings=settings)


def test_a_newer_database_is_left_alone_with_its_index(
    settings: EngineSettings, place: Place, tmp_path: Path
) -> None:
    index = files_of(tmp_path / "index")
    place.run_sql("UPDATE meta SET value = '99' WHERE key = 'format_version'")
    with pytest.raises(UnsupportedFormatVersion, match=r"format version 99, .*: upgrade Vantay"):
        Engine.open(settings=settings)
    assert files_of(tmp_path / "index") == index
    place.run_sql(f"UPDATE meta SET value = '{FORMAT_VERSION}' WHERE key = 'format_version'")
    assert_whole(settings)


def test_a_clock_that_went_back_stops_writes_and_no_search(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = transaction.read_clock
    with Engine.open(settings=settings) as engine:
        with monkeypatch.context() as patch:
            patch.setattr(transaction, "read_clock", lambda: now() - timedelta(hours=1))
            with pytest.raises(ClockWentBackwards, match=r"set the clock; .* accept-clock"):
                enrol(engine, 3)
            assert_all_there(engine, PEOPLE, strangers=[3])
        enrol(engine, 3)
    assert_whole(settings, [*PEOPLE, 3])


def test_a_second_writer_is_told_to_wait_and_what_was_asked_can_be_asked_again(
    settings: EngineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Engine.open(settings=settings) as first, Engine.open(settings=settings) as second:
        finish = transaction.WriteTransaction.finish

        def finish_late(own: transaction.WriteTransaction) -> None:
            monkeypatch.setattr(transaction.WriteTransaction, "finish", finish)
            with pytest.raises(StoreLocked, match="for longer than the busy timeout"):
                enrol(second, 4)
            finish(own)

        monkeypatch.setattr(transaction.WriteTransaction, "finish", finish_late)
        enrol(first, 3)
        enrol(second, 4)
    assert_whole(settings, [*PEOPLE, 3, 4])


def test_a_second_writer_of_the_index_is_told_and_searches_all_the_same(settings: EngineSettings) -> None:
    with Engine.open(settings=settings) as first, Engine.open(settings=settings) as second:
        first.compact_index()
        enrol(first, 3)
        with pytest.raises(StoreUnavailable, match="is in use by another process"):
            second.compact_index()
        assert_all_there(second, [*PEOPLE, 3])
        assert_all_there(first, [*PEOPLE, 3])
    assert_whole(settings, [*PEOPLE, 3])


def test_the_index_of_another_database_is_refused_and_can_be_made_anew(
    settings: EngineSettings, tmp_path: Path
) -> None:
    other = settings_at(tmp_path / "other.db", tmp_path / "index")
    index = files_of(tmp_path / "index")
    with Engine.open(settings=other) as engine:
        with pytest.raises(DataCorruption, match=r"from store .*, expected .*; make the index anew with"):
            is_found(engine, 0)
        enrol(engine, 7)  # the record is not concerned
    assert files_of(tmp_path / "index") == index
    assert_whole(settings)
    with Engine.open(settings=other) as engine:
        engine.rebuild_index()
        assert_all_there(engine, [7], strangers=[0])
    with Engine.open(settings=settings) as engine:
        with pytest.raises(DataCorruption, match="make the index anew with"):
            is_found(engine, 0)
        engine.rebuild_index()
    assert_whole(settings)


def test_an_index_of_a_newer_version_is_made_anew_by_the_first_search(
    settings: EngineSettings, tmp_path: Path
) -> None:
    manifest = tmp_path / "index" / "manifest.json"
    body, _, _ = manifest.read_bytes().rstrip().rpartition(b"\n")
    newer = json.dumps(json.loads(body) | {"format_version": 99}).encode()
    manifest.write_bytes(newer + b"\n" + hashlib.sha256(newer).hexdigest().encode() + b"\n")
    with Engine.open(settings=settings) as engine:
        assert_all_there(engine, PEOPLE, strangers=[5])
    assert b'"format_version": 99' not in manifest.read_bytes()
    assert_whole(settings)
