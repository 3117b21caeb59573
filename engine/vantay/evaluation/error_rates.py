"""Error rates of a 1:1 comparison, from its mated and non-mated scores.

A comparison is a match when its score reaches the threshold. So the false match rate FMR(t) is the share of
non-mated scores ≥ t, and the false non-match rate FNMR(t) the share of mated scores < t. Equal scores stand
or fall together: a threshold cannot be put between them, and none of the functions here pretends that it can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ErrorCurve:
    """The detection error trade-off: every operating point that the scores allow.

    Attributes
    ----------
    thresholds : (k,) float64
        Ascending: each distinct score, then infinity.
    fmr : (k,) float64
        False match rate at each threshold, falling from 1 to 0.
    fnmr : (k,) float64
        False non-match rate at each threshold, rising from 0 to 1.
    """

    thresholds: FloatArray
    fmr: FloatArray
    fnmr: FloatArray


def error_curve(mated: npt.ArrayLike, non_mated: npt.ArrayLike) -> ErrorCurve:
    """Compute the error rates at every threshold that the scores tell apart.

    Parameters
    ----------
    mated : (n,) array_like of float
        Scores of comparisons of the same finger, higher = more alike.
    non_mated : (m,) array_like of float
        Scores of comparisons of different fingers.

    Returns
    -------
    ErrorCurve
        One point for each distinct score and one above the highest.

    Raises
    ------
    InvalidSetting
        If there are no scores of a kind, or a score is not a number.

    Examples
    --------
    >>> curve = error_curve([30.0, 50.0], [10.0, 30.0])
    >>> curve.fmr.tolist()
    [1.0, 0.5, 0.0, 0.0]
    >>> curve.fnmr.tolist()
    [0.0, 0.0, 0.5, 1.0]
    """
    mated_scores = _checked_scores("mated", mated)
    non_mated_scores = _checked_scores("non-mated", non_mated)
    scores, codes = np.unique(np.concatenate([mated_scores, non_mated_scores]), return_inverse=True)
    n_mated = mated_scores.size
    return curve_of_counts(
        scores,
        np.bincount(codes[:n_mated], minlength=scores.size),
        np.bincount(codes[n_mated:], minlength=scores.size),
    )


def curve_of_counts(
    scores: FloatArray, mated_counts: npt.NDArray[np.generic], non_mated_counts: npt.NDArray[np.generic]
) -> ErrorCurve:
    """Compute the error rates from how often each distinct score occurs.

    Parameters
    ----------
    scores : (k,) float64
        Distinct scores, ascending.
    mated_counts, non_mated_counts : (k,) int or float
        Number, or summed weight, of the comparisons that have this score; neither sums to zero.

    Returns
    -------
    ErrorCurve
        ``k + 1`` points.
    """
    mated_below = np.concatenate([[0.0], np.cumsum(mated_counts, dtype=np.float64)])
    non_mated_below = np.concatenate([[0.0], np.cumsum(non_mated_counts, dtype=np.float64)])
    n_non_mated = non_mated_below[-1]
    return ErrorCurve(
        thresholds=np.append(scores, np.inf),
        fmr=(n_non_mated - non_mated_below) / n_non_mated,
        fnmr=mated_below / mated_below[-1],
    )


def equal_error_rate(curve: ErrorCurve) -> float:
    """Compute the rate at which false matches and false non-matches are equally frequent.

    Between the two operating points around the crossing both rates are interpolated linearly, so the result
    does not jump when a single comparison changes sides.

    Parameters
    ----------
    curve : ErrorCurve
        Of the scores in question.

    Returns
    -------
    float
        0 (no overlap of mated and non-mated scores) to 1, a fraction.

    References
    ----------
    D. Maio, D. Maltoni, R. Cappelli, J. L. Wayman, A. K. Jain, "FVC2000: Fingerprint Verification
    Competition", IEEE PAMI 24(3), 2002, section 4 (the interval that the interpolation picks a point from),
    doi:10.1109/34.990140.
    """
    gap = curve.fnmr - curve.fmr
    after = int(
        np.argmax(gap >= 0.0)
    )  # the gap rises from −1 to 1: there is such a point, and it is not the first
    before = after - 1
    share = gap[before] / (gap[before] - gap[after])
    return float(curve.fmr[before] + share * (curve.fmr[after] - curve.fmr[before]))


def threshold_at_fmr(curve: ErrorCurve, max_fmr: float) -> float:
    """Find the lowest threshold at which at most `max_fmr` of the non-mated comparisons match.

    Parameters
    ----------
    curve : ErrorCurve
        Of the scores in question.
    max_fmr : float
        A fraction, 0 to 1.

    Returns
    -------
    float
        A score of the curve, or infinity when even its highest score is a false match too many.

    Raises
    ------
    InvalidSetting
        If `max_fmr` is not a fraction.
    """
    return float(curve.thresholds[_point_at_fmr(curve, max_fmr)])


def fnmr_at_fmr(curve: ErrorCurve, max_fmr: float) -> float:
    """Find the lowest false non-match rate that a false match rate of at most `max_fmr` allows.

    No interpolation: it is the rate at `threshold_at_fmr`, an operating point that exists.

    Parameters
    ----------
    curve : ErrorCurve
        Of the scores in question.
    max_fmr : float
        A fraction, 0 to 1.

    Returns
    -------
    float
        A fraction.

    Raises
    ------
    InvalidSetting
        If `max_fmr` is not a fraction.
    """
    return float(curve.fnmr[_point_at_fmr(curve, max_fmr)])


def rates_at_threshold(curve: ErrorCurve, threshold: float) -> tuple[float, float]:
    """Read both error rates at a threshold that does not come from the curve.

    Parameters
    ----------
    curve : ErrorCurve
        Of the scores in question.
    threshold : float
        Any score; it need not be one of the curve's.

    Returns
    -------
    fmr, fnmr : float
        Fractions.

    Examples
    --------
    >>> rates_at_threshold(error_curve([30.0, 50.0], [10.0, 30.0]), 40.0)
    (0.0, 0.5)
    """
    point = int(np.searchsorted(curve.thresholds, threshold, side="left"))
    return float(curve.fmr[point]), float(curve.fnmr[point])


def _point_at_fmr(curve: ErrorCurve, max_fmr: float) -> int:
    if not 0.0 <= max_fmr <= 1.0:
        raise InvalidSetting(f"maximum FMR is {max_fmr}, expected a fraction from 0 to 1")
    return int(np.argmax(curve.fmr <= max_fmr))


def _checked_scores(kind: str, scores: npt.ArrayLike) -> FloatArray:
    values = np.asarray(scores, dtype=np.float64).ravel()
    if values.size == 0:
        raise InvalidSetting(
            f"there are no {kind} scores, expected at least one: error rates need both kinds"
        )
    if not np.all(np.isfinite(values)):
        bad = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InvalidSetting(f"{kind} score {bad} is {values[bad]}, expected a finite number")
    return values
