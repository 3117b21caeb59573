"""Who may be checked: ages, papers, guardians, consent; on the day it is in Vietnam."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.applications import GUARDIAN, NOW, make_application, make_child
from vantay.errors import CallerError
from vantay.intake.application import (
    Application,
    CardKind,
    ConsentGiven,
    Guardian,
    ResidenceCard,
    TravelDocument,
)
from vantay.intake.eligibility import age_on, find_refusals, is_guardian_needed
from vantay.intake.result import Reason
from vantay.intake.rules import load_rules
from vantay.intake.working_days import VIETNAM

RULES = load_rules()
TODAY = date(2026, 11, 10)


def refusals(application: Application, now: datetime = NOW) -> list[Reason]:
    return list(find_refusals(application, RULES, now))


def test_nothing_is_wrong_with_a_holder_of_either_card() -> None:
    assert refusals(make_application()) == []
    permanent = ResidenceCard(CardKind.PERMANENT, "VN1", None)
    assert refusals(make_application(residence_card=permanent)) == []


@pytest.mark.parametrize(
    ("birth_date", "day", "age"),
    [
        (date(2020, 11, 10), date(2026, 11, 9), 5),
        (date(2020, 11, 10), date(2026, 11, 10), 6),
        (date(2012, 2, 29), date(2026, 2, 27), 13),
        (date(2012, 2, 29), date(2026, 2, 28), 14),  # the last day of February stands for the 29th
        (date(2012, 2, 29), date(2028, 2, 28), 15),
        (date(2012, 2, 29), date(2028, 2, 29), 16),
        (date(2012, 2, 28), date(2028, 2, 28), 16),
        (date(2012, 3, 1), date(2026, 2, 28), 13),
        (date(2026, 11, 10), date(2026, 11, 10), 0),
        (date(2026, 11, 11), date(2026, 11, 10), -1),
    ],
)
def test_age_is_full_years_from_the_birthday_on(birth_date: date, day: date, age: int) -> None:
    assert age_on(birth_date, day) == age


@given(st.dates(date(1900, 1, 1), date(2090, 1, 1)), st.dates(date(1900, 1, 1), date(2090, 1, 1)))
def test_age_rises_by_one_a_year(birth_date: date, day: date) -> None:
    ages = [age_on(birth_date, day + timedelta(days=k)) for k in range(367)]
    assert ages == sorted(ages)
    assert ages[-1] - ages[0] in {1, 2}  # 2 where both ends are birthdays


def test_level_2_is_from_6_years_on() -> None:
    assert refusals(make_child(date(2020, 11, 11))) == [Reason.TOO_YOUNG_FOR_LEVEL]
    assert refusals(make_child(date(2020, 11, 10))) == []
    assert refusals(make_child(date(2020, 11, 11), level=1)) == []
    assert refusals(make_child(date(2026, 11, 10), level=1)) == []


def test_a_birthday_begins_at_midnight_in_vietnam() -> None:
    child = make_child(date(2020, 11, 11))
    assert refusals(child, datetime(2026, 11, 10, 16, 59, 59, tzinfo=UTC)) == [Reason.TOO_YOUNG_FOR_LEVEL]
    assert refusals(child, datetime(2026, 11, 10, 17, 0, 0, tzinfo=UTC)) == []


def test_a_child_born_on_29_february_is_6_on_28_february() -> None:
    given_at = datetime(2026, 2, 27, 3, tzinfo=UTC)
    child = make_child(date(2020, 2, 29), consent=ConsentGiven("c", given_at, "guardian"))
    assert refusals(child, datetime(2026, 2, 27, 23, 59, tzinfo=VIETNAM)) == [Reason.TOO_YOUNG_FOR_LEVEL]
    assert refusals(child, datetime(2026, 2, 28, 0, 0, tzinfo=VIETNAM)) == []


def test_below_14_a_guardian_acts() -> None:
    alone = {"guardian": None, "consent": make_application().consent}
    assert refusals(make_child(date(2012, 11, 11), **alone)) == [
        Reason.CONSENT_NOT_BY_GUARDIAN,
        Reason.NO_GUARDIAN,
    ]
    assert refusals(make_child(date(2012, 11, 10), **alone)) == []
    assert refusals(make_child(date(2012, 11, 11))) == []


def test_whoever_is_represented_needs_a_guardian_at_any_age() -> None:
    application = make_application()
    represented = replace(application, applicant=replace(application.applicant, is_represented=True))
    assert is_guardian_needed(represented.applicant, RULES, TODAY)
    assert refusals(represented) == [Reason.CONSENT_NOT_BY_GUARDIAN, Reason.NO_GUARDIAN]


@pytest.mark.parametrize("phone", ["+84901234567", "+84 90 123-45-67", "+1 212 555 0100", "+4930901820"])
def test_a_phone_with_country_code_is_taken(phone: str) -> None:
    assert refusals(make_child(date(2016, 1, 1), guardian=Guardian("person/3", phone))) == []


@pytest.mark.parametrize(
    "phone",
    [
        "",
        " ",
        "0901234567",
        "+0901234567",
        "+84",
        "+84901234567890123",
        "+8490123456x",
        "+٨٤٩٠١٢٣٤٥٦٧",
        "84901234567",
    ],
)
def test_what_is_no_phone_counts_as_missing(phone: str) -> None:
    guardian = Guardian("person/3", phone)
    assert refusals(make_child(date(2016, 1, 1), guardian=guardian)) == [Reason.GUARDIAN_PHONE_MISSING]


def test_a_guardian_without_a_name_is_none() -> None:
    guardian = Guardian("  ", GUARDIAN.phone)
    assert refusals(make_child(date(2016, 1, 1), guardian=guardian)) == [Reason.NO_GUARDIAN]


@pytest.mark.parametrize("consent", [None, ConsentGiven("", NOW), ConsentGiven("  ", NOW)])
def test_without_consent_nothing_is_searched(consent: ConsentGiven | None) -> None:
    assert refusals(make_application(consent=consent)) == [Reason.NO_CONSENT]


def test_nobody_else_consents_for_an_adult() -> None:
    consent = ConsentGiven("consent/1", NOW, "guardian")
    assert refusals(make_application(consent=consent, guardian=GUARDIAN)) == [Reason.NO_CONSENT]


@pytest.mark.parametrize(
    ("age_of_consent", "reasons"),
    [
        (timedelta(minutes=-5), []),
        (timedelta(minutes=-5, seconds=-1), [Reason.CONSENT_IN_THE_FUTURE]),
        (timedelta(0), []),
        (timedelta(days=30), []),
        (timedelta(days=30, seconds=1), [Reason.CONSENT_TOO_OLD]),
    ],
)
def test_a_consent_counts_for_a_time(age_of_consent: timedelta, reasons: list[Reason]) -> None:
    consent = ConsentGiven("consent/1", (NOW - age_of_consent).astimezone(VIETNAM))
    assert refusals(make_application(consent=consent)) == reasons


def test_papers_count_through_their_last_day_in_vietnam() -> None:
    def holder_until(day: date) -> Application:
        return make_application(
            residence_card=ResidenceCard(CardKind.PERMANENT, "VN1", day),
            travel_document=TravelDocument("M1", "KOR", day),
        )

    expired = [Reason.RESIDENCE_CARD_EXPIRED, Reason.TRAVEL_DOCUMENT_EXPIRED]
    assert refusals(holder_until(TODAY)) == []
    assert refusals(holder_until(TODAY - timedelta(days=1))) == expired
    late = datetime(2026, 11, 10, 17, 0, tzinfo=UTC)
    assert refusals(holder_until(TODAY), late) == expired


@pytest.mark.parametrize("card", [None, ResidenceCard(CardKind.TEMPORARY, " ", date(2028, 1, 1))])
def test_only_holders_of_a_card_are_eligible(card: ResidenceCard | None) -> None:
    assert refusals(make_application(residence_card=card)) == [Reason.NO_RESIDENCE_CARD]


def test_an_agency_may_take_one_kind_of_card_only() -> None:
    rules = replace(RULES, card_kinds=frozenset({CardKind.PERMANENT}))
    assert find_refusals(make_application(), rules, NOW) == (Reason.NO_RESIDENCE_CARD,)


@pytest.mark.parametrize(
    "document",
    [None, TravelDocument("", "KOR", date(2030, 1, 1)), TravelDocument("M1", "", date(2030, 1, 1))],
)
def test_a_passport_is_needed(document: TravelDocument | None) -> None:
    assert refusals(make_application(travel_document=document)) == [Reason.NO_TRAVEL_DOCUMENT]


def test_nobody_is_born_tomorrow() -> None:
    assert refusals(make_child(date(2026, 11, 11))) == [Reason.BIRTH_DATE_IN_THE_FUTURE]


def test_every_reason_is_told_at_once_and_in_order() -> None:
    nothing = make_child(
        date(2021, 1, 1), consent=None, guardian=None, residence_card=None, travel_document=None
    )
    assert refusals(nothing) == [
        Reason.NO_CONSENT,
        Reason.NO_RESIDENCE_CARD,
        Reason.NO_TRAVEL_DOCUMENT,
        Reason.TOO_YOUNG_FOR_LEVEL,
        Reason.NO_GUARDIAN,
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"level": 3}, "level is 3"),
        ({"level": 0}, "level is 0"),
        ({"consent": ConsentGiven("c", datetime(2026, 11, 10))}, "no time zone"),
        ({"consent": ConsentGiven("c", NOW, "neighbour")}, "expected applicant or guardian"),
        ({"residence_card": ResidenceCard(CardKind.TEMPORARY, "VN1", None)}, "no expiry date"),
    ],
)
def test_what_has_no_meaning_is_the_callers_mistake(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(CallerError, match=told):
        refusals(make_application(**changes))


@given(
    birth_date=st.dates(),
    given_at=st.datetimes(timezones=st.timezones()),
    expires_on=st.dates(),
    phone=st.text(max_size=20),
    level=st.sampled_from([1, 2]),
)
def test_any_date_and_text_has_an_answer(
    birth_date: date, given_at: datetime, expires_on: date, phone: str, level: int
) -> None:
    application = make_child(
        birth_date,
        level=level,
        consent=ConsentGiven("c", given_at, "guardian"),
        residence_card=ResidenceCard(CardKind.PERMANENT, "VN1", expires_on),
        guardian=Guardian("person/3", phone),
    )
    found = refusals(application)
    assert found == [reason for reason in Reason if reason in found]
    assert (Reason.RESIDENCE_CARD_EXPIRED in found) == (expires_on < TODAY)
