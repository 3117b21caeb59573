"""One score, 0 to 100: what a photo is worth for recognition.

A network that was trained to foresee comparison scores gives it where one is installed. Otherwise it is
the product of the components that change comparison scores: each counts 1 where more of it helps no more,
and 0 where nothing is recognised.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class UnifiedParameters:
    """Where components begin and cease to change comparison scores, measured on degraded studio portraits.

    Attributes
    ----------
    useless, full : mapping of str to float
        Value of a component at which its factor is 0, and from which on it is 1; linear in between. The
        magnitude counts for angles.
    network_knots : tuple of (float, float)
        What the quality network gives, and the score that it means. Sharp portraits give 0.60 to 0.65, those
        whose mated scores have fallen by half 0.45, those that are recognised no more 0.02.
    """

    useless: Mapping[str, float]
    full: Mapping[str, float]
    network_knots: tuple[tuple[float, float], ...]


UNIFIED = UnifiedParameters(
    useless={
        "sharpness": 0.08,
        "eye_distance": 5.0,
        "light": 5.0,
        "over_exposure": 1.0,
        "yaw": 75.0,
        "pitch": 75.0,
    },
    full={
        "sharpness": 0.6,
        "eye_distance": 60.0,
        "light": 120.0,
        "over_exposure": 0.0,
        "yaw": 10.0,
        "pitch": 15.0,
    },
    network_knots=((0.0, 0.0), (0.5, 50.0), (0.65, 100.0)),
)


def unified_of_components(values: Mapping[str, float], parameters: UnifiedParameters = UNIFIED) -> int:
    """Compute the unified score from components.

    Parameters
    ----------
    values : mapping of str to float
        ``sharpness``, ``eye_distance`` (px), ``light``, ``over_exposure``, ``yaw``, ``pitch`` (degrees).
    parameters : UnifiedParameters
        Other than the default.

    Returns
    -------
    int
        0 to 100.
    """
    factors = []
    for name, useless in parameters.useless.items():
        share = (abs(values[name]) - useless) / (parameters.full[name] - useless)
        factors.append(min(max(share, 0.0), 1.0))
    # The root of the product spreads the scores of usual photos over the scale
    return round(100 * math.prod(factors) ** 0.5)


def unified_of_network(value: float, parameters: UnifiedParameters = UNIFIED) -> int:
    """Carry what the quality network gives to 0 to 100."""
    given, scores = zip(*parameters.network_knots, strict=True)
    return round(float(np.interp(value, given, scores)))
