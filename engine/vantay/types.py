"""The nouns that all parts share: samples, templates, comparisons, candidates.

Words follow ISO/IEC 2382-37. Everything inside Vantay is at 500 ppi; positions are pixels from the top
left corner, angles are ISO/IEC 19794-2 units of 2π/256, counter-clockwise from the positive x axis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidTemplate

TEMPLATE_PPI = 500
ANGLE_UNITS = 256
MAX_MINUTIAE = 255
MAX_COORDINATE_PX = 16383
MAX_LENGTH_ERROR = 1e-3
"""Of a unit vector rounded to float16: at most 2^-11 of each component, and less of the whole."""

MINUTIA_DTYPE = np.dtype(
    [("x_px", "<i2"), ("y_px", "<i2"), ("angle", "u1"), ("type", "u1"), ("quality", "u1")]
)
"""One minutia: x and y in 0..16383 px at 500 ppi; angle in units of 2π/256; type a `MinutiaType`;
quality 1..100, 0 = not reported. The ranges are those of ISO/IEC 19794-2:2005, so that a template
survives its own record byte for byte."""


class FingerPosition(IntEnum):
    """Finger position codes of ISO/IEC 19794-2:2005, table 2."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10


class MinutiaType(IntEnum):
    """Minutia type codes of ISO/IEC 19794-2:2005, 7.5.2.1."""

    OTHER = 0
    RIDGE_ENDING = 1
    RIDGE_BIFURCATION = 2


@dataclass(frozen=True, slots=True, eq=False)
class FingerImage:
    """A fingerprint sample.

    Attributes
    ----------
    pixels : (h, w) uint8
        Grey values.
    ppi : float
        Resolution in pixels per inch.
    position : FingerPosition
        Which finger.
    name : str
        What error messages call it, for instance a file name.
    """

    pixels: npt.NDArray[np.uint8]
    ppi: float
    position: FingerPosition = FingerPosition.UNKNOWN
    name: str = "image"


@dataclass(frozen=True, slots=True, eq=False)
class FingerTemplate:
    """The minutiae of one finger at 500 ppi.

    Attributes
    ----------
    minutiae : (n,) MINUTIA_DTYPE
        At most 255, best quality first is not required; read-only after construction.
    width_px, height_px : int
        Size of the image they come from, at 500 ppi.
    position : FingerPosition
        Which finger.
    quality : int
        0 (worst) to 100 (best) of the whole impression.
    extractor, extractor_version : str
        What found the minutiae, e.g. ``leader`` ``1``; ``unknown`` for records of others.

    Raises
    ------
    InvalidTemplate
        If the dtype, the number of minutiae or a value is out of range.
    """

    minutiae: npt.NDArray[np.void]
    width_px: int
    height_px: int
    position: FingerPosition = FingerPosition.UNKNOWN
    quality: int = 0
    extractor: str = "unknown"
    extractor_version: str = ""

    def __post_init__(self) -> None:
        _check_template(self)
        frozen = np.ascontiguousarray(self.minutiae)
        if frozen is self.minutiae and frozen.flags.writeable:
            frozen = frozen.copy()
        frozen.flags.writeable = False
        object.__setattr__(self, "minutiae", frozen)

    @property
    def n_minutiae(self) -> int:
        """Number of minutiae."""
        return int(self.minutiae.shape[0])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FingerTemplate):
            return NotImplemented
        return (
            np.array_equal(self.minutiae, other.minutiae)
            and (self.width_px, self.height_px, self.position, self.quality)
            == (other.width_px, other.height_px, other.position, other.quality)
            and (self.extractor, self.extractor_version) == (other.extractor, other.extractor_version)
        )

    __hash__ = None  # type: ignore[assignment]


def _check_template(template: FingerTemplate) -> None:
    minutiae = template.minutiae
    if minutiae.dtype != MINUTIA_DTYPE or minutiae.ndim != 1:
        raise InvalidTemplate(
            f"minutiae have dtype {minutiae.dtype} and {minutiae.ndim} dimensions, "
            f"expected one dimension of {MINUTIA_DTYPE}"
        )
    if minutiae.shape[0] > MAX_MINUTIAE:
        raise InvalidTemplate(f"{minutiae.shape[0]} minutiae, expected at most {MAX_MINUTIAE}")
    for name, low, high in (
        ("x_px", 0, MAX_COORDINATE_PX),
        ("y_px", 0, MAX_COORDINATE_PX),
        ("type", 0, 2),
        ("quality", 0, 100),
    ):
        column = minutiae[name]
        bad = np.flatnonzero((column < low) | (column > high))
        if bad.size:
            raise InvalidTemplate(f"minutia {bad[0]}: {name} is {column[bad[0]]}, expected {low} to {high}")
    for name, value, high in (
        ("width_px", template.width_px, MAX_COORDINATE_PX),
        ("height_px", template.height_px, MAX_COORDINATE_PX),
        ("quality", template.quality, 100),
    ):
        if not 0 <= value <= high:
            raise InvalidTemplate(f"template {name} is {value}, expected 0 to {high}")


@dataclass(frozen=True, slots=True, eq=False)
class FaceImage:
    """A facial photo.

    Attributes
    ----------
    pixels : (h, w, 3) uint8
        Red, green, blue in sRGB, upright.
    name : str
        What error messages call it, for instance a file name.
    """

    pixels: npt.NDArray[np.uint8]
    name: str = "image"


@dataclass(frozen=True, slots=True, eq=False)
class FaceTemplate:
    """The embedding of one face.

    Attributes
    ----------
    vector : (d,) float16
        Of unit length, but for the rounding to 11 bits; read-only after construction.
    model : str
        What embedded it. Templates of different models do not compare.
    model_version : str
        Hash of the model's weights and of the steps before it; differs whenever a vector may differ.
    quality : int
        0 (worst) to 100 (best) of the photo.

    Raises
    ------
    InvalidTemplate
        If the vector is none of unit length, the model has no name, or the quality is out of range.
    """

    vector: npt.NDArray[np.float16]
    model: str
    model_version: str = ""
    quality: int = 0

    def __post_init__(self) -> None:
        _check_face_template(self)
        frozen = self.vector.copy()
        frozen.flags.writeable = False
        object.__setattr__(self, "vector", frozen)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FaceTemplate):
            return NotImplemented
        return np.array_equal(self.vector, other.vector) and (
            (self.model, self.model_version, self.quality)
            == (other.model, other.model_version, other.quality)
        )

    __hash__ = None  # type: ignore[assignment]


def _check_face_template(template: FaceTemplate) -> None:
    vector = template.vector
    if vector.dtype != np.float16 or vector.ndim != 1 or vector.size == 0:
        raise InvalidTemplate(
            f"face vector is {vector.dtype} of shape {vector.shape}, expected one dimension of float16"
        )
    length = float(np.linalg.norm(vector.astype(np.float64)))
    if not abs(length - 1) <= MAX_LENGTH_ERROR:
        raise InvalidTemplate(f"face vector has length {length:.4g}, expected 1")
    if not template.model:
        raise InvalidTemplate("face template names no model, expected what embedded it")
    if not 0 <= template.quality <= 100:
        raise InvalidTemplate(f"template quality is {template.quality}, expected 0 to 100")


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What a 1:1 comparison of two finger templates found.

    Attributes
    ----------
    score : float
        −10·log10(FMR): 40 means that one non-mated comparison in 10,000 scores as high.
    pairs : (k, 2) int32
        Paired minutiae as indices into the probe's and the reference's minutiae, best first.
    evidence : mapping of str to float
        Named intermediate values (raw score, local score, overlap, …) for pictures and examiners.
    """

    score: float
    pairs: npt.NDArray[np.int32]
    evidence: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row of an identify result.

    Attributes
    ----------
    rank : int
        1 for the best.
    subject_id : str
        Whose reference it is.
    score : float
        Fused score, −10·log10(FMR).
    finger_scores : mapping of FingerPosition to float
        The comparison score of each probe finger that the reference has too.
    face_score : float, optional
        The comparison score of the face; None if the probe or the reference has none.
    """

    rank: int
    subject_id: str
    score: float
    finger_scores: Mapping[FingerPosition, float]
    face_score: float | None = None
