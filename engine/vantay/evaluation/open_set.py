"""Error rates of open-set 1:N search, from what each search listed.

A *mated* search is by somebody enrolled, a *non-mated* one by somebody who is not. With threshold T and the
first R candidates of each list,

- FPIR(N, T) is the share of non-mated searches that list anybody with score ≥ T,
- FNIR(N, R, T) is the share of mated searches that do not list the mate among the first R with score ≥ T,
- the hit rate at rank R, drawn as the cumulative match characteristic (CMC), is 1 − FNIR(N, R, 0),
- selectivity is the mean number of candidates with score ≥ T in a non-mated search.

A search that could not be made, since no sample was acquired, lists nobody: a miss if it is mated.

References
----------
ISO/IEC 19795-1:2021, Biometric performance testing and reporting, part 1: FPIR, FNIR, CMC. P. Grother,
M. Ngan, K. Hanaoka, "Face Recognition Vendor Test (FRVT) part 2: Identification", NIST IR 8271, 2019,
doi:10.6028/NIST.IR.8271: FNIR(N, R, T), selectivity. NIST FRIF TE E1N applies the same to fingerprints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import ErrorCurve, error_curve

FloatArray = npt.NDArray[np.float64]
Int64s = npt.NDArray[np.int64]

NOT_LISTED = 0
"""Rank of a mate that is in no list: ranks begin at 1."""

NOBODY = -1.0
"""Score of a candidate that is not there: below every score, and a finite number."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenSetResult:
    """What all searches of one gallery listed.

    Attributes
    ----------
    n_subjects : int
        Size of the gallery.
    mate_scores : (m,) float64
        Of each mated search, the mate's score; `NOBODY` if it is not listed.
    mate_ranks : (m,) int64
        Its rank, from 1; `NOT_LISTED` if it is not listed.
    non_mated : (k, l) float64
        Of each non-mated search, the scores of its l best candidates, descending; `NOBODY` where there are
        fewer.
    stage_ms : mapping of str to (s,) float64
        Wall-clock time by stage, of each of the s ≤ m + k searches that were made.
    """

    n_subjects: int
    mate_scores: FloatArray
    mate_ranks: Int64s
    non_mated: FloatArray
    stage_ms: Mapping[str, FloatArray]

    @property
    def n_mated(self) -> int:
        """Number of mated searches."""
        return int(self.mate_ranks.size)

    @property
    def n_non_mated(self) -> int:
        """Number of non-mated searches."""
        return int(self.non_mated.shape[0])

    @property
    def list_length(self) -> int:
        """Number of candidates that a search lists at most."""
        return int(self.non_mated.shape[1])

    @property
    def search_ms(self) -> FloatArray:
        """Time of each search that was made, all stages together, (s,)."""
        return np.asarray(np.sum(list(self.stage_ms.values()), axis=0), np.float64)


def fpir(result: OpenSetResult, thresholds: npt.ArrayLike) -> FloatArray:
    """Compute the false positive identification rate.

    Parameters
    ----------
    result : OpenSetResult
        With at least one non-mated search.
    thresholds : (t,) array_like of float
        Scores from which on a candidate counts, ≥ 0.

    Returns
    -------
    (t,) float64
        Share of the non-mated searches that list somebody with at least this score.
    """
    best = np.sort(_best_non_mated(result))
    reaching = best.size - np.searchsorted(best, np.asarray(thresholds, np.float64), side="left")
    return np.asarray(reaching / best.size, np.float64)


def fnir(result: OpenSetResult, thresholds: npt.ArrayLike, max_rank: int | None = None) -> FloatArray:
    """Compute the false negative identification rate.

    Parameters
    ----------
    result : OpenSetResult
        With at least one mated search.
    thresholds : (t,) array_like of float
        Scores from which on a candidate counts, ≥ 0.
    max_rank : int, optional
        How many candidates of a list count; all by default.

    Returns
    -------
    (t,) float64
        Share of the mated searches that miss the mate.
    """
    found = np.sort(_mate_scores_within(result, max_rank))
    missed = np.searchsorted(found, np.asarray(thresholds, np.float64), side="left")
    return np.asarray(missed / found.size, np.float64)


def hit_counts(result: OpenSetResult, max_rank: int) -> Int64s:
    """Count the mated searches that list the mate at a rank or better, whatever its score.

    Parameters
    ----------
    result : OpenSetResult
        Of searches.
    max_rank : int
        How many ranks.

    Returns
    -------
    (max_rank,) int64
        Cumulative, from rank 1; divided by the number of mated searches it is the CMC.
    """
    return np.cumsum(rank_counts(result, max_rank))


def rank_counts(result: OpenSetResult, max_rank: int) -> Int64s:
    """Count the mated searches by the rank of the mate, (max_rank,), from rank 1."""
    counts = np.bincount(result.mate_ranks, minlength=max_rank + 1)[1 : max_rank + 1]
    return np.asarray(counts, np.int64)


def selectivity(result: OpenSetResult, thresholds: npt.ArrayLike) -> FloatArray:
    """Compute how many candidates a non-mated search gives to look at.

    Parameters
    ----------
    result : OpenSetResult
        With at least one non-mated search.
    thresholds : (t,) array_like of float
        Scores from which on a candidate counts, ≥ 0.

    Returns
    -------
    (t,) float64
        Mean number of candidates; never more than `list_length`.
    """
    scores = np.sort(result.non_mated, axis=None)
    reaching = scores.size - np.searchsorted(scores, np.asarray(thresholds, np.float64), side="left")
    return np.asarray(reaching / result.n_non_mated, np.float64)


def trade_off(result: OpenSetResult, max_rank: int | None = None) -> ErrorCurve:
    """Compute FPIR and FNIR at every threshold that the scores tell apart.

    Parameters
    ----------
    result : OpenSetResult
        Of searches of both kinds.
    max_rank : int, optional
        How many candidates of a list count for FNIR; all by default.

    Returns
    -------
    ErrorCurve
        Its ``fmr`` is FPIR, its ``fnmr`` FNIR. It begins at threshold 0 or the lowest score: where not every
        search lists somebody, or every mate, no threshold gives an FPIR of 1 or an FNIR of 0.

    Raises
    ------
    InvalidSetting
        If there are no searches of a kind.
    """
    curve = error_curve(_mate_scores_within(result, max_rank), _best_non_mated(result))
    is_threshold = curve.thresholds > NOBODY
    return ErrorCurve(curve.thresholds[is_threshold], curve.fmr[is_threshold], curve.fnmr[is_threshold])


def count_reaching(result: OpenSetResult, threshold: float) -> tuple[int, int]:
    """Count the mated searches that find the mate, and the non-mated that find anybody, at a threshold."""
    n_found = int(np.count_nonzero(result.mate_scores >= threshold))
    return n_found, int(np.count_nonzero(_best_non_mated(result) >= threshold))


def _best_non_mated(result: OpenSetResult) -> FloatArray:
    return result.non_mated[:, 0]


def _mate_scores_within(result: OpenSetResult, max_rank: int | None) -> FloatArray:
    if max_rank is None:
        return result.mate_scores
    if not 1 <= max_rank <= result.list_length:
        raise InvalidSetting(f"maximum rank is {max_rank}, expected 1 to {result.list_length}")
    is_within = (result.mate_ranks != NOT_LISTED) & (result.mate_ranks <= max_rank)
    return np.where(is_within, result.mate_scores, NOBODY)
