"""What becomes of captures that are poor, damaged or missing."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from intake.applications import NOW
from intake.people import NEWCOMER, OFFICER, WITHOUT_FACES, application_of, fingers_of
from vantay.engine import Engine
from vantay.errors import InvalidSample
from vantay.intake.application import Captures, Claim, EnrolIf, MissingReason
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import Outcome, Reason
from vantay.types import FingerPosition, FingerTemplate

KEEP = frozenset(EnrolIf)


def _without(
    fingers: dict[FingerPosition, FingerTemplate], *gone: FingerPosition
) -> dict[FingerPosition, FingerTemplate]:
    return {position: finger for position, finger in fingers.items() if position not in gone}


def test_poor_capture_asks_for_another_and_may_bring_other_captures(desk: IntakeDesk, engine: Engine) -> None:
    thumb = FingerPosition.RIGHT_THUMB
    poor = fingers_of(NEWCOMER) | {thumb: replace(fingers_of(NEWCOMER)[thumb], quality=3)}
    application = application_of(NEWCOMER, captures=Captures(poor), enrol_if=KEEP)
    first = desk.check(application, OFFICER)
    assert (first.outcome, first.reasons) == (Outcome.RECAPTURE, (Reason.FINGER_QUALITY_LOW,))
    assert [r.position for r in first.captures if r.reason] == [thumb]
    assert engine.check(application.reference) is None
    gone = replace(application, captures=Captures(_without(fingers_of(NEWCOMER), thumb)))
    assert desk.check(gone, OFFICER).reasons == (Reason.FINGER_NOT_CAPTURED,)
    again = replace(application, captures=Captures(fingers_of(NEWCOMER)))
    assert desk.check(again, OFFICER).outcome is Outcome.NEW


def test_damaged_image_asks_for_another(desk: IntakeDesk) -> None:
    thumb = FingerPosition.RIGHT_THUMB
    image = BytesIO()
    Image.effect_noise((300, 400), 60).save(image, "PNG")
    captures = Captures(fingers_of(NEWCOMER) | {thumb: image.getvalue()[:9000]}, ppi=500)
    result = desk.check(application_of(NEWCOMER, captures=captures), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.RECAPTURE, (Reason.FINGER_UNUSABLE,))
    assert "damaged" in result.captures[0].advice


def test_what_is_no_image_is_the_callers_mistake(desk: IntakeDesk, engine: Engine) -> None:
    captures = Captures(fingers_of(NEWCOMER) | {FingerPosition.RIGHT_THUMB: b"no image"})
    with pytest.raises(InvalidSample):
        desk.check(application_of(NEWCOMER, captures=captures), OFFICER)
    assert engine.audit_entries()[-1].reason == "InvalidSample"


def test_nothing_captured_at_all_asks_for_captures(desk: IntakeDesk) -> None:
    result = desk.check(application_of(NEWCOMER, captures=Captures()), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.RECAPTURE, (Reason.FINGER_NOT_CAPTURED,))


def test_no_finger_at_all_for_a_reason_is_a_case(desk: IntakeDesk, engine: Engine) -> None:
    missing = dict.fromkeys(fingers_of(0), MissingReason.AMPUTATED)
    result = desk.check(application_of(NEWCOMER, captures=Captures(missing=missing)), OFFICER)
    assert result.outcome is Outcome.INCONCLUSIVE
    assert {Reason.TOO_FEW_SAMPLES, Reason.NOTHING_TO_COMPARE} <= set(result.reasons)
    assert engine.case(result.case_id).status == "open"


def test_nobody_with_these_fingers_is_a_case(tmp_path: Path) -> None:
    right = [p for p in FingerPosition if 1 <= p <= 5]
    left = [p for p in FingerPosition if p >= 6]
    with Engine.open(tmp_path / "left.db") as engine:
        engine.enrol("S-left", _without(fingers_of(0), *right))
        captures = Captures(
            _without(fingers_of(1), *left), missing=dict.fromkeys(left, MissingReason.BANDAGED)
        )
        desk = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW)
        result = desk.check(application_of(1, captures=captures), OFFICER)
        claimed = desk.check(application_of(1, 1, captures=captures, claim=Claim("S-left")), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.INCONCLUSIVE, (Reason.NOTHING_TO_COMPARE,))
    assert Reason.NOTHING_TO_COMPARE in claimed.reasons
    assert claimed.claim is None
