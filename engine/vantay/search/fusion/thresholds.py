"""What a score is worth after several tries, and the thresholds that decide on it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError


def correct_for_tries(best_scores: npt.ArrayLike, n_tries: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Lower the best of several scores to what it is worth, having been picked as the best.

    Parameters
    ----------
    best_scores : (...) float
        The highest of `n_tries` comparison scores, ≥ 0.
    n_tries : (...) int
        How many comparisons it was the best of, ≥ 1.

    Returns
    -------
    (...) float64
        −10·log10(1 − (1 − p)^n) with p = 10^(−best/10): the rate at which the best of n non-mated scores is
        as high. The scores of two encounters of one finger are alike, so that this errs to the safe side.

    References
    ----------
    .. [1] Z. Šidák, "Rectangular confidence regions for the means of multivariate normal distributions",
       JASA 62(318), 1967. DOI 10.1080/01621459.1967.10482935
    """
    best = np.asarray(best_scores, dtype=np.float64)
    n = np.asarray(n_tries, dtype=np.float64)
    p_value = 10.0 ** (-best / 10.0)
    with np.errstate(divide="ignore"):
        exact = -10.0 * np.log10(-np.expm1(n * np.log1p(-p_value)))
    # So far out the two are the same to the last digit, and further out p underflows
    corrected = np.where(p_value < 1e-30, best - 10.0 * np.log10(n), exact)
    return np.where(n == 1, best, np.maximum(corrected, 0.0))


def identification_threshold(target_fpir: float, n_searched: int) -> float:
    """Give the score that a search of n subjects must reach for a false positive rate.

    Parameters
    ----------
    target_fpir : float
        Wanted rate of searches of unknown people that find somebody, in (0, 1].
    n_searched : int
        Subjects searched.

    Returns
    -------
    float
        −10·log10(target_fpir / n): each of the n comparisons may take its share of the error.

    Raises
    ------
    CallerError
        If the rate is no rate.
    """
    _check_rate("target_fpir", target_fpir)
    # not the logarithm of the quotient: that of the smallest rates is 0
    return 10.0 * (math.log10(max(n_searched, 1)) - math.log10(target_fpir))


def verification_threshold(threshold_fmr: float) -> float:
    """Give the score that a 1:1 comparison must reach for a false match rate, −10·log10(FMR).

    Raises
    ------
    CallerError
        If the rate is no rate.
    """
    _check_rate("threshold_fmr", threshold_fmr)
    return -10.0 * math.log10(threshold_fmr) + 0.0  # + 0.0: a rate of 1 is the score 0, not −0


def _check_rate(name: str, rate: float) -> None:
    if not 0.0 < rate <= 1.0:
        raise CallerError(f"{name} is {rate}, expected a rate above 0 and up to 1")
