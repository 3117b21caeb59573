"""``vantay evaluate fidelity``: synthetic populations beside real ones."""

from __future__ import annotations

from pathlib import Path

import click

from vantay.cli.wrong_usage import wrong_usage

_OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("fidelity")
@click.argument("folders", metavar="[DIR[@PPI]...]", nargs=-1)
@click.option(
    "--faces",
    "face_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of real photos of faces, as for `evaluate faces`.",
)
@click.option(
    "--level",
    type=click.Choice(["livescan", "fvc-hard"]),
    default="fvc-hard",
    show_default=True,
    help="How good the synthetic prints are.",
)
@click.option(
    "--extractor",
    type=click.Choice(["leader", "classical"]),
    help="Default: leader where its model was built.",
)
@click.option(
    "--profile",
    default="dlib",
    show_default=True,
    help="What embeds the photos; synthetic faces are fitted to dlib.",
)
@click.option(
    "--seed", type=int, default=1, show_default=True, help="Another seed is other synthetic people."
)
@click.option(
    "--json",
    "json_path",
    type=click.Path(allow_dash=True, path_type=Path),
    help="Write all figures and curves here; - is stdout.",
)
@click.option("--plot", "plot_path", type=_OUTPUT, help="Draw the distributions here.")
@click.option(
    "--jobs",
    "n_jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes for the extraction.",
)
def evaluate_fidelity(
    folders: tuple[str, ...],
    *,
    face_folder: Path | None,
    level: str,
    extractor: str | None,
    profile: str,
    seed: int,
    n_jobs: int,
    **outputs: Path | None,
) -> None:
    """Measure how like real prints and faces the synthetic ones are.

    DIR holds images named FINGER_IMPRESSION.tif, at 500 ppi unless @PPI says otherwise. Synthetic sets of the
    same shape are made and compared by the same comparator. KS is the largest difference between cumulative
    shares of two distributions: 0 if they are alike. Tables go to standard error.
    """
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick

    from vantay.evaluation import fidelity_report  # noqa: PLC0415
    from vantay.evaluation.faces import open_face_task  # noqa: PLC0415
    from vantay.evaluation.fvc import open_fvc_sets  # noqa: PLC0415
    from vantay.evaluation.fvc_report import OutputFiles  # noqa: PLC0415
    from vantay.evaluation.run_file import write_run  # noqa: PLC0415
    from vantay.face.extraction import make_face_extractor  # noqa: PLC0415
    from vantay_datasets.synthetic.minutiae import TemplateLevel  # noqa: PLC0415

    if not folders and not face_folder:
        raise click.UsageError("no real samples: give folders of prints, --faces, or both")
    console = Console(stderr=True)
    files = OutputFiles(**outputs)
    with wrong_usage():
        files.check()
        sets = open_fvc_sets(folders) if folders else []
        task = open_face_task([str(face_folder)]) if face_folder else None
    prints = faces = None
    if sets:
        prints = fidelity_report.run_prints(
            console, sets, TemplateLevel(level), extractor_name=extractor, seed=seed, n_jobs=n_jobs
        )
    if task:
        faces = fidelity_report.run_faces(console, task, make_face_extractor(profile), seed)
    fidelity_report.print_fidelity(console, prints, faces)
    parameters = {
        "sets": [one.name for one in sets],
        "faces": task.name if task else None,
        "level": level,
        "extractor": extractor,
        "profile": profile,
        "seed": seed,
    }
    run = fidelity_report.make_run(prints, faces, parameters)
    if files.json_path:
        write_run(files.json_path, run)
    if files.plot_path:
        fidelity_report.draw(
            files.plot_path,
            run,
            f"Real and synthetic samples, prints of level {level}" if sets else "Real and synthetic faces",
        )
