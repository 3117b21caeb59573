"""An anchor kept elsewhere tells an older log, or one written anew, from the one that was there."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from store.audit_notes import note
from store.places import Place
from vantay.errors import CallerError, DataCorruption
from vantay.store import Store
from vantay.store.audit_chain import begin_log

OTHER = "the-other-store"


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
