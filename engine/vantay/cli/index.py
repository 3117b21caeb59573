"""``vantay index``: the search index that is derived from the enrolment database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table
from vantay.settings import EngineSettings

COMMANDS = {
    "status": LazyCommand("vantay.cli.index:status", "Tell what the index holds."),
    "verify": LazyCommand("vantay.cli.index:verify", "Compare its files with their checksums."),
    "rebuild": LazyCommand("vantay.cli.index:rebuild", "Make it anew from the database."),
    "compact": LazyCommand("vantay.cli.index:compact", "Drop what is left of erased people."),
}


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def index() -> None:
    """Look after the search index, which is derived from the enrolment database."""


@click.command()
@database_options
@table_option
def status(*, settings: EngineSettings, as_table: bool) -> None:
    """Tell what the files of the index hold, and how far they are behind the database."""
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    with Engine.open(settings=settings, create=False) as engine:
        _print(asdict(engine.index_status()), as_table=as_table)


@click.command()
@database_options
@table_option
def verify(*, settings: EngineSettings, as_table: bool) -> None:
    """Read every file of the index whole and compare it with its checksums. Exit code 1 if one is damaged."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        _print({"n_files": engine.verify_index(), "is_sound": True}, as_table=as_table)


@click.command()
@database_options
@table_option
def rebuild(*, settings: EngineSettings, as_table: bool) -> None:
    """Make the index anew from the database: after damage, or after an older copy of it was restored.

    No other program may be using the index. When the command is killed, the next search goes on with it.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        _print(asdict(engine.rebuild_index()), as_table=as_table)


@click.command()
@database_options
@table_option
def compact(*, settings: EngineSettings, as_table: bool) -> None:
    """Write the index into one file, without anything of people who were erased or changed since.

    It needs as much room on the disk again while it runs. Searches go on meanwhile.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        _print(asdict(engine.compact_index()), as_table=as_table)


def _print(answer: dict[str, Any], *, as_table: bool) -> None:
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
