"""Whether an application may be checked at all: age, papers, guardian, consent.

Nothing is searched and nothing is stored for an application that is refused here.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from vantay.errors import CallerError
from vantay.intake.application import Applicant, Application, ConsentGiven, Guardian
from vantay.intake.result import Reason
from vantay.intake.rules import IntakeRules
from vantay.intake.working_days import vietnam_date
from vantay.store.wording import check_time

LEVELS = (1, 2)
GIVEN_BY_APPLICANT = "applicant"
GIVEN_BY_GUARDIAN = "guardian"

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
"""A number of ITU-T E.164: country code and subscriber, 15 digits at most. No country has fewer than 7."""


def find_refusals(application: Application, rules: IntakeRules, now: datetime) -> tuple[Reason, ...]:
    """Find every reason for which an application cannot be checked.

    Parameters
    ----------
    application : Application
    rules : IntakeRules
    now : datetime
        With a time zone. Ages and last days are those of this day in Vietnam.

    Returns
    -------
    tuple of Reason
        Empty if there is none; in the order in which `Reason` names them.

    Raises
    ------
    CallerError
        If what was asked has no meaning: an unknown level, a consent without a time zone or by nobody known,
        a card without a last day that must have one. The message holds no personal data.
    """
    if application.level not in LEVELS:
        raise CallerError(f"level is {application.level}, expected 1 or 2")
    today = vietnam_date(now)
    needs_guardian = is_guardian_needed(application.applicant, rules, today)
    found = {
        *_wrong_with_consent(application.consent, rules, now, by_guardian=needs_guardian),
        *_wrong_with_card(application, rules, today),
        *_wrong_with_travel_document(application, today),
        *_wrong_with_age(application, rules, today),
    }
    if needs_guardian:
        found.update(_wrong_with_guardian(application.guardian))
    return tuple(reason for reason in Reason if reason in found)


def is_guardian_needed(applicant: Applicant, rules: IntakeRules, today: date) -> bool:
    """Tell whether somebody has to act for the applicant: a child, or one who is represented."""
    is_child = age_on(applicant.birth_date, today) < rules.guardian_below_age
    return is_child or applicant.is_represented


def age_on(birth_date: date, day: date) -> int:
    """Give the age in full years on a day, from the birthday on; negative before birth.

    Notes
    -----
    Who was born on 29 February has the birthday on 28 February in other years: where the last month of a time
    has no such day, its last day counts.

    References
    ----------
    Civil Code 91/2015/QH13 of Vietnam, article 148(3), of months; 148(4), of years, is silent on it.
    """
    return day.year - birth_date.year - (day < _birthday(birth_date, day.year))


def _birthday(birth_date: date, year: int) -> date:
    is_leapling = (birth_date.month, birth_date.day) == (2, 29)
    return birth_date.replace(
        year=year, day=28 if is_leapling and not calendar.isleap(year) else birth_date.day
    )


def _wrong_with_consent(
    consent: ConsentGiven | None, rules: IntakeRules, now: datetime, *, by_guardian: bool
) -> Iterator[Reason]:
    if consent is None or not consent.reference.strip():
        yield Reason.NO_CONSENT
        return
    check_time("consent given_at", consent.given_at)
    if consent.given_by not in {GIVEN_BY_APPLICANT, GIVEN_BY_GUARDIAN}:
        raise CallerError("consent given_by is neither: expected applicant or guardian")
    if consent.given_at - now > timedelta(seconds=rules.clock_tolerance_s):
        yield Reason.CONSENT_IN_THE_FUTURE
    if now - consent.given_at > timedelta(days=rules.consent_valid_days):
        yield Reason.CONSENT_TOO_OLD
    if by_guardian and consent.given_by != GIVEN_BY_GUARDIAN:
        yield Reason.CONSENT_NOT_BY_GUARDIAN
    if not by_guardian and consent.given_by != GIVEN_BY_APPLICANT:
        yield Reason.NO_CONSENT  # nobody else can give it for an adult who is not represented


def _wrong_with_guardian(guardian: Guardian | None) -> Iterator[Reason]:
    if guardian is None or not guardian.name_reference.strip():
        yield Reason.NO_GUARDIAN
    elif not _PHONE.fullmatch(re.sub(r"[ -]", "", guardian.phone)):
        yield Reason.GUARDIAN_PHONE_MISSING


def _wrong_with_card(application: Application, rules: IntakeRules, today: date) -> Iterator[Reason]:
    card = application.residence_card
    if card is None or not card.number.strip() or card.kind not in rules.card_kinds:
        yield Reason.NO_RESIDENCE_CARD
    elif card.expires_on is None:
        if card.kind not in rules.card_kinds_without_end:
            raise CallerError(f"residence card of kind {card.kind} has no expiry date, expected one")
    elif card.expires_on < today:
        yield Reason.RESIDENCE_CARD_EXPIRED


def _wrong_with_travel_document(application: Application, today: date) -> Iterator[Reason]:
    document = application.travel_document
    if document is None or not document.number.strip() or not document.issuer.strip():
        yield Reason.NO_TRAVEL_DOCUMENT
    elif document.expires_on < today:
        yield Reason.TRAVEL_DOCUMENT_EXPIRED


def _wrong_with_age(application: Application, rules: IntakeRules, today: date) -> Iterator[Reason]:
    birth_date = application.applicant.birth_date
    least = rules.level_1_from_age if application.level == 1 else rules.level_2_from_age
    if birth_date > today:
        yield Reason.BIRTH_DATE_IN_THE_FUTURE
    elif age_on(birth_date, today) < least:
        yield Reason.TOO_YOUNG_FOR_LEVEL
