"""The audit log: what it notes, and how it is read and verified."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import Any

import pytest

from store.audit_notes import DESK, note
from store.people import encounter
from store.places import Place, SqlitePlace
from vantay.errors import CallerError, StateError, StorageError
from vantay.store import (
    Actor,
    AuditAnchor,
    AuditEntry,
    NewAuditEntry,
    Store,
    audit_calls,
    audit_chain,
    rotate_key_file,
)


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
