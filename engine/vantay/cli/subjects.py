"""Commands about who is who: ``lock``, ``unlock``, ``merge``, ``move``, ``find``."""

from __future__ import annotations

import click

from vantay.cli.options import database_options, table_option
from vantay.cli.output import print_json, print_table
from vantay.settings import EngineSettings

EXIT_NOT_FOUND = 3


@click.command()
@click.argument("subject_id", metavar="SUBJECT")
@database_options
@table_option
def lock(subject_id: str, *, settings: EngineSettings, as_table: bool) -> None:
    """Lock SUBJECT, as when its papers expire. It is still found by searches."""
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    with Engine.open(settings=settings, create=False) as engine:
        is_changed = engine.lock(subject_id)
    _print({"subject_id": subject_id, "status": "locked", "is_changed": is_changed}, as_table=as_table)


@click.command()
@click.argument("subject_id", metavar="SUBJECT")
@database_options
@table_option
def unlock(subject_id: str, *, settings: EngineSettings, as_table: bool) -> None:
    """Make SUBJECT, which was locked, active again."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        is_changed = engine.unlock(subject_id)
    _print({"subject_id": subject_id, "status": "active", "is_changed": is_changed}, as_table=as_table)


@click.command()
@click.argument("winner_id", metavar="SUBJECT")
@click.argument("loser_id", metavar="DUPLICATE")
@database_options
@table_option
def merge(winner_id: str, loser_id: str, *, settings: EngineSettings, as_table: bool) -> None:
    """Give all that DUPLICATE has to SUBJECT: both are one person.

    Biographics of SUBJECT stay, and what it lacks is taken over; documents and galleries add up. DUPLICATE
    stays as an alias of SUBJECT. This cannot be undone as a whole; single encounters can be moved.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        n_encounters = engine.merge(winner_id, loser_id)
    answer = {"subject_id": winner_id, "alias": loser_id, "n_encounters": n_encounters}
    _print(answer, as_table=as_table)


@click.command()
@click.argument("encounter_id", metavar="ENCOUNTER")
@click.argument("subject_id", metavar="SUBJECT")
@database_options
@table_option
def move(encounter_id: str, subject_id: str, *, settings: EngineSettings, as_table: bool) -> None:
    """Give ENCOUNTER, with its templates and images, to SUBJECT, whose it was found to be."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        owner = engine.move_encounter(encounter_id, subject_id)
    _print({"encounter_id": encounter_id, "from": owner, "to": subject_id}, as_table=as_table)


@click.command()
@click.argument("document_type", metavar="TYPE")
@click.argument("number")
@click.option("--issuer", help="Only documents of this country or authority.  [default: all]")
@database_options
@table_option
def find(
    document_type: str, number: str, *, issuer: str | None, settings: EngineSettings, as_table: bool
) -> None:
    """Find the subjects that have a document of TYPE with NUMBER. Exit code 3 if there is none.

    Spaces, hyphens and the case of letters make no difference.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        found = engine.find_by_document(document_type, number, issuer=issuer)
    if as_table:
        print_table(("subject",), [(subject_id,) for subject_id in found])
    else:
        print_json({"subject_ids": found})
    if not found:
        raise click.exceptions.Exit(EXIT_NOT_FOUND)


def _print(answer: dict[str, object], *, as_table: bool) -> None:
    if as_table:
        print_table(("what", "value"), list(answer.items()))
    else:
        print_json(answer)
