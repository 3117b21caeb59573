"""Tables of the classes for the kernel: how often a finger has each, and where its cores and deltas are."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass, class_shares
from vantay_datasets.synthetic.minutiae.arrays import Float64s

PATTERNS = (
    PatternClass.PLAIN_ARCH,
    PatternClass.TENTED_ARCH,
    PatternClass.LEFT_LOOP,
    PatternClass.RIGHT_LOOP,
    PatternClass.TWIN_LOOP,
    PatternClass.WHORL,
)
"""In the order of their codes in the kernel."""

# The order of pattern intensity, the number of deltas that a class has: what a person's fingers have in
# common. Of the loops the radial ones, which keep to the index finger with the arches, come first.
_RANKS_RIGHT = (0, 1, 2, 3, 4, 5)
_RANKS_LEFT = (0, 1, 3, 2, 4, 5)

_DECIMALS = 9
"""To which limits are rounded, so that the last bit of a machine's logarithm decides nothing."""

# For each class its cores and deltas: +1 or −1, mean x and y from the middle of the pattern, half the range
# of x and y; px, y up. The ranges are those of the generator of images.
_Spot = tuple[float, float, float, float, float]
_LAYOUTS: dict[PatternClass, tuple[_Spot, ...]] = {
    PatternClass.PLAIN_ARCH: (),
    PatternClass.TENTED_ARCH: ((1, 0, -16, 0, 0), (-1, 0, -88, 7, 12)),
    PatternClass.LEFT_LOOP: ((1, 0, 0, 0, 0), (-1, 94, -114, 32, 30)),
    PatternClass.RIGHT_LOOP: ((1, 0, 0, 0, 0), (-1, -94, -114, 32, 30)),
    PatternClass.TWIN_LOOP: (
        (1, 0, 20, 8, 6),
        (1, 0, -42, 8, 8),
        (-1, -108, -118, 35, 40),
        (-1, 108, -118, 35, 40),
    ),
    PatternClass.WHORL: (
        (1, 0, 14, 4, 5),
        (1, 0, -20, 7, 9),
        (-1, -108, -114, 35, 40),
        (-1, 108, -114, 35, 40),
    ),
}

# Fingertips beside the middle finger's, by eye: as in the generator of images.
_FINGER_SIZE = (1.10, 1.0, 1.0, 0.98, 0.90)


def _limits(position: FingerPosition) -> list[float]:
    """Give the normal deviates between which a finger has each class, in the order of ranks."""
    shares = class_shares(position)
    ranked = [shares[PATTERNS[code]] for code in _ranks(position)]
    cumulative = np.cumsum(ranked)[:-1] / sum(ranked)
    return [round(NormalDist().inv_cdf(float(share)), _DECIMALS) for share in cumulative]


def _ranks(position: FingerPosition) -> tuple[int, ...]:
    return _RANKS_LEFT if position >= FingerPosition.LEFT_THUMB else _RANKS_RIGHT


def _layouts() -> Float64s:
    table = np.zeros((len(PATTERNS), 4, 5))
    for code, pattern in enumerate(PATTERNS):
        spots = _LAYOUTS[pattern]
        table[code, : len(spots)] = np.array(spots, np.float64).reshape(-1, 5)
    return table


CLASS_TABLES = (
    np.array([_limits(position) for position in FingerPosition]),
    np.array([_ranks(position) for position in FingerPosition], np.uint8),
    _layouts(),
    np.array([1.0, *_FINGER_SIZE, *_FINGER_SIZE]),
)
"""By finger position: limits of the normal deviate (11, 5), classes by rank (11, 6); by class: singularities
(6, 4, 5); by finger position: relative size (11,)."""
