"""Every constant of the comparison, with its unit and where it comes from.

"MCC" is Cappelli, Ferrara, Maltoni: "Minutia Cylinder-Code: A New Representation and Matching Technique for
Fingerprint Recognition", IEEE PAMI 32(12), 2010, doi:10.1109/TPAMI.2010.52. "Tuned" values come from runs
over the FVC B sets (docs/accuracy.md says how far each was varied, and how little the figures move).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field

CELLS_PER_SIDE = 8
"""Cells along the side of a cylinder's base: 8×8 cells are one 64-bit word a section (MCC uses 8 and 16)."""

N_SECTIONS = 6
"""Sections along a cylinder's height, that is along direction difference (MCC: 6)."""

LANES = 16
"""Rows of a prepared template are padded to a multiple of this, so that vector loops have no remainder."""

MAX_PAIRS = 96
"""Local pairs that relaxation keeps at most; bounds time and memory for prints with very many minutiae."""


@dataclass(frozen=True, slots=True)
class CylinderParameters:
    """How a minutia's neighbourhood becomes bits (MCC, section 3).

    MCC also marks cells outside the convex hull of the minutiae as not valid and leaves them out of a
    comparison. That costs three times the work and was measured to change FNMR at FMR 0.1 % by 0.08 %, one
    pair of 1,120: the alignment finds out better which area two prints share.
    """

    radius_px: float = 65.0
    """Base radius; MCC 70, tuned within 60..80."""
    sigma_px: float = 28 / 3
    """Spread of a neighbour's position (MCC 28/3)."""
    sigma_rad: float = 0.6981317007977318
    """Spread of a neighbour's direction (MCC 2π/9)."""
    bit_threshold: float = 0.005
    """A cell is 1 from this value on (MCC μΨ 0.01, tuned within 0.003..0.015)."""
    min_neighbours: int = 2
    """Other minutiae that must reach into the cylinder (MCC minM 2)."""


@dataclass(frozen=True, slots=True)
class LocalParameters:
    """How two cylinders are compared (MCC, section 4.1) and a local score is read off."""

    max_direction_difference: int = 43
    """Units of 2π/256; cylinders farther apart in direction are not compared (MCC π/2, tuned to π/3)."""
    min_similarity: float = 0.39
    """Pairs less alike than this are not looked at (tuned within 0.30..0.44; 0.36 to 0.40
    make no difference)."""
    min_pairs: int = 4
    max_pairs: int = 12
    """Pairs that make a score: a logistic function of the smaller number of minutiae (MCC min/max nP)."""
    pairs_midpoint: float = 20.0
    pairs_slope: float = 0.4
    """Midpoint and slope of that function (MCC μP 20, τP 2/5)."""


@dataclass(frozen=True, slots=True)
class RelaxationParameters:
    """How pairs support each other (MCC, section 4.2, LSS-R), with rational instead of logistic factors."""

    n_iterations: int = 2
    """MCC 5; two keep small overlaps alive, the alignment does the rest (tuned within 1..8)."""
    own_weight: float = 0.5
    """Weight of a pair's own similarity in each iteration (MCC wR 1/2)."""
    distance_px: float = 5.0
    direction_rad: float = 0.2617993877991494
    radial_rad: float = 0.2617993877991494
    """Differences at which compatibility halves (MCC μρ: 5 px, π/12, π/12)."""
    n_seeds: int = 3
    """Pairs from which an alignment is grown; the one with most support first (tuned within 1..6)."""
    seed_compatibility: float = 0.5
    """Pairs at least this compatible with a seed start its alignment."""


@dataclass(frozen=True, slots=True)
class AlignmentParameters:
    """How paired minutiae grow from a seed through an elastic alignment (ours)."""

    min_support: float = 0.117
    """Relaxed score below which a comparison ends, at a score of 0. Of the FVC pairs 60 % of the non-mated
    and none of the mated ones lie below; of those below none comes near a false match at FMR 1 %."""
    n_iterations: int = 4
    """Rounds of predicting and pairing (3 to 6 make no difference)."""
    reach_px: float = 60.0
    """Distance at which a pair's say in the local transform falls to a quarter (tuned within 40..60)."""
    extrapolation_px: float = 120.0
    """A minutia farther than this from every paired one is not predicted."""
    direction_weight_px: float = 20.0
    """Lever that a pair's direction difference has in the local rotation."""
    own_share: float = 0.3
    """Factor on a pair's say in its own prediction, so that wrong pairs cannot confirm themselves."""
    distance_px: float = 12.0
    """A predicted minutia pairs within this distance (tuned within 10..15)."""
    direction_rad: float = 0.5235987755982988
    """… and within this direction difference (π/6)."""
    overlap_margin_px: float = 8.0
    """A minutia counts as seen by the other print up to this far outside the hull of its minutiae."""
    unreported_quality: float = 0.6
    """Weight of a minutia whose record gives no quality."""


@dataclass(frozen=True, slots=True)
class ScoreParameters:
    """Log-odds of mated against non-mated: a logistic regression on three quantities (ours)."""

    paired_weight: float = 2.2
    """Per unit of quality-weighted local similarity, summed over paired minutiae."""
    overlap_weight: float = -0.52
    """Per quality-weighted minutia in the overlap of the two prints."""
    support_weight: float = 10.1
    """Per natural logarithm of the relaxed score."""
    support_floor: float = 0.001
    """Added to the relaxed score before its logarithm."""
    offset: float = 18.4


@dataclass(frozen=True, slots=True)
class ComparisonParameters:
    """All parameters of the comparison."""

    cylinder: CylinderParameters = field(default_factory=CylinderParameters)
    local: LocalParameters = field(default_factory=LocalParameters)
    relaxation: RelaxationParameters = field(default_factory=RelaxationParameters)
    alignment: AlignmentParameters = field(default_factory=AlignmentParameters)
    score: ScoreParameters = field(default_factory=ScoreParameters)

    def digest(self) -> str:
        """SHA-256 over all names and values: files derived with other parameters are refused."""
        layout = {"cells": CELLS_PER_SIDE, "sections": N_SECTIONS, "max_pairs": MAX_PAIRS}
        text = json.dumps([layout, dataclasses.asdict(self)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


PARAMETERS = ComparisonParameters()
PARAMETER_HASH = PARAMETERS.digest()
