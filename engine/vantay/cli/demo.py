"""``vantay demo``: see the engine at work on synthetic prints."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Folder for the page, the database and the images.",
)
@click.option(
    "--subjects",
    "n_subjects",
    type=click.IntRange(3, 9999),
    default=100,
    show_default=True,
    help="People enrolled.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 999_999),
    default=1,
    show_default=True,
    help="Another seed is other people.",
)
def demo(output: Path, n_subjects: int, seed: int) -> None:
    """Enrol a synthetic population from images, check three applicants, write a page with pictures.

    Exit code 1 if an answer is not the right one.
    """
    from rich.console import Console  # noqa: PLC0415 - keeps --help quick

    from vantay.demo.run import DemoSettings, run_demo  # noqa: PLC0415

    if not run_demo(DemoSettings(output, n_subjects, seed), Console()):
        raise click.ClickException("the demo did not give the expected answers")
