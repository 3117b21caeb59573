"""The ridge period map: how far it is from ridge to ridge, everywhere."""

from __future__ import annotations

import numpy as np

from vantay_datasets.synthetic.fingerprint.fields import Field, smooth_field
from vantay_datasets.synthetic.fingerprint.parameters import RidgePeriodParameters
from vantay_datasets.synthetic.fingerprint.silhouette import Silhouette, finger_frame


def make_period_map(
    rng: np.random.Generator, silhouette: Silhouette, parameters: RidgePeriodParameters
) -> Field:
    """Compute the ridge period at each pixel.

    Returns
    -------
    (h, w) float32
        Period in px, within ``parameters.limits_px``.
    """
    _, y_px = finger_frame(silhouette)
    mean_px = rng.normal(parameters.mean_px, parameters.finger_sd_px)
    towards_base = np.clip(-y_px / (silhouette.middle_px + silhouette.base_px), 0, 1)
    towards_tip = np.clip(y_px / silhouette.tip_px, 0, 1)
    trend = parameters.base_gain * towards_base + parameters.tip_gain * towards_tip
    variation = parameters.noise * smooth_field(rng, y_px.shape, parameters.noise_scale_px)
    period_px = mean_px * (1 + trend + variation)
    clipped: Field = np.clip(period_px, *parameters.limits_px).astype(np.float32)
    return clipped
