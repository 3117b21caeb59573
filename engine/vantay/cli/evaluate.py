"""``vantay evaluate``: error rates and speed on public test sets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from vantay.errors import InvalidSetting
from vantay.evaluation.error_discard import MAX_DISCARD, discard_curve
from vantay.evaluation.error_rates import equal_error_rate
from vantay.evaluation.figures import (
    ErrorFigures,
    comparisons_per_s,
    error_figures,
    evaluation_json,
    extract_ms_median,
    pool_results,
)
from vantay.evaluation.fvc import FvcResult, evaluate_set, open_fvc_sets
from vantay.evaluation.score_table import ScoreTable, pool_tables, read_scores, write_scores
from vantay.report.error_plots import DetLine, DiscardLine, plot_det, plot_discard

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)
_DISCARD_FMR = 1e-3


@click.group()
def evaluate() -> None:
    """Measure error rates and speed on public test sets."""


@evaluate.command("fvc")
@click.argument("folders", metavar="DIR[@PPI]...", nargs=-1, required=True)
@click.option(
    "--extractor", type=click.Choice(["leader", "classical"]), help="Default: leader if its model is built."
)
@click.option("--json", "json_path", type=_OUTPUT, help="Write all figures here; - for standard output.")
@click.option("--scores", "scores_path", type=_OUTPUT, help="Write every comparison here as CSV.")
@click.option("--plot", "plot_path", type=_OUTPUT, help="Draw the detection error trade-off here.")
@click.option("--edc", "edc_path", type=_OUTPUT, help="Draw the error-versus-discard curve here.")
@click.option(
    "--beside",
    metavar="NAME=F.csv",
    multiple=True,
    help="Scores of another system to draw and print; name it again to pool several files.",
)
@click.option(
    "--jobs", "n_jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes extracting."
)
def evaluate_fvc(
    folders: tuple[str, ...],
    extractor: str | None,
    beside: tuple[str, ...],
    n_jobs: int,
    **outputs: Path | None,
) -> None:
    """Compare each impression of a Fingerprint Verification Competition set with each other one.

    DIR holds images named FINGER_IMPRESSION.tif, at 500 ppi unless @PPI says otherwise. Each set counts by
    itself and all together under one threshold. Images that give no template score 0 in all their
    comparisons.
    """
    console = Console(stderr=True)
    others = _read_beside(beside)
    results = _run(console, folders, extractor, n_jobs)
    _print_figures(console, results, others)
    _write(results, others, **outputs)


def _write(
    results: Sequence[FvcResult],
    others: Mapping[str, ScoreTable],
    *,
    json_path: Path | None,
    scores_path: Path | None,
    plot_path: Path | None,
    edc_path: Path | None,
) -> None:
    if json_path:
        with click.open_file(str(json_path), "w", encoding="utf-8") as file:
            file.write(json.dumps(evaluation_json(results, others), indent=2) + "\n")
    if scores_path:
        write_scores(scores_path, _named_tables(results))
    if plot_path:
        _plot_det(plot_path, results, others)
    if edc_path:
        _plot_discard(edc_path, results)


def _read_beside(arguments: Sequence[str]) -> dict[str, ScoreTable]:
    """Read the other systems' files before the long work starts, so that a typing error costs nothing."""
    tables: dict[str, list[ScoreTable]] = {}
    for argument in arguments:
        name, separator, path = argument.partition("=")
        if not separator or not name:
            raise InvalidSetting(f"--beside is {argument!r}, expected NAME=F.csv")
        tables.setdefault(name, []).append(read_scores(Path(path)))
    return {name: pool_tables(name, parts) for name, parts in tables.items()}


def _run(console: Console, folders: Sequence[str], extractor: str | None, n_jobs: int) -> list[FvcResult]:
    sets = open_fvc_sets(folders)
    results = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        tasks = [progress.add_task(one.name, total=len(one.images)) for one in sets]
        for one, task in zip(sets, tasks, strict=True):
            advance = partial(progress.advance, task)
            results.append(evaluate_set(one, extractor, n_jobs=n_jobs, advance=advance))
    return results


def _print_figures(console: Console, results: Sequence[FvcResult], others: Mapping[str, ScoreTable]) -> None:
    for result in results:
        for impression in result.rejected:
            console.print(f"no template: {impression.rejection}", style="yellow", markup=False)
    table = Table(title="Error rates in %", title_justify="left")
    table.add_column("set")
    for heading in ("EER", "95 % interval", "FNMR at FMR 1 %", "at FMR 0.1 %", "FTE", "mated", "non-mated"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(result.scores.name, *_cells(error_figures(result.scores, result.fte)))
    table.add_section()
    table.add_row("pooled", *_cells(error_figures(*pool_results(results))), style="bold")
    for name, other in others.items():
        table.add_row(f"beside: {name}", *_cells(error_figures(other)))
    console.print(table)
    console.print(
        f"Extraction {extract_ms_median(results):.0f} ms (median), "
        f"{comparisons_per_s(results):,.0f} comparisons a second; processor time of one core."
    )


def _cells(figures: ErrorFigures) -> list[str]:
    return [
        f"{100 * figures.eer:.2f}",
        f"{100 * figures.eer_95.low:.2f} to {100 * figures.eer_95.high:.2f}",
        f"{100 * figures.fnmr_at_fmr_1e2:.2f}",
        f"{100 * figures.fnmr_at_fmr_1e3:.2f}",
        "" if figures.fte is None else f"{100 * figures.fte:.2f}",
        f"{figures.n_mated:,}",
        f"{figures.n_non_mated:,}",
    ]


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
        curve = discard_curve(table, _DISCARD_FMR)
        lines.append(DiscardLine(table.name, curve.discarded, curve.fnmr, curve.area))
    title = f"{_sets_words(results)}, threshold at FMR {100 * _DISCARD_FMR:g} %: {_counts_words(pooled)}"
    plot_discard(path, lines, title, MAX_DISCARD)


def _sets_words(results: Sequence[FvcResult]) -> str:
    return results[0].scores.name if len(results) == 1 else f"{len(results)} sets pooled"


def _counts_words(table: ScoreTable) -> str:
    return f"{table.mated.size:,} mated and {table.non_mated.size:,} non-mated comparisons"
