"""What is kept of an applicant who is enrolled."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from intake.applications import NOW
from intake.people import NEWCOMER, OFFICER, application_of, fingers_of
from vantay.engine import Engine
from vantay.errors import CallerError
from vantay.intake.application import Captures, EnrolIf
from vantay.intake.desk import IntakeDesk
from vantay.search import SearchFilter
from vantay.store import Sex


@pytest.mark.parametrize(
    ("told", "found_among"),
    [(None, {Sex.FEMALE, Sex.MALE, Sex.UNSPECIFIED}), (Sex.FEMALE, {Sex.FEMALE})],
)
def test_sex_that_was_not_told_is_unknown_and_not_x(
    desk: IntakeDesk, engine: Engine, told: Sex | None, found_among: set[Sex]
) -> None:
    application = application_of(NEWCOMER, enrol_if=frozenset({EnrolIf.NEW}))
    applicant = replace(application.applicant, sex=told)
    subject_id = desk.check(replace(application, applicant=applicant), OFFICER).subject_id
    assert engine.show(subject_id).biographics.sex is told
    for sex in Sex:
        found = engine.identify(fingers_of(NEWCOMER, 1), whom=SearchFilter(sex=sex)).matches
        assert [c.subject_id for c in found] == ([subject_id] if sex in found_among else [])


KAMCHATKA = timezone(timedelta(hours=12))


@pytest.mark.parametrize(
    ("captured_at", "is_taken"),
    [
        (NOW.astimezone(KAMCHATKA), True),
        (NOW + timedelta(seconds=300), True),
        (NOW + timedelta(seconds=301), False),
        (NOW.replace(year=2199), False),
    ],
)
def test_captures_of_a_time_to_come_are_refused(
    desk: IntakeDesk, engine: Engine, captured_at: datetime, *, is_taken: bool
) -> None:
    captures = Captures(fingers_of(NEWCOMER), captured_at=captured_at)
    application = application_of(NEWCOMER, captures=captures, enrol_if=frozenset({EnrolIf.NEW}))
    if is_taken:
        (encounter,) = engine.show(desk.check(application, OFFICER).subject_id).encounters
        assert encounter.captured_at == captured_at
        return
    with pytest.raises(CallerError, match="later than now"):
        desk.check(application, OFFICER)
    assert engine.check(application.reference) is None
