"""One score, 0 to 100: what a photo is worth for recognition.

Each component that changes comparison scores has a factor from 0 to 1, one half where it costs half of the
score; the product is the unified score. Where a network that was trained to foresee comparison scores is
installed, the unified score is the geometric mean of both: the network was measured to miss overexposed
faces, the components to underrate dark ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vantay.face.quality.measures import Measures


@dataclass(frozen=True, slots=True)
class Factor:
    """How a measure becomes a factor: ``r / (1 + r)`` with ``r = (value / half) ** steepness``.

    Attributes
    ----------
    half : float
        The value at which the factor is one half.
    steepness : float
        Its exponent.
    """

    half: float
    steepness: float

    def __call__(self, value: float) -> float:
        """Give the factor of a value, 0 for 0, towards 1 for large ones."""
        ratio: float = (max(value, 0.0) / self.half) ** self.steepness
        return ratio / (1 + ratio)


@dataclass(frozen=True, slots=True)
class UnifiedParameters:
    """Where components change comparison scores, chosen on degraded studio portraits.

    Attributes
    ----------
    eye_distance_px, sharpness, light, unexposed_share : Factor
        Of these measures; the last is the share of the face that is not overexposed.
    angle_deg : Factor
        Of yaw and of pitch; what it gives is lost. No set with known angles was at hand: it is assumed that
        half is lost at 45°.
    network_knots : tuple of (float, float)
        What the quality network gives, and the score that it means. Sharp portraits give 0.60 to 0.65, those
        whose mated scores have fallen by half about 0.45, those that are recognised no more 0.02.
    """

    eye_distance_px: Factor = Factor(8.0, 3.0)
    sharpness: Factor = Factor(0.13, 3.0)
    light: Factor = Factor(12.0, 3.0)
    unexposed_share: Factor = Factor(0.2, 1.5)
    angle_deg: Factor = Factor(45.0, 4.0)
    network_knots: tuple[tuple[float, float], ...] = ((0.0, 0.0), (0.5, 50.0), (0.65, 100.0))


UNIFIED = UnifiedParameters()


def unified_score(
    measures: Measures, network_value: float | None = None, parameters: UnifiedParameters = UNIFIED
) -> int:
    """Compute the unified score.

    Parameters
    ----------
    measures : Measures
        Of the photo.
    network_value : float, optional
        What the quality network gives for the face.
    parameters : UnifiedParameters
        Other than the default.

    Returns
    -------
    int
        0 to 100.
    """
    of_components = 100 * math.prod(_factors(measures, parameters).values())
    if network_value is None:
        return round(of_components)
    given, scores = zip(*parameters.network_knots, strict=True)
    return round(math.sqrt(of_components * float(np.interp(network_value, given, scores))))


def _factors(m: Measures, p: UnifiedParameters) -> Mapping[str, float]:
    return {
        "eye_distance": p.eye_distance_px(m.eye_distance_px),
        "sharpness": p.sharpness(m.sharpness),
        "light": p.light(m.exposure.light),
        "over_exposure": p.unexposed_share(1 - m.exposure.bright_share) / p.unexposed_share(1.0),
        "yaw": 1 - p.angle_deg(abs(m.pose.yaw_deg)),
        "pitch": 1 - p.angle_deg(abs(m.pose.pitch_deg)),
    }
