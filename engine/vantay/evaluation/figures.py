"""The figures of an evaluation, as they go into tables and JSON files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.evaluation.confidence import Interval, bootstrap_interval
from vantay.evaluation.error_discard import DISCARD_FMR, DiscardCurve, discard_curve
from vantay.evaluation.error_rates import equal_error_rate, error_curve, fnmr_at_fmr, rates_at_threshold
from vantay.evaluation.fvc import FvcResult
from vantay.evaluation.reliability import Reliability, reliability_of
from vantay.evaluation.score_table import ScoreTable, pool_tables

DECISION_SCORE = 40.0
"""Where the default settings decide: a score is −10·log10(FMR), so this one promises an FMR of 0.01 %."""


class DecisionRates(NamedTuple):
    """Error rates at `DECISION_SCORE`, both fractions: what a user of the defaults gets."""

    fmr: float
    fnmr: float


class AcquiredRates(NamedTuple):
    """Error rates of the comparisons that were made, both samples acquired: ISO's FMR and FNMR proper."""

    eer: float
    fnmr_at_fmr_1e2: float
    fnmr_at_fmr_1e3: float
    n_mated: int
    n_non_mated: int

    def as_json(self) -> dict[str, float]:
        """Name the rates as the JSON file does."""
        return {
            "eer": self.eer,
            "fnmr_at_fmr_1e-2": self.fnmr_at_fmr_1e2,
            "fnmr_at_fmr_1e-3": self.fnmr_at_fmr_1e3,
            "n_mated": self.n_mated,
            "n_non_mated": self.n_non_mated,
        }


@dataclass(frozen=True, slots=True)
class ErrorFigures:
    """Error rates of one set or of pooled sets; all rates are fractions.

    A comparison with an image that gave no template counts with score 0: these are generalised rates, of
    attempts to compare. `acquired` has those of the comparisons that could be made.

    Attributes
    ----------
    eer : float
        Equal error rate.
    eer_95 : Interval
        Its 95 % confidence interval, by bootstrap over fingers.
    fnmr_at_fmr_1e2, fnmr_at_fmr_1e3 : float
        False non-match rate at a false match rate of at most 1 % and 0.1 %.
    decision : DecisionRates or None
        Rates at the default threshold; None for systems whose scores have another scale.
    fte : float or None
        Failure-to-enrol rate, where images were seen.
    n_mated, n_non_mated : int
        Comparisons, those that could not be made among them.
    acquired : AcquiredRates or None
        Without those; None where every image gave a template, or images were not seen.
    """

    eer: float
    eer_95: Interval
    fnmr_at_fmr_1e2: float
    fnmr_at_fmr_1e3: float
    decision: DecisionRates | None
    fte: float | None
    n_mated: int
    n_non_mated: int
    acquired: AcquiredRates | None = None

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        return {
            "eer": self.eer,
            "eer_95": list(self.eer_95),
            "fnmr_at_fmr_1e-2": self.fnmr_at_fmr_1e2,
            "fnmr_at_fmr_1e-3": self.fnmr_at_fmr_1e3,
            **self._decision_json(),
            **({} if self.fte is None else {"fte": self.fte}),
            "n_mated": self.n_mated,
            "n_non_mated": self.n_non_mated,
            **({} if self.acquired is None else {"acquired": self.acquired.as_json()}),
        }

    def _decision_json(self) -> dict[str, float]:
        if self.decision is None:
            return {}
        score = f"{DECISION_SCORE:g}"
        return {f"fmr_at_score_{score}": self.decision.fmr, f"fnmr_at_score_{score}": self.decision.fnmr}


def error_figures(
    table: ScoreTable,
    fte: float | None = None,
    *,
    is_calibrated: bool = False,
    is_made: npt.NDArray[np.bool_] | None = None,
) -> ErrorFigures:
    """Compute the error rates of `table`.

    Parameters
    ----------
    table : ScoreTable
        With mated and non-mated comparisons, of two fingers a set at least.
    fte : float or None
        Failure-to-enrol rate to carry along.
    is_calibrated : bool
        Whether the scores are −10·log10(FMR), so that the rates at `DECISION_SCORE` mean something.
    is_made : (n,) bool, optional
        Which comparisons had a template on both sides; all by default.

    Returns
    -------
    ErrorFigures
        Rates as fractions.

    Raises
    ------
    InvalidSetting
        If there are no scores of a kind or a set has a single finger.
    """
    curve = table.curve()
    return ErrorFigures(
        eer=equal_error_rate(curve),
        eer_95=bootstrap_interval(table, equal_error_rate),
        fnmr_at_fmr_1e2=fnmr_at_fmr(curve, 1e-2),
        fnmr_at_fmr_1e3=fnmr_at_fmr(curve, 1e-3),
        decision=DecisionRates(*rates_at_threshold(curve, DECISION_SCORE)) if is_calibrated else None,
        fte=fte,
        n_mated=table.mated.size,
        n_non_mated=table.non_mated.size,
        acquired=None if is_made is None or is_made.all() else _acquired_rates(table, is_made),
    )


def made_comparisons(results: Sequence[FvcResult]) -> npt.NDArray[np.bool_]:
    """Tell which comparisons of sets had a template on both sides, (n,), in the order of the pooled table."""
    made = []
    for result in results:
        has_template = np.array([x.template is not None for x in result.impressions], np.bool_)
        probe, candidate = np.triu_indices(has_template.size, 1)
        made.append(has_template[probe] & has_template[candidate])
    return np.concatenate(made)


def _acquired_rates(table: ScoreTable, is_made: npt.NDArray[np.bool_]) -> AcquiredRates | None:
    mated, non_mated = (table.scores[is_made & kind] for kind in (table.is_mated, ~table.is_mated))
    if not (mated.size and non_mated.size):
        return None
    curve = error_curve(mated, non_mated)
    return AcquiredRates(
        equal_error_rate(curve),
        fnmr_at_fmr(curve, 1e-2),
        fnmr_at_fmr(curve, 1e-3),
        mated.size,
        non_mated.size,
    )


def pool_results(results: Sequence[FvcResult]) -> tuple[ScoreTable, float]:
    """Put all sets under one threshold: their comparisons, and the failure-to-enrol rate of all images."""
    n_rejected = sum(len(result.rejected) for result in results)
    n_images = sum(len(result.impressions) for result in results)
    return pool_tables("pooled", [result.scores for result in results]), n_rejected / n_images


def extract_ms_median(results: Sequence[FvcResult]) -> float:
    """Compute the median time of an extraction in ms, over the images that were readable; 0 if none was."""
    times = [x.extract_ms for result in results for x in result.impressions if x.extract_ms > 0.0]
    return float(np.median(times)) if times else 0.0


def comparisons_per_s(results: Sequence[FvcResult]) -> float:
    """Compute how many comparisons a second one core makes; 0 if none were made."""
    seconds = sum(result.compare_s for result in results)
    return sum(result.n_compared for result in results) / seconds if seconds > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Reject:
    """An image without a template: its set, its file's name, and why."""

    set_name: str
    file_name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationFigures:
    """Everything that an evaluation prints and writes.

    Attributes
    ----------
    extractor, extractor_version : str
        What found the minutiae.
    sets : mapping of str to ErrorFigures
        By set.
    pooled : ErrorFigures
        All sets under one threshold.
    beside : mapping of str to ErrorFigures
        Other systems, by name.
    error_discard : DiscardCurve
        What remains of the pooled false non-match rate when the lowest quality is set aside.
    extract_ms_median : float
        Time of an extraction in ms.
    comparisons_per_s : float
        Comparisons a second on one core.
    rejects : tuple of Reject
        Images without a template.
    reliability : mapping of str to Reliability
        What scores of the pooled comparisons claim, and what was measured.
    """

    extractor: str
    extractor_version: str
    sets: Mapping[str, ErrorFigures]
    pooled: ErrorFigures
    beside: Mapping[str, ErrorFigures]
    error_discard: DiscardCurve
    extract_ms_median: float
    comparisons_per_s: float
    rejects: tuple[Reject, ...]
    reliability: Mapping[str, Reliability]

    def as_json(self) -> dict[str, object]:
        """Name the figures as the JSON file does."""
        return {
            "extractor": {"name": self.extractor, "version": self.extractor_version},
            "sets": {name: figures.as_json() for name, figures in self.sets.items()},
            "pooled": self.pooled.as_json(),
            "beside": {name: figures.as_json() for name, figures in self.beside.items()},
            "error_discard": self.error_discard.as_json(),
            "extract_ms_median": self.extract_ms_median,
            "comparisons_per_s": self.comparisons_per_s,
            "rejects": [
                {"set": one.set_name, "file": one.file_name, "reason": one.reason} for one in self.rejects
            ],
            "reliability": {name: one.as_json() for name, one in self.reliability.items()},
        }


def evaluation_figures(
    results: Sequence[FvcResult], beside: Mapping[str, ScoreTable] | None = None
) -> EvaluationFigures:
    """Compute all figures of an evaluation.

    Parameters
    ----------
    results : sequence of FvcResult
        One a set, all by the same extractor.
    beside : mapping of str to ScoreTable, optional
        Scores of other systems, by name.

    Returns
    -------
    EvaluationFigures
        Rates as fractions.
    """
    pooled, fte = pool_results(results)
    extractor, version = results[0].extractor
    is_made = made_comparisons(results)
    sets = {
        result.scores.name: error_figures(
            result.scores, result.fte, is_calibrated=True, is_made=made_comparisons([result])
        )
        for result in results
    }
    return EvaluationFigures(
        extractor=extractor,
        extractor_version=version,
        sets=sets,
        pooled=error_figures(pooled, fte, is_calibrated=True, is_made=is_made),
        beside={name: error_figures(table) for name, table in (beside or {}).items()},
        error_discard=discard_curve(pooled, DISCARD_FMR),
        extract_ms_median=extract_ms_median(results),
        comparisons_per_s=comparisons_per_s(results),
        rejects=tuple(
            Reject(result.scores.name, impression.path.name, impression.rejection)
            for result in results
            for impression in result.rejected
        ),
        reliability={"single finger": reliability_of(pooled.scores[is_made & ~pooled.is_mated])},
    )
