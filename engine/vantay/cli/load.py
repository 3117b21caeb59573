"""``vantay load``: many subjects from files and folders into the enrolment database."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vantay.cli.options import engine_options, table_option
from vantay.cli.output import print_json, print_table, warn
from vantay.cli.transfer_bar import TransferBar
from vantay.settings import EngineSettings

if TYPE_CHECKING:
    from vantay.transfer import LoadSummary

EXIT_REJECTS = 1
_SOURCE = click.Path(exists=True, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=_SOURCE)
@click.option(
    "--workers",
    "n_workers",
    type=click.IntRange(1, 1024),
    help="Processes that make templates and check records.  [default: one a core]",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["fail", "skip", "add-encounter"]),
    default="fail",
    show_default=True,
    help="What to do with a subject that is enrolled already; fail: its samples become rejects.",
)
@click.option(
    "--rejects",
    type=_FILE,
    default=Path("vantay-load-rejects.jsonl"),
    show_default=True,
    help="File for what cannot be loaded, and why.",
)
@click.option(
    "--resume/--restart",
    "is_resume",
    default=True,
    help="Go on where a load of the same sources ended, or begin anew.  [default: resume]",
)
@click.option("--progress", type=_FILE, help="File that tells how far it came.  [default: by the database]")
@click.option("--keep-images", is_flag=True, help="Store the images too, encrypted like the templates.")
@click.option("--create-galleries", is_flag=True, help="Make galleries that are named and not there.")
@engine_options
@table_option
def load(
    sources: tuple[Path, ...],
    *,
    n_workers: int | None,
    is_resume: bool,
    settings: EngineSettings,
    as_table: bool,
    **plan: Any,
) -> None:
    """Load the subjects of each SOURCE into the enrolment database. Exit code 1 if anything was rejected.

    SOURCE is a bulk file (.parquet, .jsonl), a manifest of images (.csv), a folder with a subfolder a
    subject, a folder of ISO/ANSI template files, or ANSI/NIST-ITL and ISO/IEC 19794-4 files. Templates are
    made of images by all workers; a bad sample never stops the load.

    When it is killed, the same command goes on where it was, and nothing is enrolled twice.
    """
    from vantay.transfer import (  # noqa: PLC0415 - keeps --help quick
        LoadPlan,
        find_source,
        load_sources,
        open_store,
    )

    load_plan = LoadPlan(n_workers=n_workers or os.cpu_count() or 1, is_restart=not is_resume, **plan)
    found = [find_source(path) for path in sources]  # before the database is made
    with open_store(settings, create=True) as store, TransferBar("rows") as bar:
        summary = load_sources(
            store,
            found,
            load_plan,
            settings,
            advance=lambda source, row: bar.advance(source.path.name, row, source.n_rows),
        )
    _print(summary, as_table=as_table)
    if summary.counts.n_rejects:
        warn(f"{summary.counts.n_rejects} rejects: see {summary.rejects}")
        raise click.exceptions.Exit(EXIT_REJECTS)


def _print(summary: LoadSummary, *, as_table: bool) -> None:
    rejects = str(summary.rejects) if summary.counts.n_rejects else None
    answer = asdict(summary.counts) | {"is_resumed": summary.is_resumed, "rejects": rejects}
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
