"""What an application that comes again is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from intake.applications import NOW
from intake.people import NEWCOMER, OFFICER, application_of, fingers_of
from vantay.engine import Engine
from vantay.errors import IdempotencyConflict, StateError
from vantay.intake.application import Captures, Claim, ConsentGiven, EnrolIf
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import Outcome

KEEP = frozenset(EnrolIf)


def test_same_application_again_gets_the_first_answer(desk: IntakeDesk, engine: Engine) -> None:
    application = application_of(1, 1, claim=Claim("S-1"), enrol_if=KEEP)
    first = desk.check(application, OFFICER)
    sequence, last = engine.sequence(), engine.last_decision()
    again = desk.check(application, OFFICER)
    assert again.is_repeat
    assert replace(again, is_repeat=False, timings_ms={}) == replace(first, timings_ms={})
    assert (engine.sequence(), engine.last_decision()) == (sequence, last)
    assert engine.audit_entries()[-1].reason.startswith("REPEATED")


@pytest.mark.parametrize(
    "change",
    [
        {"captures": Captures(fingers_of(1, 2))},
        {"claim": None},
        {"enrol_if": frozenset()},
        {"level": 1},
        {"consent": ConsentGiven("consent/2", NOW - timedelta(minutes=5))},
    ],
)
def test_same_reference_with_other_content_is_refused(desk: IntakeDesk, change: dict[str, object]) -> None:
    application = application_of(1, 1, claim=Claim("S-1"), enrol_if=KEEP)
    desk.check(application, OFFICER)
    with pytest.raises(IdempotencyConflict):
        desk.check(replace(application, **change), OFFICER)  # type: ignore[arg-type]


def test_answer_that_was_purged_is_not_given_again(desk: IntakeDesk, engine: Engine) -> None:
    application = application_of(NEWCOMER)
    desk.check(application, OFFICER)
    later = NOW + timedelta(days=3650)
    engine.purge_checks(results_before=later, captures_before=later)
    with pytest.raises(StateError, match="purged"):
        desk.check(application, OFFICER)


def test_erasing_a_subject_destroys_the_answers_that_tell_of_it(desk: IntakeDesk, engine: Engine) -> None:
    found = desk.check(application_of(1, 1), OFFICER)
    enrolled = desk.check(application_of(NEWCOMER, enrol_if=KEEP), OFFICER)
    other = desk.check(application_of(51), OFFICER)
    engine.erase("S-1")
    engine.erase(enrolled.subject_id)
    told = {reference: engine.check(reference) for reference in ("A-1-1", f"A-{NEWCOMER}-0", "A-51-0")}
    assert [check is not None and check.result is None for check in told.values()] == [True, True, False]
    assert other.outcome is Outcome.NEW
    assert engine.case(found.case_id).details is None
