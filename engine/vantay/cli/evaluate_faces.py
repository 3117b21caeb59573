"""``vantay evaluate faces``: error rates of face recognition."""

from __future__ import annotations

from pathlib import Path

import click

from vantay.cli.wrong_usage import wrong_usage

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("faces")
@click.argument("sources", metavar="DIR...|PAIRS", nargs=-1, required=True)
@click.option(
    "--profile",
    default="dlib",
    show_default=True,
    help="dlib, or the name of any face embedding of `vantay models list`.",
)
@click.option(
    "--images",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the photos that PAIRS names.  [default: the folder of PAIRS]",
)
@click.option(
    "--degraded",
    is_flag=True,
    help="Also compare blurred, dark, small and overexposed copies of the photos, to see what quality tells.",
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
    "--beside",
    metavar="NAME=F.csv",
    multiple=True,
    help="Scores of another system to print and draw; the same name again pools several files.",
)
@click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    help="Threads to use.",
)
def evaluate_faces(
    sources: tuple[str, ...],
    *,
    profile: str,
    images: Path | None,
    degraded: bool,
    beside: tuple[str, ...],
    n_threads: int,
    **outputs: Path | None,
) -> None:
    """Compare photos of faces: each with each in folders, or those that a pairs file names.

    DIR holds a subfolder of photos for each subject, or one photo a subject; several folders are different
    people. PAIRS is a file in the form of Labeled Faces in the Wild, alone. Photos that give no template
    count as errors of all their mated comparisons. A table goes to standard error.
    """
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick

    from vantay.evaluation import face_report  # noqa: PLC0415
    from vantay.evaluation.face_figures import face_figures  # noqa: PLC0415
    from vantay.evaluation.faces import open_face_task, with_degraded_probes  # noqa: PLC0415
    from vantay.evaluation.fvc_report import OutputFiles  # noqa: PLC0415
    from vantay.face.extraction import make_face_extractor  # noqa: PLC0415

    console = Console(stderr=True)
    files = OutputFiles(**outputs)
    with wrong_usage():  # before the long work, so that a typing error costs nothing
        files.check()
        task = open_face_task(sources, images)
        if degraded:
            task = with_degraded_probes(task)
        others = face_report.read_beside(beside, task)
    extractor = make_face_extractor(profile, n_threads=n_threads)
    result = face_report.run_task(console, task, extractor)
    figures = face_figures(result, others)
    face_report.print_figures(console, figures)
    face_report.write_outputs(files, result, others, figures)
