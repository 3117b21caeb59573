"""When an answer is due: working days of Vietnamese public offices.

Public offices work Monday to Friday. What is a holiday, what is a day off in exchange for a Saturday, and
which Saturdays are worked for that, the `holidays` package knows as far as it was announced;
`WorkingCalendar` adds what it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays
import holidays.countries.vietnam  # else the package loads it when the first applicant waits for an answer

from vantay.errors import CallerError
from vantay.store.wording import check_time

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
KNOWN_YEARS = range(1995, 2100)
"""The lunar calendar of the package ends with 2100, and what 2101 exchanges with it would be missing. Before
1995 days in lieu were not in the law."""
MAX_WORKING_DAYS = 366

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days on which public offices of Vietnam work.

    Attributes
    ----------
    days_off : frozenset of date
        Days off beyond those of the `holidays` package.
    make_up_days : frozenset of date
        Days worked beyond Monday to Friday, in exchange for days off; again beyond those of the package.
    """

    days_off: frozenset[date] = frozenset()
    make_up_days: frozenset[date] = frozenset()

    def is_working_day(self, day: date) -> bool:
        """Whether public offices work on a day.

        Raises
        ------
        CallerError
            If the calendar does not know the year.
        """
        if day.year not in KNOWN_YEARS:
            raise CallerError(
                f"the calendar of working days does not know {day.year}, "
                f"expected {KNOWN_YEARS[0]} to {KNOWN_YEARS[-1]}"
            )
        if day in self.make_up_days:
            return True
        return day not in self.days_off and _is_usual_working_day(day)


STANDARD_CALENDAR = WorkingCalendar()
"""What the `holidays` package knows."""


def vietnam_date(moment: datetime) -> date:
    """Tell which day it is in Vietnam.

    Raises
    ------
    CallerError
        If the time has no zone, or is at an end of all time.
    """
    check_time("time", moment)
    try:
        return moment.astimezone(VIETNAM).date()
    except OverflowError as error:
        raise CallerError(f"time {moment.isoformat()} is on no day in Vietnam") from error


def due_on(received_at: datetime, n_working_days: int, calendar: WorkingCalendar = STANDARD_CALENDAR) -> date:
    """Give the last day of a time limit in working days.

    Parameters
    ----------
    received_at : datetime
        When the application came in, with a time zone.
    n_working_days : int
        1 to 366.
    calendar : WorkingCalendar
        Usually `IntakeRules.calendar`.

    Returns
    -------
    date
        In Vietnam. The day of receipt is not counted, whatever kind of day it is: the first working day after
        it is day 1.

    Raises
    ------
    CallerError
        If the time has no zone, the number is out of range, or the calendar does not know the year.

    References
    ----------
    Civil Code 91/2015/QH13 of Vietnam, articles 147(2) and 147(3): the day of the event is not counted, but
    from the day that follows it.
    """
    if not 1 <= n_working_days <= MAX_WORKING_DAYS:
        raise CallerError(f"n_working_days is {n_working_days}, expected 1 to {MAX_WORKING_DAYS}")
    day = vietnam_date(received_at)
    for _ in range(n_working_days):
        day = _next_working_day(day, calendar)
    return day


def _next_working_day(day: date, calendar: WorkingCalendar) -> date:
    day += timedelta(days=1)
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def _is_usual_working_day(day: date) -> bool:
    days_off, made_up = _exceptions_of(day.year)
    return day in made_up or (day.weekday() < _SATURDAY and day not in days_off)


@lru_cache(maxsize=16)
def _exceptions_of(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Days off, and Saturdays worked, of a year; the years beside it are asked too: days are exchanged."""
    known = holidays.country_holidays("VN", years=range(year - 1, year + 2), expand=False)
    made_up = frozenset(day for day in known.weekend_workdays if day.year == year)
    return frozenset(day for day in known if day.year == year), made_up
