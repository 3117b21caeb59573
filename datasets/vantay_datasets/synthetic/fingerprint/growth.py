"""Growth of the ridges: Gabor filters tuned to orientation and period spread a pattern from a few seeds.

Where the patterns of two seeds meet out of step, ridges end or fork: minutiae come about by themselves,
as they do in Cappelli et al., "Synthetic fingerprint-image generation", ICPR 2000.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from vantay_datasets.synthetic.fingerprint.fields import Field, Mask, smooth_field
from vantay_datasets.synthetic.fingerprint.parameters import GrowthParameters, Range

FilterBank = npt.NDArray[np.float32]
"""(n_orientations · n_periods, side, side_padded) float32; columns beyond ``side`` are 0."""
Choice = npt.NDArray[np.int32]
"""(h, w) int32: which filter each pixel uses, −1 for none."""

# Rows of a filter are padded to whole vector registers: the inner loop then has no remainder.
_LANES = 16


def grow_ridges(
    rng: np.random.Generator,
    orientation_rad: Field,
    period_px: Field,
    skin: Mask,
    *,
    limits_px: Range,
    parameters: GrowthParameters,
) -> Field:
    """Grow a ridge pattern.

    Parameters
    ----------
    rng : Generator
    orientation_rad : (h, w) float32
        Ridge orientation in [0, π), y up; h and w even.
    period_px : (h, w) float32
        Ridge period, within ``limits_px``.
    skin : (h, w) bool
        Where ridges grow.
    limits_px : (float, float)
        Shortest and longest period of the filter bank.
    parameters : GrowthParameters

    Returns
    -------
    (h, w) float32
        Relief, about −1 in the middle of a valley, +1 on a ridge, near 0 between; 0 outside the skin.
    """
    coarse_bank = make_filter_bank(parameters, limits_px, 0.5)
    coarse_choice = choose_filters(
        orientation_rad[::2, ::2], period_px[::2, ::2], skin[::2, ::2], limits_px, parameters
    )
    relief = _plant_seeds(rng, skin[::2, ::2], parameters)
    for _ in range(parameters.n_iterations):
        relief = np.clip(parameters.gain * filter_locally(relief, coarse_bank, coarse_choice), -1, 1)

    bank = make_filter_bank(parameters, limits_px, 1.0)
    choice = choose_filters(orientation_rad, period_px, skin, limits_px, parameters)
    height, width = orientation_rad.shape
    relief = cv2.resize(relief, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32, copy=False)
    for i in range(parameters.n_refinements):
        if i:
            relief = np.clip(parameters.gain * relief, -1, 1)
        relief = filter_locally(relief, bank, choice)
    return _steepen(relief)


def _steepen(relief: Field) -> Field:
    """Give ridges flatter tops and steeper sides, and faint ones beside minutiae nearly their full height."""
    steeper: Field = relief * np.float32(1.5) / np.sqrt(1 + np.float32(1.25) * relief**2)
    return steeper


def _plant_seeds(rng: np.random.Generator, skin: Mask, parameters: GrowthParameters) -> Field:
    """Plant ridges and valleys at random places of a half-size map, more in some regions than in others."""
    crowding = smooth_field(rng, skin.shape, parameters.seed_cluster_px / 2)
    weights = (np.exp(parameters.seed_clustering * crowding) * skin).ravel().astype(np.float64)
    n_seeds = max(1, round(skin.sum() / (parameters.seed_spacing_px / 2) ** 2))
    places = rng.choice(skin.size, n_seeds, p=weights / weights.sum())
    relief = np.zeros(skin.size, dtype=np.float32)
    relief[places] = rng.choice([-1.0, 1.0], n_seeds)
    return relief.reshape(skin.shape)


@lru_cache(maxsize=8)
def make_filter_bank(parameters: GrowthParameters, limits_px: Range, scale: float) -> FilterBank:
    """Compute the Gabor filters of all orientations and periods; the same bank serves every finger.

    Parameters
    ----------
    parameters : GrowthParameters
    limits_px : (float, float)
        Shortest and longest period at full resolution.
    scale : float
        1 for full resolution, 0.5 for half.

    Returns
    -------
    (n_orientations · n_periods, side, side_padded) float32
        Read-only. Each filter sums to 0 and answers 1 to a unit cosine of its own period and orientation.
    """
    reach = round(parameters.reach_px * scale)
    side = 2 * reach + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    angles = np.arange(parameters.n_orientations) * np.pi / parameters.n_orientations
    periods = np.linspace(*limits_px, parameters.n_periods) * scale
    angle, period = (grid.reshape(-1, 1, 1) for grid in np.meshgrid(angles, periods, indexing="ij"))
    # Across a ridge of angle θ (y up) the pattern changes along (sin θ, cos θ) in rows that count down.
    wave = np.cos(2 * np.pi / period * (columns * np.sin(angle) + rows * np.cos(angle)))
    envelope = np.exp(-(columns**2 + rows**2) / (2 * (parameters.envelope * period) ** 2))
    mean = (envelope * wave).sum(axis=(1, 2), keepdims=True) / envelope.sum(axis=(1, 2), keepdims=True)
    filters = envelope * (wave - mean)
    filters /= (filters * wave).sum(axis=(1, 2), keepdims=True)
    bank = np.zeros((len(filters), side, -(-side // _LANES) * _LANES), dtype=np.float32)
    bank[:, :, :side] = filters
    bank.flags.writeable = False
    return bank


def choose_filters(
    orientation_rad: Field,
    period_px: Field,
    skin: Mask,
    limits_px: Range,
    parameters: GrowthParameters,
) -> Choice:
    """Choose the nearest filter of the bank for each pixel.

    Returns
    -------
    (h, w) int32
        Index into the bank of `make_filter_bank`, −1 outside the skin.
    """
    shortest_px, longest_px = limits_px
    n_orientations, n_periods = parameters.n_orientations, parameters.n_periods
    angle = np.rint(orientation_rad * (n_orientations / np.pi)).astype(np.int32) % n_orientations
    period = np.rint((period_px - shortest_px) * ((n_periods - 1) / (longest_px - shortest_px)))
    chosen = angle * n_periods + np.clip(period, 0, n_periods - 1).astype(np.int32)
    return np.where(skin, chosen, -1).astype(np.int32)


def filter_locally(relief: Field, bank: FilterBank, choice: Choice) -> Field:
    """Filter an image with another filter at each pixel.

    Parameters
    ----------
    relief : (h, w) float32
        Zero is assumed outside.
    bank : (n, side, side_padded) float32
        Odd side; columns from ``side`` on are ignored and must be 0.
    choice : (h, w) int32
        Index into the bank, −1 for a pixel that stays 0.

    Returns
    -------
    (h, w) float32
        Correlation with the chosen filter.
    """
    height, width = relief.shape
    reach = bank.shape[1] // 2
    padded = np.zeros((height + 2 * reach, width + reach + bank.shape[2]), dtype=np.float32)
    padded[reach : reach + height, reach : reach + width] = relief
    out = np.zeros((height, width), dtype=np.float32)
    _filter_kernel(padded, bank, np.ascontiguousarray(choice), out)
    return out


# fastmath lets LLVM add up the row in vector registers; the order of the sums is then the compiler's.
@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _filter_kernel(
    padded: npt.NDArray[np.float32],
    bank: npt.NDArray[np.float32],
    choice: npt.NDArray[np.int32],
    out: npt.NDArray[np.float32],
) -> None:
    height, width = choice.shape
    n_rows, n_columns = bank.shape[1], bank.shape[2]
    for y in range(height):
        for x in range(width):
            k = choice[y, x]
            if k < 0:
                continue
            total = np.float32(0)
            for row in range(n_rows):
                for column in range(n_columns):
                    total += padded[y + row, x + column] * bank[k, row, column]
            out[y, x] = total
