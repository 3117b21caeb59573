"""Impressions at template level: what touches of a sensor leave of fingers' minutiae."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.minutiae.arrays import Bytes, Float64s, Int64s, Words
from vantay_datasets.synthetic.minutiae.impression_kernel import MAX_MINUTIAE, _impression_kernel
from vantay_datasets.synthetic.minutiae.master import FingerMaster, MasterBatch, make_masters
from vantay_datasets.synthetic.minutiae.parameters import (
    LEVELS,
    LevelParameters,
    MasterParameters,
    TemplateLevel,
    parameter_hash,
)

EXTRACTOR = "synthetic"
_VERSION_DIGITS = 12

_CHUNK = 512
"""Fingers at once: bounds the memory for the rows that do not fill up."""

_MAX_SEED = 2**64

_PERCENTS = (np.arange(100) + 0.5) / 100
_LOGITS: Float64s = np.round(np.log(_PERCENTS / (1 - _PERCENTS)), 9).astype(np.float64)
"""Where a rounded percentage changes; rounded, so that no machine's logarithm decides."""


@dataclass(frozen=True, slots=True, eq=False)
class ImpressionBatch:
    """Impressions of many fingers.

    Attributes
    ----------
    minutiae : (m,) MINUTIA_DTYPE
        Those of all impressions, one after another.
    offsets : (n + 1,) int64
        Where each impression's minutiae begin.
    quality : (n,) uint8
        0 to 100 of each impression.
    positions : (n,) uint8
        Values of `FingerPosition`.
    width_px, height_px : int
        Image size.
    version : str
        Hash of all parameters.
    """

    minutiae: npt.NDArray[np.void]
    offsets: Int64s
    quality: Bytes
    positions: Bytes
    width_px: int
    height_px: int
    version: str

    def __len__(self) -> int:
        return int(self.quality.shape[0])

    def template(self, i: int) -> FingerTemplate:
        """Give impression ``i`` as a template."""
        return FingerTemplate(
            self.minutiae[self.offsets[i] : self.offsets[i + 1]],
            self.width_px,
            self.height_px,
            FingerPosition(self.positions[i]),
            int(self.quality[i]),
            EXTRACTOR,
            self.version,
        )


def make_finger_impression(
    master: FingerMaster,
    seed: int,
    level: TemplateLevel = TemplateLevel.LIVE_SCAN,
    *,
    parameters: LevelParameters | None = None,
) -> FingerTemplate:
    """Make one impression of a finger.

    Parameters
    ----------
    master : FingerMaster
    seed : int
        0 to 2⁶⁴ − 1. Seeds with the same upper 16 bits belong to alike encounters, see `impression_seeds`.
    level : TemplateLevel
        How good it is.
    parameters : LevelParameters, optional
        None for those of the level.

    Returns
    -------
    FingerTemplate
        The same to the bit on any machine, and the same as `make_impressions` gives.

    Raises
    ------
    InvalidSetting
        If the seed is out of range.
    """
    if not 0 <= seed < _MAX_SEED:
        raise InvalidSetting(f"impression seed is {seed}, expected 0 to 2**64 - 1")
    masters = MasterBatch(
        master.points[None].copy(),
        np.array([master.points.shape[0]], np.int32),
        np.zeros(1, np.uint8),
        np.array([master.scale]),
    )
    parameters = parameters or LEVELS[level]
    fingers = (np.array([master.seed], np.uint64), np.array([master.position], np.uint8))
    version = parameter_hash(master.parameters, parameters)[:_VERSION_DIGITS]
    return _touch(masters, fingers, np.array([seed], np.uint64), parameters, version).template(0)


def make_impressions(
    finger_seeds: Words,
    positions: Bytes,
    ages_years: npt.ArrayLike,
    impression_seeds: Words,
    level: TemplateLevel = TemplateLevel.LIVE_SCAN,
    *,
    master_parameters: MasterParameters | None = None,
    parameters: LevelParameters | None = None,
) -> ImpressionBatch:
    """Make many impressions, each of a finger made from its seed.

    Each impression depends on its own row alone. The interpreter is free for other threads meanwhile.

    Parameters
    ----------
    finger_seeds : (n,) uint64
        One for each impression; several impressions of a finger repeat its seed.
    positions : (n,) uint8
        Values of `FingerPosition`.
    ages_years : (n,) float
        At the time of the impression.
    impression_seeds : (n,) uint64
    level : TemplateLevel
    master_parameters, parameters
        None for the defaults and for those of the level.

    Returns
    -------
    ImpressionBatch

    Raises
    ------
    InvalidSetting
        If lengths differ, or a position or an age is out of range.
    """
    master_parameters = master_parameters or MasterParameters()
    parameters = parameters or LEVELS[level]
    finger_seeds, positions, impression_seeds, ages = (
        np.asarray(finger_seeds, np.uint64),
        np.asarray(positions, np.uint8),
        np.asarray(impression_seeds, np.uint64),
        np.asarray(ages_years, np.float64),
    )
    if impression_seeds.shape != finger_seeds.shape:
        raise InvalidSetting(f"{impression_seeds.shape} impression seeds, expected {finger_seeds.shape}")
    version = parameter_hash(master_parameters, parameters)[:_VERSION_DIGITS]
    parts = []
    for first in range(0, max(finger_seeds.shape[0], 1), _CHUNK):
        part = slice(first, first + _CHUNK)
        masters = make_masters(finger_seeds[part], positions[part], ages[part], master_parameters)
        fingers = (finger_seeds[part], positions[part])
        parts.append(_touch(masters, fingers, impression_seeds[part], parameters, version))
    return _join(parts)


def _touch(
    masters: MasterBatch,
    fingers: tuple[Words, Bytes],
    impression_seeds: Words,
    parameters: LevelParameters,
    version: str,
) -> ImpressionBatch:
    seeds, positions = fingers
    n = seeds.shape[0]
    rows = np.zeros((n, MAX_MINUTIAE, 5), np.int16)
    n_rows = np.empty(n, np.int64)
    quality = np.empty(n, np.uint8)
    _impression_kernel(
        (masters.points, masters.counts, seeds, np.ascontiguousarray(impression_seeds), masters.scales),
        (parameters.impression, np.array(parameters.sensors_px), _LOGITS),
        (rows, n_rows, quality),
    )
    used = np.arange(MAX_MINUTIAE) < n_rows[:, None]
    columns = rows[used]
    minutiae = np.empty(columns.shape[0], MINUTIA_DTYPE)
    for column, name in enumerate(MINUTIA_DTYPE.names or ()):
        minutiae[name] = columns[:, column]
    offsets = np.concatenate([[0], np.cumsum(n_rows)])
    size = (parameters.impression.width_px, parameters.impression.height_px)
    return ImpressionBatch(minutiae, offsets, quality, positions, *size, version)


def _join(parts: list[ImpressionBatch]) -> ImpressionBatch:
    if len(parts) == 1:
        return parts[0]
    ends = np.cumsum([part.offsets[-1] for part in parts])
    starts = np.concatenate([[0], ends[:-1]])
    return ImpressionBatch(
        np.concatenate([part.minutiae for part in parts]),
        np.concatenate(
            [[0], *(part.offsets[1:] + start for part, start in zip(parts, starts, strict=True))]
        ).astype(np.int64),
        np.concatenate([part.quality for part in parts]),
        np.concatenate([part.positions for part in parts]),
        parts[0].width_px,
        parts[0].height_px,
        parts[0].version,
    )
