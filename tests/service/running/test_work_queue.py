"""The queue in front of the engine: order, bounds, deadlines, callers who go away."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from vantay_service.running.metrics import Metrics
from vantay_service.running.work_queue import ThreadWorkQueue
from vantay_service.work import DeadlinePassed, Overloaded, Priority

INTERACTIVE, BATCH = Priority.INTERACTIVE, Priority.BATCH


class Gate:
    """Work that begins, and goes on when it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def __call__(self) -> str:
        self.begun.set()
        assert self.may_end.wait(10)
        return "done"


@asynccontextmanager
async def open_queue(
    n_workers: int = 1, interactive: int = 4, batch: int = 2
) -> AsyncIterator[tuple[ThreadWorkQueue, Metrics]]:
    metrics = Metrics()
    queue = ThreadWorkQueue(n_workers, {INTERACTIVE: interactive, BATCH: batch}, metrics)
    try:
        yield queue, metrics
    finally:
        await asyncio.to_thread(queue.close)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(test(), 30))


async def begin(queue: ThreadWorkQueue, work: Callable[[], Any], priority: Priority = INTERACTIVE) -> Any:
    """Queue work, and let the loop get as far as to have it queued."""
    task = asyncio.ensure_future(queue.run(work, priority=priority, time_left_s=None))
    await asyncio.sleep(0)
    return task


async def occupy(queue: ThreadWorkQueue) -> tuple[Gate, Any]:
    """Have a worker busy until its gate is told to end."""
    gate = Gate()
    running = await begin(queue, gate)
    await until(gate.begun.is_set)
    return gate, running


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.002)


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"vantay_{name}", labels) or 0.0


def test_work_is_done_on_a_thread_in_the_context_of_its_caller() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    async def test() -> None:
        async with open_queue() as (queue, _):
            variable.set("the caller's")
            seen = await queue.run(
                lambda: (variable.get(), threading.current_thread().name),
                priority=INTERACTIVE,
                time_left_s=5.0,
            )
            assert seen == ("the caller's", "vantay-work-0")

    run(test)


def test_what_work_raises_is_raised_to_its_caller() -> None:
    def fail() -> None:
        raise KeyError("told")

    def stop() -> None:
        raise StopIteration

    async def test() -> None:
        async with open_queue() as (queue, _):
            with pytest.raises(KeyError, match="told"):
                await queue.run(fail, priority=INTERACTIVE, time_left_s=None)
            with pytest.raises(RuntimeError, match="StopIteration"):
                await queue.run(stop, priority=INTERACTIVE, time_left_s=None)

    run(test)


def test_interactive_work_goes_before_batch_work_that_came_earlier() -> None:
    order: list[str] = []

    async def test() -> None:
        async with open_queue() as (queue, _):
            gate = Gate()
            first = await begin(queue, gate)
            await until(gate.begun.is_set)
            tasks = [
                await begin(queue, lambda: order.append("batch"), BATCH),
                await begin(queue, lambda: order.append("officer 1")),
                await begin(queue, lambda: order.append("officer 2")),
            ]
            gate.may_end.set()
            await asyncio.gather(first, *tasks)
        assert order == ["officer 1", "officer 2", "batch"]

    run(test)


def test_one_thread_is_kept_for_interactive_work() -> None:
    async def test() -> None:
        async with open_queue(n_workers=2) as (queue, _):
            gates = [Gate(), Gate()]
            loads = [await begin(queue, gate, BATCH) for gate in gates]
            await until(gates[0].begun.is_set)
            assert await queue.run(lambda: "served", priority=INTERACTIVE, time_left_s=5.0) == "served"
            assert not gates[1].begun.is_set()
            for gate in gates:
                gate.may_end.set()
            assert await asyncio.gather(*loads) == ["done", "done"]

    run(test)


def test_a_full_queue_turns_away_at_once_and_says_when_to_come_again() -> None:
    async def test() -> None:
        async with open_queue(interactive=2) as (queue, metrics):
            gate, running = await occupy(queue)
            waiting = [await begin(queue, lambda: None) for _ in range(2)]
            with pytest.raises(Overloaded) as raised:
                await queue.run(lambda: None, priority=INTERACTIVE, time_left_s=None)
            assert 0.05 <= raised.value.retry_after_s <= 30.0
            assert value(metrics, "queue_refused_total", priority="interactive") == 1
            assert value(metrics, "queue_depth", priority="interactive") == 2
            assert queue.find_overload(BATCH) is None
            gate.may_end.set()
            await asyncio.gather(running, *waiting)

    run(test)


def test_work_that_would_not_begin_in_time_is_turned_away() -> None:
    async def test() -> None:
        async with open_queue() as (queue, _):
            gate, running = await occupy(queue)
            waiting = await begin(queue, lambda: None)
            assert isinstance(queue.find_overload(INTERACTIVE, time_left_s=0.001), Overloaded)
            assert queue.find_overload(INTERACTIVE, time_left_s=60.0) is None
            gate.may_end.set()
            await asyncio.gather(running, waiting)

    run(test)


def test_work_that_would_begin_in_time_but_might_end_too_late_is_turned_away() -> None:
    async def test() -> None:
        async with open_queue() as (queue, _):
            queue._mean_s[INTERACTIVE] = 1.0
            assert queue.find_overload(INTERACTIVE, time_left_s=0.1) is None  # nobody is before it
            gate, running = await occupy(queue)
            waiting = await begin(queue, lambda: None)
            assert isinstance(queue.find_overload(INTERACTIVE, time_left_s=2.9), Overloaded)
            assert queue.find_overload(INTERACTIVE, time_left_s=3.1) is None
            gate.may_end.set()
            await asyncio.gather(running, waiting)

    run(test)


def test_work_that_waited_too_long_to_end_in_time_is_not_begun() -> None:
    done: list[str] = []

    async def test() -> None:
        async with open_queue() as (queue, metrics):
            gate, running = await occupy(queue)
            late = asyncio.ensure_future(
                queue.run(lambda: done.append("late"), priority=INTERACTIVE, time_left_s=10.0)
            )
            soon = asyncio.ensure_future(
                queue.run(lambda: done.append("soon"), priority=INTERACTIVE, time_left_s=10.0)
            )
            await until(lambda: queue.n_waiting(INTERACTIVE) == 2)
            # As if work took 20 s, and the first one had waited for 30.
            queue._waiting[INTERACTIVE][0].queued_at -= 30.0
            queue._mean_s[INTERACTIVE] = 20.0
            gate.may_end.set()
            with pytest.raises(DeadlinePassed, match="would not end"):
                await late
            await asyncio.gather(running, soon)
            assert value(metrics, "queue_dropped_total", priority="interactive", cause="expired") == 1
        assert done == ["soon"]

    run(test)


def test_retry_after_grows_with_the_time_that_work_takes() -> None:
    async def test() -> None:
        async with open_queue(interactive=1) as (queue, _):
            for _ in range(5):
                await queue.run(lambda: time.sleep(0.4), priority=INTERACTIVE, time_left_s=None)
            gate, running = await occupy(queue)
            waiting = await begin(queue, lambda: None)
            overload = queue.find_overload(INTERACTIVE)
            assert overload is not None
            assert overload.retry_after_s > 0.13
            gate.may_end.set()
            await asyncio.gather(running, waiting)

    run(test)


def test_work_whose_time_is_over_before_it_begins_is_dropped() -> None:
    done: list[str] = []

    async def test() -> None:
        async with open_queue() as (queue, metrics):
            gate, running = await occupy(queue)
            late = asyncio.ensure_future(
                queue.run(lambda: done.append("late"), priority=INTERACTIVE, time_left_s=0.02)
            )
            await asyncio.sleep(0.05)
            gate.may_end.set()
            with pytest.raises(DeadlinePassed):
                await late
            await running
            assert value(metrics, "queue_dropped_total", priority="interactive", cause="expired") == 1
        assert done == []

    run(test)


def test_work_of_a_caller_who_has_gone_is_dropped_and_leaves_room() -> None:
    done: list[str] = []

    async def test() -> None:
        async with open_queue(interactive=1) as (queue, metrics):
            gate, running = await occupy(queue)
            gone = await begin(queue, lambda: done.append("gone"))
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            assert value(metrics, "queue_dropped_total", priority="interactive", cause="cancelled") == 1
            stays = await begin(queue, lambda: done.append("stays"))
            gate.may_end.set()
            await asyncio.gather(running, stays)
        assert done == ["stays"]

    run(test)


def test_work_that_has_begun_is_finished_for_a_caller_who_has_gone() -> None:
    async def test() -> None:
        async with open_queue() as (queue, metrics):
            gate = Gate()
            written: list[str] = []
            gone = await begin(queue, lambda: written.append(gate()))
            await until(gate.begun.is_set)
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            gate.may_end.set()
            await until(lambda: written == ["done"])
            assert value(metrics, "queue_abandoned_total", priority="interactive") == 1

    run(test)


def test_closing_finishes_what_has_begun_and_drops_what_waits() -> None:
    async def test() -> None:
        gate = Gate()
        async with open_queue() as (queue, _):
            running = await begin(queue, gate)
            await until(gate.begun.is_set)
            waiting = await begin(queue, lambda: "never")
            closing = asyncio.ensure_future(asyncio.to_thread(queue.close))
            with pytest.raises(Overloaded):
                await waiting
            assert not closing.done()
            gate.may_end.set()
            assert await running == "done"
            await closing
            with pytest.raises(Overloaded):
                await queue.run(lambda: None, priority=INTERACTIVE, time_left_s=None)

    run(test)


def test_nothing_is_lost_when_many_come_and_go() -> None:
    """Each piece of work is done once, dropped, or refused; whoever does not go away gets an answer."""
    done: list[int] = []

    async def test() -> None:
        async with open_queue(n_workers=3, interactive=50, batch=50) as (queue, metrics):

            async def call(number: int) -> str:
                priority = Priority(number % 2)
                try:
                    await queue.run(lambda: done.append(number), priority=priority, time_left_s=None)
                except Overloaded:
                    return "refused"
                return "answered"

            tasks = [asyncio.ensure_future(call(number)) for number in range(300)]
            await asyncio.sleep(0)
            for task in tasks[::7]:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            answered = {number for number, end in enumerate(ended) if end == "answered"}
            assert answered <= set(done)
            assert len(done) == len(set(done))
            assert len(done) + ended.count("refused") <= 300
            assert queue.n_waiting(INTERACTIVE) == queue.n_waiting(BATCH) == 0
            await until(lambda: value(metrics, "workers_busy") == 0)

    run(test)
