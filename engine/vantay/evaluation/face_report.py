"""An evaluation of faces for a person at a terminal: progress, a table, files and plots."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from vantay.errors import InvalidSample, InvalidSetting
from vantay.evaluation.comparison_runs import faces_run
from vantay.evaluation.error_discard import DISCARD_FMR, DISCARD_SHARES, MAX_DISCARD, DiscardCurve
from vantay.evaluation.error_rates import equal_error_rate
from vantay.evaluation.face_figures import FMR_LEVELS, FaceErrorFigures, FaceFigures
from vantay.evaluation.faces import FaceResult, FaceTask, evaluate_faces, table_names
from vantay.evaluation.fvc_report import OutputFiles
from vantay.evaluation.run_file import write_run
from vantay.evaluation.score_table import ScoreTable
from vantay.face.extraction import FaceExtractor
from vantay.report.error_plots import DetLine, DiscardLine, plot_det, plot_discard

_COLUMNS = ["probe", "candidate", "score"]
_SHOWN_REJECTS = 20


def run_task(console: Console, task: FaceTask, extractor: FaceExtractor) -> FaceResult:
    """Evaluate a task with a progress bar.

    Parameters
    ----------
    console : Console
        For the bar.
    task : FaceTask
        What to compare.
    extractor : FaceExtractor
        Of the profile to measure.

    Returns
    -------
    FaceResult
        Scores, failures and times.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task(task.name, total=len(task.photos))
        return evaluate_faces(task, extractor, advance=lambda: progress.advance(bar))


def read_beside(options: Sequence[str], task: FaceTask) -> dict[str, ScoreTable]:
    """Read the scores of other systems from ``NAME=F.csv`` options.

    Parameters
    ----------
    options : sequence of str
        As on the command line; the same name again adds another file's comparisons.
    task : FaceTask
        Whose photos the files name.

    Returns
    -------
    mapping of str to ScoreTable
        By name.

    Raises
    ------
    InvalidSetting
        If an option is not of that form.
    InvalidSample
        If a file is no score file, or names a photo that is not in the task.
    """
    rows: dict[str, list[tuple[int, int, float]]] = {}
    for option in options:
        name, equals, path = option.partition("=")
        if not (name and equals and path):
            raise InvalidSetting(f"--beside is {option!r}, expected NAME=F.csv")
        rows.setdefault(name, []).extend(_read_scores(Path(path), task))
    return {name: _table_of(name, found, task) for name, found in rows.items()}


def print_figures(console: Console, figures: FaceFigures) -> None:
    """Print the figures as a table, and why photos gave no template."""
    rejects = list(figures.rejects.items())
    for name, reason in rejects[:_SHOWN_REJECTS]:
        console.print(f"no template: {name}: {reason}", style="yellow", markup=False)
    if len(rejects) > _SHOWN_REJECTS:
        console.print(f"and {len(rejects) - _SHOWN_REJECTS} more without a template", style="yellow")
    systems = {"Vantay": figures.own, **figures.beside}
    table = Table(title=figures.name, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for name in systems:
        table.add_column(name, justify="right", overflow="fold")
    rows = [_column(one) for one in systems.values()]
    for heading, *cells in zip(_HEADINGS, *rows, strict=True):
        if any(cells):
            table.add_row(heading, *cells)
    console.print(table)
    n_non_mated = figures.own.n_non_mated
    resolved = [level for level in FMR_LEVELS if level * n_non_mated >= 1]
    if len(resolved) < len(FMR_LEVELS):
        where = f"below FMR {100 * resolved[-1]:g} %" if resolved else "at these false match rates"
        console.print(f"{n_non_mated:,} non-mated comparisons: {where} not one of them may match.")
    if figures.own.fnmr_at_fmr[DISCARD_FMR] > 0:
        _print_discard(console, figures.error_discard)
    console.print(f"Extraction {figures.extract_ms_median:.0f} ms (median), processor time of one core.")


def _print_discard(console: Console, curve: DiscardCurve) -> None:
    """Print what remains of the errors when the photos of the lowest quality are set aside."""
    rates = ", ".join(f"{100 * share:g} %: {100 * curve.fnmr_at(share):.2f}" for share in DISCARD_SHARES)
    console.print(
        f"FNMR % at the threshold of FMR {100 * curve.max_fmr:g} % with this share of the lowest quality set "
        f"aside: {rates}."
    )


def write_outputs(
    outputs: OutputFiles,
    result: FaceResult,
    others: Mapping[str, ScoreTable],
    figures: FaceFigures,
) -> None:
    """Write the files that are wanted.

    Parameters
    ----------
    outputs : OutputFiles
        Which.
    result : FaceResult
        The evaluation.
    others : mapping of str to ScoreTable
        Other systems, for the plot.
    figures : FaceFigures
        Of these, for the JSON file.
    """
    if outputs.json_path:
        write_run(outputs.json_path, faces_run(result, others, figures))
    if outputs.scores_path:
        _write_scores(outputs.scores_path, result)
    counts = f"{figures.own.n_mated:,} mated and {figures.own.n_non_mated:,} non-mated comparisons"
    title = f"{result.task.name}: {counts}"
    if outputs.plot_path:
        lines = [_det_line("Vantay", result.scores, is_own=True)]
        lines += [_det_line(name, table, is_own=False) for name, table in others.items()]
        plot_det(outputs.plot_path, lines, title)
    if outputs.edc_path:
        curve = figures.error_discard
        line = DiscardLine(result.task.name, curve.discarded, curve.fnmr, curve.area)
        plot_discard(
            outputs.edc_path, [line], f"{title}, threshold at FMR {100 * curve.max_fmr:g} %", MAX_DISCARD
        )


_HEADINGS = (
    "EER %",
    "EER, 95 % of resamples",
    *(f"FNMR % at FMR {100 * level:g} %" for level in FMR_LEVELS),
    "Accuracy %",
    "Failures to acquire %",
    "Mated comparisons",
    "Non-mated comparisons",
)


def _column(figures: FaceErrorFigures) -> list[str]:
    accuracy = figures.accuracy
    return [
        f"{100 * figures.eer:.2f}",
        f"{100 * figures.eer_95.low:.2f} to {100 * figures.eer_95.high:.2f}",
        *(f"{100 * figures.fnmr_at_fmr[level]:.2f}" for level in FMR_LEVELS),
        "" if accuracy is None else f"{100 * accuracy.mean:.2f} ± {100 * accuracy.deviation:.2f}",
        "" if figures.fta is None else f"{100 * figures.fta:.2f}",
        f"{figures.n_mated:,}",
        f"{figures.n_non_mated:,}",
    ]


def _det_line(label: str, table: ScoreTable, *, is_own: bool) -> DetLine:
    curve = table.curve()
    return DetLine(label, curve.fmr, curve.fnmr, equal_error_rate(curve), is_own)


def _write_scores(path: Path, result: FaceResult) -> None:
    photos = result.task.photos
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for i, j, score in zip(result.task.probe, result.task.reference, result.scores.scores, strict=True):
            writer.writerow([photos[i].name, photos[j].name, f"{score:.6g}"])


def _read_scores(path: Path, task: FaceTask) -> list[tuple[int, int, float]]:
    number = {photo.name: index for index, photo in enumerate(task.photos)}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSample(f"{path}: not a readable score file: {error}") from error
    if not rows or rows[0] != _COLUMNS:
        raise InvalidSample(f"{path}: first line is {rows[:1]}, expected {','.join(_COLUMNS)}")
    found = []
    for line, row in enumerate(rows[1:], start=2):
        try:
            probe, candidate, score = row
            found.append((number[probe], number[candidate], float(score)))
        except (ValueError, KeyError) as error:
            raise InvalidSample(
                f"{path}:{line}: {','.join(row)!r} is no comparison, "
                "expected two photos of the set and a number"
            ) from error
    return found


def _table_of(name: str, rows: Sequence[tuple[int, int, float]], task: FaceTask) -> ScoreTable:
    names = table_names(task.photos)
    return ScoreTable(
        name=name,
        probes=[names[i] for i, _, _ in rows],
        candidates=[names[j] for _, j, _ in rows],
        scores=np.array([score for _, _, score in rows], np.float64),
    )
