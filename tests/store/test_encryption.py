"""What is a person's is unreadable without the key, in its own row only, and never again once erased."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from store.people import IMAGE, KIM, PASSPORT, RECORD, encounter, make_face
from store.places import Place, SqlitePlace
from vantay.errors import (
    DataCorruption,
    InvalidSetting,
    KeyUnavailable,
    StateError,
    VantayError,
    WrongKey,
)
from vantay.store import MasterKey, Store, rotate_key_file, sealing, store_keys
from vantay.store.write_calls import WriteCalls

SECRETS = {
    "record": RECORD,
    "vector": make_face(1).vector.tobytes(),
    "image": IMAGE,
    "passport number": PASSPORT.number.encode(),
    "its canonical form": PASSPORT.canonical_number.encode(),
    "birth date": b"1990-05-17",
}


def enrol_kim(store: Store) -> None:
    store.enrol(encounter("K", "E1"), biographics=KIM, documents=[PASSPORT])


def read_all(store: Store, subject_id: str) -> None:
    store.subject(subject_id)
    store.images(f"E{subject_id}")


def secrets_in(folder: Path) -> set[str]:
    content = b"".join(file.read_bytes() for file in folder.iterdir())
    return {name for name, secret in SECRETS.items() if secret in content}


def test_no_file_of_the_store_shows_what_is_sealed(store_path: Path) -> None:
    with Store.open(store_path) as store:
        enrol_kim(store)
        store.move_encounter("E1", store.enrol(encounter("L", "E2")).subject_id)
        assert secrets_in(store_path.parent) == set()
    assert secrets_in(store_path.parent) == set()


def test_without_encryption_it_is_there_to_read_and_no_key_is_made(store_path: Path) -> None:
    with Store.open(store_path, encryption="none") as store:
        enrol_kim(store)
        assert store.statistics().encryption == "none"
    assert secrets_in(store_path.parent) == set(SECRETS) - {"its canonical form"}
    assert [file.name for file in store_path.parent.iterdir()] == ["vantay.db"]
    with Store.open(store_path, create=False) as store:
        assert store.subject("K").documents == (PASSPORT,)
        with pytest.raises(StateError, match="not encrypted"):
            store.rotate_key(MasterKey.generate())


def test_an_unknown_encryption_is_refused_before_anything_is_made(place: Place) -> None:
    with pytest.raises(InvalidSetting, match="'rot13', expected aes-256-gcm or none"):
        place.open(encryption="rot13")
    with place.open(encryption="none") as store:
        assert store.subjects() == []


def test_the_key_file_is_made_beside_the_store_for_its_owner_alone(store_path: Path) -> None:
    Store.open(store_path).close()
    key_file = store_path.with_name("vantay.db.key")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert MasterKey.read(key_file).key_id in repr(MasterKey.read(key_file))
    assert key_file.read_text().split()[1] not in repr(MasterKey.read(key_file))


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644])
def test_a_key_file_that_others_may_use_is_refused(store_path: Path, mode: int) -> None:
    Store.open(store_path).close()
    store_path.with_name("vantay.db.key").chmod(mode)
    with pytest.raises(KeyUnavailable, match=f"permissions {mode:03o}, so others may use it: chmod 600"):
        Store.open(store_path)


def test_a_missing_key_is_not_made_anew(place: Place) -> None:
    with place.open() as store:
        enrol_kim(store)
    place.key_file.unlink()
    with pytest.raises(KeyUnavailable, match=r"key cannot be read \(No such file or directory\): restore"):
        place.open()
    assert not place.key_file.exists()


@pytest.mark.parametrize("content", ["", "holiday\n", "vantay-master-key-1 abcd", "Đ" * 64])
def test_a_file_that_holds_no_key_is_named_and_not_quoted(place: Place, content: str) -> None:
    place.open().close()
    place.key_file.write_text(content)
    with pytest.raises(KeyUnavailable) as caught:
        place.open()
    assert str(place.key_file) in str(caught.value)
    assert not content or content.strip() not in str(caught.value)


def test_another_key_is_told_apart_and_nothing_is_read_or_written(place: Place) -> None:
    with place.open() as store:
        enrol_kim(store)
        right = store.statistics().master_key_id
    kept = place.key_file.read_bytes()
    place.key_file.unlink()
    MasterKey.generate().write(place.key_file)
    with pytest.raises(
        WrongKey, match=f"needs the master key {right}, the one in .* is .*: put back the key"
    ):
        place.open()
    with pytest.raises(WrongKey, match="the one given"):
        place.open(key=MasterKey.generate())
    place.key_file.write_bytes(kept)
    with place.open() as store:
        assert len(store.templates_of(["K"])) == 2


def test_a_key_from_text_opens_the_store_without_a_file(place: Place) -> None:
    text = "ab" * 32
    with place.open(key=MasterKey.from_text(text, "the test")) as store:
        enrol_kim(store)
    assert not place.key_file.exists()
    with place.open(key=MasterKey.from_text(f"vantay-master-key-1 {text}\n", "the test")) as store:
        assert store.subject("K").documents == (PASSPORT,)


def test_a_server_without_a_key_named_is_refused(postgres_dsn: str) -> None:
    with pytest.raises(KeyUnavailable, match="set key_file, or the environment variable VANTAY_MASTER_KEY"):
        Store.open(postgres_dsn)


@pytest.mark.parametrize("encryption", ["aes-256-gcm", "none"])
@pytest.mark.parametrize(
    ("table", "column", "key"),
    [
        ("encounters", "sealed_templates", "number"),
        ("images", "sealed_image", "encounter_number"),
        ("documents", "sealed_number", "subject_number"),
        ("subjects", "sealed_birth_date", "number"),
        ("subject_keys", "wrapped_key", "subject_number"),
    ],
)
def test_a_sealed_value_opens_in_its_own_row_only(
    store_path: Path, encryption: str, table: str, column: str, key: str
) -> None:
    place = SqlitePlace(store_path)
    with place.open(encryption=encryption) as store:
        for subject_id in "AB":
            store.enrol(encounter(subject_id, f"E{subject_id}"), biographics=KIM, documents=[PASSPORT])
        swapped = f"SELECT o.{column} FROM {table} AS o WHERE o.{key} = 3 - {table}.{key}"
        if table == "images":
            swapped += " AND o.modality = images.modality"
        with contextlib.closing(sqlite3.connect(store_path)) as connection, connection:
            rows = connection.execute(f"SELECT {key}, ({swapped}) FROM {table}").fetchall()
            modality = " AND modality = 'finger'" if table == "images" else ""
            connection.executemany(
                f"UPDATE {table} SET {column} = ?2 WHERE {key} = ?1{modality}",
                rows[: 2 if table != "images" else 4 : 1],
            )
        if (encryption, table) == ("none", "subject_keys"):
            return  # there are none
        for subject_id in "AB":
            with pytest.raises(DataCorruption, match="cannot be opened"):
                read_all(store, subject_id)


def test_an_erased_subject_is_unreadable_in_a_copy_without_its_key(place: Place) -> None:
    with place.open() as store:
        enrol_kim(store)
        place.run_sql("DELETE FROM subject_keys")  # what a backup of the other tables lacks
        with pytest.raises(DataCorruption, match="the key of subject 'K' is missing"):
            store.templates_of(["K"])
        with pytest.raises(DataCorruption, match="the key of subject 'K' is missing"):
            store.subject("K")
        assert store.erase("K").n_templates == 2


def test_the_key_of_an_erased_subject_is_in_no_file(store_path: Path) -> None:
    with Store.open(store_path) as store:
        enrol_kim(store)
        with contextlib.closing(sqlite3.connect(store_path)) as connection:
            (wrapped,) = connection.execute("SELECT wrapped_key FROM subject_keys").fetchone()
        assert wrapped in b"".join(file.read_bytes() for file in store_path.parent.iterdir())
        assert store.erase("K").is_purged
        assert wrapped not in b"".join(file.read_bytes() for file in store_path.parent.iterdir())


def test_rotation_changes_the_master_key_and_nothing_else(place: Place) -> None:
    with place.open() as store:
        for i in range(3):
            store.enrol(encounter(f"S{i}"), biographics=KIM, documents=[PASSPORT])
        before = [(store.subject(f"S{i}"), store.templates_of([f"S{i}"])) for i in range(3)]
        sequence = store.sequence()
    old = place.key_file.read_text()
    change = rotate_key_file(place.location, place.key_file)
    assert place.key_file.read_text() != old
    assert change.old_key_file.read_text() == old
    assert change.key_file == place.key_file
    assert stat.S_IMODE(change.old_key_file.stat().st_mode) == 0o600
    with place.open() as store:
        assert store.statistics().master_key_id == change.new_key_id != change.old_key_id
        assert [(store.subject(f"S{i}"), store.templates_of([f"S{i}"])) for i in range(3)] == before
        assert store.sequence() == sequence
        assert len(store.find_by_document("passport", PASSPORT.number)) == 3
    with pytest.raises(WrongKey):
        place.open(key=change.old_key_file)


def test_after_a_rotation_other_handles_must_reopen(place: Place) -> None:
    with place.open() as store:
        enrol_kim(store)
        change = rotate_key_file(place.location, place.key_file)
        with pytest.raises(WrongKey, match=f"was changed to {change.new_key_id}: reopen the store"):
            store.enrol(encounter("L"))
        with pytest.raises(WrongKey, match="reopen the store"):
            store.templates_of(["K"])
        assert [s.subject_id for s in store.subjects()] == ["K"]


@pytest.mark.parametrize("is_committed", [True, False])
def test_after_a_rotation_that_was_cut_short_the_store_opens_and_can_be_rotated(
    place: Place, monkeypatch: pytest.MonkeyPatch, *, is_committed: bool
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with place.open() as store:
        enrol_kim(store)
    old = MasterKey.read(place.key_file).key_id
    with monkeypatch.context() as patch:
        if is_committed:
            patch.setattr("vantay.store.maintenance.put_in_place", die)
        else:
            patch.setattr(WriteCalls, "rotate_key", die)
            patch.setattr(Path, "unlink", lambda *_, **__: None)  # a killed process tidies nothing
        with pytest.raises(Killed):
            rotate_key_file(place.location, place.key_file)
    with place.open() as store:
        assert len(store.templates_of(["K"])) == 2
        store.enrol(encounter("L"))
    assert MasterKey.read(place.key_file).key_id == old
    assert (store_key_id(place) == old) is not is_committed
    change = rotate_key_file(place.location, place.key_file)
    assert MasterKey.read(place.key_file).key_id == store_key_id(place) == change.new_key_id
    assert store_keys.kept_key_file(place.key_file, old).exists()
    assert change.old_key_file.exists()


def test_two_rotations_at_once_lose_no_key(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.open() as store:
        enrol_kim(store)
    rotate = WriteCalls.rotate_key

    def rotate_second(store: Store, master: MasterKey) -> None:
        monkeypatch.setattr(WriteCalls, "rotate_key", rotate)
        rotate_key_file(place.location, place.key_file)  # another process is quicker
        rotate(store, master)

    monkeypatch.setattr(WriteCalls, "rotate_key", rotate_second)
    with pytest.raises(WrongKey, match="reopen the store"):
        rotate_key_file(place.location, place.key_file)
    with place.open() as store:
        assert len(store.templates_of(["K"])) == 2
    assert len([f for f in place.key_file.parent.iterdir() if ".key" in f.name]) == 2  # current and old


def test_a_copy_from_before_a_rotation_opens_with_the_key_that_was_kept(store_path: Path) -> None:
    with Store.open(store_path) as store:
        enrol_kim(store)
    before = store_path.read_bytes()
    change = rotate_key_file(store_path)
    store_path.write_bytes(before)
    with Store.open(store_path) as store:
        assert store.statistics().master_key_id == change.old_key_id
        assert len(store.templates_of(["K"])) == 2
    change.old_key_file.unlink()
    with pytest.raises(WrongKey, match=f"needs the master key {change.old_key_id}"):
        Store.open(store_path)


def store_key_id(place: Place) -> str:
    with place.open() as store:
        return store.statistics().master_key_id


def test_a_rotation_that_fails_leaves_the_old_key(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.open() as store:
        enrol_kim(store)
    place.run_sql("UPDATE subjects SET subject_id = 'X'")
    with pytest.raises(DataCorruption, match="the key of subject 'X' cannot be opened"):
        rotate_key_file(place.location, place.key_file)
    assert [file.suffix for file in place.key_file.parent.iterdir() if "key" in file.name] == [".key"]
    place.open().close()


def test_a_store_that_was_restored_beside_its_key_opens(store_path: Path, tmp_path: Path) -> None:
    with Store.open(store_path) as store:
        enrol_kim(store)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(store_path, elsewhere / "restored.db")
    shutil.copy2(store_path.with_name("vantay.db.key"), elsewhere / "safe.key")
    with Store.open(elsewhere / "restored.db", create=False, key=elsewhere / "safe.key") as store:
        assert len(store.templates_of(["K"])) == 2


def test_threads_that_make_the_key_at_once_have_one(tmp_path: Path) -> None:
    source = store_keys.KeySource(file=tmp_path / "key")
    assert source.find_or_make().key_id == source.find_or_make().key_id
    with pytest.raises(KeyUnavailable, match="File exists"):
        MasterKey.generate().write(tmp_path / "key")
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_sealing_the_same_twice_looks_different() -> None:
    key, _ = sealing.GcmKeyRing(b"l" * 32, MasterKey.generate(), "store").new_key("A")
    sealed = {key.seal(b"value", b"place") for _ in range(100)}
    assert len(sealed) == 100
    assert {key.open(value, b"place", "it") for value in sealed} == {b"value"}


@pytest.mark.parametrize("sealed", [b"", b"\0", b"\1", b"\1" * 12, b"\2" * 60, b"\0" * 60])
def test_bytes_that_were_never_sealed_do_not_open(sealed: bytes) -> None:
    for key in (sealing.GcmKey(b"k" * 32), sealing.PlainKey()):
        with pytest.raises(VantayError, match="it cannot be opened"):
            key.open(sealed, b"place", "it")
