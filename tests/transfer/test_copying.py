"""Rows that are copied into PostgreSQL are those that would have been inserted."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.places import Place
from transfer.populations import contents, load, write_population
from vantay.errors import StorageError
from vantay.store import Store, copying
from vantay.store.transaction import WriteTransaction

N_SUBJECTS = 30


def test_a_load_that_copies_gives_what_one_that_inserts_gives(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_population(tmp_path / "p.jsonl", N_SUBJECTS)
    monkeypatch.setattr(copying, "MIN_ROWS", 1)
    with place.open() as copied, Store.open(tmp_path / "inserted.db") as inserted:
        load(copied, source)
        load(inserted, source, progress=tmp_path / "other")
        assert contents(copied) == contents(inserted)
        assert copied.sequence() == N_SUBJECTS


def test_a_copy_that_is_refused_leaves_nothing(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_population(tmp_path / "p.jsonl", N_SUBJECTS)
    monkeypatch.setattr(copying, "MIN_ROWS", 1)
    number = WriteTransaction.new_encounter_number
    with place.open() as store:
        with monkeypatch.context() as patch:
            patch.setattr(WriteTransaction, "new_encounter_number", lambda own: min(number(own), 20))
            with pytest.raises(StorageError):
                load(store, source)
        assert (store.subjects(), store.sequence()) == ([], 0)
        assert load(store, source).counts.n_enrolled == N_SUBJECTS
