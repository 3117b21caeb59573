"""The audit log: what it notes, and that nobody can change, cut, mix or lengthen it unseen."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.conftest import make_encounter
from store.people import encounter
from store.places import Place, SqlitePlace
from vantay.errors import CallerError, DataCorruption, StateError, StorageError
from vantay.store import (
    Actor,
    AuditAnchor,
    AuditEntry,
    MasterKey,
    NewAuditEntry,
    Store,
    audit_calls,
    audit_chain,
    rotate_key_file,
)
from vantay.store.audit_chain import begin_log

DESK = Actor("desk-3", "intake", "call-1")
OTHER = "the-other-store"


def note(store: Store, n: int, *, first: int = 1) -> list[AuditEntry]:
    return [
        store.note_audit(NewAuditEntry(DESK, "Verify", "MATCH", f"S{i}", f"R{i}"))
        for i in range(first, first + n)
    ]


@pytest.fixture
def log(place: Place) -> Iterator[Store]:
    """A store with ten entries."""
    with place.open() as store:
        with store.write() as write:
            for i in range(1, 11):
                write.note(NewAuditEntry(DESK, "Verify", "MATCH", f"S{i}", f"R{i}"))
        yield store


def test_an_entry_says_who_did_what_to_whom_how_it_ended_and_why(store: Store) -> None:
    new = NewAuditEntry(DESK, "Erase", "ERASED", "S1", "R1", 'asked to \u2013 "quoted" \\ Đặng')
    noted = store.note_audit(new)
    assert store.audit_entries() == [noted]
    assert (noted.sequence, noted.actor_name, noted.role, noted.request_id) == (
        1,
        "desk-3",
        "intake",
        "call-1",
    )
    assert (noted.call, noted.outcome, noted.subject_id, noted.reference, noted.reason) == (
        "Erase", "ERASED", "S1", "R1", "asked to – \"quoted\" \\ Đặng",
    )  # fmt: skip
    assert abs((noted.recorded_at - store.note_audit(new).recorded_at).total_seconds()) < 60


def test_anybody_can_recompute_the_chain_from_what_the_docs_say(store: Store) -> None:
    note(store, 3)
    previous = hashlib.sha256(f"vantay audit log\x1f{store.store_id}".encode()).digest()
    for e in store.audit_entries():
        time = e.recorded_at.isoformat(timespec="microseconds")
        said = [e.sequence, time, e.actor_name, e.role, e.request_id, e.call, e.outcome]
        said += [e.subject_id, e.reference, e.reason]
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        previous = hashlib.sha256(previous + text.encode()).digest()
        assert e.hash == previous.hex()
    assert store.audit_anchor() == AuditAnchor(store.store_id, 3, previous.hex())


def test_an_empty_log_holds(store: Store) -> None:
    verdict = store.verify_audit()
    assert (verdict.n_entries, verdict.anchor.sequence) == (0, 0)
    assert store.verify_audit(verdict.anchor) == verdict
    assert store.audit_entries() == []


def test_entries_come_in_pages_and_verify_in_pages(log: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_calls, "PAGE_ENTRIES", 3)
    assert log.verify_audit().n_entries == 10
    assert [e.sequence for e in log.audit_entries(4, 3)] == [5, 6, 7]
    assert log.audit_entries(10) == []


def test_entries_that_come_during_a_verification_do_not_disturb_it(
    log: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = audit_chain.read_rows

    def read_and_note(*arguments: Any) -> object:
        monkeypatch.setattr(audit_calls, "read_rows", read)
        rows = read(*arguments)
        thread = threading.Thread(target=note, args=(log, 1), kwargs={"first": 11})
        thread.start()
        thread.join()
        return rows

    monkeypatch.setattr(audit_calls, "PAGE_ENTRIES", 4)
    monkeypatch.setattr(audit_calls, "read_rows", read_and_note)
    assert log.verify_audit().n_entries == 10
    assert log.verify_audit().n_entries == 11


_COPY = (
    "INSERT INTO audit_entries SELECT {}, recorded_at, actor_name, role, request_id, call, outcome, "
    "subject_id, reference, reason, hash FROM audit_entries WHERE sequence = 2"
)
TAMPERINGS = {
    "editing": ("UPDATE audit_entries SET subject_id = 'S9' WHERE sequence = 4", "another entry 4 than"),
    "editing the time": (
        "UPDATE audit_entries SET recorded_at = '2020-01-01T00:00:00.000000+00:00' WHERE sequence = 1",
        "another entry 1 than",
    ),
    "editing the last": (
        "UPDATE audit_entries SET outcome = '' WHERE sequence = 10",
        "another entry 10 than",
    ),
    "moving text to the next column": (
        "UPDATE audit_entries SET call = 'VerifyM', outcome = 'ATCH' WHERE sequence = 2",
        "another entry 2 than",
    ),
    "deleting the first": ("DELETE FROM audit_entries WHERE sequence = 1", "lacks entry 1: it was deleted"),
    "deleting in the middle": (
        "DELETE FROM audit_entries WHERE sequence = 5",
        "lacks entry 5: it was deleted",
    ),
    "deleting and closing the gap": (
        "DELETE FROM audit_entries WHERE sequence = 5",
        "UPDATE audit_entries SET sequence = 5 WHERE sequence = 6",
        "another entry 5 than",
    ),
    "truncating": (
        "DELETE FROM audit_entries WHERE sequence > 7",
        "ends after entry 7, but entry 10 was the last: what lies between was cut off",
    ),
    "deleting all": ("DELETE FROM audit_entries", "ends after entry 0, but entry 10 was the last"),
    "truncating with the end": (
        "DELETE FROM audit_entries WHERE sequence > 7",
        "UPDATE audit_head SET sequence = 7, hash = (SELECT hash FROM audit_entries WHERE sequence = 7)",
        "ends at entry 7 under a seal that is not this store's",
    ),
    "deleting the end": ("DELETE FROM audit_head", "has lost its end"),
    "swapping two": (
        "UPDATE audit_entries SET sequence = -1 WHERE sequence = 3",
        "UPDATE audit_entries SET sequence = 3 WHERE sequence = 8",
        "UPDATE audit_entries SET sequence = 8 WHERE sequence = -1",
        "another entry 3 than",
    ),
    "copying one over another": (
        "DELETE FROM audit_entries WHERE sequence = 6",
        _COPY.format(6),
        "another entry 6 than",
    ),
    "inserting after the end": (
        _COPY.format(11),
        "goes on to entry 11 after its end 10",
    ),
    "inserting before the first": (
        _COPY.format(-5),
        "has an entry -5, which is before the first",
    ),
    "a time that is none": (
        "UPDATE audit_entries SET recorded_at = 'now' WHERE sequence = 3",
        "entry 3 than",
    ),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_a_log_that_was_tampered_with_does_not_verify(log: Store, place: Place, how: str) -> None:
    assert log.verify_audit().n_entries == 10
    *statements, message = TAMPERINGS[how]
    place.run_sql(*statements)
    with pytest.raises(DataCorruption, match=f"the audit log .*{re.escape(message)}.*; keep the database"):
        log.verify_audit()


def test_entries_of_another_type_are_tampering_too(sqlite_store: Store) -> None:
    note(sqlite_store, 3)
    place = SqlitePlace(sqlite_store.path)
    place.run_sql("UPDATE audit_entries SET subject_id = x'00ff' WHERE sequence = 2")
    with pytest.raises(DataCorruption, match="another entry 2 than was written"):
        sqlite_store.verify_audit()
    for damage in ("hash = 'text'", "recorded_at = 'then'", "recorded_at = x'00'"):
        place.run_sql(f"UPDATE audit_entries SET subject_id = 'S2', {damage} WHERE sequence = 2")
        with pytest.raises(DataCorruption, match="another entry 2 than was written"):
            sqlite_store.verify_audit()
        with pytest.raises(DataCorruption, match="an entry after 0 that Vantay did not write"):
            sqlite_store.audit_entries()
    place.run_sql("UPDATE audit_entries SET reason = CAST(x'ff' AS TEXT) WHERE sequence = 2")
    with pytest.raises(DataCorruption, match="holds a text that is none"):
        sqlite_store.verify_audit()


def enrol_and_note(store: Store) -> None:
    with store.write() as write:
        write.enrol(make_encounter("S1"))
        write.note(NewAuditEntry(DESK, "Enrol", "ENROLLED", "S1"))


def test_an_end_that_somebody_else_wrote_is_never_signed(log: Store, place: Place) -> None:
    """Else the next entry after a truncation would make a log that verifies."""
    *statements, message = TAMPERINGS["truncating with the end"]
    place.run_sql(*statements)
    with pytest.raises(DataCorruption, match=message):
        note(log, 1)
    with pytest.raises(DataCorruption, match=message):
        enrol_and_note(log)
    assert log.subjects() == []  # nothing happens that cannot be noted
    with pytest.raises(DataCorruption, match=message):
        log.audit_anchor()


def test_entries_after_a_truncation_do_not_hide_it(log: Store, place: Place) -> None:
    place.run_sql("DELETE FROM audit_entries WHERE sequence > 7")
    note(log, 2, first=11)
    with pytest.raises(DataCorruption, match="lacks entry 8"):
        log.verify_audit()


def test_the_seal_needs_the_keys_of_this_store(sqlite_store: Store) -> None:
    """Rows of another store, end and all, are not this one's."""
    note(sqlite_store, 10)
    place = SqlitePlace(sqlite_store.path)
    other = SqlitePlace(place.path.with_name("other.db"))
    with other.open(key=MasterKey.generate()) as another:
        note(another, 10)
    place.run_sql(
        f"ATTACH DATABASE '{other.path}' AS o",
        "DELETE FROM audit_entries",
        "DELETE FROM audit_head",
        "INSERT INTO audit_entries SELECT * FROM o.audit_entries",
        "INSERT INTO audit_head SELECT * FROM o.audit_head",
    )
    with pytest.raises(DataCorruption, match="seal that is not this store's"):
        sqlite_store.verify_audit()


def test_a_whole_older_state_verifies_but_not_against_an_anchor_kept_elsewhere(
    log: Store, place: Place
) -> None:
    place.run_sql(
        "CREATE TABLE old_entries AS SELECT * FROM audit_entries",
        "CREATE TABLE old_head AS SELECT * FROM audit_head",
    )
    old = log.audit_anchor()
    note(log, 2, first=11)
    anchor = log.verify_audit(old).anchor
    place.run_sql(
        "DELETE FROM audit_entries",
        "INSERT INTO audit_entries SELECT * FROM old_entries",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT * FROM old_head",
    )
    assert log.verify_audit().n_entries == log.verify_audit(old).n_entries == 10
    with pytest.raises(DataCorruption, match="ends at entry 10, but had reached entry 12"):
        log.verify_audit(anchor)
    note(log, 5, first=21)  # it grows on, past the anchor, and differs
    assert log.verify_audit(old).n_entries == 15
    with pytest.raises(DataCorruption, match="has another entry 12 than when the anchor was taken"):
        log.verify_audit([old, anchor])


def test_an_older_copy_of_the_file_is_found_by_the_anchor(sqlite_store: Store) -> None:
    path = sqlite_store.path
    note(sqlite_store, 2)
    sqlite_store.close()
    shutil.copy(path, path.with_name("backup.db"))
    with Store.open(path) as store:
        note(store, 1)
        anchor = store.audit_anchor()
    shutil.copy(path.with_name("backup.db"), path)
    with Store.open(path) as store, pytest.raises(DataCorruption, match="an older copy of the database"):
        store.verify_audit(anchor)


def test_without_encryption_a_log_written_anew_is_found_by_the_anchor_alone(store_path: Path) -> None:
    with Store.open(store_path, encryption="none") as store:
        note(store, 3)
        anchor = store.audit_anchor()
        with store._write() as transaction:  # who has the keys can write a log that holds
            for table in ("audit_entries", "audit_head"):
                transaction.connection.exec_driver_sql(f"DELETE FROM {table}")
            begin_log(transaction.connection, store._ring)
        note(store, 5, first=4)
        assert store.verify_audit().n_entries == 5
        with pytest.raises(DataCorruption, match="has another entry 3"):
            store.verify_audit(anchor)


def test_an_anchor_of_another_store_or_of_nothing_is_refused(log: Store) -> None:
    anchor = log.audit_anchor()
    with pytest.raises(CallerError, match="is of the store 'the-other-store'"):
        log.verify_audit(replace(anchor, store_id=OTHER))
    wrongs: tuple[dict[str, Any], ...] = (
        {"hash": "ab"},
        {"hash": anchor.hash.upper()},
        {"sequence": -1},
        {"sequence": True},
    )
    for wrong in wrongs:
        with pytest.raises(CallerError, match="anchor"):
            replace(anchor, **wrong)


def test_anchors_that_contradict_each_other_are_told(log: Store) -> None:
    anchor = log.audit_anchor()
    with pytest.raises(DataCorruption, match="two different entries 10"):
        log.verify_audit([anchor, replace(anchor, hash="0" * 64)])


@pytest.mark.parametrize("hostile", ["\0", "a\nb", "\ud800", "\u202e", "x" * 5000, "' OR 1=1 --", "\x1f"])
def test_what_a_hostile_caller_sends_is_noted_and_holds(store: Store, hostile: str) -> None:
    entry = store.note_audit(NewAuditEntry(DESK, "Read", "REFUSED", hostile, hostile, hostile))
    assert entry.subject_id.isprintable()
    assert len(entry.subject_id) <= 256
    assert store.audit_entries() == [entry]
    assert store.verify_audit().n_entries == 1


def test_texts_that_differ_stay_different_where_they_are_escaped() -> None:
    texts = ["\0", "\\x00", "\n", "a" * 300]
    noted = [NewAuditEntry(DESK, "Read", "OK", text).subject_id for text in texts]
    assert noted[2:] == ["\\n", "a" * 255 + "…"]
    assert noted[0] == noted[1] == "\\x00"  # the one exception: somebody who types the escape


def test_a_call_without_a_name_is_refused() -> None:
    with pytest.raises(CallerError, match="audit call"):
        NewAuditEntry(DESK, "", "OK")


def test_threads_note_at_once_and_each_entry_is_on_disk_when_its_call_returns(store: Store) -> None:
    seen: list[AuditEntry] = []

    def run(name: str) -> None:
        for i in range(12):
            entry = store.note_audit(NewAuditEntry(Actor(name), "Read", "OK", f"S{i}"))
            (found,) = store.audit_entries(entry.sequence - 1, 1)
            assert found == entry
            seen.append(entry)

    threads = [threading.Thread(target=run, args=(f"thread-{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(e.sequence for e in seen) == list(range(1, 73))
    assert store.verify_audit().n_entries == 72
    for n in range(6):
        own = [e.subject_id for e in sorted(seen, key=lambda e: e.sequence) if e.actor_name == f"thread-{n}"]
        assert own == [f"S{i}" for i in range(12)]


def test_two_handles_write_one_chain(place: Place) -> None:
    with place.open() as first, place.open() as second:
        for i in range(4):
            note(first if i % 2 else second, 1)
        assert first.verify_audit() == second.verify_audit()
        assert [e.sequence for e in first.audit_entries()] == [1, 2, 3, 4]


def test_a_thread_that_is_in_a_write_must_note_there(store: Store) -> None:
    with store.write() as write:
        with pytest.raises(StateError, match="a write inside a write"):
            store.note_audit(NewAuditEntry(DESK, "Read", "OK"))
        with pytest.raises(StateError, match="a write inside a write"):
            store.lock("S1")
        write.note(NewAuditEntry(DESK, "Read", "OK"))
    assert store.verify_audit().n_entries == 1
    note(store, 1)


def test_a_note_waits_for_a_write_of_another_thread(store: Store) -> None:
    with store.write() as write:
        thread = threading.Thread(target=note, args=(store, 1))
        thread.start()
        write.note(NewAuditEntry(DESK, "Enrol", "OK"))
    thread.join()
    assert [e.call for e in store.audit_entries()] == ["Enrol", "Verify"]


def test_noting_changes_nothing_for_followers(store: Store) -> None:
    store.enrol(encounter("S1"))
    before = store.sequence()
    note(store, 2)
    assert store.sequence() == before
    assert store.page_since(before).subjects == ()


def test_the_log_holds_across_a_rotation_of_the_master_key(place: Place) -> None:
    with place.open() as store:
        note(store, 2)
        anchor = store.audit_anchor()
    rotate_key_file(place.location, place.key_file)
    with place.open() as store:
        note(store, 1)
        assert store.verify_audit(anchor).n_entries == 3


def test_the_log_outlives_whom_it_tells_of(store: Store) -> None:
    store.enrol(encounter("S1"))
    with store.write() as write:
        write.erase("S1")
        write.note(NewAuditEntry(DESK, "Erase", "ERASED", "S1"))
    assert [e.subject_id for e in store.audit_entries()] == ["S1"]
    assert store.verify_audit().n_entries == 1


def test_a_database_that_cannot_be_written_lets_nobody_believe_that_something_was_noted(
    sqlite_store: Store,
) -> None:
    SqlitePlace(sqlite_store.path).run_sql("DROP TABLE audit_entries")
    with pytest.raises(StorageError):
        note(sqlite_store, 1)
