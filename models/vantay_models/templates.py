"""Alignment templates by name, for models of the user's own."""

from __future__ import annotations

from vantay_models.entry import AlignmentTemplate, LandmarkKind
from vantay_models.errors import ManifestError

ARCFACE_SIZE_PX = 112
ARCFACE_POINTS = (
    (38.2946, 51.6963),
    (73.5318, 51.5014),
    (56.0252, 71.7366),
    (41.5493, 92.3655),
    (70.7299, 92.2041),
)
"""J. Deng et al., "ArcFace", CVPR 2019, in the form that its program uses at 112 × 112 px."""

DLIB_SIZE_PX = 150
DLIB_POINTS = (
    (110.4567, 45.8498),
    (89.106, 47.3967),
    (36.5575, 45.8727),
    (57.9085, 47.4064),
    (73.5112, 87.2798),
)
"""dlib, ``get_face_chip_details`` with 150 px and a padding of 0.25."""

_TEMPLATES = {
    "arcface": (ARCFACE_SIZE_PX, LandmarkKind.EYES_NOSE_MOUTH, ARCFACE_POINTS),
    "dlib": (DLIB_SIZE_PX, LandmarkKind.EYE_CORNERS_NOSE, DLIB_POINTS),
}
TEMPLATE_NAMES = tuple(_TEMPLATES)


def make_template(name: str, size_px: int) -> AlignmentTemplate:
    """Return a template for images of ``size_px`` × ``size_px``, scaled from the size it is published for.

    Raises
    ------
    ManifestError
        If there is no template of this name.
    """
    if name not in _TEMPLATES:
        raise ManifestError(f"template is {name!r}, expected one of {', '.join(TEMPLATE_NAMES)}")
    published_px, landmarks, points = _TEMPLATES[name]
    factor = size_px / published_px
    return AlignmentTemplate(landmarks, tuple((x * factor, y * factor) for x, y in points))
