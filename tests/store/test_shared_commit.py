"""Threads share a commit, each gets its own answer, and none believes in what was not written."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from vantay.errors import StorageError, StoreLocked
from vantay.store import shared_commit
from vantay.store.shared_commit import SharedCommit


class Disk:
    """Writes numbers, and holds the first write until told: those that come meanwhile wait for the next."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.error: BaseException | None = None
        self.is_writing = threading.Event()
        self.may_go_on = threading.Event()

    def write(self, numbers: Sequence[int]) -> list[str]:
        self.batches.append(list(numbers))
        self.is_writing.set()
        assert self.may_go_on.wait(10)
        if self.error is not None:
            raise self.error
        return [f"wrote {number}" for number in numbers]


class Writers:
    """Threads that each write one number, the first of them before the others."""

    def __init__(self, disk: Disk, n_writers: int) -> None:
        self.commit: SharedCommit[int, str] = SharedCommit(disk.write)
        self.answers: dict[int, str | BaseException] = {}
        self.threads = [threading.Thread(target=self._submit, args=(n,)) for n in range(n_writers)]
        self.threads[0].start()
        assert disk.is_writing.wait(10)
        for thread in self.threads[1:]:
            thread.start()
        while len(self.commit._waiting) < n_writers - 1:
            pass

    def _submit(self, number: int) -> None:
        try:
            self.answers[number] = self.commit.submit(number)
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.answers[number] = error

    def join(self) -> None:
        for thread in self.threads:
            thread.join(10)


def test_those_who_come_during_a_commit_share_the_next() -> None:
    disk = Disk()
    writers = Writers(disk, 6)
    disk.may_go_on.set()
    writers.join()
    assert [sorted(batch) for batch in disk.batches] == [[0], [1, 2, 3, 4, 5]]
    assert writers.answers == {n: f"wrote {n}" for n in range(6)}


def test_more_than_fit_into_one_commit_take_several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_commit, "MAX_SHARED", 2)
    disk = Disk()
    writers = Writers(disk, 8)
    disk.may_go_on.set()
    writers.join()
    assert writers.answers == {n: f"wrote {n}" for n in range(8)}
    assert max(map(len, disk.batches)) == 2
    assert sorted(number for batch in disk.batches for number in batch) == list(range(8))


def test_a_commit_that_fails_fails_for_all_who_shared_it_and_for_nobody_else() -> None:
    disk = Disk()
    writers = Writers(disk, 4)
    disk.error = StoreLocked("held by another process")
    disk.may_go_on.set()
    writers.join()
    assert [type(error) for error in writers.answers.values()] == [StoreLocked] * 4
    assert len({id(error) for error in writers.answers.values()}) == 4  # each its own, to raise and chain
    disk.error = None
    assert writers.commit.submit(9) == "wrote 9"


def test_a_leader_that_is_interrupted_leaves_nobody_waiting() -> None:
    disk = Disk()
    disk.may_go_on.set()
    commit: SharedCommit[int, str] = SharedCommit(disk.write)
    disk.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        commit.submit(1)
    disk.error = None
    assert commit.submit(2) == "wrote 2"


def test_those_who_shared_with_an_interrupted_leader_are_told() -> None:
    disk = Disk()
    writers = Writers(disk, 3)
    disk.error = KeyboardInterrupt()
    disk.may_go_on.set()
    writers.join()
    kinds = sorted(type(error).__name__ for error in writers.answers.values())
    assert kinds == ["KeyboardInterrupt", "KeyboardInterrupt", "StorageError"]
    assert any(isinstance(e, StorageError) and "interrupted" in str(e) for e in writers.answers.values())
