"""Nobody can change, cut, mix or lengthen an audit log unseen."""

from __future__ import annotations

import re

import pytest

from store.audit_notes import DESK, note
from store.conftest import make_encounter
from store.places import Place, SqlitePlace
from vantay.errors import DataCorruption
from vantay.store import MasterKey, NewAuditEntry, Store

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
