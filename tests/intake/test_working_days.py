"""Due dates, against the calendars that the Vietnamese government announced, and a slow count.

2027 is as the law and the lunar calendar have it: its calendar was not announced when this was written.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay.errors import CallerError
from vantay.intake.rules import load_rules
from vantay.intake.working_days import (
    KNOWN_YEARS,
    STANDARD_CALENDAR,
    VIETNAM,
    WorkingCalendar,
    due_on,
    vietnam_date,
)

CALENDAR = load_rules().calendar


def due_from(year: int, month: int, day: int, n_working_days: int) -> str:
    """Say when something is due that came in at ten in the morning, in Vietnam."""
    received_at = datetime(year, month, day, 10, 0, tzinfo=VIETNAM)
    return due_on(received_at, n_working_days, CALENDAR).isoformat()


def test_the_day_of_receipt_is_not_counted() -> None:
    assert due_from(2026, 11, 9, 1) == "2026-11-10"  # Monday, Tuesday
    assert due_from(2026, 11, 9, 3) == "2026-11-12"


def test_weekends_are_not_counted() -> None:
    assert due_from(2026, 11, 11, 3) == "2026-11-16"  # Wednesday; Thursday, Friday, Monday
    assert due_from(2026, 11, 11, 7) == "2026-11-20"


@pytest.mark.parametrize("day", [13, 14, 15])
def test_what_comes_in_on_friday_saturday_or_sunday_counts_from_monday(day: int) -> None:
    assert due_from(2026, 11, day, 1) == "2026-11-16"
    assert due_from(2026, 11, day, 3) == "2026-11-18"


@pytest.mark.parametrize(
    ("received", "three", "seven"),
    [
        ((2025, 1, 22), "2025-02-03", "2025-02-07"),  # off: Saturday 25 January to Sunday 2 February
        ((2025, 1, 24), "2025-02-05", "2025-02-11"),
        ((2025, 1, 29), "2025-02-05", "2025-02-11"),  # the first day of the year itself
        ((2026, 2, 12), "2026-02-24", "2026-03-02"),  # off: Saturday 14 to Sunday 22 February
        ((2026, 2, 18), "2026-02-25", "2026-03-03"),
        ((2027, 2, 2), "2027-02-12", "2027-02-18"),  # off: Thursday 4 to Wednesday 10 February
        ((2027, 2, 6), "2027-02-15", "2027-02-19"),
    ],
)
def test_tet_is_not_counted(received: tuple[int, int, int], three: str, seven: str) -> None:
    assert (due_from(*received, 3), due_from(*received, 7)) == (three, seven)


@pytest.mark.parametrize(
    ("received", "three"),
    [
        ((2025, 4, 25), "2025-04-29"),  # Saturday 26 is worked for 2 May
        ((2025, 4, 29), "2025-05-07"),
        ((2026, 4, 24), "2026-05-04"),  # Hung Kings on Sunday 26: Monday off; 30 April, 1 May
        ((2027, 4, 29), "2027-05-06"),  # 1 May is a Saturday: Monday 3 is off
        ((2024, 4, 26), "2024-05-04"),  # Monday 29 is off for Saturday 4 May, which is a day to be due on
    ],
)
def test_30_april_and_1_may_are_not_counted(received: tuple[int, int, int], three: str) -> None:
    assert due_from(*received, 3) == three


@pytest.mark.parametrize(
    ("received", "three"),
    [
        ((2025, 8, 29), "2025-09-05"),  # off: 1 and 2 September
        ((2026, 8, 21), "2026-08-25"),  # Saturday 22 is worked for 31 August
        ((2026, 8, 28), "2026-09-07"),  # off: 31 August to 2 September
        ((2027, 9, 1), "2027-09-08"),  # off: 2 and 3 September
    ],
)
def test_2_september_is_not_counted(received: tuple[int, int, int], three: str) -> None:
    assert due_from(*received, 3) == three


def test_the_exchange_at_new_year_2026_stands_in_the_rules() -> None:
    assert due_from(2025, 12, 31, 3) == "2026-01-07"  # Friday 2 is off
    assert due_from(2026, 1, 8, 3) == "2026-01-12"  # Saturday 10 is worked
    assert due_on(datetime(2025, 12, 31, 10, tzinfo=VIETNAM), 3, STANDARD_CALENDAR) == date(2026, 1, 6)


def test_days_are_exchanged_across_a_year() -> None:
    assert due_from(2018, 12, 28, 3) == "2019-01-04"  # 31 December is off
    assert due_from(2019, 1, 3, 3) == "2019-01-07"  # for Saturday 5 January


def test_days_in_lieu_and_the_day_of_culture_are_not_counted() -> None:
    assert due_from(2026, 11, 23, 1) == "2026-11-25"
    assert due_from(2027, 12, 31, 1) == "2028-01-04"  # 1 January 2028 is a Saturday


def test_the_day_changes_at_midnight_in_vietnam() -> None:
    last_second = datetime(2026, 11, 10, 16, 59, 59, tzinfo=UTC)
    midnight = last_second + timedelta(seconds=1)
    assert (vietnam_date(last_second), vietnam_date(midnight)) == (date(2026, 11, 10), date(2026, 11, 11))
    assert due_on(last_second, 3) == date(2026, 11, 13)
    assert due_on(midnight, 3) == date(2026, 11, 16)
    assert due_on(datetime(2026, 11, 10, 23, 59, 59, tzinfo=VIETNAM), 3) == date(2026, 11, 13)
    assert due_on(datetime(2026, 11, 11, 0, 0, 0, tzinfo=VIETNAM), 3) == date(2026, 11, 16)


def test_the_zone_of_the_caller_makes_no_difference() -> None:
    moment = datetime(2026, 2, 13, 16, 59, 59, tzinfo=UTC)
    zones = [timezone(timedelta(hours=hours)) for hours in (-12, -5, 0, 7, 14)]
    assert {due_on(moment.astimezone(zone), 7, CALENDAR) for zone in zones} == {date(2026, 3, 3)}


def test_an_agency_may_add_days() -> None:
    monday, saturday = date(2026, 11, 16), date(2026, 11, 14)
    calendar = WorkingCalendar(frozenset({monday}), frozenset({saturday}))
    received = datetime(2026, 11, 13, 10, tzinfo=VIETNAM)
    assert due_on(received, 1, calendar) == saturday
    assert due_on(received, 2, calendar) == date(2026, 11, 17)


@pytest.mark.parametrize(
    ("received_at", "n_working_days", "told"),
    [
        (datetime(2026, 1, 1), 3, "no time zone"),
        (datetime(2026, 1, 1, tzinfo=UTC), 0, "expected 1 to 366"),
        (datetime(2026, 1, 1, tzinfo=UTC), 367, "expected 1 to 366"),
        (datetime(1994, 6, 1, tzinfo=UTC), 3, "does not know 1994"),
        (datetime(2099, 12, 31, tzinfo=UTC), 1, "does not know 2100"),
        (datetime(2150, 6, 1, tzinfo=UTC), 3, "does not know 2150"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), 3, "on no day"),
    ],
)
def test_what_has_no_answer_is_refused(received_at: datetime, n_working_days: int, told: str) -> None:
    with pytest.raises(CallerError, match=told):
        due_on(received_at, n_working_days)


def test_a_year_is_known_the_same_whoever_asks_first() -> None:
    """The package extends itself when it is asked for another year; ours must not depend on the order."""
    known = holidays.country_holidays("VN", years=range(2008, 2031))
    day = date(2010, 1, 1)
    while day < date(2030, 1, 1):
        assert STANDARD_CALENDAR.is_working_day(day) == known.is_working_day(day), day
        day += timedelta(days=1)


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(1995, 1, 1), datetime(KNOWN_YEARS[-1], 6, 1), timezones=st.timezones()),
    st.integers(1, 40),
)
def test_exactly_so_many_working_days_follow_the_day_of_receipt(received_at: datetime, n: int) -> None:
    first, last = vietnam_date(received_at), due_on(received_at, n, CALENDAR)
    days = [first + timedelta(days=k) for k in range(1, (last - first).days + 1)]
    assert sum(CALENDAR.is_working_day(day) for day in days) == n
    assert CALENDAR.is_working_day(last)
    assert due_on(received_at + timedelta(days=1), n, CALENDAR) >= last
