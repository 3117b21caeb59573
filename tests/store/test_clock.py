"""The sequence orders changes, not the clock; a clock that is far behind is told, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store.people import encounter
from vantay.errors import ClockWentBackwards
from vantay.store import Store, transaction

NOON = datetime(2031, 5, 6, 12, tzinfo=UTC)


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr(transaction, "read_clock", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_small_step_back_keeps_times_and_numbers_in_order(store: Store, clock: Clock) -> None:
    for i, step_s in enumerate((0, -1, -59, -30, 5)):
        clock.now = NOON + timedelta(seconds=step_s)
        store.enrol(encounter(f"S{i}"))
    changes = store.change_log(0)
    assert [c.subject_id for c in changes] == ["S0", "S1", "S2", "S3", "S4"]
    assert [c.recorded_at - NOON for c in changes] == [timedelta(0)] * 4 + [timedelta(seconds=5)]


def test_a_large_step_back_is_refused_until_the_clock_is_right(store: Store, clock: Clock) -> None:
    store.enrol(encounter("A"))
    clock.now = NOON - timedelta(seconds=61)
    for write in (lambda: store.enrol(encounter("B")), lambda: store.lock("A"), lambda: store.erase("A")):
        with pytest.raises(
            ClockWentBackwards,
            match=r"says 2031-05-06 11:58:59 UTC, .* changed at 2031-05-06 12:00:00 UTC: set the clock",
        ):
            write()
    assert len(store.templates_of(["A"])) == 2  # reading goes on
    clock.now = NOON
    store.enrol(encounter("B"))
    assert store.sequence() == 2


def test_an_operator_can_say_that_the_time_before_was_wrong(store: Store, clock: Clock) -> None:
    store.enrol(encounter("A"))
    clock.now = NOON - timedelta(days=400)
    store.accept_clock()
    store.enrol(encounter("B"))
    changes = store.change_log(0)
    assert [(c.subject_id, c.recorded_at) for c in changes] == [
        ("A", NOON),
        ("B", NOON - timedelta(days=400)),
    ]
    assert [s.subject_id for s in store.page_since(1).subjects] == ["B"]
