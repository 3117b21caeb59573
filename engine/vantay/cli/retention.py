"""``vantay retention``: destroying what is no longer needed of checks and cases."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table
from vantay.settings import EngineSettings

COMMANDS = {
    "purge": LazyCommand("vantay.cli.retention:purge", "Destroy old answers and captures."),
}


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def retention() -> None:
    """Keep what checks and cases hold of people no longer than the intake rules say."""


@click.command()
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    help="The agency's intake.toml.  [default: the standard rules]",
)
@database_options
@table_option
def purge(*, rules: Path | None, settings: EngineSettings, as_table: bool) -> None:
    """Destroy old answers to applications and captures of decided cases, by the times of the rules.

    Open cases keep theirs. Outcomes, verdicts, published decisions and the audit log stay. The server does
    the same by itself; this is for databases without one.
    """
    from vantay import Actor  # noqa: PLC0415 - keeps --help quick
    from vantay.engine import Engine  # noqa: PLC0415
    from vantay.intake.desk import read_clock  # noqa: PLC0415
    from vantay.intake.retention import purge as purge_checks  # noqa: PLC0415
    from vantay.intake.rules import load_rules  # noqa: PLC0415

    checked = load_rules(rules)
    with Engine.open(settings=settings, create=False) as engine:
        counts = asdict(purge_checks(engine, checked, read_clock(), Actor(f"uid {os.getuid()}", "shell")))
    if as_table:
        print_table(("what", "value"), list(counts.items()))
    else:
        print_json(counts)
