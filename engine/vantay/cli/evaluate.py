"""``vantay evaluate``: error rates and speed on public test sets."""

from __future__ import annotations

from pathlib import Path

import click

from vantay.cli.evaluate_faces import evaluate_faces
from vantay.cli.evaluate_fidelity import evaluate_fidelity
from vantay.cli.evaluate_identification import evaluate_identification
from vantay.cli.wrong_usage import wrong_usage

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def evaluate() -> None:
    """Measure error rates and speed on public test sets."""


evaluate.add_command(evaluate_faces)
evaluate.add_command(evaluate_fidelity)
evaluate.add_command(evaluate_identification)


@evaluate.command("fvc")
@click.argument("folders", metavar="DIR[@PPI]...", nargs=-1, required=True)
@click.option(
    "--extractor",
    type=click.Choice(["leader", "classical"]),
    help="Default: leader where its model was built.",
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(allow_dash=True, path_type=Path),
    help="Write all figures here; - is stdout.",
)
@click.option("--scores", "scores_path", type=_OUTPUT, help="Write every comparison here as CSV.")
@click.option("--plot", "plot_path", type=_OUTPUT, help="Draw the detection error trade-off here.")
@click.option("--edc", "edc_path", type=_OUTPUT, help="Draw the error-versus-discard curve of quality here.")
@click.option(
    "--reliability",
    "reliability_path",
    type=_OUTPUT,
    help="Draw what scores claim and what is measured here.",
)
@click.option(
    "--beside",
    metavar="NAME=F.csv",
    multiple=True,
    help="Scores of another system to print and draw; the same name again pools several files.",
)
@click.option(
    "--jobs",
    "n_jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes for the extraction.",
)
def evaluate_fvc(
    folders: tuple[str, ...],
    *,
    extractor: str | None,
    beside: tuple[str, ...],
    n_jobs: int,
    **outputs: Path | None,
) -> None:
    """Compare each impression of a Fingerprint Verification Competition set with each other one.

    DIR holds images named FINGER_IMPRESSION.tif, at 500 ppi unless @PPI says otherwise. Each set counts by
    itself, and all together under one threshold. Images that give no template score 0 in all their
    comparisons; a set that gives none at all is an error. A table goes to standard error.
    """
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick

    from vantay.evaluation import fvc_report  # noqa: PLC0415
    from vantay.evaluation.figures import evaluation_figures  # noqa: PLC0415
    from vantay.evaluation.fvc import open_fvc_sets  # noqa: PLC0415

    console = Console(stderr=True)
    files = fvc_report.OutputFiles(**outputs)
    with wrong_usage():  # before the long work, so that a typing error costs nothing
        files.check()
        sets = open_fvc_sets(folders)
        others = fvc_report.read_beside(beside)
    results = fvc_report.run_sets(console, sets, extractor, n_jobs)
    figures = evaluation_figures(results, others)
    fvc_report.print_figures(console, figures)
    fvc_report.write_outputs(files, results, others, figures)
