"""An identification test for a person at a terminal: progress, a table, the run file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from vantay.evaluation.confidence import exact_interval
from vantay.evaluation.identification import IdentificationTask, evaluate_identification
from vantay.evaluation.identification_figures import (
    GalleryFigures,
    IdentificationFigures,
    identification_figures,
)
from vantay.evaluation.identification_index import ShortlistLoss
from vantay.evaluation.identification_sample import sample_non_mated
from vantay.evaluation.identification_search import Searcher
from vantay.evaluation.open_set import NOBODY, OpenSetResult, hit_counts, selectivity
from vantay.evaluation.reliability import Reliability, reliability_of
from vantay.evaluation.run_file import SCORE_BINS, Curve, Run, RunKind, error_trade_off, histogram, make_curve
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.search import FUSION_HASH


def run_identification(
    console: Console, task: IdentificationTask, searcher: Searcher, target_fpir: float
) -> IdentificationFigures:
    """Make a test with a progress bar.

    Parameters
    ----------
    console : Console
        For the bar.
    task : IdentificationTask
        What to search for in what.
    searcher : Searcher
        How.
    target_fpir : float
        Of the engine's threshold.

    Returns
    -------
    IdentificationFigures
        Everything measured.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    n_compared = sum(task.sizes) if not searcher.is_exhaustive else task.n_subjects
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as progress:
        bar = progress.add_task("searches", total=(task.n_mated + task.n_non_mated) * n_compared)
        result = evaluate_identification(task, searcher, advance=lambda n: progress.advance(bar, n))
    return identification_figures(result, _reliability(task, result.galleries[-1]), target_fpir)


def print_figures(console: Console, figures: IdentificationFigures) -> None:
    """Print error rates and times by size of gallery, and what scores were worth."""
    console.print(_table(figures))
    for name, reliability in figures.reliability.items():
        tail = ", ".join(
            f"{100 * rate.measured:.2g} % reach {rate.score:g} (claimed {100 * rate.claimed:g} %)"
            for rate in reliability.tail
        )
        console.print(f"Of {reliability.n_comparisons:,} non-mated scores, {name}: {tail or 'none known'}.")
    console.print(
        f"Without a sample: {100 * figures.fta:.2f} % of the searches (FTA), which miss if they are mated, "
        f"and {100 * figures.fte:.2f} % of the enrolled (FTE)."
    )


def print_looked_at(console: Console, mean_looked_at: Mapping[str, float]) -> None:
    """Print how many subjects each stage of a search of the index had, on average."""
    numbers = ", ".join(f"{n:,.0f} {stage}" for stage, n in mean_looked_at.items())
    console.print(f"Subjects of the largest gallery, by search on average: {numbers}.")


def print_losses(console: Console, losses: Sequence[ShortlistLoss]) -> None:
    """Print whom the shortlist of each gallery lost."""
    for loss in losses:
        console.print(
            f"Of {loss.n_found:,} mates whom exhaustive search ranks first at the threshold among "
            f"{loss.n_subjects:,}, the index lost {loss.n_lost}."
        )


def make_run(figures: IdentificationFigures, parameters: Mapping[str, object]) -> Run:
    """Put everything measured into the form of a run file.

    Parameters
    ----------
    figures : IdentificationFigures
        Of a test.
    parameters : mapping of str to object
        The options; the hashes of the comparison's parameters and of the fusion are added.

    Returns
    -------
    Run
        Of kind ``identification``.
    """
    versions = {"comparison": PARAMETER_HASH, "fusion": FUSION_HASH}
    return Run(
        RunKind.IDENTIFICATION,
        {**parameters, **versions},
        figures.as_json(),
        curves_of(figures),
        searches_json(figures),
    )


def searches_json(figures: IdentificationFigures) -> dict[str, object]:
    """Tell what came of each search, for tests that pair two runs; docs/evaluation.md describes it."""
    return {
        "mated": figures.mated_ids,
        "non_mated": figures.non_mated_ids,
        "galleries": {
            str(one.result.n_subjects): {
                "ranks": one.result.mate_ranks.tolist(),
                "scores": _listed_scores(one.result.mate_scores),
                "best_scores": _listed_scores(one.result.non_mated[:, 0]),
            }
            for one in figures.galleries
        },
    }


def _listed_scores(scores: np.ndarray) -> list[float | None]:
    return [None if score == NOBODY else float(f"{score:.6g}") for score in scores]


def curves_of(figures: IdentificationFigures) -> dict[str, dict[str, Curve]]:
    """Give the curves of a test, by plot and name."""
    galleries = {str(one.result.n_subjects): one for one in figures.galleries}
    results = {name: one.result for name, one in galleries.items()}
    return {
        "fnir_fpir": {name: error_trade_off(one.curve) for name, one in galleries.items()},
        "cmc": {name: _cmc(one) for name, one in results.items()},
        "selectivity": {name: _selectivity(one) for name, one in results.items()},
        "reliability": {name: one.as_curve() for name, one in figures.reliability.items()},
        "search_time": _search_times([one.result for one in figures.galleries]),
        "mated_scores": {name: _scores(one.mate_scores) for name, one in results.items()},
        "non_mated_scores": {name: _scores(one.non_mated[:, 0]) for name, one in results.items()},
    }


def _reliability(task: IdentificationTask, result: OpenSetResult) -> dict[str, Reliability]:
    """Of each kind of score from a sample; of the scores searched by from the lists."""
    found = {kind: reliability_of(scores) for kind, scores in sample_non_mated(task).items()}
    return {**found, "as searched": _listed_reliability(result)}


def _listed_reliability(result: OpenSetResult) -> Reliability:
    """Take the candidates of all non-mated searches, down to the score from which on every list has all."""
    scores = result.non_mated
    lowest = max(float(scores[:, -1].max()), 0.0) if result.n_subjects > result.list_length else 0.0
    listed = scores[(scores >= lowest) & (scores != NOBODY)]
    return reliability_of(listed, n_comparisons=result.n_subjects * result.n_non_mated, lowest=lowest)


def _cmc(result: OpenSetResult) -> Curve:
    counts = hit_counts(result, result.list_length)
    bands = np.array([exact_interval(int(count), result.n_mated) for count in counts])
    ranks = np.arange(1, result.list_length + 1)
    return make_curve(ranks, counts / result.n_mated, low=bands[:, 0], high=bands[:, 1])


def _selectivity(result: OpenSetResult) -> Curve:
    return make_curve(SCORE_BINS, selectivity(result, SCORE_BINS))


def _search_times(results: list[OpenSetResult]) -> dict[str, Curve]:
    timed = [(one.n_subjects, one.search_ms) for one in results if one.search_ms.size]
    sizes = [size for size, _ in timed]
    return {
        "mean": make_curve(sizes, [ms.mean() for _, ms in timed]),
        "median": make_curve(sizes, [np.median(ms) for _, ms in timed]),
        "p99": make_curve(sizes, [np.percentile(ms, 99) for _, ms in timed]),
    }


def _scores(scores: np.ndarray) -> Curve:
    return histogram(scores[scores != NOBODY], SCORE_BINS)


def _table(figures: IdentificationFigures) -> Table:
    decision = figures.galleries[-1].decision
    title = f"Error rates in %, threshold for an FPIR of {100 * decision.target_fpir:g} %"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("subjects", no_wrap=True)
    for one in figures.galleries:
        table.add_column(f"{one.result.n_subjects:,}", justify="right", no_wrap=True)
    columns = [{**_rate_cells(one), **_time_cells(one.result)} for one in figures.galleries]
    for heading in columns[-1]:
        table.add_row(heading, *(cells.get(heading, "") for cells in columns))
    return table


def _rate_cells(figures: GalleryFigures) -> dict[str, str]:
    decision, result = figures.decision, figures.result
    cells = {
        "mated/non-mated": f"{result.n_mated:,}/{result.n_non_mated:,}",
        "threshold": f"{decision.threshold:.1f}",
        "FPIR": _with_interval(decision.fpir, decision.fpir_95),
        "FNIR": _with_interval(decision.fnir, decision.fnir_95),
    }
    for level, rate in figures.miss_rates.items():
        cells[f"FNIR at FPIR {100 * level:g} %"] = _with_interval(rate.fnir, rate.fnir_95)
    cells["mate at rank 1"] = f"{100 * figures.hit_rate(1):.2f}"
    return cells


def _time_cells(result: OpenSetResult) -> dict[str, str]:
    ms = result.search_ms
    if not ms.size:
        return {}
    times = {"mean": ms.mean(), "median": np.median(ms), "99th percentile": np.percentile(ms, 99)}
    times |= {f"mean, {stage}": stage_ms.mean() for stage, stage_ms in result.stage_ms.items()}
    return {f"ms, {name}": f"{value:,.1f}" for name, value in times.items()}


def _with_interval(rate: float, interval: tuple[float, float]) -> str:
    return f"{100 * rate:.2f} ({100 * interval[0]:.1f}–{100 * interval[1]:.1f})"
