"""How the sensor draws what touches it."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.fingerprint.parameters import SensorParameters
from vantay_datasets.synthetic.fingerprint.randomness import Field, smooth_field

_SHADING_SCALE_PX = 150.0
_SMEAR_PX = 3.0


def draw_image(
    rng: np.random.Generator, coverage: Field, pressure: Field, parameters: SensorParameters
) -> npt.NDArray[np.uint8]:
    """Turn the contact of ridges into grey values.

    Parameters
    ----------
    rng : Generator
    coverage : (h, w) float32
        Part of each pixel that a ridge covers, 0 to 1.
    pressure : (h, w) float32
        Firmer contact is darker.
    parameters : SensorParameters

    Returns
    -------
    (h, w) uint8
        Dark ridges on a light ground.
    """
    smear = np.float32(rng.uniform(*parameters.smear))
    ink, background = rng.uniform(*parameters.ink_grey), rng.uniform(*parameters.background_grey)
    spilt = cv2.GaussianBlur(coverage, (0, 0), _SMEAR_PX)
    firmness = 1 / (1 + np.exp(-3 * np.clip(pressure + np.float32(0.7), -5, 5)))
    darkness = ((1 - smear) * coverage + smear * spilt) * (np.float32(0.55) + np.float32(0.45) * firmness)
    shading = np.float32(parameters.shading_grey) * smooth_field(rng, coverage.shape, _SHADING_SCALE_PX)
    grey = np.float32(background) + shading - darkness * np.float32(background - ink)
    grey = cv2.GaussianBlur(grey, (0, 0), rng.uniform(*parameters.blur_px))
    noise = rng.standard_normal(coverage.shape, dtype=np.float32)
    grey += np.float32(rng.uniform(*parameters.noise_grey)) * noise
    pixels: npt.NDArray[np.uint8] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return pixels
