"""Subjects of a bulk file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vantay.transfer.labels import Labels
from vantay.transfer.pending import Origin, PendingEncounter, PendingSample, PendingSubject, SampleContent
from vantay.transfer.rejects import Reject
from vantay.transfer.subject_runs import subject_runs
from vantay.types import FaceTemplate, FingerPosition
from vantay_datasets.bulk import BulkRow, Kind, read_checked_rows
from vantay_datasets.bulk.file import CheckedRow
from vantay_datasets.sample import Modality


def read_bulk_subjects(path: Path, after_row: int = 0) -> Iterator[PendingSubject]:
    """Read the subjects of a bulk file.

    Parameters
    ----------
    path : Path
    after_row : int
        Rows up to this one are read, since later ones must agree with them, and passed over.

    Yields
    ------
    PendingSubject
        One for each run of rows of a subject; without a subject for rows that break the schema.

    Raises
    ------
    InvalidSample, UnsupportedFormatVersion
        If the file as a whole cannot be read.
    """
    wanted = (row for row in read_checked_rows(path) if row.number > after_row)
    for run in subject_runs(wanted, lambda checked: None if checked.row is None else checked.row.subject_id):
        yield _subject_of_run(path, run)


def _subject_of_run(path: Path, run: list[CheckedRow]) -> PendingSubject:
    last_row = run[-1].number
    rejects = tuple(
        Reject(str(path), row, column or None, None, "schema", message)
        for checked in run
        for row, column, message in checked.violations
    )
    rows = [(checked.number, checked.row) for checked in run if checked.row is not None]
    if not rows:
        return PendingSubject("", last_row, rejects=rejects)
    subject = _subject(path, rows)
    return subject._replace(last_row=last_row, rejects=rejects)


def _subject(path: Path, rows: list[tuple[int, BulkRow]]) -> PendingSubject:
    first_number, first = rows[0]
    labels = Labels(first.labels)
    by_encounter: dict[str, list[tuple[int, BulkRow]]] = {}
    for number, row in rows:
        if row.encounter_id is not None:
            by_encounter.setdefault(row.encounter_id, []).append((number, row))
    return PendingSubject(
        first.subject_id,
        rows[-1][0],
        Origin(str(path), first_number),
        first.status,
        first.sex,
        first.birth_date,
        labels.birth_year,
        first.nationality or labels.nationality,
        labels.with_issuers(first.documents),
        first.galleries,
        tuple(_encounter(path, own) for own in by_encounter.values()),
    )


def _encounter(path: Path, rows: list[tuple[int, BulkRow]]) -> PendingEncounter:
    number, first = rows[0]
    consent = None
    if first.consent_reference is not None:
        consent = (first.consent_reference, first.consent_purpose or "", first.consent_given_at)
    return PendingEncounter(
        Origin(str(path), number),
        first.encounter_id,
        "",
        first.captured_at,
        first.captured_place or "",
        first.operator or "",
        first.device or "",
        consent,
        tuple(_sample(Origin(str(path), number), row) for number, row in rows if row.kind is not Kind.NONE),
    )


def _sample(origin: Origin, row: BulkRow) -> PendingSample:
    content: SampleContent = row.data or b""
    if row.modality is Modality.FACE and row.kind is Kind.TEMPLATE:
        vector = np.frombuffer(row.data or b"", "<f2").astype(np.float16)
        content = FaceTemplate(vector, row.model or "", row.model_version or "", row.quality or 0)
    return PendingSample(
        origin,
        row.modality or Modality.FINGER,
        FingerPosition(row.position),
        content,
        ppi=row.ppi,
        quality=row.quality,
        extractor=Labels(row.labels).extractor,
    )
