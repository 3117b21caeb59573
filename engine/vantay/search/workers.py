"""`Workers`: the threads that all searches of one engine share.

A search cuts what it has to compute into pieces, computes some itself and lets idle threads take others.
Kernels and FAISS leave the interpreter to other threads, so that pieces are computed on several cores. When
as many searches run at once as there may be threads, nobody helps: each one computes its pieces alone.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Self, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """Threads that help callers compute. Any number of threads may call.

    Parameters
    ----------
    n_threads : int
        Threads that compute at once, callers included, ≥ 1: ``n_threads`` − 1 of them are helpers, made when
        there is first something to help with. With 1, everything is done by the caller.
    """

    def __init__(self, n_threads: int = 1) -> None:
        self.n_threads = n_threads
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._helpers: list[threading.Thread] = []
        self._n_callers = 0
        self._n_helping = 0
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the helpers; who calls afterwards computes alone."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        for helper in self._helpers:
            helper.join()

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Count the calling thread as one that computes, between the calls of `map` too."""
        with self._changed:
            self._n_callers += 1
        try:
            yield
        finally:
            with self._changed:
                self._n_callers -= 1
                self._changed.notify_all()

    def map(self, run: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """Run a function over tasks, on this thread and on those that have nothing else to do.

        Parameters
        ----------
        run : callable
            What it gives must depend on its task alone.
        tasks : sequence
            Of a tenth of a millisecond or more each, or handing them over costs more than it gains.

        Returns
        -------
        list
            In the order of the tasks, whoever computed them. What a task raises is raised here.
        """
        if self.n_threads == 1 or len(tasks) < 2:
            return [run(task) for task in tasks]
        job = _Job(lambda number: run(tasks[number]), len(tasks))
        self._offer(job)
        try:
            while (number := job.next_number()) is not None:
                job.do(number)
        finally:
            job.is_done.wait()
            self._withdraw(job)
        if job.error is not None:
            raise job.error
        return job.results

    def pieces(self, n: int, at_least: int) -> list[slice]:
        """Cut n items into pieces worth sharing out; one piece if there is nobody to share with.

        Parameters
        ----------
        n : int
            Items, ≥ 0.
        at_least : int
            Items of a piece, unless there are fewer in all.
        """
        n_pieces = (
            1 if self.n_threads == 1 else max(1, min(n // at_least, _PIECES_PER_THREAD * self.n_threads))
        )
        ends = [n * i // n_pieces for i in range(n_pieces + 1)]
        return [slice(first, last) for first, last in pairwise(ends)]

    def _offer(self, job: _Job) -> None:
        with self._changed:
            if self._is_closed:
                return
            self._jobs.append(job)
            while len(self._helpers) < self.n_threads - 1:
                helper = threading.Thread(target=self._help, name="vantay-search", daemon=True)
                self._helpers.append(helper)
                helper.start()
            self._changed.notify_all()

    def _withdraw(self, job: _Job) -> None:
        with self._changed:
            if job in self._jobs:
                self._jobs.remove(job)

    def _help(self) -> None:
        while (found := self._wait_for_task()) is not None:
            job, number = found
            job.do(number)
            with self._changed:
                self._n_helping -= 1

    def _wait_for_task(self) -> tuple[_Job, int] | None:
        """Wait until there is something to do and a thread may do it; None when all is over."""
        with self._changed:
            while not self._is_closed:
                if self._n_helping < self.n_threads - max(self._n_callers, 1):
                    while self._jobs:
                        number = self._jobs[0].next_number()
                        if number is not None:
                            self._n_helping += 1
                            return self._jobs[0], number
                        self._jobs.popleft()
                self._changed.wait()
        return None


_PIECES_PER_THREAD = 4
"""So that a thread that is late costs a quarter of its share at most."""

ALONE = Workers(1)
"""Nobody helps."""


class _Job:
    """Tasks of one call, each done once by whoever comes first."""

    def __init__(self, run: Callable[[int], Any], n_tasks: int) -> None:
        self.results: list[Any] = [None] * n_tasks
        self.error: BaseException | None = None
        self.is_done = threading.Event()
        self._run = run
        self._lock = threading.Lock()
        self._n_taken = 0
        self._n_done = 0

    def next_number(self) -> int | None:
        """Take a task; None if all are taken, or one has failed."""
        with self._lock:
            if self._n_taken == len(self.results) or self.error is not None:
                return None
            self._n_taken += 1
            return self._n_taken - 1

    def do(self, number: int) -> None:
        """Do a task that was taken."""
        error = None
        try:
            self.results[number] = self._run(number)
        except BaseException as raised:  # noqa: BLE001 - raised again by who called
            error = raised
        with self._lock:
            self.error = self.error or error
            self._n_done += 1
            is_last = self._n_taken == len(self.results) or self.error is not None
            if is_last and self._n_done == self._n_taken:
                self.is_done.set()
