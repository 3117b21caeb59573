"""Searchers, a writer and upkeep at once: a search sees what was acknowledged before it began, whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from search.indexed.people import by_index, encounter, probe, seen, stored
from vantay.search.indexed import living_parts
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Store
from vantay.types import FingerPosition

INDEX = (FingerPosition.RIGHT_INDEX,)
N_PEOPLE = 60
N_SEARCHERS = 3


class Acknowledged:
    """What the writer was told is written: read before a search, it must hold for the search."""

    def __init__(self) -> None:
        self.enrolled: set[str] = set()
        self.erasing: set[str] = set()
        self.erased: set[str] = set()
        self.is_done = threading.Event()
        self.errors: list[BaseException] = []


def write(store: Store, told: Acknowledged) -> None:
    for number in range(N_PEOPLE):
        store.enrol(encounter(f"s{number}", number % 9, INDEX))
        told.enrolled.add(f"s{number}")
        if number % 3 == 2:
            told.erasing.add(f"s{number - 2}")
            store.erase(f"s{number - 2}")
            told.erased.add(f"s{number - 2}")
        elif number % 3 == 1:
            store.add_encounter(encounter(f"s{number - 1}", number % 5, INDEX))


def search(index: IndexedGallery, told: Acknowledged) -> None:
    while not told.is_done.is_set():
        must_be, must_not_be = set(told.enrolled), set(told.erased)
        snapshot = index.refresh()
        there = seen(snapshot).keys()
        assert not must_not_be & there
        assert must_be - told.erasing <= there
        if there:
            candidates = by_index(probe(3, INDEX), snapshot)
            assert {candidate.subject_id for candidate in candidates} <= there


def maintain(index: IndexedGallery, told: Acknowledged) -> None:
    while not told.is_done.is_set():
        index.maintain(min_rows=1)
        index.compact()


def test_searches_go_on_while_people_and_files_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living_parts, "MERGE_PARTS", 2)
    told = Acknowledged()
    with Store.open(tmp_path / "vantay.db") as store, IndexedGallery(store, tmp_path / "index") as index:

        def run(act: object, *given: object) -> None:
            try:
                act(*given)  # type: ignore[operator]
            except BaseException as error:  # noqa: BLE001 - told by the test below
                told.errors.append(error)
                told.is_done.set()

        others = [threading.Thread(target=run, args=(search, index, told)) for _ in range(N_SEARCHERS)]
        others.append(threading.Thread(target=run, args=(maintain, index, told)))
        for thread in others:
            thread.start()
        run(write, store, told)
        told.is_done.set()
        for thread in others:
            thread.join()
        assert told.errors == []
        assert seen(index.refresh()) == stored(store)
        index.maintain(min_rows=1)
        with IndexedGallery(store, tmp_path / "index") as again:
            assert seen(again.refresh()) == stored(store)
