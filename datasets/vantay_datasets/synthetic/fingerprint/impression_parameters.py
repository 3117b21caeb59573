"""Every constant of an impression, and the values of each level.

Lengths are pixels at 500 ppi. Ranges are drawn from uniformly. All values are by eye: chosen by looking at
the output beside live-scan prints, and held to the figures in docs/synthetic-fingerprints.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from vantay_datasets.synthetic.fingerprint.parameters import Range


@dataclass(frozen=True, slots=True)
class ContactParameters:
    """Where the finger touches, and how the skin yields.

    Cappelli, Maio and Maltoni, "Modelling plastic distortion in fingerprint images", ICAPR 2001: skin under
    the middle sticks to the glass, skin further out slips by a translation and a rotation, with a smooth
    transition.
    """

    half_width_px: Range
    """Horizontal half axis of the contact."""
    half_height_px: Range
    """Vertical half axis of the contact."""
    shift_sd_px: float
    """Standard deviation of the contact's place on the finger, each axis."""
    rotation_sd_rad: float
    """Standard deviation of the finger's rotation."""
    traction_sd_px: float
    """Standard deviation of the slip, each axis."""
    torsion_sd_rad: float
    """Standard deviation of the twist."""
    elasticity_px: float
    """Standard deviation of the smooth irregular displacement."""


@dataclass(frozen=True, slots=True)
class SkinParameters:
    """How skin presses: pressure sets the width of the ridges, 0 is as wide as the valleys."""

    pressure: Range
    """Mean over the impression; −1 is no contact, +1 leaves no valley."""
    pressure_noise: float
    """Standard deviation of its variation over the area."""
    grain: float
    """Standard deviation of the fine noise that frays ridges and breaks dry ones."""
    pore_depth: float
    """How much a pore lowers the ridge."""
    n_scratches: tuple[int, int]
    """Fewest and most white lines."""
    n_blots: tuple[int, int]
    """Fewest and most spots without contact or with too much."""


@dataclass(frozen=True, slots=True)
class SensorParameters:
    """How the sensor draws it."""

    ink_grey: Range
    """Grey value of a well pressed ridge."""
    background_grey: Range
    """Grey value where nothing touches."""
    smear: Range
    """Part of the ridge's darkness that spills into the valleys (moisture)."""
    blur_px: Range
    """Standard deviation of the optical blur."""
    noise_grey: Range
    """Standard deviation of the noise of each pixel."""
    shading_grey: float
    """Standard deviation of the slow change of the background."""


@dataclass(frozen=True, slots=True)
class ImpressionParameters:
    """All that shapes an impression of one level."""

    contact: ContactParameters
    skin: SkinParameters
    sensor: SensorParameters
    width_px: int = 384
    """Image width."""
    height_px: int = 416
    """Image height."""
    visible_margin_px: int = 7
    """A minutia is visible when this much around it is in contact and undamaged."""


class ImpressionLevel(StrEnum):
    """How good an impression is."""

    GOOD = "good"
    """A cooperative live-scan capture, as at enrolment with an operator."""
    FAIR = "fair"
    """In a hurry: dryer or wetter, turned, a smaller area."""
    POOR = "poor"
    """Partial, dry or wet, distorted, scratched: what should be captured again."""


IMPRESSION_PARAMETERS: Mapping[ImpressionLevel, ImpressionParameters] = MappingProxyType(
    {
        ImpressionLevel.GOOD: ImpressionParameters(
            contact=ContactParameters(
                half_width_px=(140.0, 160.0),
                half_height_px=(172.0, 198.0),
                shift_sd_px=9.0,
                rotation_sd_rad=0.07,
                traction_sd_px=2.5,
                torsion_sd_rad=0.025,
                elasticity_px=1.0,
            ),
            skin=SkinParameters(
                pressure=(0.0, 0.35),
                pressure_noise=0.14,
                grain=0.3,
                pore_depth=0.9,
                n_scratches=(0, 2),
                n_blots=(0, 1),
            ),
            sensor=SensorParameters(
                ink_grey=(5.0, 30.0),
                background_grey=(246.0, 255.0),
                smear=(0.03, 0.12),
                blur_px=(0.55, 0.7),
                noise_grey=(1.0, 3.0),
                shading_grey=1.0,
            ),
        ),
        ImpressionLevel.FAIR: ImpressionParameters(
            contact=ContactParameters(
                half_width_px=(122.0, 148.0),
                half_height_px=(145.0, 182.0),
                shift_sd_px=20.0,
                rotation_sd_rad=0.15,
                traction_sd_px=6.0,
                torsion_sd_rad=0.06,
                elasticity_px=1.8,
            ),
            skin=SkinParameters(
                pressure=(-0.35, 0.65),
                pressure_noise=0.22,
                grain=0.45,
                pore_depth=0.8,
                n_scratches=(1, 5),
                n_blots=(1, 4),
            ),
            sensor=SensorParameters(
                ink_grey=(10.0, 50.0),
                background_grey=(238.0, 255.0),
                smear=(0.05, 0.25),
                blur_px=(0.55, 0.8),
                noise_grey=(2.0, 5.0),
                shading_grey=2.5,
            ),
        ),
        ImpressionLevel.POOR: ImpressionParameters(
            contact=ContactParameters(
                half_width_px=(86.0, 122.0),
                half_height_px=(96.0, 145.0),
                shift_sd_px=40.0,
                rotation_sd_rad=0.28,
                traction_sd_px=11.0,
                torsion_sd_rad=0.11,
                elasticity_px=2.5,
            ),
            skin=SkinParameters(
                pressure=(-0.6, 0.85),
                pressure_noise=0.3,
                grain=0.66,
                pore_depth=0.6,
                n_scratches=(2, 7),
                n_blots=(4, 10),
            ),
            sensor=SensorParameters(
                ink_grey=(20.0, 75.0),
                background_grey=(225.0, 252.0),
                smear=(0.1, 0.35),
                blur_px=(0.6, 0.95),
                noise_grey=(3.0, 8.0),
                shading_grey=4.0,
            ),
        ),
    }
)
"""The parameters of each level."""
