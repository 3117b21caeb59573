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


class Field(NamedTuple):
    """A finger's ridges: singularities, each with its bends, and what is added to the zero-pole model."""

    spots: Sequence[Spot]
    bends: Sequence[Sequence[float]]
    """For each singularity, turns added at equal steps of the angle under which it is seen, from −½."""
    tip_bend: float
    tip_px: tuple[float, float, float]
    """Where 71 % of the bend are reached at the core; how much farther a pixel above; fade below."""
    rise: tuple[float, float, float, float]
    """Of a plain arch: turns, middle, height and half the finger's width."""
    twist: tuple[float, complex, float]
    """Turns, middle and reach."""
    hairpins: Sequence[tuple[float, float, float]]
    """For each core: strength, reach, opening in turns; strength 0 for deltas."""


def orientation(x: float, y: float, field: Field) -> float:
    """Give the orientation of ridges in turns, modulo a half."""
    width = field.tip_px[0] + field.tip_px[1] * max(y, 0)
    fade = (1 + _rise(2 * y / field.tip_px[2] + 1.2)) / 2
    theta = -field.tip_bend * _rise(x / width) * fade
    turns, middle, height, half_width = field.rise
    across = math.sin(math.pi * max(-1, min(1, x / half_width)))
    theta -= turns * across / (1 + 0.5 * ((y - middle) / height) ** 2) ** 2
    turns, centre, reach = field.twist
    theta += turns / (1 + 0.5 * (abs(complex(x, y) - centre) / reach) ** 2) ** 2
    for spot, bend, (strength, far, opening) in zip(field.spots, field.bends, field.hairpins, strict=True):
        seen = cmath.phase(complex(x - spot.x, y - spot.y)) / (2 * math.pi)
        theta += spot.sign * (seen + _between(seen + 0.5, bend)) / 2
        distance = abs(complex(x - spot.x, y - spot.y))
        if strength:
            near = 1 / (1 + 0.5 * (distance / far) ** 2) ** 2
            theta -= strength / 2 / (2 * math.pi) * near * math.sin(2 * math.pi * (seen - opening))
    return theta % 0.5


def _rise(x: float) -> float:
    return x / math.sqrt(1 + x * x)


def _between(share: float, values: Sequence[float]) -> float:
    """Interpolate between values around a circle."""
    place = share * len(values)
    left = math.floor(place)
    part = place - left
    return (1 - part) * values[left % len(values)] + part * values[(left + 1) % len(values)]
