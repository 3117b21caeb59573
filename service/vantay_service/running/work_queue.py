"""`ThreadWorkQueue`: the engine's work waits its turn here and is done on threads.

Bounded, so that who comes too late is told at once instead of waiting in vain; interactive work first. What
is dropped: work whose caller has gone, whose time is over, or that could not end in time. What has begun is
finished, whoever has gone: it may be writing.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from vantay_service.running.call_notes import current_notes
from vantay_service.running.metrics import Metrics
from vantay_service.work import DeadlinePassed, Overloaded, Priority

_Result = TypeVar("_Result")

FIRST_GUESS_S = 0.05
"""Time that work takes, as long as none was done."""
MEMORY = 0.1
"""Weight of the last work in the mean time that work takes."""
SPARE_SHARE = 0.5
"""Work that takes and waits for so much more than expected still ends in time. Who is let in only to be
answered too late takes the time of others; when there is too much to do, a shorter queue is no loss."""
MIN_RETRY_S, MAX_RETRY_S = 0.1, 30.0
JITTER = 0.25
"""Those who were turned away together shall not come back together."""


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[], Any]
    context: contextvars.Context
    answer: asyncio.Future[Any]
    priority: Priority
    queued_at: float
    ends_at: float | None
    waited_s: float = 0.0
    has_begun: bool = False


class ThreadWorkQueue:
    """Does blocking work on threads, in turn; see `vantay_service.work.WorkQueue`.

    Parameters
    ----------
    n_workers : int
        Threads, ≥ 1. All but one of them may do batch work at once, so that officers never wait for it long.
    max_waiting : mapping of Priority to int
        How much work of each priority may wait.
    metrics : Metrics
    """

    def __init__(self, n_workers: int, max_waiting: Mapping[Priority, int], metrics: Metrics) -> None:
        self.n_workers = n_workers
        self._max_waiting = dict(max_waiting)
        self._max_batch = max(1, n_workers - 1)
        self._metrics = metrics
        self._changed = threading.Condition()
        self._waiting: dict[Priority, deque[_Job]] = {priority: deque() for priority in Priority}
        self._running = dict.fromkeys(Priority, 0)
        self._mean_s = dict.fromkeys(Priority, FIRST_GUESS_S)
        self._is_closed = False
        self._jitter = random.SystemRandom()
        self._threads = [
            threading.Thread(target=self._serve, name=f"vantay-work-{i}", daemon=True)
            for i in range(n_workers)
        ]
        for thread in self._threads:
            thread.start()
        metrics.workers.set(n_workers)
        metrics.workers_busy.set_function(lambda: self.n_busy)
        for priority in Priority:
            depth = metrics.queue_depth.labels(priority.name.lower())
            depth.set_function(functools.partial(self.n_waiting, priority))

    @property
    def n_busy(self) -> int:
        """Threads that are at work."""
        return sum(self._running.values())

    def n_waiting(self, priority: Priority) -> int:
        """Count the work of a priority that waits."""
        return len(self._waiting[priority])

    def find_overload(self, priority: Priority, time_left_s: float | None = None) -> Overloaded | None:
        """Tell whether work that comes now would be turned away, before anything is done for it.

        Parameters
        ----------
        priority : Priority
        time_left_s : float, optional
            How long its caller waits. Work that has others before it and might not end in time is turned
            away too.
        """
        with self._changed:
            wait_s = self._expected_wait_s(priority)
            end_s = (1.0 + SPARE_SHARE) * (wait_s + self._mean_s[priority])
            is_full = len(self._waiting[priority]) >= self._max_waiting[priority]
        is_late = time_left_s is not None and wait_s > 0.0 and end_s > time_left_s
        if is_full or is_late:
            jitter = self._jitter.uniform(1.0 - JITTER, 1.0 + JITTER)
            return Overloaded(min(max(wait_s, MIN_RETRY_S) * jitter, MAX_RETRY_S))
        return None

    def _expected_wait_s(self, priority: Priority) -> float:
        """Estimate how long work that comes now waits: by what is ahead of it, and how long that takes."""
        ahead = [other for other in Priority if other <= priority]
        if not any(self._waiting[other] for other in ahead):
            return 0.0
        return sum(len(self._waiting[other]) * self._mean_s[other] for other in ahead) / self.n_workers

    async def run(
        self, work: Callable[[], _Result], *, priority: Priority, time_left_s: float | None
    ) -> _Result:
        """Do the work on a thread and give its result; in the context of the running task.

        Raises
        ------
        Overloaded
            If too much work of this priority is waiting, or it might not end in time.
        DeadlinePassed
            If it waited so long that it would not have ended in time.
        """
        if overload := self.find_overload(priority, time_left_s):
            self._metrics.queue_refused.labels(priority.name.lower()).inc()
            raise overload
        job = self._make_job(work, priority, time_left_s)
        with self._changed:
            if self._is_closed:
                raise Overloaded(MAX_RETRY_S)
            self._waiting[priority].append(job)
            self._changed.notify()
        try:
            result: _Result = await job.answer
        except asyncio.CancelledError:
            self._abandon(job)
            raise
        finally:
            current_notes().add_stage("queue", 1000.0 * job.waited_s)
        return result

    def _make_job(self, work: Callable[[], Any], priority: Priority, time_left_s: float | None) -> _Job:
        now = time.monotonic()
        return _Job(
            work,
            contextvars.copy_context(),
            asyncio.get_running_loop().create_future(),
            priority,
            queued_at=now,
            ends_at=None if time_left_s is None else now + time_left_s,
        )

    def _abandon(self, job: _Job) -> None:
        """Drop the work of a caller who has gone, unless it has begun."""
        with self._changed:
            is_dropped = not job.has_begun and job in self._waiting[job.priority]
            if is_dropped:
                self._waiting[job.priority].remove(job)
        name = job.priority.name.lower()
        if is_dropped:
            self._metrics.queue_dropped.labels(name, "cancelled").inc()
        elif job.has_begun:
            self._metrics.queue_abandoned.labels(name).inc()

    # On the threads

    def _serve(self) -> None:
        while (job := self._next_job()) is not None:
            started = time.monotonic()
            try:
                self._do(job)
            finally:
                self._note_end(job, time.monotonic() - started)
            del job  # what it holds may be large, and the next one may be long in coming

    def _next_job(self) -> _Job | None:
        """Wait for work that can end in time; None when the queue is closed."""
        with self._changed:
            while True:
                if job := self._first_in_time():
                    self._running[job.priority] += 1
                    job.has_begun = True
                    return job
                if self._is_closed:
                    return None
                self._changed.wait()

    def _first_in_time(self) -> _Job | None:
        while job := self._first_waiting():
            now = time.monotonic()
            job.waited_s = now - job.queued_at
            name = job.priority.name.lower()
            self._metrics.queue_seconds.labels(name).observe(job.waited_s)
            if job.ends_at is None or now + self._time_to_spare_s(job) < job.ends_at:
                return job
            self._metrics.queue_dropped.labels(name, "expired").inc()
            told = f"waited {job.waited_s:.1f} s, and would not end while its caller waits"
            _answer(job, None, DeadlinePassed(told))
        return None

    def _time_to_spare_s(self, job: _Job) -> float:
        """Say how much time work must have left to be begun: what it takes, if it lost time in the queue."""
        mean_s = self._mean_s[job.priority]
        return mean_s if job.waited_s > mean_s else 0.0

    def _first_waiting(self) -> _Job | None:
        if self._waiting[Priority.INTERACTIVE]:
            return self._waiting[Priority.INTERACTIVE].popleft()
        if self._waiting[Priority.BATCH] and self._running[Priority.BATCH] < self._max_batch:
            return self._waiting[Priority.BATCH].popleft()
        return None

    def _do(self, job: _Job) -> None:
        try:
            result = job.context.run(job.work)
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            _answer(job, None, error)
        else:
            _answer(job, result, None)

    def _note_end(self, job: _Job, took_s: float) -> None:
        with self._changed:
            self._running[job.priority] -= 1
            self._mean_s[job.priority] += MEMORY * (took_s - self._mean_s[job.priority])
            self._changed.notify()

    def close(self) -> None:
        """Take no more work, drop what waits, and wait until what has begun is finished. Blocks."""
        with self._changed:
            self._is_closed = True
            dropped = [job for jobs in self._waiting.values() for job in jobs]
            for jobs in self._waiting.values():
                jobs.clear()
            self._changed.notify_all()
        for job in dropped:
            self._metrics.queue_dropped.labels(job.priority.name.lower(), "closed").inc()
            _answer(job, None, Overloaded(MAX_RETRY_S))
        for thread in self._threads:
            thread.join()


def _answer(job: _Job, result: object, error: BaseException | None) -> None:
    """Hand the result to the event loop, if there is still one and it still waits."""

    def settle() -> None:
        if job.answer.done():
            return
        if error is None:
            job.answer.set_result(result)
        elif isinstance(error, StopIteration):  # futures refuse it
            job.answer.set_exception(RuntimeError("the work raised StopIteration"))
        else:
            job.answer.set_exception(error)

    try:
        job.answer.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is closed: nobody waits
        return
