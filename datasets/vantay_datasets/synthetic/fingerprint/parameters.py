"""Every constant of the generator: one frozen dataclass a method, with unit and origin of each field.

Lengths are pixels at 500 ppi (1 px = 50.8 µm). Ranges are drawn from uniformly. "By eye" means: chosen by
looking at the output beside live-scan prints, and held to the figures in docs/synthetic-fingerprints.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

Range = tuple[float, float]
"""Lower and upper end, drawn from uniformly."""


@dataclass(frozen=True, slots=True)
class SilhouetteParameters:
    """The outline of a fingertip: a half ellipse, a straight part and a half ellipse below each other.

    After Cappelli, Maio and Maltoni, "Synthetic fingerprint-image generation", ICPR 2000,
    doi:10.1109/ICPR.2000.903586; lengths by eye from plain live-scan prints.
    """

    width_px: int = 416
    """Canvas width."""
    height_px: int = 560
    """Canvas height."""
    half_width_px: Range = (160.0, 186.0)
    """Half the width of the finger: adult fingertips are 16 to 19 mm wide."""
    tip_px: Range = (185.0, 215.0)
    """From the tip down to the widest place, where the core is."""
    middle_px: Range = (70.0, 120.0)
    """Length of the straight part."""
    base_px: Range = (170.0, 205.0)
    """Height of the lower half ellipse."""


@dataclass(frozen=True, slots=True)
class OrientationParameters:
    """The orientation field: zero-pole model, piecewise linear correction, fingertip bend, noise.

    Sherlock and Monro, "A model for interpreting fingerprint topology", Pattern Recognition 26(7), 1993,
    doi:10.1016/0031-3203(93)90006-I; Vizcaya and Gerhardt, "A nonlinear orientation model for global
    description of fingerprints", Pattern Recognition 29(7), 1996, doi:10.1016/0031-3203(95)00154-9.
    """

    core_jitter_px: float = 9.0
    """Standard deviation of the core from the finger's middle; by eye."""
    n_correction_nodes: int = 8
    """Nodes of the piecewise linear function of each singularity; the number in the paper."""
    correction_rad: float = 0.10
    """Standard deviation at a node; by eye."""
    tip_bend_rad: Range = (0.80, 1.02)
    """How far ridges bend down along the sides of the tip; by eye."""
    tip_fade_px: float = 85.0
    """Over this length below the core the bend fades out; by eye."""
    arch_rise_rad: Range = (0.45, 0.75)
    """Steepest slope that a plain arch adds to the bend; by eye."""
    noise_rad: float = 0.06
    """Standard deviation of the smooth irregularity; by eye."""
    noise_scale_px: float = 90.0
    """Width of its bumps; by eye."""


@dataclass(frozen=True, slots=True)
class RidgePeriodParameters:
    """The distance from ridge to ridge.

    The mean of 9 px at 500 ppi is the usual one for adults; the regions with a longer period (above the
    core, below the deltas) are those of Cappelli, Maio and Maltoni, ICPR 2000.
    """

    mean_px: float = 8.9
    """Mean over fingers."""
    finger_sd_px: float = 0.5
    """Standard deviation between fingers."""
    base_gain: float = 0.16
    """Relative increase towards the base of the finger; by eye."""
    tip_gain: float = 0.06
    """Relative increase towards the tip; by eye."""
    noise: float = 0.045
    """Standard deviation of the smooth relative variation; by eye."""
    noise_scale_px: float = 75.0
    """Width of its bumps; by eye."""
    limits_px: Range = (6.5, 13.0)
    """No place is finer or coarser than this."""


@dataclass(frozen=True, slots=True)
class GrowthParameters:
    """Iterative growth of the ridges by Gabor filters, first at half resolution, then at full.

    Cappelli, Maio and Maltoni, ICPR 2000; Handbook of Fingerprint Recognition, 2nd ed., section 6.4.
    """

    n_orientations: int = 64
    """Orientations in the filter bank: steps of 2.8°."""
    n_periods: int = 24
    """Ridge periods in the filter bank, spread evenly over the range that is asked for."""
    envelope: float = 0.40
    """Standard deviation of the Gaussian as a part of the period: 1.5/√(2 ln 1000), which leaves one ridge
    and two valleys, is the Handbook's."""
    reach_px: int = 13
    """Half the filter's width at full resolution: 1.5 periods of 8.9 px, as in the Handbook."""
    seed_spacing_px: float = 26.0
    """Mean distance of the seeds at full resolution: sets the number of minutiae; by eye and count."""
    n_iterations: int = 14
    """At half resolution, after which the area is full and defects have settled."""
    n_refinements: int = 2
    """At full resolution, the last of which is left unsaturated."""
    gain: float = 4.0
    """Gain before saturation."""


@dataclass(frozen=True, slots=True)
class MinutiaeParameters:
    """Which forks of the thinned ridges and valleys are minutiae."""

    n_branch_steps: int = 12
    """A fork counts when each branch can be followed this far, in pixels; shorter ones are spurs."""
    border_px: int = 14
    """Forks nearer to the outline of the finger are left away."""
    delta_px: float = 13.0
    """Forks nearer to a delta are the delta itself."""
    separation_px: float = 6.0
    """Of two forks nearer than this, both are left away: a break or a bridge, no pair of minutiae."""


@dataclass(frozen=True, slots=True)
class PoreParameters:
    """Sweat pores along the ridges: permanent, part of the master."""

    spacing_px: float = 9.0
    """Mean distance along a ridge: 9 to 18 pores a centimetre of ridge; Ashbaugh, "Quantitative-
    Qualitative Friction Ridge Analysis", CRC Press 1999, tells 23 to 45 a square centimetre of skin and
    more; by eye."""
    radius_px: float = 1.1
    """Standard deviation of the Gaussian spot."""


@dataclass(frozen=True, slots=True)
class MasterParameters:
    """All that shapes a master print."""

    silhouette: SilhouetteParameters = SilhouetteParameters()
    orientation: OrientationParameters = OrientationParameters()
    period: RidgePeriodParameters = RidgePeriodParameters()
    growth: GrowthParameters = GrowthParameters()
    minutiae: MinutiaeParameters = MinutiaeParameters()
    pores: PoreParameters = PoreParameters()


@dataclass(frozen=True, slots=True)
class ContactParameters:
    """Where the finger touches, and how the skin yields.

    Cappelli, Maio and Maltoni, "Modelling plastic distortion in fingerprint images", ICAPR 2001,
    doi:10.1007/3-540-44732-6_38, for the distortion: skin under the middle sticks to the glass, skin
    further out slips by a translation and a rotation, with a smooth transition.
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
            contact=ContactParameters((140.0, 160.0), (172.0, 196.0), 9.0, 0.07, 2.5, 0.025, 1.0),
            skin=SkinParameters((0.05, 0.35), 0.12, 0.16, 0.7, (0, 2), (0, 1)),
            sensor=SensorParameters(
                (18.0, 50.0), (236.0, 252.0), (0.04, 0.14), (0.55, 0.75), (1.5, 4.0), 1.5
            ),
        ),
        ImpressionLevel.FAIR: ImpressionParameters(
            contact=ContactParameters((118.0, 145.0), (140.0, 178.0), 22.0, 0.15, 6.0, 0.06, 1.8),
            skin=SkinParameters((-0.25, 0.55), 0.20, 0.30, 0.5, (1, 5), (1, 4)),
            sensor=SensorParameters((30.0, 80.0), (215.0, 250.0), (0.05, 0.30), (0.6, 0.9), (3.0, 7.0), 4.0),
        ),
        ImpressionLevel.POOR: ImpressionParameters(
            contact=ContactParameters((85.0, 118.0), (95.0, 140.0), 38.0, 0.28, 11.0, 0.12, 2.5),
            skin=SkinParameters((-0.50, 0.75), 0.32, 0.46, 0.3, (3, 9), (3, 9)),
            sensor=SensorParameters(
                (50.0, 110.0), (190.0, 245.0), (0.10, 0.45), (0.7, 1.1), (5.0, 11.0), 8.0
            ),
        ),
    }
)
"""The parameters of each level; all by eye."""
