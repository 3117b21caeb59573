"""``--finger`` and ``--face``: the samples of one person, at least one of them."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import click

from vantay.cli.finger_option import ExistingFileType, finger_option
from vantay.cli.options import Command
from vantay.types import FingerPosition

_FACE = click.option(
    "--face",
    type=ExistingFileType(),
    help="A facial photo: JPEG, PNG, JPEG 2000, or an ISO/IEC 19794-5 record.",
)


def sample_options(command: Command) -> Command:
    """Add ``--finger`` and ``--face``; the command gets ``fingers``, a dict by position, and ``face``."""

    @functools.wraps(command)
    def run(*args: Any, fingers: dict[FingerPosition, Path], face: Path | None, **kwargs: Any) -> Any:
        if not fingers and face is None:
            raise click.UsageError("Missing option '--finger' / '-f' or '--face': expected at least one.")
        return command(*args, fingers=fingers, face=face, **kwargs)

    return finger_option(_FACE(run))
