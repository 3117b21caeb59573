"""Options that many commands share: settings of the engine, the resolution, JSON or table."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vantay.cli.output import expect_json
from vantay.settings import load_settings

Command = Callable[..., Any]

ppi_option = click.option(
    "--ppi", type=float, help="Resolution of the images in pixels per inch, overriding what the files say."
)

_CONFIG = click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="TOML file of settings.  [default: the one that VANTAY_CONFIG names]",
)
_DATABASE = click.option(
    "--database",
    "-d",
    metavar="PATH|ADDRESS",
    help="Enrolment database: a file, or postgresql://user@host/name.  [default: vantay.db]",
)
_EXTRACTOR = click.option(
    "--extractor",
    type=click.Choice(["auto", "leader", "classical"]),
    help="What finds the minutiae; auto is leader where its model was built.  [default: auto]",
)
_FACE_PROFILE = click.option(
    "--face-profile",
    help="What embeds faces: dlib, or the name of any face embedding of `vantay models list`.  "
    "[default: dlib]",
)
_THREADS = click.option(
    "--threads", "n_threads", type=click.IntRange(1, 1024), help="Threads to use.  [default: 1]"
)


def database_options(command: Command) -> Command:
    """Add ``--config`` and ``--database``; the command gets ``settings``."""
    return _with_settings(command, _CONFIG, _DATABASE)


def search_options(command: Command) -> Command:
    """Add ``--config``, ``--database`` and ``--threads``; the command gets ``settings``."""
    return _with_settings(command, _CONFIG, _DATABASE, _THREADS)


def extractor_options(command: Command) -> Command:
    """Add ``--config``, ``--extractor`` and ``--threads``; the command gets ``settings``."""
    return _with_settings(command, _CONFIG, _EXTRACTOR, _THREADS)


def comparison_options(command: Command) -> Command:
    """Add what `extractor_options` adds, and ``--face-profile``; the command gets ``settings``."""
    return _with_settings(command, _CONFIG, _EXTRACTOR, _FACE_PROFILE, _THREADS)


def engine_options(command: Command) -> Command:
    """Add all options of the engine; the command gets ``settings``."""
    return _with_settings(command, _CONFIG, _DATABASE, _EXTRACTOR, _FACE_PROFILE, _THREADS)


def table_option(command: Command) -> Command:
    """Add ``--table``; without it the command answers in JSON, also when it fails."""
    return click.option(
        "--table",
        "as_table",
        is_flag=True,
        is_eager=True,
        callback=_note_form,
        help="Print a table for eyes instead of JSON.",
    )(command)


def _note_form(ctx: click.Context, _: click.Parameter, as_table: bool) -> bool:  # noqa: FBT001
    if not as_table:
        expect_json(ctx)
    return as_table


def _with_settings(command: Command, *options: Callable[[Command], Command]) -> Command:
    @functools.wraps(command)
    def run(
        *args: Any,
        config: Path | None,
        database: str | None = None,
        extractor: str | None = None,
        face_profile: str | None = None,
        n_threads: int | None = None,
        **kwargs: Any,
    ) -> Any:
        flags = {
            "database": database,
            "extractor": extractor,
            "face_profile": face_profile,
            "n_threads": n_threads,
        }
        settings = load_settings(config, environment=os.environ, flags=flags)
        return command(*args, settings=settings, **kwargs)

    decorated: Command = run
    for option in reversed(options):
        decorated = option(decorated)
    return decorated
