"""A finger at template level: where all its minutiae are, before it touches anything."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass
from vantay_datasets.synthetic.minutiae.arrays import Bytes, Float32s, Float64s, Int32s, Words
from vantay_datasets.synthetic.minutiae.classes import CLASS_TABLES, PATTERNS
from vantay_datasets.synthetic.minutiae.growth import growth_scale
from vantay_datasets.synthetic.minutiae.master_kernel import MAX_POINTS, _master_kernel
from vantay_datasets.synthetic.minutiae.parameters import MasterParameters

_MAX_SEED = 2**64
_MAX_AGE_YEARS = 130


@dataclass(frozen=True, slots=True, eq=False)
class FingerMaster:
    """The minutiae of one whole finger.

    Attributes
    ----------
    seed : int
        What it was made from.
    position : FingerPosition
        Which finger.
    pattern : PatternClass
        Henry class.
    scale : float
        Size beside the same finger of an adult.
    parameters : MasterParameters
        What it was made with.
    points : (n, 5) float32
        x, y in px at 500 ppi from the middle of the pattern, x right, y up; direction in turns,
        counter-clockwise; strength, a normal deviate, high where a minutia is easily seen; type 1 or 2.
        Read-only.
    """

    seed: int
    position: FingerPosition
    pattern: PatternClass
    scale: float
    parameters: MasterParameters
    points: Float32s = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class MasterBatch:
    """The minutiae of many fingers.

    Attributes
    ----------
    points : (n, MAX_POINTS, 5) float32
        As in `FingerMaster`, the first ``counts[i]`` rows of each.
    counts : (n,) int32
    patterns : (n,) uint8
        Indices into `PATTERNS`.
    scales : (n,) float64
    """

    points: Float32s
    counts: Int32s
    patterns: Bytes
    scales: Float64s


def make_finger_minutiae(
    seed: int,
    position: FingerPosition,
    *,
    age_years: float = 30.0,
    parameters: MasterParameters | None = None,
) -> FingerMaster:
    """Make the minutiae of a whole finger.

    Parameters
    ----------
    seed : int
        0 to 2⁶⁴ − 1. Seeds with the same upper 16 bits are fingers of alike persons, see `finger_seeds`.
    position : FingerPosition
        Sets the size and the frequencies of the classes.
    age_years : float
        0 to 130; children have smaller fingers. The same seed is the same finger at any age.
    parameters : MasterParameters, optional
        None for the defaults.

    Returns
    -------
    FingerMaster
        The same to the bit on any machine.

    Raises
    ------
    InvalidSetting
        If the seed or the age is out of range.
    """
    if not 0 <= seed < _MAX_SEED:
        raise InvalidSetting(f"finger seed is {seed}, expected 0 to 2**64 - 1")
    parameters = parameters or MasterParameters()
    batch = make_masters(
        np.array([seed], np.uint64), np.array([position], np.uint8), np.array([age_years]), parameters
    )
    points = batch.points[0, : batch.counts[0]].copy()
    points.flags.writeable = False
    return FingerMaster(
        seed, position, PATTERNS[batch.patterns[0]], float(batch.scales[0]), parameters, points
    )


def make_masters(
    seeds: Words,
    positions: Bytes,
    ages_years: npt.ArrayLike,
    parameters: MasterParameters | None = None,
) -> MasterBatch:
    """Make the minutiae of many whole fingers; the interpreter is free for other threads meanwhile.

    Parameters
    ----------
    seeds : (n,) uint64
    positions : (n,) uint8
        Values of `FingerPosition`.
    ages_years : (n,) float
    parameters : MasterParameters, optional
        None for the defaults.

    Returns
    -------
    MasterBatch

    Raises
    ------
    InvalidSetting
        If lengths differ, or a position or an age is out of range.
    """
    seeds = np.ascontiguousarray(seeds, np.uint64)
    positions = np.ascontiguousarray(positions, np.uint8)
    ages = np.ascontiguousarray(ages_years, np.float64)
    _check_fingers(seeds, positions, ages)
    n = seeds.shape[0]
    points = np.empty((n, MAX_POINTS, 5), np.float32)
    counts, patterns = np.empty(n, np.int32), np.empty(n, np.uint8)
    scales = growth_scale(ages)
    _master_kernel(
        (seeds, positions, scales),
        CLASS_TABLES,
        parameters or MasterParameters(),
        (points, counts, patterns),
    )
    return MasterBatch(points, counts, patterns, scales)


def _check_fingers(seeds: Words, positions: Bytes, ages: Float64s) -> None:
    if seeds.ndim != 1 or not seeds.shape == positions.shape == ages.shape:
        raise InvalidSetting(
            f"seeds, positions and ages have shapes {seeds.shape}, {positions.shape} and {ages.shape}, "
            "expected the same number of each"
        )
    if positions.size and positions.max() > max(FingerPosition):
        raise InvalidSetting(f"finger position is {positions.max()}, expected 0 to {max(FingerPosition)}")
    if not np.all((ages >= 0) & (ages <= _MAX_AGE_YEARS)):
        raise InvalidSetting(f"an age is outside of the range, expected 0 to {_MAX_AGE_YEARS} years")
