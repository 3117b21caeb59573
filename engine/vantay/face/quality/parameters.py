"""What a good photo is: the constants of the quality components.

"Measured" means on 102 people of a studio set, each neutral and smiling, and on blurred, darkened,
over-exposed and reduced copies of them; docs/faces.md has the figures.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PortraitParameters:
    """The view of a face on which light and sharpness are measured, whatever the size of the photo.

    Attributes
    ----------
    side_px : int
        Width and height.
    eye_distance_px : float
        Between the eyes; what ISO/IEC 19794-5 wants of a full frontal image at least.
    eye_height_px : float
        From the top to the line of the eyes.
    oval_px : tuple of float
        Half axes of the face's oval, 0.9 and 1.25 eye distances: skin, hardly hair or ground.
    oval_drop_px : float
        From the line of the eyes down to the oval's centre.
    """

    side_px: int = 256
    eye_distance_px: float = 90.0
    eye_height_px: float = 100.0
    oval_px: tuple[float, float] = (81.0, 112.0)
    oval_drop_px: float = 36.0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a component is good enough; each says which side is good.

    Attributes
    ----------
    least_face_width_share, largest_face_width_share : float
        Width of the head, taken as twice the eye distance, over the width of the photo. ISO/IEC 19794-5:2005
        wants 0.5 to 0.71 of a full frontal image; wider here, since photos are cropped later.
    least_eye_distance_px : float
        60 px is the eye distance of the token image of ISO/IEC 19794-5:2005; accuracy was measured to fall
        below 20.
    largest_yaw_deg, largest_pitch_deg, largest_roll_deg : float
        ISO/IEC 19794-5:2005 asks for 5°, 5°, 8°. The estimates for people who look into the camera were
        measured to spread by 10°, 16° and 7° (95 %), so that is added and rounded.
    least_sharpness : float
        Measured: sharp portraits have 0.44 or more, those blurred by a twentieth of the eye distance 0.28 or
        less, and their mated scores begin to fall.
    largest_bright_share, largest_dark_share : float
        Of the face's pixels without any detail left.
    least_face_light : float
        95th percentile of the face's luminance, 0 to 255. It is the light where skin is brightest: the
        darkest of the studio portraits has 96. Mated scores fall from about 40 down.
    largest_background_deviation : float
        Standard deviation of the luminance beside and above the head; an even wall under studio light has up
        to 22.
    least_unified : int
        Of the unified score.
    """

    least_face_width_share: float = 0.2
    largest_face_width_share: float = 0.8
    least_eye_distance_px: float = 60.0
    largest_yaw_deg: float = 15.0
    largest_pitch_deg: float = 20.0
    largest_roll_deg: float = 15.0
    least_sharpness: float = 0.3
    largest_bright_share: float = 0.1
    largest_dark_share: float = 0.25
    least_face_light: float = 60.0
    largest_background_deviation: float = 25.0
    least_unified: int = 50


PORTRAIT = PortraitParameters()
THRESHOLDS = Thresholds()
