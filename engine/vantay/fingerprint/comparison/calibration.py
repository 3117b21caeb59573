"""Calibration: from log-odds to −10·log10(FMR), by knots that a program fitted on non-mated comparisons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

Float32s = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A monotone, piecewise linear map; beyond the last knot it goes on at the slope of the tail.

    Attributes
    ----------
    raw : (k,) float64
        Knots in log-odds, ascending.
    scores : (k,) float64
        −10·log10(FMR) at the knots. Below the first knot the score is 0.
    tail_slope : float
        Score per unit of log-odds beyond the last knot: the non-mated tail falls off exponentially.
    parameter_hash : str
        Parameters of the comparison it was fitted with.
    provenance : str
        On what.
    """

    raw: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    tail_slope: float
    parameter_hash: str
    provenance: str

    def score(self, raw: Float32s) -> Float32s:
        """Calibrated scores of raw ones, same shape."""
        beyond = np.maximum(raw - self.raw[-1], 0.0)
        inside = np.interp(raw, self.raw, self.scores, left=0.0)
        return np.asarray(inside + self.tail_slope * beyond, np.float32)


def read_calibration(text: str) -> Calibration:
    """Read the JSON that the calibration program writes."""
    fields = json.loads(text)
    return Calibration(
        raw=np.array(fields["raw"], np.float64),
        scores=np.array(fields["scores"], np.float64),
        tail_slope=float(fields["tail_slope"]),
        parameter_hash=fields["parameter_hash"],
        provenance=fields["provenance"],
    )


CALIBRATION = read_calibration(files(__package__).joinpath("calibration.json").read_text(encoding="utf-8"))
