"""An application with nothing wrong, and changes to it, for tests of the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from vantay.intake.application import (
    Applicant,
    Application,
    CardKind,
    ConsentGiven,
    Guardian,
    ResidenceCard,
    TravelDocument,
)

NOW = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Vietnam."""

GUARDIAN = Guardian("person/77", "+84 90-123 45 67")


def make_application(**changes: Any) -> Application:
    application = Application(
        reference="A-1",
        level=2,
        applicant=Applicant("person/1", date(1990, 5, 17), "KOR"),
        travel_document=TravelDocument("M123456", "KOR", date(2030, 1, 1)),
        residence_card=ResidenceCard(CardKind.TEMPORARY, "VN99", date(2028, 1, 1)),
        consent=ConsentGiven("consent/1", NOW - timedelta(minutes=5)),
    )
    return replace(application, **changes)


def make_child(birth_date: date, **changes: Any) -> Application:
    """An application of somebody with a guardian who has consented."""
    changes.setdefault("guardian", GUARDIAN)
    changes.setdefault("consent", ConsentGiven("consent/1", NOW - timedelta(minutes=5), "guardian"))
    return make_application(applicant=Applicant("person/2", birth_date, "KOR"), **changes)
