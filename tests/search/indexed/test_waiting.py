"""What a search waits for: the changes committed before it began, and nobody else's work."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from search.indexed.followed import INDEX, assert_follows, enrol
from search.indexed.people import by_index, probe, seen, stored
from vantay.search.indexed import following, living_parts, upkeep
from vantay.search.indexed.building import build_part
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.merging import merge_parts
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.store import Store

PATIENCE_S = 300.0


class Gate:
    """Where a thread stands still until it is let through."""

    def __init__(self, act: Callable[..., Any]) -> None:
        self.is_reached, self.is_open = threading.Event(), threading.Event()
        self._act = act

    def __call__(self, *given: Any, **options: Any) -> Any:
        self.is_reached.set()
        assert self.is_open.wait(PATIENCE_S)
        return self._act(*given, **options)


@contextmanager
def meanwhile(gate: Gate, *acts: Callable[[], object]) -> Iterator[list[object]]:
    """Let threads act, the first one until it stands at the gate; then open it, and wait for all."""
    results: list[object] = [None] * len(acts)

    def run(number: int) -> None:
        results[number] = acts[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for number, thread in enumerate(threads):
        thread.start()
        if number == 0:
            assert gate.is_reached.wait(PATIENCE_S)
    try:
        yield results
    finally:
        gate.is_open.set()
        for thread in threads:
            thread.join()


def noted_pages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note after which change each page is read from a store."""
    read: list[int] = []
    page_since = Store.page_since

    def noted(self: Store, sequence: int, **options: Any) -> object:
        read.append(sequence)
        return page_since(self, sequence, **options)

    monkeypatch.setattr(Store, "page_since", noted)
    return read


def test_nothing_is_computed_read_or_written_under_the_lock_of_searches(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(living_parts, "MERGE_PARTS", 2)
    done: set[str] = set()

    def unlocked(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*given: Any, **options: Any) -> Any:
            assert not index._state.lock.locked()
            done.add(name)
            return act(*given, **options)

        return checked

    for owner, name in (
        (Store, "page_since"),
        (Store, "sequence"),
        (following, "build_part"),
        (upkeep, "merge_parts"),
        (upkeep, "joined"),
        (SegmentFiles, "write_segment"),
        (SegmentFiles, "open_segment"),
        (SegmentFiles, "write_manifest"),
    ):
        monkeypatch.setattr(owner, name, unlocked(name, getattr(owner, name)))
    for number in range(5):
        enrol(store, number, 1)
        index.refresh()
    index.keep_up()
    index.maintain(min_rows=1)
    store.erase("s1")
    index.refresh()
    index.compact()
    assert len(done) == 8
    assert_follows(index, store, folder)


@pytest.mark.parametrize("erased", [None, "s0", "s3"])
def test_searches_go_on_while_memory_is_merged(
    store: Store, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch, erased: str | None
) -> None:
    monkeypatch.setattr(living_parts, "JOIN_PARTS", 4)
    for number in range(4):
        enrol(store, number, 1)
        index.refresh()
    assert index.wants_upkeep
    gate = Gate(merge_parts)
    monkeypatch.setattr(upkeep, "merge_parts", gate)
    with meanwhile(gate, index.keep_up):
        enrol(store, 7, 1)
        if erased:
            store.erase(erased)
        snapshot = index.refresh()
        assert seen(snapshot) == stored(store)
        assert by_index(probe(7, (INDEX,)), snapshot)[0].subject_id == "s7"
    assert seen(index.refresh()) == stored(store)
    assert [part.part.n_rows for part in index.refresh().parts] == [1, 4]


def test_searches_go_on_while_a_file_is_written(
    store: Store, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(store, 0, 3)
    index.refresh()
    gate = Gate(SegmentFiles.write_segment)

    def stopped(self: SegmentFiles, pieces: Any) -> object:
        return gate(self, pieces)

    monkeypatch.setattr(SegmentFiles, "write_segment", stopped)
    with meanwhile(gate, lambda: index.maintain(min_rows=1)):
        enrol(store, 3, 1)
        assert seen(index.refresh()) == stored(store)
    assert seen(index.refresh()) == stored(store)


def test_who_waits_for_the_same_changes_does_not_follow_again(
    store: Store, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(store, 0, 3)
    read = noted_pages(monkeypatch)
    gate = Gate(build_part)
    monkeypatch.setattr(following, "build_part", gate)
    asked = threading.Barrier(4, timeout=PATIENCE_S)

    def waiting() -> IndexSnapshot:
        asked.wait()
        return index.refresh()

    with meanwhile(gate, index.refresh, waiting, waiting, waiting) as results:
        asked.wait()
    assert read == [0]
    assert len({id(result) for result in results}) == 1
    assert index.sequence == store.sequence()


def test_who_changes_between_two_pages_is_missed_by_nobody(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its earlier change has no page any more: what was followed up to there has not all there was then."""
    monkeypatch.setattr(upkeep, "PAGE_SUBJECTS", 1)
    enrol(store, 0, 3)
    page_since, moves = Store.page_since, ["s1"]

    def moved_after(self: Store, sequence: int, **options: Any) -> object:
        page = page_since(self, sequence, **options)
        if moves:
            store.lock(moves.pop())
        return page

    monkeypatch.setattr(Store, "page_since", moved_after)
    assert seen(index.refresh()) == stored(store)
    assert_follows(index, store, folder)


def test_who_takes_over_files_keeps_what_came_after_them(
    store: Store, folder: Path, index: IndexedGallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    with IndexedGallery(store, folder) as owner:
        enrol(store, 0, 3)
        owner.refresh()
        owner.maintain(min_rows=1)
        enrol(store, 3, 2)
        index.refresh()
        index.maintain(min_rows=1)
        assert index.written_sequence == 3
        read = noted_pages(monkeypatch)
        assert seen(index.refresh()) == stored(store)
        assert read == []
