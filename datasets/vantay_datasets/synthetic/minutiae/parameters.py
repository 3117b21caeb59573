"""Every constant of fingers at template level, with unit and origin.

Lengths are pixels at 500 ppi (1 px = 50.8 µm) of an adult finger, angles are turns (1 turn = 360°). "Fitted"
means: chosen so that counts, distances and comparison scores of impressions agree with those of LEADER
templates of FVC2002 DB1_B, DB3_B and FVC2004 DB1_B, DB3_B; docs/synthetic-population.md gives the figures.

They are named tuples instead of dataclasses because the kernels take them as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

MODEL_VERSION = 1
"""To be raised when the kernels make other templates of the same seeds and parameters."""


class MasterParameters(NamedTuple):
    """The minutiae of a whole finger.

    The orientation field is that of Sherlock and Monro 1993, doi:10.1016/0031-3203(93)90006-I, with the
    piecewise linear correction of Vizcaya and Gerhardt, Pattern Recognition 29(7), 1996; what is added to it
    is that of the generator of images (`vantay_datasets.synthetic.fingerprint.orientation`).
    """

    half_width_px: float = 172.0
    """Half the width of the finger: adult fingertips are 16 to 19 mm wide."""
    tip_px: float = 200.0
    """From the tip down to the core."""
    middle_px: float = 95.0
    """Length of the straight part below the core."""
    base_px: float = 188.0
    """Height of the rounded part below that."""
    size_sd: float = 0.06
    """Relative standard deviation of the size of fingers; half of the variance is the person's."""
    class_correlation: float = 0.5
    """Correlation between a person's fingers of what decides their classes; an estimate, see docs."""
    core_jitter_px: float = 14.0
    """Standard deviation of the pattern's middle, each axis."""
    layout_spread: float = 1.3
    """Factor on the ranges of the singularities of a class; fitted."""
    correction_turns: float = 0.025
    """Standard deviation at each of the eight nodes of the piecewise linear correction."""
    hairpin: float = 0.65
    """How far loops are hairpins rather than parabolas, 0 to 1."""
    hairpin_reach: float = 0.4
    """As a part of the distance from core to delta, how far that reaches."""
    whorl_twist_turns: float = 0.04
    """Standard deviation of the twist that makes whorls spirals."""
    twin_twist_turns: float = 0.108
    """Mean twist that makes a whorl's cores two loops, to either side."""
    twist_reach_px: float = 80.0
    """How far the twist reaches from the middle of the cores."""
    tip_bend_turns: float = 0.17
    """How far ridges bend down along the sides of the tip at most, mean."""
    tip_bend_sd_turns: float = 0.018
    """Its standard deviation."""
    bend_px: float = 70.0
    """How far from the axis 71 % of the bend are reached, at the core; fitted to the mean change of the
    orientation by place."""
    bend_growth: float = 0.5
    """How much farther for each pixel above the core; fitted in the same way."""
    tip_fade_px: float = 85.0
    """Over this length below the core the bend fades out."""
    arch_rise_turns: float = 0.095
    """Steepest slope that a plain arch adds to the bend, mean."""
    arch_rise_sd_turns: float = 0.02
    """Its standard deviation."""
    noise_turns: float = 0.018
    """Standard deviation of the smooth irregularity of the orientation."""
    noise_scale_px: float = 60.0
    """Its waves are 2π times as long, and more."""
    density_per_px2: float = 0.00058
    """Minutiae that LEADER can find, doubtful ones included; fitted."""
    density_sd: float = 0.18
    """Relative standard deviation of the density between fingers; fitted."""
    density_noise: float = 0.5
    """Relative standard deviation of the density within a finger: minutiae cluster; fitted."""
    density_scale_px: float = 40.0
    """Its waves are 2π times as long, and more; fitted."""
    singular_gain: float = 2.0
    """Relative increase of the density at cores and deltas."""
    singular_reach_px: float = 45.0
    """How far from them it falls to a quarter."""
    hard_core_px: float = 7.0
    """No two minutiae are nearer than this."""
    soft_core_px: float = 20.0
    """From this distance on minutiae do not hinder each other; fitted."""
    parting_per_px: float = 0.001
    """Relative growth of the number of ridges along them at which 85 % of the minutiae point that way; fitted
    to the 70 % that point to where ridges part over all."""
    parting_most: float = 0.78
    """Surplus of minutiae that point to where the number of ridges grows, at most; fitted to how often
    neighbours point the same way."""
    period_along: float = 0.02
    """Relative growth of the ridge period with height, a pixel, far above `period_y_px`; falls below it.
    Fitted to the mean direction of minutiae by place."""
    period_across: float = 0.006
    """The same with the distance from the axis of the finger, below the core."""
    period_tilt: float = 0.003
    """Standard deviation of a finger's own growth of the ridge period in either direction, a pixel; fitted to
    the mean direction of all its minutiae."""
    period_y_px: float = -90.0
    """Where along the finger, up from the core, ridges are finest; fitted."""
    period_reach_px: float = 60.0
    """How far from there and from the axis the growth is 71 % of the whole."""
    direction_sd_turns: float = 0.014
    """Standard deviation of a minutia's direction from that of the ridges around; fitted."""
    astray_share: float = 0.1
    """Share of the minutiae that deviate more; fitted."""
    astray_turns: float = 0.07
    """Standard deviation of theirs; fitted."""
    close_px: float = 18.0
    """Of two minutiae nearer than this …"""
    close_opposed: float = 0.35
    """… one is turned to face the other way with this probability; fitted."""


class ImpressionParameters(NamedTuple):
    """One touch of a sensor, and what an extractor makes of it."""

    width_px: int
    """Image width."""
    height_px: int
    """Image height."""
    contact_sd: float
    """Relative standard deviation of the size of the contact between impressions."""
    offset_px: float
    """Standard deviation of the place of the contact on the finger, each axis."""
    rotation_turns: float
    """Standard deviation of the finger's rotation."""
    placing_px: float
    """Standard deviation of the contact's place in the image, each axis."""
    ragged: float
    """Relative irregularity of the contact's outline."""
    ragged_px: float
    """Its waves are 2π times as long, and more."""
    strain: float
    """Standard deviation of the stretch of each axis and of the shear."""
    bending_px: float
    """Standard deviation of the smooth irregular displacement, each axis."""
    bending_spread: float
    """How much that and the stretch vary between impressions: from one less this to one more twice this."""
    bending_scale_px: float
    """Its waves are 2π times as long, and more."""
    position_sd_px: float
    """Standard deviation of a minutia's place, each axis."""
    direction_sd_turns: float
    """Standard deviation of a minutia's direction."""
    outlier_share: float
    """Share of the minutiae whose place and direction err three times as much."""
    openness: float
    """Mean of what makes a minutia an ending: above 0 it is one. Dry skin breaks ridges."""
    openness_place_sd: float
    """Standard deviation that neighbouring minutiae of an impression share, beside 1 that stays with each."""
    openness_noise_sd: float
    """Standard deviation of each minutia by itself."""
    separation_px: float
    """Of two minutiae found nearer than this only one is in the template."""
    clarity: float
    """Mean of the logit of a minutia's quality."""
    clarity_master_sd: float
    """Standard deviation that stays with a minutia from impression to impression."""
    clarity_place_sd: float
    """Standard deviation that neighbouring minutiae of an impression share: dry, wet or dirty places."""
    clarity_place_px: float
    """The waves of that are 2π times as long, and more."""
    clarity_noise_sd: float
    """Standard deviation of each minutia by itself."""
    finger_sd: float
    """Standard deviation of the finger's clarity; half of the variance is the person's."""
    impression_sd: float
    """Standard deviation of the impression's clarity; half of the variance is the encounter's."""
    n_retakes: int
    """How often an officer repeats the impression: the clearest one is kept."""
    worn_share: float
    """Share of fingers that are worn."""
    worn_loss: float
    """How much clarity a worn finger loses at most."""
    small_scale: float
    """Smaller fingers than this, beside those of adults, have ridges too fine for 500 ppi; by estimate."""
    small_loss: float
    """How much clarity is lost per unit of size below that; an assumption: it is known only that errors rise
    the younger a child is."""
    edge_loss: float
    """How much clarity a minutia at the very edge of the contact loses."""
    spurious_per_px2: float
    """False minutiae by area, as many as would be seen at a clarity of 0 with a logit below the threshold."""
    spurious_turns: float
    """Standard deviation of their direction from that of the nearest minutia, or against it."""
    spurious_clarity: float
    """Their clarity, beside what place and impression add to it."""
    quality_least: int
    """Minutiae of less quality than this are not in the template."""
    quality_most: int
    """The extractor is never surer than this, or one more."""
    quality_shift: float
    """Mean of what the image adds to the logit of an impression's quality; fitted."""
    quality_noise: float
    """Its standard deviation; fitted."""


class TemplateLevel(StrEnum):
    """How good an impression is."""

    LIVE_SCAN = "livescan"
    """Ten-prints taken by an officer who repeats bad ones."""
    FVC_HARD = "fvc-hard"
    """The Fingerprint Verification Competition: unsupervised volunteers told to press badly."""


class LevelParameters(NamedTuple):
    """An impression's parameters, and the sensors that a level stands for."""

    impression: ImpressionParameters
    sensors_px: tuple[tuple[float, float, float], ...]
    """Half axes of the contact area on each sensor, across and along, and how far its middle is below the
    core; each sensor as often as listed. A finger keeps its sensor."""


_FVC_HARD = ImpressionParameters(
    width_px=480,
    height_px=560,
    contact_sd=0.12,
    offset_px=16.0,
    rotation_turns=0.03,
    placing_px=20.0,
    ragged=0.15,
    ragged_px=40.0,
    strain=0.01,
    bending_px=2.0,
    bending_spread=0.9,
    bending_scale_px=60.0,
    position_sd_px=0.68,
    direction_sd_turns=0.0072,
    outlier_share=0.1,
    openness=0.55,
    openness_place_sd=0.4,
    openness_noise_sd=0.35,
    separation_px=8.0,
    clarity=3.15,
    clarity_master_sd=1.6,
    clarity_place_sd=0.8,
    clarity_place_px=35.0,
    clarity_noise_sd=0.7,
    finger_sd=0.85,
    impression_sd=0.8,
    n_retakes=0,
    worn_share=0.03,
    worn_loss=1.5,
    small_scale=0.8,
    small_loss=8.0,
    edge_loss=1.5,
    spurious_per_px2=0.0002,
    spurious_turns=0.03,
    spurious_clarity=-1.0,
    quality_least=30,
    quality_most=95,
    quality_shift=-0.25,
    quality_noise=0.4,
)

# Fitted to FVC2002 DB1_B alone: an optical sensor and volunteers who were not told to press badly.
_OPTICAL = _FVC_HARD._replace(
    contact_sd=0.15,
    offset_px=18.0,
    bending_px=1.5,
    bending_spread=0.7,
    strain=0.007,
    position_sd_px=0.57,
    direction_sd_turns=0.0062,
    clarity=3.45,
    finger_sd=0.8,
    impression_sd=0.5,
    spurious_per_px2=0.00015,
)

LEVELS: Mapping[TemplateLevel, LevelParameters] = MappingProxyType(
    {
        TemplateLevel.FVC_HARD: LevelParameters(
            _FVC_HARD,
            ((130.0, 180.0, 18.0), (105.0, 122.0, -38.0), (122.0, 190.0, 18.0), (112.0, 215.0, 50.0)),
        ),
        TemplateLevel.LIVE_SCAN: LevelParameters(
            _OPTICAL._replace(n_retakes=1, worn_share=0.02, worn_loss=3.0), ((130.0, 180.0, 18.0),)
        ),
    }
)
"""The parameters of each level."""


@cache
def parameter_hash(master: MasterParameters, level: LevelParameters) -> str:
    """SHA-256 over the model's version and all names and values: where it differs, templates do."""
    named = [MODEL_VERSION, master._asdict(), level.impression._asdict(), level.sensors_px]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()
