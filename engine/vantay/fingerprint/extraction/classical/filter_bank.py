"""Gabor filters for every orientation and period of a ridge."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.classical.parameters import EnhancementParameters, FlowParameters

TAPS = 16
"""Taps a side: what a vector register holds. The centre is at (7, 7), the last row and column are 0."""

CENTRE = TAPS // 2 - 1


@lru_cache(maxsize=4)
def make_filter_bank(flow: FlowParameters, enhancement: EnhancementParameters) -> npt.NDArray[np.float32]:
    """Build even Gabor filters with no response to a constant and gain 1 for their own wave.

    Parameters
    ----------
    flow, enhancement : FlowParameters, EnhancementParameters
        Range of periods; number and shape of the filters.

    Returns
    -------
    (n_periods, n_orientations, 16, 16) float32
        Read-only. Orientation j is j·π / n_orientations of the ridge, in image coordinates (y down).

    References
    ----------
    L. Hong, Y. Wan, A. Jain, "Fingerprint image enhancement: algorithm and performance evaluation", IEEE
    PAMI 20(8), 1998, section 2.6, doi:10.1109/34.709565.
    """
    periods = np.linspace(flow.period_min_px, flow.period_max_px, enhancement.n_periods)
    angles = np.pi * np.arange(enhancement.n_orientations) / enhancement.n_orientations
    bank = np.zeros((periods.size, angles.size, TAPS, TAPS), np.float32)
    for i, period_px in enumerate(periods):
        for j, angle in enumerate(angles):
            bank[i, j, :-1, :-1] = _gabor(float(period_px), float(angle), enhancement)
    bank.flags.writeable = False
    return bank


def _gabor(period_px: float, angle_rad: float, parameters: EnhancementParameters) -> npt.NDArray[np.float64]:
    y, x = np.mgrid[-CENTRE : CENTRE + 1, -CENTRE : CENTRE + 1].astype(np.float64)
    along = x * np.cos(angle_rad) + y * np.sin(angle_rad)
    across = y * np.cos(angle_rad) - x * np.sin(angle_rad)
    sigma_across = min(parameters.sigma_across_periods * period_px, parameters.sigma_max_px)
    sigma_along = sigma_across * parameters.sigma_along_ratio
    envelope = np.exp(-((along / sigma_along) ** 2 + (across / sigma_across) ** 2) / 2)
    wave = np.cos(2 * np.pi * across / period_px)
    response = envelope * wave
    response -= envelope * (response.sum() / envelope.sum())
    gabor: npt.NDArray[np.float64] = response / (response * wave).sum()
    return gabor
