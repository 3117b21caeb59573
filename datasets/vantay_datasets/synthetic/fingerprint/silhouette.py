"""The outline of a fingertip, and the frame in which the rest is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vantay_datasets.synthetic.fingerprint.fields import Field, Mask
from vantay_datasets.synthetic.fingerprint.parameters import SilhouetteParameters


@dataclass(frozen=True, slots=True)
class Silhouette:
    """The outline of one finger on its canvas.

    Attributes
    ----------
    width_px, height_px : int
        The canvas.
    half_width_px, tip_px, middle_px, base_px : float
        Half the width, and the heights of the upper half ellipse, the straight part and the lower half
        ellipse.
    """

    width_px: int
    height_px: int
    half_width_px: float
    tip_px: float
    middle_px: float
    base_px: float

    @property
    def centre_px(self) -> tuple[float, float]:
        """Pixel (x, y) of the finger's middle, at the lower end of the tip: origin of the finger's frame."""
        top = (self.height_px - self.tip_px - self.middle_px - self.base_px) / 2
        return (self.width_px - 1) / 2, top + self.tip_px


def draw_silhouette(
    rng: np.random.Generator, parameters: SilhouetteParameters, scale: float = 1.0
) -> Silhouette:
    """Draw the outline of a finger.

    Parameters
    ----------
    rng : Generator
    parameters : SilhouetteParameters
    scale : float
        1 for a middle finger; a thumb is larger, a little finger smaller.
    """
    ranges = (parameters.half_width_px, parameters.tip_px, parameters.middle_px, parameters.base_px)
    half_width, tip, middle, base = (scale * rng.uniform(*ends) for ends in ranges)
    return Silhouette(parameters.width_px, parameters.height_px, half_width, tip, middle, base)


def finger_frame(silhouette: Silhouette) -> tuple[Field, Field]:
    """Give each pixel's place in the finger's frame.

    Returns
    -------
    x_px, y_px : (h, w) float32
        Origin at the finger's middle, x to the right, y **up**.
    """
    centre_x, centre_y = silhouette.centre_px
    rows, columns = np.mgrid[: silhouette.height_px, : silhouette.width_px].astype(np.float32)
    return columns - np.float32(centre_x), np.float32(centre_y) - rows


def fill_silhouette(silhouette: Silhouette) -> Mask:
    """Tell which pixels are skin.

    Returns
    -------
    (h, w) bool
    """
    x_px, y_px = finger_frame(silhouette)
    above = np.maximum(y_px, 0) / silhouette.tip_px
    below = np.maximum(-silhouette.middle_px - y_px, 0) / silhouette.base_px
    inside: Mask = (x_px / silhouette.half_width_px) ** 2 + above**2 + below**2 < 1
    return inside
