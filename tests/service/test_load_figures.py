"""What is told of calls: no latency is left out, whatever became of the call."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.load.callers import describe, latencies_ms
from service.load.calling import SENT_TOO_LATE, Called
from service.load.histogram import DIGITS, LEAST_MS, RATIO, make_histogram

LATENCIES_MS = st.lists(st.floats(0, 1e6), max_size=50)


@given(LATENCIES_MS)
def test_every_latency_is_counted_in_the_bin_that_holds_it(values_ms: list[float]) -> None:
    found = make_histogram(values_ms)
    edges, counts = found["upper_ms"], found["count"]
    assert len(edges) == len(counts)
    told = [edge for edge, n in zip(edges, counts, strict=True) for _ in range(int(n))]
    for value, edge in zip(np.maximum(sorted(values_ms), LEAST_MS), told, strict=True):
        assert value <= edge <= value * RATIO * (1 + 10.0 ** (1 - DIGITS))


@given(LATENCIES_MS.filter(bool))
def test_no_bin_is_missing_between_the_first_and_the_last(values_ms: list[float]) -> None:
    found = make_histogram(values_ms)
    assert found["count"][0] > 0
    assert found["count"][-1] > 0
    for lower, upper in pairwise(found["upper_ms"]):
        assert upper / lower == pytest.approx(RATIO, abs=10.0 ** (2 - DIGITS))


def test_runs_share_their_bins() -> None:
    edges = make_histogram([0.5, 900.0])["upper_ms"]
    assert set(make_histogram([3.0, 80.0])["upper_ms"]) < set(edges)


def test_nothing_has_no_bins() -> None:
    assert make_histogram([]) == {"upper_ms": [], "count": []}


def test_calls_that_were_not_answered_are_told_by_status_with_their_latencies() -> None:
    parts = [
        Called([0.0, 0.1], [10.0, 30_000.0], [0.0, 0.0], ["OK", "DEADLINE_EXCEEDED"], took_s=2.0),
        Called(
            [0.0, 0.1, 0.2],
            [20.0, 1.0, 3.0],
            [0.0] * 3,
            ["OK", "RESOURCE_EXHAUSTED", SENT_TOO_LATE],
            took_s=1.0,
        ),
    ]
    figures = describe(parts)
    assert (figures["n_calls"], figures["n_answered"], figures["answered_per_s"]) == (5, 2, 1.0)
    assert figures["latency"]["max_ms"] == 20.0
    assert sum(figures["histogram"]["count"]) == 5
    assert figures["histogram"]["upper_ms"][-1] >= 30_000
    others = figures["not_answered"]
    assert set(others) == {"DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED", SENT_TOO_LATE}
    assert others["DEADLINE_EXCEEDED"]["latency"]["p50_ms"] == 30_000.0
    assert [one["n_calls"] for one in others.values()] == [1, 1, 1]
    assert latencies_ms(parts, "RESOURCE_EXHAUSTED").tolist() == [1.0]
