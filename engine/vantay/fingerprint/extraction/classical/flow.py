"""Ridge flow: in which direction the ridges run, and how far apart.

One structure tensor answers both: the direction of its larger eigenvector is across the ridges, and the
mean square of the gradient over that of the signal is the mean square frequency.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.classical.parameters import FlowParameters

_TINY = np.float32(1e-6)
_SOBEL_SCALE = 1 / 8


@dataclass(frozen=True, slots=True, eq=False)
class RidgeFlow:
    """Maps with one value a cell.

    Attributes
    ----------
    cos2, sin2 : (h, w) float32
        A vector at twice the ridge orientation, in image coordinates (y down); its length grows with
        certainty.
    period_px : (h, w) float32
        Distance from ridge to ridge.
    """

    cos2: npt.NDArray[np.float32]
    sin2: npt.NDArray[np.float32]
    period_px: npt.NDArray[np.float32]


def estimate_flow(
    image: npt.NDArray[np.float32],
    mask: npt.NDArray[np.uint8],
    parameters: FlowParameters,
) -> RidgeFlow:
    """Measure orientation and period of the ridges.

    Parameters
    ----------
    image : (h, w) float32
        Local contrast with mean 0; sides are multiples of the cell.
    mask : (h, w) uint8
        1 on the finger.
    parameters : FlowParameters
        Constants.

    Returns
    -------
    RidgeFlow
        Maps of (h / cell, w / cell) cells.

    Notes
    -----
    The tensor is averaged as a vector at twice the angle, so that opposite gradients do not cancel [1]_. Of
    the scales, a coarser one counts as far as the finer one lacks coherence: folds and scars take the
    orientation of what surrounds them, while the core keeps its curvature.

    References
    ----------
    .. [1] M. Kass, A. Witkin, "Analyzing oriented patterns", CVGIP 37(3), 1987, section 2,
       doi:10.1016/0734-189X(87)90043-0.
    """
    smooth = cv2.GaussianBlur(image, (0, 0), parameters.gradient_sigma_px)
    gradient_x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=_SOBEL_SCALE)
    gradient_y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=_SOBEL_SCALE)
    weight = _shrink(mask.astype(np.float32), parameters.cell_px)
    xx = _shrink(gradient_x * gradient_x, parameters.cell_px) * weight
    yy = _shrink(gradient_y * gradient_y, parameters.cell_px) * weight
    xy = _shrink(gradient_x * gradient_y, parameters.cell_px) * weight
    power = _shrink(smooth * smooth, parameters.cell_px) * weight
    # Negative: ridges run across the gradient.
    cos2, sin2 = _blend_scales(yy - xx, -2 * xy, xx + yy, parameters.scales_cells)
    return RidgeFlow(cos2, sin2, _period(power, xx + yy, parameters))


def _shrink(image: npt.NDArray[np.float32], cell_px: int) -> npt.NDArray[np.float32]:
    size = (image.shape[1] // cell_px, image.shape[0] // cell_px)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def _blend_scales(
    cos2: npt.NDArray[np.float32],
    sin2: npt.NDArray[np.float32],
    energy: npt.NDArray[np.float32],
    scales_cells: tuple[float, ...],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Sum of the vectors of all scales, each weighed by what the finer ones leave open."""
    blend_cos2, blend_sin2 = np.zeros_like(cos2), np.zeros_like(sin2)
    for sigma in sorted(scales_cells, reverse=True):
        norm = cv2.GaussianBlur(energy, (0, 0), sigma) + _TINY
        scale_cos2 = cv2.GaussianBlur(cos2, (0, 0), sigma) / norm
        scale_sin2 = cv2.GaussianBlur(sin2, (0, 0), sigma) / norm
        squared_coherence = scale_cos2**2 + scale_sin2**2
        blend_cos2 = scale_cos2 + (1 - squared_coherence) * blend_cos2
        blend_sin2 = scale_sin2 + (1 - squared_coherence) * blend_sin2
    return blend_cos2, blend_sin2


def _period(
    power: npt.NDArray[np.float32],
    gradient_power: npt.NDArray[np.float32],
    parameters: FlowParameters,
) -> npt.NDArray[np.float32]:
    """2π over the root mean square frequency: on a wave, |∇f|² is ω² times f² on average.

    Sobel's difference over two pixels sees sin ω, in any direction, for ω.
    """
    sigma = parameters.period_sigma_cells
    signal = cv2.GaussianBlur(power, (0, 0), sigma) + _TINY
    gradient = cv2.GaussianBlur(gradient_power, (0, 0), sigma) + _TINY
    period = 2 * np.pi / np.arcsin(np.minimum(np.sqrt(gradient / signal), 1))
    clipped = np.clip(period, parameters.period_min_px, parameters.period_max_px)
    return clipped.astype(np.float32, copy=False)
