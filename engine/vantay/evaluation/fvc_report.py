"""An evaluation for a person at a terminal: progress, a table, files and plots."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from vantay.errors import InvalidSetting
from vantay.evaluation.comparison_runs import fvc_run
from vantay.evaluation.confidence import require_fingers
from vantay.evaluation.error_discard import DISCARD_FMR, MAX_DISCARD, discard_curve
from vantay.evaluation.error_rates import equal_error_rate
from vantay.evaluation.figures import (
    DECISION_SCORE,
    DecisionRates,
    ErrorFigures,
    EvaluationFigures,
    pool_results,
)
from vantay.evaluation.fvc import FvcResult, FvcSet, evaluate_set
from vantay.evaluation.run_file import STANDARD_OUTPUT, write_run
from vantay.evaluation.score_table import ScoreTable, pool_tables, read_scores, write_scores
from vantay.report.error_plots import DetLine, DiscardLine, plot_det, plot_discard
from vantay.report.search_plots import plot_reliability

PLOT_ENDINGS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class OutputFiles:
    """What to write; None for what is not wanted.

    Attributes
    ----------
    json_path : Path or None
        All figures; ``-`` is standard output.
    scores_path : Path or None
        Every comparison, as CSV.
    plot_path : Path or None
        The detection error trade-off.
    edc_path : Path or None
        The error-versus-discard curve.
    reliability_path : Path or None
        The false match rates that scores claim, and those measured.
    """

    json_path: Path | None = None
    scores_path: Path | None = None
    plot_path: Path | None = None
    edc_path: Path | None = None
    reliability_path: Path | None = None

    def check(self) -> None:
        """Refuse, before the work, what could not be written after it.

        Raises
        ------
        InvalidSetting
            If a folder is missing or not writable, a plot's ending is no format of `PLOT_ENDINGS`, or plots
            are wanted and matplotlib is not installed.
        """
        if self.json_path and self.json_path != STANDARD_OUTPUT:
            _check_file(self.json_path)
        if self.scores_path:
            _check_file(self.scores_path)
        for path in (self.plot_path, self.edc_path, self.reliability_path):
            if path:
                _check_file(path)
                _check_plot(path)


def run_sets(
    console: Console, sets: Sequence[FvcSet], extractor_name: str | None, n_jobs: int
) -> list[FvcResult]:
    """Evaluate several sets with a progress bar each.

    Parameters
    ----------
    console : Console
        For the bars.
    sets : sequence of FvcSet
        From `open_fvc_sets`.
    extractor_name : str or None
        As for `vantay.fingerprint.extraction.make_extractor`.
    n_jobs : int
        Processes for the extraction.

    Returns
    -------
    list of FvcResult
        One a set.

    Raises
    ------
    InvalidSample
        If a set gives so few templates that there is nothing to compare.
    ModelUnavailable
        If the extractor that was asked for has no model.
    """
    results = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks = [progress.add_task(one.name, total=len(one.images)) for one in sets]
        for one, task in zip(sets, tasks, strict=True):
            advance = partial(progress.advance, task)
            results.append(evaluate_set(one, extractor_name, n_jobs=n_jobs, advance=advance))
    return results


def read_beside(arguments: Sequence[str]) -> dict[str, ScoreTable]:
    """Read the scores of other systems.

    Parameters
    ----------
    arguments : sequence of str
        ``NAME=F.csv``; files of one name are pooled.

    Returns
    -------
    dict of str to ScoreTable
        By name, in the order of first appearance.

    Raises
    ------
    InvalidSetting
        If an argument has no name, or its scores give no error rates.
    InvalidSample
        If a file is no score file.
    """
    tables: dict[str, list[ScoreTable]] = {}
    for argument in arguments:
        name, separator, path = argument.partition("=")
        if not separator or not name:
            raise InvalidSetting(f"--beside is {argument!r}, expected NAME=F.csv")
        tables.setdefault(name, []).append(read_scores(Path(path)))
    pooled = {name: pool_tables(name, parts) for name, parts in tables.items()}
    for table in pooled.values():
        require_fingers(table)
    return pooled


def print_figures(console: Console, figures: EvaluationFigures) -> None:
    """Print images without a template, the table of error rates, those of the default decision, the speed."""
    for reject in figures.rejects:
        console.print(f"no template: {reject.reason}", style="yellow", markup=False)
    title = f"Error rates in %, extractor {figures.extractor} {figures.extractor_version}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("set", overflow="fold")
    for heading in ("EER", "95 %", "FNMR at\nFMR 1 %", "FNMR at\nFMR 0.1 %", "FTE", "mated/\nnon-mated"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, of_set in figures.sets.items():
        table.add_row(name, *_cells(of_set))
    if len(figures.sets) > 1:
        table.add_section()
        table.add_row("pooled", *_cells(figures.pooled), style="bold")
    table.add_section()
    for name, other in figures.beside.items():
        table.add_row(name, *_cells(other))
    console.print(table)
    if figures.pooled.decision:
        console.print(_decision_words(figures.pooled.decision))
    console.print(
        f"Extraction {figures.extract_ms_median:.0f} ms (median), "
        f"{figures.comparisons_per_s:,.0f} comparisons a second; processor time of one core."
    )


def write_outputs(
    outputs: OutputFiles,
    results: Sequence[FvcResult],
    others: Mapping[str, ScoreTable],
    figures: EvaluationFigures,
) -> None:
    """Write the files that are wanted.

    Parameters
    ----------
    outputs : OutputFiles
        Which.
    results : sequence of FvcResult
        One a set.
    others : mapping of str to ScoreTable
        Other systems, for the plot.
    figures : EvaluationFigures
        Of these, for the JSON file.
    """
    run = fvc_run(results, others, figures)
    if outputs.json_path:
        write_run(outputs.json_path, run)
    if outputs.reliability_path:
        n = next(iter(figures.reliability.values())).n_comparisons
        title = f"{_sets_words(results)}: {n:,} non-mated comparisons"
        plot_reliability(outputs.reliability_path, run.curves["reliability"], title)
    if outputs.scores_path:
        write_scores(outputs.scores_path, _named_tables(results))
    if outputs.plot_path:
        _plot_det(outputs.plot_path, results, others)
    if outputs.edc_path:
        _plot_discard(outputs.edc_path, results)


def _check_file(path: Path) -> None:
    folder = path.parent
    if path.is_dir():
        raise InvalidSetting(f"{path}: is a folder, expected a file to write")
    if not folder.is_dir():
        raise InvalidSetting(f"{path}: there is no folder {folder}, expected one to write into")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InvalidSetting(f"{path}: no permission to write it")


def _check_plot(path: Path) -> None:
    if path.suffix.lower() not in PLOT_ENDINGS:
        raise InvalidSetting(
            f"{path}: ending is {path.suffix!r}, expected a plot to be one of {', '.join(PLOT_ENDINGS)}"
        )
    if find_spec("matplotlib") is None:
        raise InvalidSetting(f"{path}: plots need matplotlib, install vantay[report]")


def _cells(figures: ErrorFigures) -> list[str]:
    return [
        f"{100 * figures.eer:.2f}",
        f"{100 * figures.eer_95.low:.1f} to {100 * figures.eer_95.high:.1f}",
        f"{100 * figures.fnmr_at_fmr_1e2:.2f}",
        f"{100 * figures.fnmr_at_fmr_1e3:.2f}",
        "" if figures.fte is None else f"{100 * figures.fte:.2f}",
        f"{figures.n_mated:,}/{figures.n_non_mated:,}",
    ]


def _decision_words(rates: DecisionRates) -> str:
    promised = 10 ** (-DECISION_SCORE / 10)
    return (
        f"At score {DECISION_SCORE:g}: FMR {100 * rates.fmr:.3f} % (promised {100 * promised:g} %), "
        f"FNMR {100 * rates.fnmr:.2f} %."
    )


def _named_tables(results: Sequence[FvcResult]) -> list[ScoreTable]:
    tables = [result.scores for result in results]
    return tables if len(tables) == 1 else [pool_tables("all sets", tables)]


def _plot_det(path: Path, results: Sequence[FvcResult], others: Mapping[str, ScoreTable]) -> None:
    pooled, _ = pool_results(results)
    lines = [_det_line("Vantay", pooled, is_own=True)]
    lines += [_det_line(name, table, is_own=False) for name, table in others.items()]
    plot_det(path, lines, f"{_sets_words(results)}: {_counts_words(pooled)}")


def _det_line(label: str, table: ScoreTable, *, is_own: bool) -> DetLine:
    curve = table.curve()
    return DetLine(label, curve.fmr, curve.fnmr, equal_error_rate(curve), is_own)


def _plot_discard(path: Path, results: Sequence[FvcResult]) -> None:
    pooled, _ = pool_results(results)
    lines = []
    for table in [pooled, *([r.scores for r in results] if len(results) > 1 else [])]:
        curve = discard_curve(table, DISCARD_FMR)
        lines.append(DiscardLine(table.name, curve.discarded, curve.fnmr, curve.area))
    fmr = f"{100 * DISCARD_FMR:g} %"
    title = f"{_sets_words(results)}, threshold at FMR {fmr}: {pooled.mated.size:,} mated comparisons"
    plot_discard(path, lines, title, MAX_DISCARD)


def _sets_words(results: Sequence[FvcResult]) -> str:
    return results[0].scores.name if len(results) == 1 else f"{len(results)} sets pooled"


def _counts_words(table: ScoreTable) -> str:
    return f"{table.mated.size:,} mated and {table.non_mated.size:,} non-mated comparisons"
