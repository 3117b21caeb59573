"""Calibration: from log-odds to −10·log10(FMR), by a table that a program fitted on non-mated comparisons.

Of few minutiae any two prints can be made to agree: the same log-odds mean less where less was compared. The
table therefore has a row for each of several numbers of minutiae, and interpolates between them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison.arrays import Float32s, Int32s

Float64s = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A map that rises with log-odds and with the number of minutiae.

    Attributes
    ----------
    n_minutiae : (b,) float64
        Rows: cylinders of the smaller template, ascending. Fewer than the first score 0.
    log_odds : (k,) float64
        Columns, ascending. Less than the first scores 0.
    scores : (b, k) float64
        −10·log10(FMR).
    tail_slope : (b,) float64
        Score per unit of log-odds beyond the last column: the non-mated tail falls off exponentially.
    parameter_hash : str
        Parameters of the comparison it was fitted with.
    provenance : str
        On what.
    """

    n_minutiae: Float64s
    log_odds: Float64s
    scores: Float64s
    tail_slope: Float64s
    parameter_hash: str
    provenance: str

    def score(self, log_odds: Float32s, n_smaller: Int32s) -> Float32s:
        """Calibrated scores.

        Parameters
        ----------
        log_odds : (r,) float32
            From `evidence.log_odds`; −∞ scores 0.
        n_smaller : (r,) int32
            Cylinders of the smaller template of each comparison.

        Returns
        -------
        (r,) float32
        """
        n = np.clip(n_smaller, self.n_minutiae[0], self.n_minutiae[-1])
        lower = np.clip(np.searchsorted(self.n_minutiae, n, side="right") - 1, 0, len(self.n_minutiae) - 2)
        share = (n - self.n_minutiae[lower]) / (self.n_minutiae[lower + 1] - self.n_minutiae[lower])
        left, right_share = self._place(log_odds)
        beyond = np.maximum(log_odds - self.log_odds[-1], 0.0)
        of_lower, of_upper = (
            (1 - right_share) * self.scores[row, left]
            + right_share * self.scores[row, left + 1]
            + self.tail_slope[row] * beyond
            for row in (lower, lower + 1)
        )
        between = (1 - share) * of_lower + share * of_upper
        scores_nothing = (n_smaller < self.n_minutiae[0]) | (log_odds < self.log_odds[0])
        return np.where(scores_nothing, 0.0, between).astype(np.float32)

    def _place(self, log_odds: Float32s) -> tuple[npt.NDArray[np.intp], Float64s]:
        """Say between which columns log-odds lie: the left one, and the share of the one beside it."""
        low, high, n_columns = self.log_odds[0], self.log_odds[-1], len(self.log_odds)
        place = (np.clip(log_odds, low, high).astype(np.float64) - low) / (high - low) * (n_columns - 1)
        left = np.minimum(place.astype(np.intp), n_columns - 2)
        return left, place - left


def read_calibration(text: str) -> Calibration:
    """Read the JSON that the calibration program writes; its columns lie at equal distances."""
    fields = json.loads(text)
    return Calibration(
        n_minutiae=np.array(fields["n_minutiae"], np.float64),
        log_odds=np.linspace(*fields["log_odds"]),
        scores=np.array(fields["scores"], np.float64),
        tail_slope=np.array(fields["tail_slope"], np.float64),
        parameter_hash=fields["parameter_hash"],
        provenance=fields["provenance"],
    )


CALIBRATION = read_calibration(files(__package__).joinpath("calibration.json").read_text(encoding="utf-8"))
