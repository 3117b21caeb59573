"""How the sensor draws what touches it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.fingerprint.fields import Field, blur, logistic, smooth_field
from vantay_datasets.synthetic.fingerprint.impression_parameters import SensorParameters

_SHADING_SCALE_PX = 150.0
_MOTTLE_SCALE_PX = 6.0
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
    ink, background = rng.uniform(*parameters.ink_grey), rng.uniform(*parameters.background_grey)
    darkness = _darkness(rng, coverage, pressure, rng.uniform(*parameters.smear))
    shading = np.float32(parameters.shading_grey) * smooth_field(rng, coverage.shape, _SHADING_SCALE_PX)
    grey: Field = np.float32(background) + shading - darkness * np.float32(background - ink)
    noise = rng.standard_normal(coverage.shape, dtype=np.float32)
    # Ridges are rough, the bare platen is not: noise grows with darkness.
    noise *= np.float32(rng.uniform(*parameters.noise_grey)) * (np.float32(0.4) + 2 * darkness)
    drawn = np.rint(blur(grey, rng.uniform(*parameters.blur_px)) + noise)
    pixels: npt.NDArray[np.uint8] = np.clip(drawn, 0, 255).astype(np.uint8)
    return pixels


def _darkness(rng: np.random.Generator, coverage: Field, pressure: Field, smear: float) -> Field:
    """Mottled ridges, darker where they press firmly, and moisture between them."""
    mottle = smooth_field(rng, coverage.shape, _MOTTLE_SCALE_PX)
    firmness = logistic(3 * (pressure + np.float32(0.4) * mottle + np.float32(0.9)))
    inked = coverage + np.float32(smear) * (blur(coverage, _SMEAR_PX) - coverage)
    darkness: Field = inked * (np.float32(0.55) + np.float32(0.45) * firmness)
    return darkness
