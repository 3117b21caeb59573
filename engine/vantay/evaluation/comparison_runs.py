"""What an evaluation of prints or faces writes: figures and curves in the form of a run file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vantay.evaluation.error_discard import DISCARD_FMR, discard_curve
from vantay.evaluation.face_figures import FaceFigures
from vantay.evaluation.faces import FaceResult
from vantay.evaluation.figures import EvaluationFigures, pool_results
from vantay.evaluation.fvc import FvcResult
from vantay.evaluation.run_file import (
    COSINE_BINS,
    SCORE_BINS,
    Curve,
    Run,
    RunKind,
    error_discard,
    error_trade_off,
    histogram,
)
from vantay.evaluation.score_table import ScoreTable


def fvc_run(
    results: Sequence[FvcResult], others: Mapping[str, ScoreTable], figures: EvaluationFigures
) -> Run:
    """Put an evaluation of prints into the form of a run file.

    Parameters
    ----------
    results : sequence of FvcResult
        One a set.
    others : mapping of str to ScoreTable
        Other systems.
    figures : EvaluationFigures
        Of these.

    Returns
    -------
    Run
        Of kind ``fvc``; lines of trade-offs are the sets, ``pooled`` and the other systems.
    """
    pooled, _ = pool_results(results)
    tables = {"pooled": pooled, **{one.scores.name: one.scores for one in results}}
    curves: dict[str, dict[str, Curve]] = {
        "det": {name: error_trade_off(table.curve()) for name, table in {**tables, **others}.items()},
        "edc": {name: error_discard(discard_curve(table, DISCARD_FMR)) for name, table in tables.items()},
        "mated_scores": {"pooled": histogram(pooled.mated, SCORE_BINS)},
        "non_mated_scores": {"pooled": histogram(pooled.non_mated, SCORE_BINS)},
        "reliability": {name: one.as_curve() for name, one in figures.reliability.items()},
    }
    parameters = {
        "sets": [one.scores.name for one in results],
        "extractor": figures.extractor,
        "extractor_version": figures.extractor_version,
        "beside": list(others),
    }
    return Run(RunKind.FVC, parameters, figures.as_json(), curves)


def faces_run(result: FaceResult, others: Mapping[str, ScoreTable], figures: FaceFigures) -> Run:
    """Put an evaluation of faces into the form of a run file.

    Parameters
    ----------
    result : FaceResult
        The evaluation.
    others : mapping of str to ScoreTable
        Other systems.
    figures : FaceFigures
        Of these.

    Returns
    -------
    Run
        Of kind ``faces``; scores are cosines.
    """
    scores, name = result.scores, result.task.name
    curves: dict[str, dict[str, Curve]] = {
        "det": {key: error_trade_off(table.curve()) for key, table in {name: scores, **others}.items()},
        "edc": {name: error_discard(figures.error_discard)},
        "mated_scores": {name: histogram(scores.mated, COSINE_BINS)},
        "non_mated_scores": {name: histogram(scores.non_mated, COSINE_BINS)},
    }
    template = next((one.template for one in result.acquired if one.template is not None), None)
    parameters = {
        "set": name,
        "model": template.model if template else None,
        "model_version": template.model_version if template else None,
        "beside": list(others),
    }
    return Run(RunKind.FACES, parameters, figures.as_json(), curves)
