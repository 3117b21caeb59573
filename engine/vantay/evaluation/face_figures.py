"""The figures of an evaluation of faces, as they go into tables and JSON files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.confidence import Interval, Statistic, bootstrap_intervals
from vantay.evaluation.error_discard import DISCARD_FMR, DiscardCurve, discard_curve
from vantay.evaluation.error_rates import equal_error_rate, fnmr_at_fmr
from vantay.evaluation.faces import FaceResult, FaceTask
from vantay.evaluation.score_table import ScoreTable

FMR_LEVELS = (1e-2, 1e-3, 1e-4, 1e-5)

N_REPLICATES = 1000
MAX_BOOTSTRAP_WORK = 100_000_000
"""Comparisons times replicates: more takes minutes, so large sets get fewer replicates, 100 at least."""


@dataclass(frozen=True, slots=True)
class FoldAccuracy:
    """Accuracy over folds, a fraction.

    Attributes
    ----------
    mean, deviation : float
        Over the folds; the deviation is the sample's, not that of the mean.
    n_folds : int
        How many.
    """

    mean: float
    deviation: float
    n_folds: int


@dataclass(frozen=True, slots=True)
class FaceErrorFigures:
    """Error rates of one system; all rates are fractions.

    Attributes
    ----------
    eer : float
        Equal error rate.
    eer_95 : Interval
        Its 95 % confidence interval, by bootstrap over subjects.
    fnmr_at_fmr : mapping of float to float
        False non-match rate at a false match rate of at most each of `FMR_LEVELS`.
    fnmr_at_fmr_95 : mapping of float to Interval
        Their 95 % confidence intervals; each replicate sets its own threshold.
    accuracy : FoldAccuracy or None
        Where there are folds.
    fta : float or None
        Failure-to-acquire rate, where photos were seen.
    n_mated, n_non_mated : int
        Comparisons.
    """

    eer: float
    eer_95: Interval
    fnmr_at_fmr: Mapping[float, float]
    fnmr_at_fmr_95: Mapping[float, Interval]
    accuracy: FoldAccuracy | None
    fta: float | None
    n_mated: int
    n_non_mated: int

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        accuracy = self.accuracy
        return {
            "eer": self.eer,
            "eer_95": list(self.eer_95),
            **self._fnmr_json(),
            **(
                {}
                if accuracy is None
                else {
                    "accuracy": accuracy.mean,
                    "accuracy_deviation": accuracy.deviation,
                    "n_folds": accuracy.n_folds,
                }
            ),
            **({} if self.fta is None else {"fta": self.fta}),
            "n_mated": self.n_mated,
            "n_non_mated": self.n_non_mated,
        }

    def _fnmr_json(self) -> dict[str, object]:
        rates: dict[str, object] = {}
        for level, rate in self.fnmr_at_fmr.items():
            name = f"fnmr_at_fmr_1e{np.log10(level):.0f}"
            rates |= {name: rate, f"{name}_95": list(self.fnmr_at_fmr_95[level])}
        return rates


@dataclass(frozen=True, slots=True)
class FaceFigures:
    """Everything that an evaluation of faces prints and writes.

    Attributes
    ----------
    name : str
        What was measured on.
    own : FaceErrorFigures
        Of the profile.
    beside : mapping of str to FaceErrorFigures
        Other systems, by name.
    extract_ms_median : float
        Processor time from pixels to template.
    rejects : mapping of str to str
        Photos without a template, and why.
    error_discard : DiscardCurve
        What the profile's quality is worth.
    """

    name: str
    own: FaceErrorFigures
    beside: Mapping[str, FaceErrorFigures]
    extract_ms_median: float
    rejects: Mapping[str, str]
    error_discard: DiscardCurve

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        return {
            "sets": {self.name: self.own.as_json()},
            "beside": {name: figures.as_json() for name, figures in self.beside.items()},
            "error_discard": self.error_discard.as_json(),
            "extract_ms_median": self.extract_ms_median,
            "rejects": [{"file": name, "reason": reason} for name, reason in self.rejects.items()],
        }


def face_figures(result: FaceResult, beside: Mapping[str, ScoreTable] | None = None) -> FaceFigures:
    """Compute all figures of an evaluation.

    Parameters
    ----------
    result : FaceResult
        From `evaluate_faces`.
    beside : mapping of str to ScoreTable, optional
        Scores of other systems on these photos.

    Returns
    -------
    FaceFigures
        Rates as fractions.

    Raises
    ------
    InvalidSetting
        If there are no comparisons of a kind, or there is a single subject.
    """
    folds = result.task.folds
    times = [one.extract_ms for one in result.acquired if one.extract_ms > 0]
    photos = zip(result.task.photos, result.acquired, strict=True)
    return FaceFigures(
        name=result.task.name,
        own=error_figures(result.scores, folds, result.fta),
        beside={
            name: error_figures(table, folds_of(table, result.task)) for name, table in (beside or {}).items()
        },
        extract_ms_median=float(np.median(times)) if times else 0.0,
        rejects={photo.name: one.rejection for photo, one in photos if one.template is None},
        error_discard=discard_curve(result.scores, DISCARD_FMR),
    )


def error_figures(
    table: ScoreTable, folds: npt.NDArray[np.intp] | None = None, fta: float | None = None
) -> FaceErrorFigures:
    """Compute the error rates of a table of comparisons; as `face_figures`."""
    curve = table.curve()
    n_replicates = int(np.clip(MAX_BOOTSTRAP_WORK // len(table.scores), 100, N_REPLICATES))
    rates: list[Statistic] = [equal_error_rate]
    rates += [partial(fnmr_at_fmr, max_fmr=level) for level in FMR_LEVELS]
    eer_95, *fnmr_95 = bootstrap_intervals(table, rates, n_replicates=n_replicates)
    return FaceErrorFigures(
        eer=equal_error_rate(curve),
        eer_95=eer_95,
        fnmr_at_fmr={level: fnmr_at_fmr(curve, level) for level in FMR_LEVELS},
        fnmr_at_fmr_95=dict(zip(FMR_LEVELS, fnmr_95, strict=True)),
        accuracy=None
        if folds is None or not folds.any()
        else fold_accuracy(table.scores, table.is_mated, folds),
        fta=fta,
        n_mated=table.mated.size,
        n_non_mated=table.non_mated.size,
    )


def folds_of(table: ScoreTable, task: FaceTask) -> npt.NDArray[np.intp] | None:
    """Find which fold of a task each comparison of another system's table is in.

    Parameters
    ----------
    table : ScoreTable
        From `face_report.read_beside`: impressions are numbered as the task's photos are.
    task : FaceTask
        With folds or without.

    Returns
    -------
    (n,) intp or None
        None where there are no folds, or the table has a comparison that the task has not.
    """
    if task.folds is None:
        return None
    numbers = zip(task.probe.tolist(), task.reference.tolist(), strict=True)
    fold = {frozenset(pair): number for pair, number in zip(numbers, task.folds.tolist(), strict=True)}
    pairs = zip(table.probes, table.candidates, strict=True)
    found = [fold.get(frozenset((probe.impression, candidate.impression))) for probe, candidate in pairs]
    known = [number for number in found if number is not None]
    return np.array(known, np.intp) if len(known) == len(found) else None


def fold_accuracy(
    scores: npt.NDArray[np.float64], is_mated: npt.NDArray[np.bool_], folds: npt.NDArray[np.intp]
) -> FoldAccuracy:
    """Compute the share of right decisions in each fold, at the threshold that is best on all others.

    Parameters
    ----------
    scores : (n,) float64
        Of comparisons.
    is_mated : (n,) bool
        Which are of one person.
    folds : (n,) intp
        Which fold each is in.

    Returns
    -------
    FoldAccuracy
        Mean and deviation over the folds.

    Raises
    ------
    InvalidSetting
        If there are fewer than two folds.
    """
    numbers = np.unique(folds)
    if numbers.size < 2:
        raise InvalidSetting(f"{numbers.size} folds, expected two or more: a threshold comes from the others")
    shares = []
    for number in numbers:
        here = folds == number
        threshold = best_threshold(scores[~here], is_mated[~here])
        shares.append(np.mean((scores[here] >= threshold) == is_mated[here]))
    return FoldAccuracy(float(np.mean(shares)), float(np.std(shares, ddof=1)), int(numbers.size))


def best_threshold(scores: npt.NDArray[np.float64], is_mated: npt.NDArray[np.bool_]) -> float:
    """Find the threshold with the most right decisions: midway between two scores, the lowest if several.

    Parameters
    ----------
    scores : (n,) float64
        Of comparisons, n ≥ 1.
    is_mated : (n,) bool
        Which are of one person.

    Returns
    -------
    float
        Scores from it on count as matches.
    """
    levels, codes = np.unique(scores, return_inverse=True)
    mated = np.bincount(codes, is_mated, minlength=levels.size)
    non_mated = np.bincount(codes, ~is_mated, minlength=levels.size)
    # right decisions with the threshold below each level, and above the last
    right = (
        np.concatenate([[0], np.cumsum(non_mated)]) + mated.sum() - np.concatenate([[0], np.cumsum(mated)])
    )
    best = int(np.argmax(right))
    if best in {0, levels.size}:
        return float(levels[0]) if best == 0 else float(np.nextafter(levels[-1], np.inf))
    return float((levels[best - 1] + levels[best]) / 2)
