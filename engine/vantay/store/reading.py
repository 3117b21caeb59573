"""The statements that read the record; each function runs inside the caller's transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from vantay.errors import DataCorruption, SubjectNotFound
from vantay.store.face_reading import read_face_summaries
from vantay.store.id_batches import id_batches
from vantay.store.records import (
    ChangeSet,
    EncounterRecord,
    StoredTemplate,
    StoreStatistics,
    SubjectRecord,
    SubjectStatus,
    SubjectSummary,
    TemplateSummary,
)
from vantay.store.schema import changes, encounters, face_templates, meta, subjects, templates
from vantay.types import FingerPosition

_TEMPLATE_ROWS = (
    sa.select(
        encounters.c.subject_id,
        templates.c.encounter_id,
        templates.c.finger_position,
        templates.c.record,
        templates.c.record_sha256,
    )
    .join_from(templates, encounters)
    .order_by(
        encounters.c.subject_id,
        encounters.c.captured_at,
        templates.c.encounter_id,
        templates.c.finger_position,
    )
)


def read_all_templates(connection: sa.Connection) -> Iterator[StoredTemplate]:
    """Stream every template, in the order of subjects.

    Raises
    ------
    DataCorruption
        If a record does not have its checksum; the message names the row.
    """
    for row in connection.execution_options(yield_per=1000).execute(_TEMPLATE_ROWS):
        yield _stored_template(row)


def read_templates_of(connection: sa.Connection, subject_ids: Sequence[str]) -> list[StoredTemplate]:
    """Read the templates of some subjects; subjects that are not there add nothing.

    Raises
    ------
    DataCorruption
        If a record does not have its checksum; the message names the row.
    """
    found: list[StoredTemplate] = []
    for some in id_batches(subject_ids):
        rows = connection.execute(_TEMPLATE_ROWS.where(encounters.c.subject_id.in_(some)))
        found.extend(_stored_template(row) for row in rows)
    return found


def _stored_template(row: sa.Row[*tuple[Any, ...]]) -> StoredTemplate:
    subject_id, encounter_id, position, record, record_sha256 = row
    if hashlib.sha256(record).digest() != record_sha256:
        raise DataCorruption(
            f"template of encounter {encounter_id}, finger {FingerPosition(position).name}: "
            "the record does not have the checksum that it was stored with; restore it from a backup, "
            f"or erase subject {subject_id!r}"
        )
    return StoredTemplate(subject_id, encounter_id, FingerPosition(position), record)


def read_subject(connection: sa.Connection, subject_id: str) -> SubjectRecord:
    """Read a subject with its encounters.

    Raises
    ------
    SubjectNotFound
        If it is not there. An erased subject is: its tombstone tells that it was erased.
    """
    row = connection.execute(sa.select(subjects).where(subjects.c.subject_id == subject_id)).one_or_none()
    if row is None:
        raise SubjectNotFound(f"no subject {subject_id!r}")
    summaries = _summaries_by_encounter(connection, subject_id)
    faces = read_face_summaries(connection, subject_id)
    statement = (
        sa.select(encounters)
        .where(encounters.c.subject_id == subject_id)
        .order_by(encounters.c.captured_at, encounters.c.encounter_id)
    )
    own = tuple(
        EncounterRecord(
            encounter_id=found.encounter_id,
            subject_id=found.subject_id,
            captured_at=found.captured_at,
            recorded_at=found.recorded_at,
            source=found.source,
            templates=tuple(summaries[found.encounter_id]),
            face=faces.get(found.encounter_id),
        )
        for found in connection.execute(statement)
    )
    return SubjectRecord(row.subject_id, SubjectStatus(row.status), row.created_at, own)


def _summaries_by_encounter(connection: sa.Connection, subject_id: str) -> dict[str, list[TemplateSummary]]:
    statement = (
        sa.select(
            templates.c.encounter_id,
            templates.c.finger_position,
            templates.c.quality,
            templates.c.extractor,
            templates.c.extractor_version,
            sa.func.length(templates.c.record),
        )
        .join_from(templates, encounters)
        .where(encounters.c.subject_id == subject_id)
        .order_by(templates.c.encounter_id, templates.c.finger_position)
    )
    summaries: dict[str, list[TemplateSummary]] = defaultdict(list)
    for encounter_id, position, *rest in connection.execute(statement):
        summaries[encounter_id].append(TemplateSummary(FingerPosition(position), *rest))
    return summaries


def read_subject_page(connection: sa.Connection, after: str, limit: int | None) -> list[SubjectSummary]:
    """List subjects by identifier, the first one after `after`."""
    statement = (
        sa.select(
            subjects.c.subject_id,
            subjects.c.status,
            subjects.c.created_at,
            sa.func.count(encounters.c.encounter_id.distinct()),
            sa.func.count(templates.c.finger_position),
            sa.func.count(face_templates.c.encounter_id.distinct()),
        )
        .join_from(subjects, encounters, isouter=True)
        .join(templates, templates.c.encounter_id == encounters.c.encounter_id, isouter=True)
        .join(face_templates, face_templates.c.encounter_id == encounters.c.encounter_id, isouter=True)
        .where(subjects.c.subject_id > after)
        .group_by(subjects.c.subject_id, subjects.c.status, subjects.c.created_at)
        .order_by(subjects.c.subject_id)
        .limit(limit)
    )
    return [
        SubjectSummary(subject_id, SubjectStatus(status), *rest)
        for subject_id, status, *rest in connection.execute(statement)
    ]


def read_sequence(connection: sa.Connection) -> int:
    """Read the number of the last change, 0 for a store that never changed."""
    return connection.scalar(sa.select(sa.func.max(changes.c.sequence))) or 0


def read_changes(connection: sa.Connection, after: int) -> ChangeSet:
    """Tell which subjects changed after a point of the change sequence."""
    statement = sa.select(changes.c.subject_id).where(changes.c.sequence > after).distinct()
    ids = connection.scalars(statement.order_by(changes.c.subject_id)).all()
    return ChangeSet(read_sequence(connection), tuple(ids))


def read_statistics(connection: sa.Connection) -> StoreStatistics:
    """Count what the store holds."""
    count_by_status = sa.select(subjects.c.status, sa.func.count()).group_by(subjects.c.status)
    by_status: dict[str, int] = dict(iter(connection.execute(count_by_status)))
    n_templates, template_bytes = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(templates.c.record)), 0))
    ).one()
    n_faces, face_bytes = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.func.length(face_templates.c.vector)), 0))
    ).one()
    properties = dict(iter(connection.execute(sa.select(meta.c.key, meta.c.value))))
    n_erased = by_status.pop(SubjectStatus.ERASED, 0)
    return StoreStatistics(
        n_subjects=sum(by_status.values()),
        n_erased=n_erased,
        n_encounters=connection.scalar(sa.select(sa.func.count()).select_from(encounters)) or 0,
        n_templates=n_templates,
        n_faces=n_faces,
        template_bytes=template_bytes + face_bytes,
        change_sequence=read_sequence(connection),
        format_version=int(properties["format_version"]),
        comparator_at_creation=properties.get("comparator_at_creation", ""),
        face_model=properties.get("face_model", ""),
        face_model_version=properties.get("face_model_version", ""),
    )
