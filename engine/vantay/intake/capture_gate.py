"""Whether the captures are good enough, and what the officer should do if not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vantay.errors import CallerError
from vantay.intake.application import Captures
from vantay.intake.result import CaptureReport, Reason
from vantay.intake.rules import IntakeRules
from vantay.search import SampleFailure
from vantay.types import FingerPosition


def judge_captures(
    captures: Captures,
    qualities: Mapping[FingerPosition, int],
    face_quality: int | None,
    failures: Sequence[SampleFailure],
    rules: IntakeRules,
    *,
    age: int,
    level: int = 2,
) -> tuple[CaptureReport, ...]:
    """Judge each capture, and each that should be there and is not.

    Parameters
    ----------
    captures : Captures
        What came in.
    qualities : mapping of FingerPosition to int
        Quality, 0 to 100, of each finger that gave a template.
    face_quality : int, optional
        Quality of the face, 0 to 100; None if there was none, or it gave no template.
    failures : sequence of SampleFailure
        What gave no template.
    rules : IntakeRules
    age : int
        Of the applicant, in full years.
    level : int
        Level of the digital identity that is asked for.

    Returns
    -------
    tuple of CaptureReport
        Fingers by position, then the face. What is not required may fail without anything being wrong.

    Raises
    ------
    CallerError
        If a finger is both captured and missing.
    """
    _check_captures(captures)
    failed = {failure.position: failure.reason for failure in failures}
    required = required_fingers(rules, age=age, level=level) - set(captures.missing)
    reports = [
        _judge_finger(
            position,
            qualities.get(position),
            failed.get(position, ""),
            least_quality=_least_finger_quality(rules, age) if position in required else None,
            is_captured=position in captures.fingers,
        )
        for position in sorted(required | set(captures.fingers))
    ]
    if captures.face is not None or rules.needs_face:
        reports.append(_judge_face(captures, face_quality, failed.get(None, ""), rules))
    return tuple(reports)


def needs_recapture(reports: Sequence[CaptureReport]) -> bool:
    """Whether something is wrong with a capture that is required."""
    return any(report.reason is not None for report in reports)


def find_recapture_reasons(reports: Sequence[CaptureReport]) -> tuple[Reason, ...]:
    """Give each reason once, in the order in which `Reason` names them."""
    found = {report.reason for report in reports}
    return tuple(reason for reason in Reason if reason in found)


def required_fingers(rules: IntakeRules, *, age: int, level: int = 2) -> frozenset[FingerPosition]:
    """Tell which fingers have to be captured, or missing for a reason, at this age and level."""
    is_required = age >= rules.fingers_from_age and level >= rules.fingers_from_level
    return rules.fingers if is_required else frozenset()


def least_n_fingers(rules: IntakeRules, *, age: int, level: int = 2) -> int:
    """Tell with how many usable fingers nobody has to decide in person, whatever is missing for a reason."""
    if not required_fingers(rules, age=age, level=level):
        return 0
    return rules.least_n_fingers_of_child if age < rules.child_below_age else rules.least_n_fingers


def _check_captures(captures: Captures) -> None:
    if both := sorted(captures.fingers.keys() & captures.missing.keys()):
        raise CallerError(f"finger {both[0].name} is both captured and missing, expected one of them")


def _least_finger_quality(rules: IntakeRules, age: int) -> int:
    is_child = age < rules.child_below_age
    return rules.least_finger_quality_of_child if is_child else rules.least_finger_quality


def _judge_finger(
    position: FingerPosition,
    quality: int | None,
    failure: str,
    *,
    least_quality: int | None,
    is_captured: bool,
) -> CaptureReport:
    if least_quality is None:  # not required: it helps if it can, and does no harm if not
        return CaptureReport(position, quality)
    name = position.name.lower().replace("_", " ")
    if not is_captured:
        advice = f"Capture the {name}, or say why it is missing."
        return CaptureReport(position, None, Reason.FINGER_NOT_CAPTURED, advice)
    if quality is None:
        advice = _FINGER_ADVICE.get(failure, _OTHER_FINGER_ADVICE).format(name=name)
        return CaptureReport(position, None, Reason.FINGER_UNUSABLE, advice)
    if quality < least_quality:
        return CaptureReport(position, quality, Reason.FINGER_QUALITY_LOW, _LOW_ADVICE.format(name=name))
    return CaptureReport(position, quality)


def _judge_face(captures: Captures, quality: int | None, failure: str, rules: IntakeRules) -> CaptureReport:
    if not rules.needs_face:
        return CaptureReport(None, quality)
    if captures.face is None:
        return CaptureReport(None, None, Reason.FACE_NOT_CAPTURED, "Take a photo of the face.")
    if quality is None:
        advice = _FACE_ADVICE.get(failure, _OTHER_FACE_ADVICE)
        return CaptureReport(None, None, Reason.FACE_UNUSABLE, advice)
    if quality < rules.least_face_quality:
        return CaptureReport(None, quality, Reason.FACE_QUALITY_LOW, _LOW_FACE_ADVICE)
    return CaptureReport(None, quality)


_LOW_ADVICE = (
    "Capture the {name} again: clean glass, dry finger, flat and without moving. "
    "If it gets no better, say that it is unreadable."
)
_FINGER_ADVICE = {
    "no_foreground": "Capture the {name} again: the image shows no fingerprint.",
    "too_few_minutiae": "Capture the {name} again, more of its tip on the glass: too little is readable.",
    "invalid_sample": "Capture the {name} again: its image is damaged, or too small, too large or too flat.",
}
_OTHER_FINGER_ADVICE = "Capture the {name} again: its image gave no template."
_LOW_FACE_ADVICE = (
    "Take the photo again: sharp, even light from the front, looking into the camera, the face large in it."
)
_FACE_ADVICE = {
    "no_face": "Take the photo again: no face was found. It must be upright, uncovered and well lit.",
    "several_faces": "Take the photo again with nobody else in the picture.",
    "invalid_sample": "Take the photo again: its file is damaged, or too small or too large.",
}
_OTHER_FACE_ADVICE = "Take the photo again: it gave no template."
