"""The slow, obvious version of what the kernels of `vantay_datasets.synthetic.minutiae` are made of.

Written from the papers: SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195) in Python's
integers, the zero-pole model (Sherlock and Monro 1993, doi:10.1016/0031-3203(93)90006-I) with the machine's
own arc tangents, rigid motions as complex numbers.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_WORD = 2**64


def mixed(word: int) -> int:
    """Finish a word of SplitMix64."""
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % _WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % _WORD
    return word ^ (word >> 31)


def words(seed: int, name: int) -> Iterator[int]:
    """Give the stream of a name and a seed."""
    key = mixed((seed + mixed(name)) % _WORD)
    count = 0
    while True:
        count += 1
        yield mixed((key + count * 0x9E3779B97F4A7C15) % _WORD)


def near_normal(first: int, second: int) -> float:
    """Sum the eight 16-bit digits of two words; take their mean off and divide by their deviation."""
    digits = [(word >> shift) % 2**16 for word in (first, second) for shift in (0, 16, 32, 48)]
    variance = 8 * (2**32 - 1) / 12
    return (sum(digits) - 8 * (2**16 - 1) / 2) / math.sqrt(variance)


class Spot(NamedTuple):
    """A core (+1) or a delta (−1)."""

    sign: int
    x: float
    y: float


def zero_pole_orientation(x: float, y: float, spots: Sequence[Spot]) -> float:
    """Give the orientation of ridges in turns, modulo a half: half the angle of each singularity."""
    angles = (spot.sign * cmath.phase(complex(x - spot.x, y - spot.y)) for spot in spots)
    return sum(angles) / 2 / (2 * math.pi) % 0.5


def rounded_percentage(logit: float) -> int:
    """Give 100 times the logistic function, rounded."""
    return math.floor(100 / (1 + math.exp(-logit)) + 0.5)


def ranked_class(intensity: float, shares: Sequence[float]) -> int:
    """Find the class at a quantile of the normal distribution, classes lined up by rank."""
    quantile = (1 + math.erf(intensity / math.sqrt(2))) / 2
    rank, total = 0, 0.0
    for rank, share in enumerate(shares):
        total += share
        if quantile < total:
            return rank
    return rank


def moved(points: Sequence[complex], turn: float, shift: complex) -> list[complex]:
    """Turn points around the origin, then shift them."""
    return [point * cmath.exp(2j * math.pi * turn) + shift for point in points]
