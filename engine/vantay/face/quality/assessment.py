"""All components of a photo's quality, with what an officer can do about each.

References
----------
ISO/IEC 29794-5: which components matter; ISO/IEC 19794-5:2005, clauses 7 and 8: what a portrait should be.
"""

from __future__ import annotations

from dataclasses import dataclass

from vantay.face.detection import DetectedFace, Pixels
from vantay.face.quality.component import Component, Verdict
from vantay.face.quality.measures import Measures, measure_photo
from vantay.face.quality.parameters import THRESHOLDS, Thresholds
from vantay.face.quality.pose import Pose
from vantay.face.quality.unified import unified_score

EYES_ADVICE = "look whether they are open: the landmarks do not tell"


@dataclass(frozen=True, slots=True)
class FaceQuality:
    """The quality of a photo.

    Attributes
    ----------
    unified : int
        0 (worst) to 100 (best), what the photo is worth for recognition.
    components : tuple of Component
        What was measured, in the order in which to mend it.
    """

    unified: int
    components: tuple[Component, ...]

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do, one sentence a component that is poor."""
        return tuple(c.advice for c in self.components if c.verdict is Verdict.POOR)


def assess_quality(
    pixels: Pixels,
    face: DetectedFace,
    *,
    network_value: float | None = None,
    thresholds: Thresholds = THRESHOLDS,
) -> FaceQuality:
    """Judge the quality of a photo for recognition.

    Parameters
    ----------
    pixels : (h, w, 3) uint8
        The photo: red, green, blue.
    face : DetectedFace
        Whose photo it is.
    network_value : float, optional
        What the quality network says of this face; without it the unified score is made of components.
    thresholds : Thresholds
        Other than the default.

    Returns
    -------
    FaceQuality
        Components with advice, and the unified score.
    """
    measures = measure_photo(pixels, face)
    return FaceQuality(unified_score(measures, network_value), _components(measures, thresholds))


def _components(m: Measures, t: Thresholds) -> tuple[Component, ...]:
    return (
        _face_size(m, t),
        Component(
            "eye_distance",
            m.eye_distance_px,
            "px",
            least=t.least_eye_distance_px,
            advice="use a higher resolution, or come closer",
        ),
        *_angles(m.pose, t),
        Component(
            "sharpness",
            m.sharpness,
            least=t.least_sharpness,
            advice="focus on the eyes, hold camera and head still, clean the lens",
        ),
        Component(
            "over_exposure",
            m.exposure.bright_share,
            largest=t.largest_bright_share,
            advice="less light on the face, or a shorter exposure",
        ),
        Component(
            "under_exposure",
            m.exposure.dark_share,
            largest=t.largest_dark_share,
            advice="more light on the dark parts of the face, from the front",
        ),
        Component(
            "light",
            m.exposure.light,
            least=t.least_face_light,
            advice="more light on the face, or a longer exposure",
        ),
        _background(m.background, t),
        Component("eyes_open", None, advice=EYES_ADVICE),
    )


def _face_size(m: Measures, t: Thresholds) -> Component:
    is_small = m.face_width_share < t.least_face_width_share
    return Component(
        "face_size",
        m.face_width_share,
        least=t.least_face_width_share,
        largest=t.largest_face_width_share,
        advice="come closer: the face is small in the photo"
        if is_small
        else "step back: the face fills the photo",
    )


def _angles(pose: Pose, t: Thresholds) -> tuple[Component, ...]:
    to_side = "right" if pose.yaw_deg > 0 else "left"
    to_shoulder = "left" if pose.roll_deg > 0 else "right"
    up_or_down = "raise" if pose.pitch_deg > 0 else "lower"
    turn = f"turn the head {abs(pose.yaw_deg):.0f}° to the person's {to_side}"
    nod = f"{up_or_down} the chin by about {abs(pose.pitch_deg):.0f}°"
    tilt = f"tilt the head {abs(pose.roll_deg):.0f}° to the person's {to_shoulder} shoulder"
    return (
        _angle("yaw", pose.yaw_deg, t.largest_yaw_deg, turn),
        _angle("pitch", pose.pitch_deg, t.largest_pitch_deg, nod),
        _angle("roll", pose.roll_deg, t.largest_roll_deg, tilt),
    )


def _angle(name: str, value_deg: float, largest_deg: float, advice: str) -> Component:
    return Component(name, value_deg, "°", least=-largest_deg, largest=largest_deg, advice=advice)


def _background(deviation: float | None, t: Thresholds) -> Component:
    advice = (
        "no ground is seen beside the head"
        if deviation is None
        else "an even ground without objects, shadows or other people"
    )
    return Component("background", deviation, largest=t.largest_background_deviation, advice=advice)
