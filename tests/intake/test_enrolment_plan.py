"""What is kept of an applicant who is enrolled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.people import NEWCOMER, OFFICER, application_of, fingers_of
from vantay.engine import Engine
from vantay.intake.application import EnrolIf
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
