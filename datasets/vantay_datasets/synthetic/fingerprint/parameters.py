"""Every constant of a master print: one frozen dataclass a method, with unit and origin of each field.

Lengths are pixels at 500 ppi (1 px = 50.8 µm). Ranges are drawn from uniformly. "By eye" means: chosen by
looking at the output beside live-scan prints, and held to the figures in docs/synthetic-fingerprints.md.
"""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]
"""Lower and upper end, drawn from uniformly."""


@dataclass(frozen=True, slots=True)
class SilhouetteParameters:
    """The outline of a fingertip: a half ellipse, a straight part and a half ellipse below each other.

    After Cappelli et al., "Synthetic fingerprint-image generation", ICPR 2000; lengths by eye from plain
    live-scan prints.
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
    description of fingerprints", Pattern Recognition 29(7), 1996.
    """

    core_jitter_px: float = 10.0
    """Standard deviation of the core from the finger's middle; by eye."""
    n_correction_nodes: int = 8
    """Nodes of the piecewise linear function of each singularity; the number in the paper."""
    correction_rad: float = 0.12
    """Standard deviation at a node; by eye."""
    hairpin: float = 0.65
    """How far loops are hairpins rather than parabolas, 0 to 1; by eye."""
    hairpin_reach: float = 0.4
    """As a part of the distance from core to delta, how far that reaches; by eye."""
    whorl_twist_rad: float = 0.15
    """Standard deviation of the twist that makes whorls spirals; by eye."""
    twin_twist_rad: Range = (0.55, 0.80)
    """Twist that makes a whorl's cores two loops, to either side; by eye."""
    twist_reach_px: float = 80.0
    """How far the twist reaches from the middle of the cores; by eye."""
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
    core, below the deltas) are those of Cappelli et al., ICPR 2000.
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

    Cappelli et al., ICPR 2000; Handbook of Fingerprint Recognition, 2nd ed., chapter 6.
    """

    n_orientations: int = 64
    """Orientations in the filter bank: steps of 2.8°."""
    n_periods: int = 24
    """Ridge periods in the filter bank, spread evenly over the range that is asked for."""
    envelope: float = 0.40
    """Standard deviation of the Gaussian as a part of the period, so that it has fallen to 1/1000 one and a
    half periods from the middle: 1.5/√(2 ln 1000)."""
    reach_px: int = 13
    """Half the filter's width at full resolution: 1.5 periods of 8.9 px, as in the Handbook."""
    seed_spacing_px: float = 24.0
    """Mean distance of the seeds at full resolution: sets the number of minutiae; by eye and count."""
    seed_clustering: float = 0.6
    """Standard deviation of the logarithm of the seeds' density: minutiae cluster."""
    seed_cluster_px: float = 60.0
    """Width of the clusters."""
    n_iterations: int = 10
    """At half resolution: enough to fill the area; more of them even out the minutiae."""
    n_refinements: int = 2
    """At full resolution, the last of which is left unsaturated."""
    gain: float = 6.0
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
    """Mean distance along a ridge; by eye."""


@dataclass(frozen=True, slots=True)
class MasterParameters:
    """All that shapes a master print."""

    silhouette: SilhouetteParameters = SilhouetteParameters()
    orientation: OrientationParameters = OrientationParameters()
    period: RidgePeriodParameters = RidgePeriodParameters()
    growth: GrowthParameters = GrowthParameters()
    minutiae: MinutiaeParameters = MinutiaeParameters()
    pores: PoreParameters = PoreParameters()
