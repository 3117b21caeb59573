"""Which of the two tones is ridge: dark as ink, or light as from some sensors."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class PolarityParameters:
    """Every constant of the decision; origin: 320 FVC impressions and their negatives unless said."""

    block_px: int = 12
    """Side of a block at half resolution: 24 px at 500 ppi, between two and three ridges."""
    foreground_share: float = 0.5
    """Blocks with at least this share of the strong (90th percentile) gradient have ridges."""
    ground_share: float = 0.15
    """Blocks with at most this share of it have none."""
    min_ground: float = 0.02
    """Share of the image that must be ground before its brightness counts."""
    min_contrast: float = 0.5
    """Brightness of ground over print, in standard deviations of the print, from which it decides: optical
    and capacitive sensors give 0.6 and more, a sensor that paints its ground grey −0.4 and more."""
    min_skew: float = 0.05
    """Skewness of ridge grey levels that decides over a grey ground."""
    smoothing_px: int = 9
    """Side of the window, at half resolution, whose mean is removed before the skewness."""


DEFAULT_PARAMETERS = PolarityParameters()


def has_light_ridges(
    pixels: npt.NDArray[np.uint8], parameters: PolarityParameters = DEFAULT_PARAMETERS
) -> bool:
    """Tell whether a print is a negative: light ridges on a darker ground.

    Skin that does not touch looks like a valley, so what lies outside of the print has the valleys' tone.
    Where the ground is neither (sensors that paint it grey), the skewness of the grey levels decides: a
    firm contact leaves broad ridges and narrow valleys, and the narrow tone makes the longer tail. A print
    without any ground is taken as it is: dry skin has narrow ridges, so skewness alone would mistake it.

    Parameters
    ----------
    pixels : (h, w) uint8
        A print at about 500 ppi.
    parameters : PolarityParameters
        Limits of the decision.

    Returns
    -------
    bool
        True if ridges are light; False in doubt.
    """
    half = _half_size(pixels)
    print_blocks, ground_blocks = _split_blocks(half, parameters)
    if not print_blocks.any() or ground_blocks.mean() < parameters.min_ground:
        return False
    mask = cv2.resize(print_blocks, half.shape[::-1], interpolation=cv2.INTER_NEAREST)
    mean, deviation = (float(value[0, 0]) for value in cv2.meanStdDev(half, mask=mask))
    brightness = _block_means(half.astype(np.float32), print_blocks.shape)
    contrast = (float(np.median(brightness[ground_blocks])) - mean) / max(deviation, 1.0)
    if abs(contrast) >= parameters.min_contrast:
        return contrast < 0
    return _skewness(half, mask > 0, parameters.smoothing_px) < -parameters.min_skew


def _half_size(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _split_blocks(
    half: npt.NDArray[np.uint8], parameters: PolarityParameters
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Blocks with ridges as 0 and 1, and blocks of the ground around the print.

    Only quiet blocks that reach the border of the image are ground: smudges inside of a print are quiet too,
    and dark.
    """
    dx, dy = cv2.spatialGradient(half, ksize=3)
    strength = cv2.magnitude(dx.astype(np.float32), dy.astype(np.float32)).astype(np.float32)
    shape = (max(1, half.shape[0] // parameters.block_px), max(1, half.shape[1] // parameters.block_px))
    gradient = _block_means(strength, shape)
    strong = float(np.percentile(gradient, 90))
    quiet = (gradient < parameters.ground_share * strong).astype(np.uint8)
    _, labels = cv2.connectedComponents(quiet, connectivity=4)
    at_border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    ground = np.isin(labels, at_border[at_border > 0])
    return (gradient > parameters.foreground_share * strong).astype(np.uint8), ground


def _block_means(values: npt.NDArray[np.float32], shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    return cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.float32)


def _skewness(half: npt.NDArray[np.uint8], mask: npt.NDArray[np.bool_], smoothing_px: int) -> float:
    """Third standardised moment of the grey levels in the mask, freed of slow changes of brightness."""
    level = cv2.blur(half, (smoothing_px, smoothing_px))
    detail = cv2.subtract(half, level, dtype=cv2.CV_32F)[mask]
    variance = float(np.mean(detail * detail))
    return float(np.mean(detail**3)) / variance**1.5 if variance > 0.0 else 0.0
