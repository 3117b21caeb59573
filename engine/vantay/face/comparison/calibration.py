"""From cosines to −10·log10(FMR), by the knots that were fitted for a model on non-mated comparisons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.errors import ModelUnavailable
from vantay.face.registry import installed_model
from vantay_models.entry import Calibration


def calibration_of(model: str) -> Calibration:
    """Return the calibration of a face embedding.

    Parameters
    ----------
    model : str
        Its name in the registry.

    Returns
    -------
    Calibration
        The one fitted here, else the one of the manifest.

    Raises
    ------
    ModelUnavailable
        If the model is not installed or was never calibrated.
    """
    entry = installed_model(model).entry
    if entry.calibration is None:
        raise ModelUnavailable(
            f"model {model} has no calibration, so its scores would not say how rare they are: "
            f"run `vantay models calibrate {model} DIR` on a folder of faces, one subfolder a subject"
        )
    return entry.calibration


def calibrated_scores(cosines: npt.NDArray[np.floating], calibration: Calibration) -> npt.NDArray[np.float32]:
    """Carry cosines to scores.

    Parameters
    ----------
    cosines : (…) float
        Of unit vectors.
    calibration : Calibration
        Of their model.

    Returns
    -------
    (…) float32
        −10·log10(FMR): 0 below the first knot, linear between knots, and on at the slope of the tail beyond
        the last.
    """
    raw, knots = np.array(calibration.raw), np.array(calibration.scores)
    values = np.asarray(cosines, np.float64)
    beyond = np.maximum(values - raw[-1], 0.0)
    return np.asarray(np.interp(values, raw, knots, left=0.0) + calibration.tail_slope * beyond, np.float32)
