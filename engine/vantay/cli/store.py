"""``vantay store``: what an operator does to the enrolment database as a whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table
from vantay.settings import EngineSettings

COMMANDS = {
    "upgrade": LazyCommand("vantay.cli.store:upgrade", "Raise the database to this version's format."),
    "rotate-key": LazyCommand("vantay.cli.store:rotate_key", "Change the master key."),
    "purge": LazyCommand("vantay.cli.store:purge", "Remove the bytes of what was erased."),
    "accept-clock": LazyCommand("vantay.cli.store:accept_clock", "Take the clock's time as true."),
}


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def store() -> None:
    """Upgrade the enrolment database, change its master key, and other upkeep."""


@click.command()
@database_options
@table_option
def upgrade(*, settings: EngineSettings, as_table: bool) -> None:
    """Raise the database to the format of this version of Vantay. Copy it to a safe place before.

    It is one transaction: when the command fails or is killed, the database is as it was.
    """
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    _print(asdict(Engine.upgrade(settings)), as_table=as_table)


@click.command("rotate-key")
@database_options
@table_option
def rotate_key(*, settings: EngineSettings, as_table: bool) -> None:
    """Make a new master key and wrap the keys of all subjects with it; templates stay as they are.

    The old key is kept in a file of its own: copies of the database from before need it, and once it is
    destroyed they cannot be read. Other programs that use the database must be started again.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    change = Engine.rotate_key(settings)
    _print({name: str(value) for name, value in asdict(change).items()}, as_table=as_table)


@click.command()
@database_options
@table_option
def purge(*, settings: EngineSettings, as_table: bool) -> None:
    """Remove the bytes of what was erased from the database's files.

    A SQLite file needs it only where an erasure said that it was not purged. On PostgreSQL it rewrites the
    tables that hold personal data, and writers wait meanwhile.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        _print({"is_purged": engine.purge()}, as_table=as_table)


@click.command("accept-clock")
@database_options
@table_option
def accept_clock(*, settings: EngineSettings, as_table: bool) -> None:
    """Take the clock's time as the true one, although the last change has a later time.

    Writes are refused while the clock is more than a minute behind the last change. When the clock was wrong
    before, and is right now, this lets them go on.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        engine.accept_clock()
    _print({"is_accepted": True}, as_table=as_table)


def _print(answer: dict[str, Any], *, as_table: bool) -> None:
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
