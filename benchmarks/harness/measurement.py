"""One measurement: a call between calls of its reference, many rounds, one file of figures for each.

pytest-benchmark runs the rounds and keeps the times. Its timer is the processor time of this process, so that
another process on the core does not count; the time by the clock is kept beside it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.harness.reference import REFERENCE_VERSION, Reference, reference_call
from pytest_benchmark.fixture import BenchmarkFixture

BUDGET_S = 1.5
"""For the rounds of one benchmark, references included."""

MIN_ROUNDS, MAX_ROUNDS = 9, 400
N_ESTIMATES = 3


@dataclass(frozen=True, slots=True)
class Work:
    """What one call does.

    Attributes
    ----------
    data : str
        On what, with the seed it was made from.
    n_items : int
        How many comparisons, templates, vectors, …: times are told of one.
    item : str
        What one of them is called.
    size : int, optional
        The size that the name of the benchmark stands for, where it is one of a series.
    n_sized : int, optional
        How many things of that size a call works on, such as searches of so many vectors; each item is one if
        not given.
    """

    data: str
    n_items: int = 1
    item: str = "call"
    size: int | None = None
    n_sized: int | None = None


class Measure:
    """Measures calls; the fixture `measure` gives one to each benchmark."""

    def __init__(self, benchmark: BenchmarkFixture) -> None:
        self._benchmark = benchmark

    def __call__(
        self,
        call: Callable[[], object],
        work: Work,
        reference: Reference = Reference.INTEGER,
        *,
        before: Callable[[], object] | None = None,
    ) -> None:
        """Measure a call.

        Parameters
        ----------
        call : callable
            Does the same work each time.
        work : Work
            What it does.
        reference : Reference
            What it is judged by.
        before : callable, optional
            Makes ready for one call; not timed.
        """
        refer, make_ready = reference_call(reference), before or _nothing
        n_rounds = _rounds(call, refer, make_ready)
        reference_s: list[float] = []
        wall_s: list[float] = []

        def between() -> None:
            make_ready()
            reference_s.append(_processor_s(refer))

        def timed() -> None:
            start = time.perf_counter()
            call()
            wall_s.append(time.perf_counter() - start)

        gc.collect()
        self._benchmark.pedantic(timed, setup=between, rounds=n_rounds, iterations=1)  # type: ignore[no-untyped-call]
        reference_s.append(_processor_s(refer))
        self._benchmark.extra_info.update(
            asdict(work),
            reference=str(reference),
            reference_version=REFERENCE_VERSION,
            reference_s=reference_s,
            wall_s=wall_s,
        )


def marker_options() -> dict[str, Any]:
    """Options of ``pytest.mark.benchmark`` for all that is measured here."""
    return {"timer": time.process_time, "disable_gc": True}


def _nothing() -> None:
    pass


def _rounds(call: Callable[[], object], refer: Callable[[], object], before: Callable[[], object]) -> int:
    """Choose the rounds by the time of a few calls, after one that compiles and warms up."""
    before()
    call()
    least = float("inf")
    for _ in range(N_ESTIMATES):
        start = time.process_time()
        before()
        call()
        refer()
        least = min(least, time.process_time() - start)
        if least > BUDGET_S / 4:
            break
    return max(MIN_ROUNDS, min(MAX_ROUNDS, int(BUDGET_S / least)))


def _processor_s(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start
