"""The figures of an identification test, as they go into tables and JSON files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.evaluation.confidence import N_REPLICATES, Interval, exact_interval
from vantay.evaluation.error_rates import ErrorCurve, curve_of_counts, fnmr_at_fmr, threshold_at_fmr
from vantay.evaluation.identification import IdentificationResult
from vantay.evaluation.open_set import (
    NOBODY,
    OpenSetResult,
    count_reaching,
    hit_counts,
    rank_counts,
    selectivity,
    trade_off,
)
from vantay.evaluation.reliability import Reliability
from vantay.search import identification_threshold

FPIR_LEVELS = (1e-1, 1e-2, 1e-3, 1e-4)

RANKS = (1, 2, 5, 10, 20, 50, 100)
"""Where figures read the CMC."""


@dataclass(frozen=True, slots=True)
class MissRate:
    """FNIR at the lowest threshold that keeps to an FPIR.

    Attributes
    ----------
    threshold : float
        That score; infinity if even the highest is a false positive too many.
    fnir : float
        Share of the mated searches that miss.
    fnir_95 : Interval
        By bootstrap over the subjects searched for; exact where nobody or everybody was missed.
    n_missed : int
        How many mated searches miss.
    """

    threshold: float
    fnir: float
    fnir_95: Interval
    n_missed: int

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        return {
            "threshold": self.threshold,
            "fnir": self.fnir,
            "fnir_95": list(self.fnir_95),
            "n_missed": self.n_missed,
        }


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """Rates at the threshold that the engine sets for an FPIR and a number of subjects; exact intervals."""

    target_fpir: float
    threshold: float
    fpir: float
    fpir_95: Interval
    fnir: float
    fnir_95: Interval
    selectivity: float
    n_missed: int
    n_false: int

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        return {
            "target_fpir": self.target_fpir,
            "threshold": self.threshold,
            "fpir": self.fpir,
            "fpir_95": list(self.fpir_95),
            "fnir": self.fnir,
            "fnir_95": list(self.fnir_95),
            "selectivity": self.selectivity,
            "n_missed": self.n_missed,
            "n_false": self.n_false,
        }


@dataclass(frozen=True, slots=True, eq=False)
class GalleryFigures:
    """Everything that is told of one size of gallery.

    Attributes
    ----------
    result : OpenSetResult
        What the searches listed.
    miss_rates : mapping of float to MissRate
        By FPIR, for those of `FPIR_LEVELS` that the number of non-mated searches can tell from 0.
    decision : DecisionFigures
        At the engine's own threshold.
    curve : ErrorCurve
        FPIR and FNIR at every threshold.
    """

    result: OpenSetResult
    miss_rates: Mapping[float, MissRate]
    decision: DecisionFigures
    curve: ErrorCurve

    def hit_rate(self, rank: int) -> float:
        """Share of mated searches with the mate at a rank or better."""
        return float(hit_counts(self.result, rank)[-1] / self.result.n_mated)

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        result = self.result
        ranks = [rank for rank in RANKS if rank <= result.list_length]
        counts = rank_counts(result, result.list_length)
        return {
            "n_subjects": result.n_subjects,
            "n_mated": result.n_mated,
            "n_non_mated": result.n_non_mated,
            "fnir_at_fpir": {
                f"1e{np.log10(level):.0f}": rate.as_json() for level, rate in self.miss_rates.items()
            },
            "decision": self.decision.as_json(),
            "hit_rate_at_rank": {str(rank): self.hit_rate(rank) for rank in ranks},
            "ranks": {"counts": counts.tolist(), "n_not_listed": result.n_mated - int(counts.sum())},
            "search_ms": _times_json(result),
        }


@dataclass(frozen=True, slots=True, eq=False)
class IdentificationFigures:
    """Everything that an identification test prints and writes.

    Attributes
    ----------
    galleries : tuple of GalleryFigures
        By size.
    mated_ids, non_mated_ids : tuple of str
        Who was searched for; in small galleries the first of the mated ones.
    fta, fte : float
        Share of probes, and of enrolled subjects, without any sample.
    reliability : mapping of str to Reliability
        By kind of score.
    prepare_ms : float
        Processor time to make a template ready for comparison, mean.
    """

    galleries: tuple[GalleryFigures, ...]
    mated_ids: tuple[str, ...]
    non_mated_ids: tuple[str, ...]
    fta: float
    fte: float
    reliability: Mapping[str, Reliability]
    prepare_ms: float

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        return {
            "galleries": {str(one.result.n_subjects): one.as_json() for one in self.galleries},
            "fta": self.fta,
            "fte": self.fte,
            "reliability": {name: one.as_json() for name, one in self.reliability.items()},
            "prepare_ms": self.prepare_ms,
        }


def identification_figures(
    result: IdentificationResult, reliability: Mapping[str, Reliability], target_fpir: float
) -> IdentificationFigures:
    """Compute all figures of a test.

    Parameters
    ----------
    result : IdentificationResult
        From `evaluate_identification`.
    reliability : mapping of str to Reliability
        Of the scores.
    target_fpir : float
        Of the engine's threshold.

    Returns
    -------
    IdentificationFigures
        Rates as fractions.
    """
    n_subjects = result.galleries[-1].n_subjects
    return IdentificationFigures(
        galleries=tuple(gallery_figures(one, target_fpir) for one in result.galleries),
        mated_ids=result.mated_ids,
        non_mated_ids=result.non_mated_ids,
        fta=result.n_empty_probes / result.n_probes,
        fte=result.n_not_enrolled / n_subjects,
        reliability=reliability,
        prepare_ms=1e3 * result.prepare_s / max(result.n_prepared, 1),
    )


def gallery_figures(result: OpenSetResult, target_fpir: float) -> GalleryFigures:
    """Compute the figures of one size of gallery; as `identification_figures`."""
    curve = trade_off(result)
    resolved = [level for level in FPIR_LEVELS if level * result.n_non_mated >= 1 - 1e-9]
    threshold = identification_threshold(target_fpir, result.n_subjects)
    n_found, n_false = count_reaching(result, threshold)
    n_missed = result.n_mated - n_found
    return GalleryFigures(
        result=result,
        miss_rates={level: _miss_rate(result, curve, level) for level in resolved},
        decision=DecisionFigures(
            target_fpir=target_fpir,
            threshold=threshold,
            fpir=n_false / result.n_non_mated,
            fpir_95=exact_interval(n_false, result.n_non_mated),
            fnir=n_missed / result.n_mated,
            fnir_95=exact_interval(n_missed, result.n_mated),
            selectivity=float(selectivity(result, [threshold])[0]),
            n_missed=n_missed,
            n_false=n_false,
        ),
        curve=curve,
    )


def bootstrap_fnir(
    result: OpenSetResult, max_fpir: float, *, n_replicates: int = N_REPLICATES, seed: int = 1
) -> Interval:
    """Compute the 95 % confidence interval of FNIR at an FPIR by bootstrap over the subjects searched for.

    Parameters
    ----------
    result : OpenSetResult
        One search a subject, so that drawing searches is drawing subjects. The gallery stays as it is.
    max_fpir : float
        A fraction; the threshold is set anew in each replicate.
    n_replicates : int
        How many times both kinds of searches are drawn.
    seed : int
        Of the draws.

    Returns
    -------
    Interval
        The 2.5 and 97.5 percentiles of the replicates.
    """
    best = result.non_mated[:, 0]
    scores, codes = np.unique(np.concatenate([result.mate_scores, best]), return_inverse=True)
    mated, non_mated = codes[: result.n_mated], codes[result.n_mated :]
    rng = np.random.default_rng(seed)
    rates = np.empty(n_replicates)
    for replicate in range(n_replicates):
        mated_counts = _draw_counts(rng, mated, scores.size)
        curve = curve_of_counts(scores, mated_counts, _draw_counts(rng, non_mated, scores.size))
        rates[replicate] = fnmr_at_fmr(_without_nobody(curve), max_fpir)
    low, high = np.percentile(rates, [2.5, 97.5])
    return Interval(float(low), float(high))


def _miss_rate(result: OpenSetResult, curve: ErrorCurve, level: float) -> MissRate:
    rate = fnmr_at_fmr(curve, level)
    n_missed = round(rate * result.n_mated)
    is_certain = n_missed in {0, result.n_mated}
    interval = exact_interval(n_missed, result.n_mated) if is_certain else bootstrap_fnir(result, level)
    return MissRate(threshold_at_fmr(curve, level), rate, interval, n_missed)


def _draw_counts(
    rng: np.random.Generator, codes: npt.NDArray[np.intp], n_scores: int
) -> npt.NDArray[np.int64]:
    drawn = codes[rng.integers(0, codes.size, codes.size)]
    return np.asarray(np.bincount(drawn, minlength=n_scores), np.int64)


def _without_nobody(curve: ErrorCurve) -> ErrorCurve:
    """Leave out the threshold below all scores: a candidate that is not there is never found."""
    first = int(curve.thresholds[0] == NOBODY)
    return ErrorCurve(curve.thresholds[first:], curve.fmr[first:], curve.fnmr[first:])


def _times_json(result: OpenSetResult) -> dict[str, object]:
    times = result.search_ms
    if not times.size:
        return {}
    return {
        "mean": float(times.mean()),
        "median": float(np.median(times)),
        "p99": float(np.percentile(times, 99)),
        "stages": {stage: float(ms.mean()) for stage, ms in result.stage_ms.items()},
    }
