"""The sample: what every reader yields, whatever the set or the format that it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from pathlib import Path

from vantay.errors import InvalidSample, InvalidTemplate
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate


class Modality(StrEnum):
    """What of a person was captured."""

    FINGER = "finger"
    FACE = "face"


class FrictionRidgeArea(IntEnum):
    """Friction ridge positions beyond a single finger, by their codes in ANSI/NIST-ITL 1-2011, table 8.

    Codes 11 and 12, plain thumbs, are single fingers and therefore `FingerPosition`.
    """

    RIGHT_FOUR_FINGERS = 13
    LEFT_FOUR_FINGERS = 14
    BOTH_THUMBS = 15
    RIGHT_EXTRA_DIGIT = 16
    LEFT_EXTRA_DIGIT = 17
    UNKNOWN_FRICTION_RIDGE = 18
    ENTIRE_JOINT_OR_TIP = 19
    UNKNOWN_PALM = 20
    RIGHT_FULL_PALM = 21
    RIGHT_WRITERS_PALM = 22
    LEFT_FULL_PALM = 23
    LEFT_WRITERS_PALM = 24
    RIGHT_LOWER_PALM = 25
    RIGHT_UPPER_PALM = 26
    LEFT_LOWER_PALM = 27
    LEFT_UPPER_PALM = 28
    RIGHT_OTHER = 29
    LEFT_OTHER = 30
    RIGHT_INTERDIGITAL = 31
    RIGHT_THENAR = 32
    RIGHT_HYPOTHENAR = 33
    LEFT_INTERDIGITAL = 34
    LEFT_THENAR = 35
    LEFT_HYPOTHENAR = 36
    RIGHT_GRASP = 37
    LEFT_GRASP = 38
    RIGHT_INDEX_MIDDLE = 40
    RIGHT_MIDDLE_RING = 41
    RIGHT_RING_LITTLE = 42
    LEFT_INDEX_MIDDLE = 43
    LEFT_MIDDLE_RING = 44
    LEFT_RING_LITTLE = 45
    BOTH_INDEX = 46
    RIGHT_INDEX_MIDDLE_RING = 47
    RIGHT_MIDDLE_RING_LITTLE = 48
    LEFT_INDEX_MIDDLE_RING = 49
    LEFT_MIDDLE_RING_LITTLE = 50
    RIGHT_FOUR_FINGERTIPS = 51
    LEFT_FOUR_FINGERTIPS = 52
    RIGHT_FIVE_FINGERTIPS = 53
    LEFT_FIVE_FINGERTIPS = 54
    UNKNOWN_SOLE = 60
    RIGHT_SOLE = 61
    LEFT_SOLE = 62
    UNKNOWN_TOE = 63
    RIGHT_BIG_TOE = 64
    RIGHT_SECOND_TOE = 65
    RIGHT_MIDDLE_TOE = 66
    RIGHT_FOURTH_TOE = 67
    RIGHT_LITTLE_TOE = 68
    LEFT_BIG_TOE = 69
    LEFT_SECOND_TOE = 70
    LEFT_MIDDLE_TOE = 71
    LEFT_FOURTH_TOE = 72
    LEFT_LITTLE_TOE = 73
    RIGHT_FRONT_OF_SOLE = 74
    RIGHT_BACK_OF_SOLE = 75
    LEFT_FRONT_OF_SOLE = 76
    LEFT_BACK_OF_SOLE = 77
    RIGHT_MIDDLE_OF_SOLE = 78
    LEFT_MIDDLE_OF_SOLE = 79
    RIGHT_CARPAL_DELTA = 81
    LEFT_CARPAL_DELTA = 82
    RIGHT_FULL_PALM_WITH_WRITERS = 83
    LEFT_FULL_PALM_WITH_WRITERS = 84
    RIGHT_WRIST_BRACELET = 85
    LEFT_WRIST_BRACELET = 86


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sample:
    """One captured thing of one person, and where it was found.

    Exactly one of `image`, `template` and `record` is the sample itself; a template may come with its image.

    Attributes
    ----------
    subject_id, encounter_id : str
        The person, and the capture event, as far as the source tells them apart.
    modality : Modality
        Finger (any friction ridges) or face.
    position : FingerPosition
        Which finger; UNKNOWN for faces, and where `area` says that it is no single finger.
    area : FrictionRidgeArea, optional
        Which fingers or which part of the hand, where it is not one finger. Such an image has to be cut into
        fingers before a template can be made of it; that is not done here.
    image : Path or bytes, optional
        A file, or the bytes of one: WSQ, JPEG, JPEG 2000, PNG; raw pixels were made PNG.
    template : FingerTemplate or FaceTemplate, optional
        Minutiae, or an embedding, that the source carries.
    record : bytes, optional
        An ISO/IEC 19794-2 or ANSI 378 record as found; the engine's codec decodes it.
    ppi : float, optional
        Resolution of the image in pixels per inch, where the source says it outside of the image.
    source : str
        What messages call it: ``tenprint.an2, record 14.3``.
    """

    subject_id: str
    encounter_id: str
    modality: Modality
    position: FingerPosition = FingerPosition.UNKNOWN
    area: FrictionRidgeArea | None = None
    image: Path | bytes | None = None
    template: FingerTemplate | FaceTemplate | None = None
    record: bytes | None = None
    ppi: float | None = None
    source: str

    @property
    def is_single_finger(self) -> bool:
        """Whether it is of one finger, so that a template can be made of it, or is one."""
        return self.modality is Modality.FINGER and self.area is None


SampleOrError = Sample | InvalidSample | InvalidTemplate
"""What readers yield: a damaged sample costs itself and not the rest of its set."""
