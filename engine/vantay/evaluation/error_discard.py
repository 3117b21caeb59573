"""What a quality value is worth: the error-versus-discard curve.

The threshold stays where it was for all comparisons. Then the mated comparisons with the lowest quality (that
of their worse impression) are set aside, and the false non-match rate of the rest is read. A good quality
value sends the curve down quickly; a useless one leaves it flat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import threshold_at_fmr
from vantay.evaluation.score_table import ScoreTable

FloatArray = npt.NDArray[np.float64]

MAX_DISCARD = 0.30
"""Nobody sends away more than a third of the applicants, so the curve and its area end there."""

DISCARD_FMR = 1e-3
"""False match rate of the threshold in the figures of an evaluation."""

DISCARD_SHARES = (0.0, 0.05, 0.10, 0.20, MAX_DISCARD)
"""Where the figures of an evaluation read the curve."""


@dataclass(frozen=True, slots=True, eq=False)
class DiscardCurve:
    """The false non-match rate of what remains, as a step function.

    Attributes
    ----------
    name : str
        Of the scores.
    max_fmr : float
        The false match rate that set the threshold.
    discarded : (k,) float64
        Shares of the mated comparisons set aside, ascending from 0; comparisons of equal quality go together.
    fnmr : (k,) float64
        Of the remaining mated comparisons, from each share until the next.
    """

    name: str
    max_fmr: float
    discarded: FloatArray
    fnmr: FloatArray

    def fnmr_at(self, share: float) -> float:
        """Read the false non-match rate after setting aside at most `share`, a fraction."""
        return float(self.fnmr[np.searchsorted(self.discarded, share, side="right") - 1])

    @property
    def area(self) -> float:
        """Mean false non-match rate between 0 and `MAX_DISCARD` discarded: lower is better."""
        edges = np.append(self.discarded, 1.0).clip(max=MAX_DISCARD)
        return float(np.sum(np.diff(edges) * self.fnmr) / MAX_DISCARD)

    def as_json(self) -> dict[str, object]:
        """Name the area and the rates at `DISCARD_SHARES` as the JSON file does."""
        return {
            "fmr": self.max_fmr,
            "area": self.area,
            "fnmr_at_discard": {f"{share:g}": self.fnmr_at(share) for share in DISCARD_SHARES},
        }


def discard_curve(table: ScoreTable, max_fmr: float) -> DiscardCurve:
    """Compute how the false non-match rate falls when low quality is set aside.

    Parameters
    ----------
    table : ScoreTable
        With qualities.
    max_fmr : float
        The threshold is the lowest with at most this false match rate over the whole table, a fraction.

    Returns
    -------
    DiscardCurve
        From 0 to all but the comparisons of the highest quality.

    Raises
    ------
    InvalidSetting
        If the table has no qualities, no scores of a kind, or `max_fmr` is not a fraction.

    References
    ----------
    P. Grother, E. Tabassi, "Performance of biometric quality measures", IEEE PAMI 29(4), 2007, section 6,
    doi:10.1109/TPAMI.2007.1019. T. Schlett, C. Rathgeb, J. Tapia, C. Busch, "Considerations on the evaluation
    of biometric quality assessment algorithms", 2023, arXiv:2303.13294 (stepwise curve, partial area).
    """
    if table.qualities is None:
        raise InvalidSetting(f"{table.name}: no qualities, expected one for each comparison")
    is_error = table.mated < threshold_at_fmr(table.curve(), max_fmr)
    _, codes = np.unique(table.qualities[table.is_mated], return_inverse=True)
    n_of_quality = np.bincount(codes)
    n_errors_of_quality = np.bincount(codes, is_error)
    n_left = np.cumsum(n_of_quality[::-1])[::-1]
    n_errors_left = np.cumsum(n_errors_of_quality[::-1])[::-1]
    return DiscardCurve(
        name=table.name,
        max_fmr=max_fmr,
        discarded=(is_error.size - n_left) / is_error.size,  # 1/20 is then 0.05, and not a little more
        fnmr=n_errors_left / n_left,
    )
