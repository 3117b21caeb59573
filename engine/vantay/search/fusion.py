"""Many scores of one subject become one, and the thresholds that decide on it.

A calibrated comparison score is s = −10·log10(p), where p is the rate of non-mated comparisons that score
as high. So p is the p-value of "not the same finger", and under that hypothesis s·ln(10)/10 is
exponentially distributed with mean 1. Everything here follows from that.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError

_NEPERS_PER_SCORE = math.log(10) / 10


def fuse(scores_of_samples: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Fuse the scores of a subject's fingers and face by Fisher's method.

    Parameters
    ----------
    scores_of_samples : (n, k) float
        Comparison scores ≥ 0 of n subjects, one column a finger or the face of the probe, −10·log10(FMR).
        NaN where the reference lacks it: a missing sample says nothing and is left out.

    Returns
    -------
    (n,) float64
        Fused scores on the same scale, −10·log10 of the rate at which the samples of another person reach
        as much evidence; NaN for a subject that has none of them. A single score stays as it is.

    Notes
    -----
    With x the sum of k exponentials of mean 1, P(Gamma(k, 1) ≥ x) = exp(−x)·Σ_{j<k} x^j/j!. Only the sum is
    computed in linear scale, so that nothing underflows however high the scores are. Fisher's method takes
    the fingers of a non-mated comparison as independent; where they are not, Brown's extension widens the
    distribution by their measured covariance. A face joins the fingers as one sample more: its calibrated
    score is a p-value like theirs, and −ln p is the evidence against "another person" whichever comparator
    gave it, so that no weights are needed. Finger and face of two people are alike independently of each
    other but for what sex, age and descent have in common.

    References
    ----------
    .. [1] R. A. Fisher, "Statistical Methods for Research Workers", 4th ed., section 21.1, 1932.
    .. [2] M. B. Brown, "A method for combining non-independent, one-sided tests of significance",
       Biometrics 31(4), 1975. DOI 10.2307/2529826

    Examples
    --------
    >>> fuse([[30.0, 30.0], [30.0, float("nan")], [30.0, 0.0]]).round(1)
    array([48.3, 30. , 21. ])
    """
    scores = np.asarray(scores_of_samples, dtype=np.float64)
    is_present = ~np.isnan(scores)
    n_samples = is_present.sum(axis=1)
    total = np.where(is_present, scores, 0.0).sum(axis=1)
    x = total * _NEPERS_PER_SCORE
    term = np.ones_like(x)
    series = np.ones_like(x)
    for j in range(1, scores.shape[1]):
        term *= x / j
        series += np.where(j < n_samples, term, 0.0)
    fused = np.maximum(total - 10.0 * np.log10(series), 0.0)
    return np.where(n_samples > 0, fused, np.nan)


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
    return -10.0 * math.log10(target_fpir / max(n_searched, 1))


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
