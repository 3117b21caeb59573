"""``vantay demo``: see a service at work on people who do not exist."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    help="Folder for the page, the service with its database, and the images.",
)
@click.option(
    "--subjects",
    "n_subjects",
    type=click.IntRange(5, 99_000),
    default=2000,
    show_default=True,
    help="People enrolled.",
)
@click.option(
    "--from-images",
    "n_from_images",
    type=click.IntRange(5, 9999),
    default=16,
    show_default=True,
    help="How many of them from ten images each; the others from templates.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 999_999),
    default=1,
    show_default=True,
    help="Another seed is other people.",
)
@click.option(
    "--extractor",
    type=click.Choice(["auto", "leader", "classical"]),
    default="auto",
    show_default=True,
    help="What reads the images: the network, or the quick method without one.",
)
def demo(output: Path, n_subjects: int, n_from_images: int, seed: int, extractor: str) -> None:
    """Start a service, enrol a synthetic population through it, play a day at a counter, write a page.

    The service has certificates and a database of its own in the output folder, listens on this machine only,
    and has ended when the command ends. Exit code 1 if an answer is not the right one.
    """
    try:  # imported here: it keeps --help quick
        from rich.console import Console  # noqa: PLC0415

        from vantay_service.client import ServiceError  # noqa: PLC0415
        from vantay_service.demo.run import DemoSettings, run_demo  # noqa: PLC0415
        from vantay_service.demo.screen import Screen  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error}: the demo needs vantay[models,report,service]") from error

    settings = DemoSettings(output, n_subjects, min(n_from_images, n_subjects), seed, extractor)
    signal.signal(signal.SIGTERM, _end)
    try:
        is_right = run_demo(settings, Screen(Console()))
    except ServiceError as error:
        raise click.ClickException(str(error)) from error
    if not is_right:
        raise click.ClickException("the demo did not give the expected answers")


def _end(number: int, _frame: FrameType | None) -> None:
    """End in order, so that the server ends too."""
    sys.exit(128 + number)
