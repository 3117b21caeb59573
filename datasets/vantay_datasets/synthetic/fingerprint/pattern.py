"""The Henry classes and how often each finger has them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import numpy as np

from vantay.types import FingerPosition


class PatternClass(StrEnum):
    """Henry class of a fingerprint, left and right as seen in the image of the impression."""

    LEFT_LOOP = "left loop"
    RIGHT_LOOP = "right loop"
    WHORL = "whorl"
    TWIN_LOOP = "twin loop"
    TENTED_ARCH = "tented arch"
    PLAIN_ARCH = "plain arch"


ClassShares = Mapping[PatternClass, float]
"""Share of each class, summing to 1."""


_COLUMNS = (
    PatternClass.RIGHT_LOOP,  # ulnar on the right hand: it opens towards the little finger
    PatternClass.LEFT_LOOP,
    PatternClass.WHORL,
    PatternClass.TWIN_LOOP,
    PatternClass.TENTED_ARCH,
    PatternClass.PLAIN_ARCH,
)

# Rounded estimates of the known tendencies (radial loops and arches gather on the index finger, whorls on
# thumb, index and ring finger, ulnar loops on middle and little finger), chosen so that the mean over the
# fingers is within one percentage point of the natural frequencies of Wilson, Candela and Watson,
# "Neural-network fingerprint classification", J. Artificial Neural Networks 1(2), 1993: arch 3.7 %, tented
# arch 2.9 %, loops 65.5 %, whorls (twin loops among them) 27.9 %.
_RIGHT_HAND = {
    FingerPosition.RIGHT_THUMB: (0.560, 0.005, 0.250, 0.140, 0.005, 0.040),
    FingerPosition.RIGHT_INDEX: (0.330, 0.190, 0.260, 0.060, 0.080, 0.080),
    FingerPosition.RIGHT_MIDDLE: (0.730, 0.025, 0.130, 0.040, 0.035, 0.040),
    FingerPosition.RIGHT_RING: (0.520, 0.010, 0.390, 0.050, 0.010, 0.020),
    FingerPosition.RIGHT_LITTLE: (0.855, 0.005, 0.100, 0.015, 0.015, 0.010),
}

_MIRRORED = {
    PatternClass.LEFT_LOOP: PatternClass.RIGHT_LOOP,
    PatternClass.RIGHT_LOOP: PatternClass.LEFT_LOOP,
}


def class_shares(position: FingerPosition) -> ClassShares:
    """Give the share of each pattern class on one finger.

    Parameters
    ----------
    position : FingerPosition
        A left finger mirrors the right one; ``UNKNOWN`` gives the mean over all ten.

    Returns
    -------
    ClassShares
        Sums to 1.
    """
    if position is FingerPosition.UNKNOWN:
        tables = [class_shares(finger) for finger in FingerPosition if finger is not position]
        return {pattern: sum(table[pattern] for table in tables) / len(tables) for pattern in PatternClass}
    if position in _RIGHT_HAND:
        return dict(zip(_COLUMNS, _RIGHT_HAND[position], strict=True))
    other_hand = FingerPosition(position - FingerPosition.LEFT_THUMB + FingerPosition.RIGHT_THUMB)
    return {_MIRRORED.get(pattern, pattern): share for pattern, share in class_shares(other_hand).items()}


def draw_class(rng: np.random.Generator, position: FingerPosition) -> PatternClass:
    """Draw a pattern class with the natural frequencies of this finger."""
    shares = class_shares(position)
    patterns = list(PatternClass)
    weights = np.array([shares[pattern] for pattern in patterns])
    return patterns[int(rng.choice(len(patterns), p=weights / weights.sum()))]
