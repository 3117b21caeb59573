"""A face by formula: input of the reference outputs, of dry runs and of tests. No person looks like this."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class DrawnFace(NamedTuple):
    """Where and how a face is drawn: centre and size in pixels, tilt clockwise in radians, brightness."""

    x_px: float
    y_px: float
    size_px: float
    tilt_rad: float = 0.0
    brightness: float = 1.0


class _Spot(NamedTuple):
    """An ellipse in one colour: centre and radii in units of the face, steepness of its edge, opacity."""

    x: float
    y: float
    radius_x: float
    radius_y: float
    edge: float
    opacity: float
    color: tuple[int, int, int]


GROUND = (95, 110, 130)

_HEAD = (
    _Spot(0.0, -0.12, 0.56, 0.68, 24, 1.0, (52, 38, 30)),
    _Spot(0.0, 1.0, 0.8, 0.45, 20, 1.0, (60, 70, 95)),
    _Spot(0.0, 0.55, 0.2, 0.3, 16, 1.0, (180, 135, 110)),
    _Spot(0.0, 0.05, 0.43, 0.6, 24, 1.0, (215, 170, 145)),
)
_EYE = (
    _Spot(0.18, -0.06, 0.13, 0.07, 8, 0.55, (150, 105, 85)),
    _Spot(0.18, -0.05, 0.085, 0.038, 12, 1.0, (240, 235, 230)),
    _Spot(0.18, -0.05, 0.036, 0.038, 12, 1.0, (45, 30, 25)),
    _Spot(0.19, -0.16, 0.12, 0.028, 8, 0.9, (70, 50, 40)),
    _Spot(0.055, 0.2, 0.03, 0.02, 8, 0.5, (110, 60, 50)),
)
_NOSE_AND_MOUTH = (
    _Spot(0.03, 0.08, 0.05, 0.15, 8, 0.35, (240, 200, 180)),
    _Spot(-0.05, 0.1, 0.03, 0.14, 8, 0.3, (150, 105, 85)),
    _Spot(0.0, 0.35, 0.15, 0.04, 8, 0.8, (165, 75, 75)),
    _Spot(0.0, 0.35, 0.15, 0.01, 8, 0.5, (90, 40, 40)),
)
_SPOTS = (*_HEAD, *_EYE, *(spot._replace(x=-spot.x) for spot in _EYE), *_NOSE_AND_MOUTH)

SHADE = 0.12
"""How much brighter the face is at one side than in the middle: light falls from there."""


def draw_face(height_px: int, width_px: int, face: DrawnFace) -> npt.NDArray[np.uint8]:
    """Draw a face on plain ground: (height_px, width_px, 3) uint8, red, green, blue."""
    y, x = np.mgrid[:height_px, :width_px].astype(np.float64)
    cosine, sine = np.cos(face.tilt_rad), np.sin(face.tilt_rad)
    u = ((x - face.x_px) * cosine + (y - face.y_px) * sine) / face.size_px
    v = ((y - face.y_px) * cosine - (x - face.x_px) * sine) / face.size_px
    image = np.full((height_px, width_px, 3), GROUND, np.float64)
    for spot in _SPOTS:
        cover = spot.opacity * _cover(u, v, spot)[..., None]
        image = image * (1 - cover) + cover * np.array(spot.color, np.float64)
    lit = image * (face.brightness + SHADE * u[..., None])
    return np.asarray(np.clip(np.rint(lit), 0, 255), np.uint8)


def _cover(u: Floats, v: Floats, spot: _Spot) -> Floats:
    """Return how much of each pixel a spot covers, 0 to 1, soft at the edge."""
    distance = np.hypot((u - spot.x) / spot.radius_x, (v - spot.y) / spot.radius_y)
    return np.asarray(0.5 - 0.5 * np.tanh((distance - 1) * spot.edge / 2))
