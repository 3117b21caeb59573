"""``vantay gallery``: named subsets of the subjects; a subject may be in several."""

from __future__ import annotations

import click

from vantay.cli.lazy_group import LazyCommand, LazyGroup
from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table
from vantay.settings import EngineSettings

COMMANDS = {
    "create": LazyCommand("vantay.cli.gallery:create", "Make a gallery."),
    "list": LazyCommand("vantay.cli.gallery:list_galleries", "List the galleries."),
    "add": LazyCommand("vantay.cli.gallery:add", "Put subjects into a gallery."),
    "remove": LazyCommand("vantay.cli.gallery:remove", "Take subjects out of a gallery."),
    "members": LazyCommand("vantay.cli.gallery:members", "List the subjects in a gallery."),
}


@click.command(cls=LazyGroup, lazy_commands=COMMANDS)
def gallery() -> None:
    """Make, fill and list galleries: residents, visa, watchlist, or what you need."""


@click.command()
@click.argument("name", metavar="GALLERY")
@database_options
@table_option
def create(name: str, *, settings: EngineSettings, as_table: bool) -> None:
    """Make GALLERY; one that is there stays as it is."""
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    with Engine.open(settings=settings) as engine:
        engine.create_gallery(name)
        n_subjects = engine.galleries()[name]
    _print_galleries({name: n_subjects}, as_table=as_table)


@click.command("list")
@database_options
@table_option
def list_galleries(*, settings: EngineSettings, as_table: bool) -> None:
    """List the galleries with the number of subjects in each."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        found = engine.galleries()
    _print_galleries(found, as_table=as_table)


@click.command()
@click.argument("name", metavar="GALLERY")
@click.argument("subject_ids", metavar="SUBJECT...", nargs=-1, required=True)
@database_options
@table_option
def add(name: str, subject_ids: tuple[str, ...], *, settings: EngineSettings, as_table: bool) -> None:
    """Put each SUBJECT into GALLERY, one after the other."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        changed = [subject_id for subject_id in subject_ids if engine.add_to_gallery(name, subject_id)]
    _print_changed(name, changed, as_table=as_table)


@click.command()
@click.argument("name", metavar="GALLERY")
@click.argument("subject_ids", metavar="SUBJECT...", nargs=-1, required=True)
@database_options
@table_option
def remove(name: str, subject_ids: tuple[str, ...], *, settings: EngineSettings, as_table: bool) -> None:
    """Take each SUBJECT out of GALLERY, one after the other."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        changed = [subject_id for subject_id in subject_ids if engine.remove_from_gallery(name, subject_id)]
    _print_changed(name, changed, as_table=as_table)


@click.command()
@click.argument("name", metavar="GALLERY")
@click.option("--after", default="", metavar="SUBJECT", help="Start after this subject.")
@click.option("--limit", type=click.IntRange(1), help="List at most this many.  [default: all]")
@database_options
@table_option
def members(name: str, after: str, limit: int | None, *, settings: EngineSettings, as_table: bool) -> None:
    """List the subjects in GALLERY in the order of their identifiers."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        found = engine.gallery_members(name, after=after, limit=limit)
    if as_table:
        print_table(("subject",), [(subject_id,) for subject_id in found])
    else:
        print_json({"gallery": name, "subject_ids": found})


def _print_galleries(galleries: dict[str, int], *, as_table: bool) -> None:
    if as_table:
        print_table(("gallery", "subjects"), list(galleries.items()))
    else:
        print_json({"galleries": [{"name": name, "n_subjects": n} for name, n in galleries.items()]})


def _print_changed(name: str, changed: list[str], *, as_table: bool) -> None:
    if as_table:
        print_table(("gallery", "subject"), [(name, subject_id) for subject_id in changed])
    else:
        print_json({"gallery": name, "changed": changed})
