"""Threads that help: every task once, results in order, never more threads at work than there may be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from vantay.search.workers import ALONE, Workers

PATIENCE_S = 300.0


class AtOnce:
    """How many threads are inside at once, at most."""

    def __init__(self) -> None:
        self.most, self._inside, self._lock = 0, 0, threading.Lock()

    def work(self, task: int) -> int:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        time.sleep(0.001)
        with self._lock:
            self._inside -= 1
        return task * task


def run_on_threads(n: int, act: Callable[[], object]) -> None:
    threads = [threading.Thread(target=act) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("n_threads", [1, 2, 5])
@pytest.mark.parametrize("n_tasks", [0, 1, 2, 40])
def test_results_come_in_the_order_of_their_tasks(n_threads: int, n_tasks: int) -> None:
    with Workers(n_threads) as workers:
        for _ in range(5):
            assert workers.map(lambda n: n * n, range(n_tasks)) == [n * n for n in range(n_tasks)]


def test_a_lone_caller_is_helped_by_all() -> None:
    """Each task waits for two others to run at the same time: alone it would never end."""
    together = threading.Barrier(3, timeout=PATIENCE_S)
    with Workers(3) as workers, workers.calling():
        assert sorted(workers.map(lambda _: together.wait(), range(3))) == [0, 1, 2]


@pytest.mark.parametrize(("n_threads", "n_callers"), [(1, 1), (3, 1), (3, 2), (2, 6)])
def test_no_more_threads_work_than_may(n_threads: int, n_callers: int) -> None:
    at_once = AtOnce()
    all_in = threading.Barrier(n_callers, timeout=PATIENCE_S)
    with Workers(n_threads) as workers:

        def call() -> None:
            with workers.calling():
                all_in.wait()
                assert workers.map(at_once.work, range(30)) == [n * n for n in range(30)]
                all_in.wait()

        run_on_threads(n_callers, call)
    assert at_once.most <= max(n_threads, n_callers)


def test_nobody_helps_when_as_many_call_as_there_are_threads() -> None:
    callers: set[int] = set()
    computed: set[int] = set()
    all_in = threading.Barrier(4, timeout=PATIENCE_S)
    with Workers(4) as workers:

        def compute(_: int) -> None:
            computed.add(threading.get_ident())
            time.sleep(0.001)

        def call() -> None:
            callers.add(threading.get_ident())
            with workers.calling():
                all_in.wait()
                workers.map(compute, range(20))
                all_in.wait()

        run_on_threads(4, call)
    assert computed <= callers


@pytest.mark.parametrize("n_threads", [1, 3])
def test_what_a_task_raises_reaches_the_caller(n_threads: int) -> None:
    def refuse(task: int) -> int:
        if task == 7:
            raise ValueError("task 7")
        return task

    with Workers(n_threads) as workers:
        for _ in range(3):
            with pytest.raises(ValueError, match="task 7"):
                workers.map(refuse, range(20))
            assert workers.map(abs, [-1, -2, -3]) == [1, 2, 3]


def test_tasks_may_have_tasks() -> None:
    with Workers(3) as workers:
        found = workers.map(lambda n: sum(workers.map(lambda k: n * k, range(10))), range(10))
    assert found == [45 * n for n in range(10)]


def test_when_it_is_closed_callers_compute_alone() -> None:
    workers = Workers(3)
    assert workers.map(abs, [-1, -2]) == [1, 2]
    workers.close()
    caller = threading.get_ident()
    assert set(workers.map(lambda _: threading.get_ident(), range(9))) == {caller}


@pytest.mark.parametrize("n", [0, 1, 99, 100, 1000])
def test_pieces_cover_everything_once(n: int) -> None:
    with Workers(3) as workers:
        pieces = workers.pieces(n, 100)
    assert [i for piece in pieces for i in range(n)[piece]] == list(range(n))
    assert all(piece.stop - piece.start >= min(n, 100) for piece in pieces)
    assert ALONE.pieces(n, 100) == [slice(0, n)]
