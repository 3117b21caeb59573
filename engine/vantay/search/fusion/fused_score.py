"""The evidence of a subject's fingers and face, added up, and how rare that much of it is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError
from vantay.search.fusion.mated_model import MODEL, Kinds
from vantay.search.fusion.null_tail import tail_table

Float64s = npt.NDArray[np.float64]

NEPERS_PER_SCORE = math.log(10) / 10

MIDDLING_FINGER = MODEL.n_finger_kinds // 2

BITS_PER_COUNT = 63 // len(MODEL.mated)
"""Of a composition written as one number."""


def fuse(scores_of_samples: npt.ArrayLike, kinds: npt.ArrayLike | None = None) -> Float64s:
    """Fuse the scores of a subject's fingers and face by their log-likelihood ratios.

    Parameters
    ----------
    scores_of_samples : (n, k) float
        Comparison scores ≥ 0 of n subjects, one column a finger or the face of the probe, −10·log10(FMR).
        NaN where the reference lacks it: a missing sample says nothing and is left out.
    kinds : (n, k) or (k,) uint8, optional
        Kind of each, from `finger_kinds` and `face_kinds`; anything where the score is NaN. Without it all
        are taken for fingers of middling quality.

    Returns
    -------
    (n,) float64
        Fused scores on the same scale, −10·log10 of the rate at which samples of another person, of the same
        kinds, give as much evidence; NaN for a subject that has none. A single score stays as it is.

    Raises
    ------
    CallerError
        If a kind is none, or there are too many samples.

    Notes
    -----
    By the lemma of Neyman and Pearson no other way to add scores finds more mated subjects at the same rate
    of false ones, as far as the fitted densities are right and samples of mated subjects are independent but
    for their quality. That rate itself does not depend on the fit: it is what the convolution says of
    non-mated scores, whose distribution is known by their calibration.

    References
    ----------
    .. [1] K. Nandakumar, Y. Chen, S. C. Dass, A. K. Jain, "Likelihood ratio-based biometric score fusion",
       IEEE PAMI 30(2), 2008. DOI 10.1109/TPAMI.2007.70796

    Examples
    --------
    >>> from vantay.search import face_kinds, finger_kinds
    >>> kinds = [*finger_kinds([30.0, 30.0]), *face_kinds([90])]
    >>> nan = float("nan")
    >>> fuse([[30.0, 30.0, nan], [30.0, nan, nan], [30.0, 0.0, nan], [30.0, nan, 30.0]], kinds).round(1)
    array([45.9, 30. , 20.8, 48.3])
    """
    scores = np.asarray(scores_of_samples, dtype=np.float64)
    is_present = ~np.isnan(scores)
    codes = _checked_kinds(MIDDLING_FINGER if kinds is None else kinds, is_present)
    evidence = _evidence(scores, is_present, codes).sum(axis=1)
    units = np.int64(1) << (BITS_PER_COUNT * codes.astype(np.int64))
    compositions = np.where(is_present, units, 0).sum(axis=1)
    fused = np.where(is_present, scores, 0.0).sum(axis=1)
    for composition, rows in _rows_by_value(compositions):
        counts = _counts(composition)
        if sum(counts) == 0:
            fused[rows] = np.nan
        elif sum(counts) > 1:
            fused[rows] = tail_table(counts).score(evidence[rows])
    return np.asarray(fused)


def log_likelihood_ratios(scores_of_samples: npt.ArrayLike, kinds: npt.ArrayLike) -> Float64s:
    """Tell what each score says by itself: the evidence whose sum `fuse` goes by.

    Parameters
    ----------
    scores_of_samples : (n, k) float
        As for `fuse`.
    kinds : (n, k) or (k,) uint8
        As for `fuse`.

    Returns
    -------
    (n, k) float64
        Nepers: natural logarithms of how many times as likely the score is if the two are mated; 0 for a
        missing sample.

    Raises
    ------
    CallerError
        If a kind is none, or there are too many samples.
    """
    scores = np.asarray(scores_of_samples, dtype=np.float64)
    is_present = ~np.isnan(scores)
    return _evidence(scores, is_present, _checked_kinds(kinds, is_present))


def _evidence(scores: Float64s, is_present: npt.NDArray[np.bool_], kinds: Kinds) -> Float64s:
    x = np.where(is_present, scores, 0.0) * NEPERS_PER_SCORE
    return np.where(is_present, MODEL.log_likelihood_ratios(x, kinds), 0.0)


def _checked_kinds(kinds: npt.ArrayLike, is_present: npt.NDArray[np.bool_]) -> Kinds:
    codes = np.where(is_present, np.asarray(kinds), 0)
    if np.any((codes < 0) | (codes >= len(MODEL.mated))):
        raise CallerError(f"kinds of samples go up to {codes.max()}, expected 0 to {len(MODEL.mated) - 1}")
    if is_present.shape[1] >= 1 << BITS_PER_COUNT:
        raise CallerError(f"{is_present.shape[1]} samples, expected less than {1 << BITS_PER_COUNT}")
    return codes.astype(np.uint8)


def _rows_by_value(values: npt.NDArray[np.int64]) -> list[tuple[int, npt.NDArray[np.intp]]]:
    """Group rows by their value."""
    distinct, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    ends = np.cumsum(np.bincount(group, minlength=len(distinct)))
    return list(zip(distinct.tolist(), np.split(order, ends[:-1]), strict=True)) if len(distinct) else []


def _counts(composition: int) -> tuple[int, ...]:
    mask = (1 << BITS_PER_COUNT) - 1
    return tuple((composition >> (BITS_PER_COUNT * kind)) & mask for kind in range(len(MODEL.mated)))
