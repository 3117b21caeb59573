"""Token buckets, compared with a slow and obvious count of what was earned and spent."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vantay_service.access.rate_limit import MAX_BUCKETS, Limit, RateLimiter


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_burst_then_the_rate() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    limit = Limit(calls_per_second=2.0, burst=3)
    assert [limiter.take([("a", limit)]) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    clock.now = 0.5
    assert limiter.take([("a", limit)]) == 0.0
    assert limiter.take([("a", limit)]) == 0.5
    assert limiter.take([("b", limit)]) == 0.0


@given(
    pauses=st.lists(st.integers(0, 8), max_size=60),
    eighths_per_second=st.integers(1, 40),
    burst=st.integers(1, 5),
)
def test_as_many_are_let_in_as_were_earned(pauses: list[int], eighths_per_second: int, burst: int) -> None:
    # in units of 1/64 token and 1/8 second all sums are exact
    clock = Clock()
    limiter = RateLimiter(clock)
    limit = Limit(eighths_per_second / 8, burst)
    held = burst * 64
    for pause in pauses:
        clock.now += pause / 8
        held = min(burst * 64, held + pause * eighths_per_second)
        is_taken = held >= 64
        held -= 64 if is_taken else 0
        assert (limiter.take([("a", limit)]) == 0.0) is is_taken


def test_who_is_told_to_wait_is_let_in_after_that() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    limit = Limit(calls_per_second=0.3, burst=1)
    limiter.take([("a", limit)])
    clock.now += limiter.take([("a", limit)]) + 1e-6
    assert limiter.take([("a", limit)]) == 0.0


def test_token_is_taken_of_all_buckets_or_of_none() -> None:
    clock = Clock()
    limiter = RateLimiter(clock)
    one, two = Limit(1.0, 1), Limit(1.0, 2)
    assert limiter.take([("together", two), ("a", one)]) == 0.0
    assert limiter.take([("together", two), ("a", one)]) == 1.0
    assert limiter.take([("together", two), ("b", one)]) == 0.0
    assert limiter.take([("together", two), ("c", one)]) == 1.0


def test_clock_that_goes_back_earns_nothing() -> None:
    clock = Clock()
    clock.now = 100.0
    limiter = RateLimiter(clock)
    limit = Limit(1.0, 1)
    limiter.take([("a", limit)])
    clock.now = 0.0
    assert limiter.take([("a", limit)]) == 1.0


def test_new_limit_holds_at_once() -> None:
    limiter = RateLimiter(Clock())
    assert limiter.take([("a", Limit(1.0, 100))]) == 0.0
    taken = [limiter.take([("a", Limit(1.0, 2))]) for _ in range(3)]
    assert taken == [0.0, 0.0, 1.0]


def test_memory_is_bounded() -> None:
    limiter = RateLimiter(Clock())
    limit = Limit(1.0, 1)
    for number in range(MAX_BUCKETS + 10):
        limiter.take([(str(number), limit)])
    assert limiter.take([("0", limit)]) == 0.0  # forgotten, so full
    assert limiter.take([(str(MAX_BUCKETS + 9), limit)]) == 1.0
