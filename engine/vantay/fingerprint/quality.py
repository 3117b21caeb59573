"""Impression quality, 0 to 100: how far a comparison with this impression can be trusted.

Five components that a person can check by eye go through one logistic function. Foreground, clarity and
contrast are measured on the image; the minutiae say what the extractor could make of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vantay.types import FingerImage

COMPONENTS = ("foreground_cm2", "clarity", "contrast", "reliable_minutiae", "minutia_quality")

_CM2_PER_PX = (2.54 / 500) ** 2


@dataclass(frozen=True, slots=True)
class QualityComponents:
    """What the quality of one impression is made of.

    Attributes
    ----------
    foreground_cm2 : float
        Area with ridges, in square centimetres of skin.
    clarity : float
        0..1, mean coherence of the gradients over the foreground: 1 where all ridges run in parallel,
        near 0 for noise.
    contrast : float
        0..1, root mean square gradient over the foreground relative to full black and white ridges.
    reliable_minutiae : float
        Sum of the minutia qualities (each 0..1) within `QualityParameters.centre_radius_px` of the
        centre of the minutiae: what a second impression of the finger is likely to share.
    minutia_quality : float
        0..1, mean quality of those minutiae.
    """

    foreground_cm2: float
    clarity: float
    contrast: float
    reliable_minutiae: float
    minutia_quality: float


@dataclass(frozen=True, slots=True)
class LogisticTerm:
    """One component's part in the logistic sum: ``weight · (min(value, ceiling) − typical) / spread``."""

    weight: float
    typical: float
    spread: float
    ceiling: float = math.inf


@dataclass(frozen=True, slots=True)
class QualityParameters:
    """Every constant of the measure.

    Typical values and spreads are means and standard deviations over 320 FVC impressions with LEADER's
    minutiae. The weights follow non-negative least squares of mated comparison scores on the components of
    both impressions, fitted on three FVC sets and tested on the fourth: each time the two minutia terms got
    nearly equal weight and the image terms next to none. Those keep a little for impressions whose minutiae
    say too little. A fit on other data may replace bias and terms and leave the rest as it is.
    """

    block_px: int = 8
    """Side of a block of the analysis grid, at half resolution (16 px at 500 ppi, about two ridges)."""
    foreground_gradient: float = 6.0
    """Root mean square gradient, grey levels a pixel at half resolution, from which a block has ridges."""
    foreground_coherence: float = 0.15
    """Coherence below which a block counts as noise, whatever its gradient."""
    full_gradient: float = 80.0
    """Root mean square gradient of black and white ridges 9 px apart, seen at half resolution."""
    centre_radius_px: float = 130.0
    """Minutiae farther than this from the centre are often outside of the next impression."""
    unreported_quality: float = 0.5
    """Stands for the quality of a minutia whose record reports none."""
    bias: float = 1.0
    """Logit of an impression that is typical in every way."""
    foreground_cm2: LogisticTerm = LogisticTerm(0.1, typical=2.0, spread=0.63, ceiling=3.0)
    clarity: LogisticTerm = LogisticTerm(0.1, typical=0.68, spread=0.10)
    contrast: LogisticTerm = LogisticTerm(0.1, typical=0.46, spread=0.19, ceiling=0.7)
    reliable_minutiae: LogisticTerm = LogisticTerm(1.0, typical=24.4, spread=7.6, ceiling=40.0)
    minutia_quality: LogisticTerm = LogisticTerm(0.8, typical=0.82, spread=0.067)


DEFAULT_PARAMETERS = QualityParameters()


def impression_quality(
    image: FingerImage,
    minutiae: npt.NDArray[np.void],
    parameters: QualityParameters = DEFAULT_PARAMETERS,
) -> int:
    """Judge an impression by its ridges and minutiae.

    Parameters
    ----------
    image : FingerImage
        Normalised: 500 ppi, dark ridges.
    minutiae : (n,) MINUTIA_DTYPE
        What the extractor found in it.
    parameters : QualityParameters
        Weights and limits.

    Returns
    -------
    int
        0 (worst) to 100 (best).
    """
    return quality_from_components(quality_components(image, minutiae, parameters), parameters)


def quality_from_components(
    components: QualityComponents, parameters: QualityParameters = DEFAULT_PARAMETERS
) -> int:
    """Combine components into a quality of 0..100 by a logistic function."""
    logit = parameters.bias
    for name in COMPONENTS:
        term: LogisticTerm = getattr(parameters, name)
        value = min(getattr(components, name), term.ceiling)
        logit += term.weight * (value - term.typical) / term.spread
    return round(100.0 / (1.0 + math.exp(-max(-50.0, min(50.0, logit)))))


def quality_components(
    image: FingerImage,
    minutiae: npt.NDArray[np.void],
    parameters: QualityParameters = DEFAULT_PARAMETERS,
) -> QualityComponents:
    """Measure the components of the quality of one impression.

    Parameters
    ----------
    image : FingerImage
        Normalised: 500 ppi, dark ridges.
    minutiae : (n,) MINUTIA_DTYPE
        What the extractor found in it; may be empty.
    parameters : QualityParameters
        Only its limits are used here, not its weights.

    Returns
    -------
    QualityComponents
        All zero for an image without ridges or minutiae.
    """
    gradient, coherence = _ridge_grid(image.pixels, parameters.block_px)
    foreground = (gradient >= parameters.foreground_gradient) & (coherence >= parameters.foreground_coherence)
    n_blocks = int(np.count_nonzero(foreground))
    reliable, mean_quality = _central_minutiae(minutiae, parameters)
    block_cm2 = (2 * parameters.block_px) ** 2 * _CM2_PER_PX
    return QualityComponents(
        foreground_cm2=n_blocks * block_cm2,
        clarity=float(coherence[foreground].mean()) if n_blocks else 0.0,
        contrast=_relative_contrast(gradient[foreground], parameters.full_gradient),
        reliable_minutiae=reliable,
        minutia_quality=mean_quality,
    )


def _relative_contrast(gradient: npt.NDArray[np.float32], full_gradient: float) -> float:
    if gradient.size == 0:
        return 0.0
    return min(1.0, float(gradient.mean()) / full_gradient)


def _ridge_grid(
    pixels: npt.NDArray[np.uint8], block_px: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Root mean square gradient and coherence of each block of a grid, from the structure tensor.

    Ridges are at least 4 px apart at half resolution, where all of it costs a quarter.

    References
    ----------
    Bazen and Gerez, "Systematic methods for the computation of the directional fields and singular points
    of fingerprints", IEEE PAMI 24(7), 2002, doi:10.1109/TPAMI.2002.1017618, section 2.
    """
    half_size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    half = cv2.resize(pixels, half_size, interpolation=cv2.INTER_AREA)
    dx, dy = cv2.spatialGradient(half, ksize=3)
    gx, gy = dx.astype(np.float32), dy.astype(np.float32)
    grid_size = (max(1, half_size[0] // block_px), max(1, half_size[1] // block_px))
    xx, yy, xy = (
        cv2.resize(product, grid_size, interpolation=cv2.INTER_AREA)
        for product in (gx * gx, gy * gy, gx * gy)
    )
    # Sobel's 3×3 kernel sums to 8 per unit of slope.
    gradient = np.sqrt(xx + yy) / np.float32(8.0)
    return gradient.astype(np.float32), _coherence(xx, yy, xy)


def _coherence(
    xx: cv2.typing.MatLike, yy: cv2.typing.MatLike, xy: cv2.typing.MatLike
) -> npt.NDArray[np.float32]:
    """Coherence over 3×3 blocks, 0 where there is no gradient at all."""
    xx, yy, xy = (cv2.blur(product, (3, 3)) for product in (xx, yy, xy))
    strength = np.hypot(xx - yy, 2 * xy)
    coherence: npt.NDArray[np.float32] = strength / np.maximum(xx + yy, np.float32(1e-6))
    return coherence


def _central_minutiae(minutiae: npt.NDArray[np.void], parameters: QualityParameters) -> tuple[float, float]:
    """Sum and mean of the qualities of the minutiae around their median position."""
    if minutiae.shape[0] == 0:
        return 0.0, 0.0
    x = minutiae["x_px"].astype(np.float64)
    y = minutiae["y_px"].astype(np.float64)
    near = np.hypot(x - np.median(x), y - np.median(y)) <= parameters.centre_radius_px
    quality = minutiae["quality"][near] / 100.0
    quality = np.where(quality == 0.0, parameters.unreported_quality, quality)
    if quality.size == 0:
        return 0.0, 0.0
    return float(quality.sum()), float(quality.mean())
