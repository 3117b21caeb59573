"""Commands that write the enrolment database, and that read it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.detail_options import detail_options
from vantay.cli.options import database_options, engine_options, ppi_option, table_option
from vantay.cli.output import failure_json, print_json, print_table, rounded, warn, warn_of_failures
from vantay.cli.sample_options import sample_options
from vantay.cli.times import ZonedTimeType
from vantay.settings import EngineSettings
from vantay.types import FingerPosition

if TYPE_CHECKING:
    from vantay import Document, EncounterRecord, SubjectRecord
    from vantay.administration import EnrolmentDetails


@click.command()
@click.argument("subject_id", metavar="SUBJECT")
@sample_options
@click.option("--add-encounter", is_flag=True, help="The subject is enrolled already: add to what is there.")
@click.option(
    "--captured-at", type=ZonedTimeType(), help="When the samples were taken, with zone.  [default: now]"
)
@click.option("--source", default="", help="Where they come from: an office, a device, a batch.")
@detail_options
@ppi_option
@engine_options
@table_option
def enrol(
    subject_id: str,
    fingers: dict[FingerPosition, Path],
    *,
    face: Path | None,
    add_encounter: bool,
    captured_at: datetime | None,
    source: str,
    details: EnrolmentDetails,
    ppi: float | None,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Add SUBJECT with its samples, or with --add-encounter another capture of a subject that is there.

    Samples are fingers, a face or both. One whose image gives no template is left out and reported; when none
    gives one, nothing is stored. When the command ends with exit code 0, the subject is on disk.
    """
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    with Engine.open(settings=settings) as engine:
        receipt = engine.enrol(
            subject_id,
            fingers,
            face=face,
            captured_at=captured_at,
            source=source,
            add_encounter=add_encounter,
            ppi=ppi,
            details=details,
        )
    warn_of_failures(receipt.failures)
    if as_table:
        _print_encounters([receipt.encounter], f"{subject_id} enrolled")
    else:
        failures = [failure_json(failure) for failure in receipt.failures]
        timings = {"timings_ms": rounded(receipt.timings_ms, 1)}
        subject = {"subject_id": subject_id}
        print_json(subject | _encounter_json(receipt.encounter) | {"failures": failures} | timings)


@click.command()
@click.argument("subject_id", metavar="SUBJECT")
@database_options
@table_option
def show(subject_id: str, *, settings: EngineSettings, as_table: bool) -> None:
    """Tell what is known of SUBJECT: status, encounters, and the quality of each sample; no templates."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        subject = engine.show(subject_id)
    if as_table:
        _print_encounters(subject.encounters, f"{subject.subject_id}: {subject.status}")
    else:
        print_json(_subject_json(subject))


@click.command("list")
@click.option("--after", default="", metavar="SUBJECT", help="Start after this subject.")
@click.option("--limit", type=click.IntRange(1), help="List at most this many.  [default: all]")
@database_options
@table_option
def list_subjects(after: str, limit: int | None, *, settings: EngineSettings, as_table: bool) -> None:
    """List the subjects in the order of their identifiers, erased ones too."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        subjects = engine.list_subjects(after=after, limit=limit)
    if as_table:
        columns = ("subject", "status", "encounters", "fingers", "faces", "created (UTC)")
        rows = [
            (s.subject_id, s.status, s.n_encounters, s.n_templates, s.n_faces, s.created_at) for s in subjects
        ]
        print_table(columns, rows)
    else:
        print_json({"subjects": [asdict(subject) for subject in subjects]})


@click.command()
@database_options
@table_option
def stats(*, settings: EngineSettings, as_table: bool) -> None:
    """Count what is enrolled."""
    from vantay.engine import Engine  # noqa: PLC0415

    with Engine.open(settings=settings, create=False) as engine:
        counts = asdict(engine.stats())
    if as_table:
        print_table(("what", "value"), list(counts.items()))
    else:
        print_json(counts)


@click.command()
@click.argument("subject_id", metavar="SUBJECT")
@click.option("--yes", is_flag=True, help="Do not ask.")
@database_options
@table_option
def erase(subject_id: str, *, yes: bool, settings: EngineSettings, as_table: bool) -> None:
    """Remove the templates of SUBJECT for good. A tombstone without biometric data stays.

    The identifier is not given to anyone again. While another process reads the state before, the bytes stay
    in the files: a warning and ``is_purged`` tell; the same command later finishes it.
    """
    from vantay.engine import Engine  # noqa: PLC0415

    if not yes and not sys.stdin.isatty():
        raise click.UsageError("erasing cannot be undone: say --yes")
    if not yes:
        click.confirm(f"Erase {subject_id} for good?", abort=True, err=True)
    with Engine.open(settings=settings, create=False) as engine:
        erasure, name = asdict(engine.erase(subject_id)), engine.database_name
    if not erasure["is_purged"]:
        warn(_unpurged(subject_id, name))
    if as_table:
        print_table(("what", "value"), list(erasure.items()))
    else:
        print_json(erasure)


def _unpurged(subject_id: str, database_name: str) -> str:
    if "://" in database_name:
        return f"{subject_id} is erased, but dead rows hold the bytes until `vantay store purge`"
    return (
        f"{subject_id} is erased, but {database_name} still holds the bytes for a process that reads the "
        "state before: erase again when it has ended"
    )


def _subject_json(subject: SubjectRecord) -> dict[str, object]:
    biographics = subject.biographics
    return {
        "subject_id": subject.subject_id,
        "status": subject.status,
        "created_at": subject.created_at,
        "merged_into": subject.merged_into,
        "sex": biographics.sex,
        "birth_year": biographics.birth_year,
        "birth_date": None if biographics.birth_date is None else biographics.birth_date.isoformat(),
        "nationality": biographics.nationality,
        "documents": [_document_json(document) for document in subject.documents],
        "galleries": subject.galleries,
        "encounters": [_encounter_json(encounter) for encounter in subject.encounters],
    }


def _document_json(document: Document) -> dict[str, object]:
    expires_on = document.expires_on
    return asdict(document) | {"expires_on": None if expires_on is None else expires_on.isoformat()}


def _encounter_json(encounter: EncounterRecord) -> dict[str, object]:
    return {
        "encounter_id": encounter.encounter_id,
        "captured_at": encounter.captured_at,
        "recorded_at": encounter.recorded_at,
        "source": encounter.source,
        "operator": encounter.operator,
        "device": encounter.device,
        "consent": None if encounter.consent is None else asdict(encounter.consent),
        "fingers": {
            t.position.name: {
                "quality": t.quality,
                "extractor": t.extractor,
                "extractor_version": t.extractor_version,
                "n_bytes": t.n_bytes,
            }
            for t in encounter.templates
        },
        "face": None if encounter.face is None else asdict(encounter.face),
    }


def _print_encounters(encounters: Iterable[EncounterRecord], title: str) -> None:
    rows = [(e.encounter_id, e.captured_at, e.source, *row) for e in encounters for row in _template_rows(e)]
    columns = ("encounter", "captured (UTC)", "source", "sample", "quality", "made by")
    print_table(columns, rows, title=title)


def _template_rows(encounter: EncounterRecord) -> Iterator[tuple[str, int, str]]:
    for t in encounter.templates:
        yield t.position.name, t.quality, f"{t.extractor} {t.extractor_version}"
    if (face := encounter.face) is not None:
        yield "face", face.quality, f"{face.model} {face.model_version}"
