"""The statements that change the record; each function runs inside the caller's transaction."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import sqlalchemy as sa

from vantay.errors import AlreadyEnrolled, SubjectNotFound
from vantay.store.face_model import require_one_model
from vantay.store.records import (
    EncounterRecord,
    Erasure,
    FaceSummary,
    NewEncounter,
    NewTemplate,
    SubjectStatus,
    TemplateSummary,
)
from vantay.store.schema import changes, encounters, face_templates, subjects, templates
from vantay.types import FaceTemplate


def insert_subject(connection: sa.Connection, subject_id: str, now: datetime) -> None:
    """Add a subject.

    Raises
    ------
    AlreadyEnrolled
        If the identifier is taken, also by an erased subject: what is erased does not come back.
    """
    status = _status_of(connection, subject_id)
    if status is SubjectStatus.ERASED:
        raise AlreadyEnrolled(f"subject {subject_id!r} was erased; an identifier is not given twice")
    if status is not None:
        raise AlreadyEnrolled(f"subject {subject_id!r} is enrolled already: add an encounter instead")
    connection.execute(
        subjects.insert().values(subject_id=subject_id, status=SubjectStatus.ACTIVE, created_at=now)
    )


def insert_encounter(
    connection: sa.Connection, encounter: NewEncounter, now: datetime, kind: str
) -> EncounterRecord:
    """Add an encounter with its templates to a subject that is there, and note the change.

    Raises
    ------
    SubjectNotFound
        If the subject is not there or was erased.
    AlreadyEnrolled
        If the encounter's identifier is taken.
    IncompatibleTemplate
        If its face was embedded by another model than the faces that are there.
    """
    _require_subject(connection, encounter.subject_id)
    taken = sa.select(encounters.c.encounter_id).where(encounters.c.encounter_id == encounter.encounter_id)
    if connection.scalar(taken) is not None:
        raise AlreadyEnrolled(f"encounter {encounter.encounter_id!r} is recorded already")
    connection.execute(
        encounters.insert().values(
            encounter_id=encounter.encounter_id,
            subject_id=encounter.subject_id,
            captured_at=encounter.captured_at,
            recorded_at=now,
            source=encounter.source,
        )
    )
    rows = [_template_row(encounter.encounter_id, template) for template in encounter.templates]
    if rows:
        connection.execute(templates.insert(), rows)
    if encounter.face is not None:
        require_one_model(connection, encounter.face)
        connection.execute(face_templates.insert(), _face_row(encounter.encounter_id, encounter.face))
    _note_change(connection, encounter.subject_id, kind, now)
    return _encounter_record(encounter, now)


def erase_subject(connection: sa.Connection, subject_id: str, now: datetime) -> Erasure:
    """Delete a subject's templates, blank what its encounters say, and leave a tombstone.

    A tombstone stays as it is, and nothing is noted.

    Raises
    ------
    SubjectNotFound
        If the subject never was there.
    """
    status = _status_of(connection, subject_id)
    if status is None:
        raise SubjectNotFound(f"no subject {subject_id!r}")
    if status is SubjectStatus.ERASED:
        return Erasure(subject_id, n_encounters=0, n_templates=0)
    own = sa.select(encounters.c.encounter_id).where(encounters.c.subject_id == subject_id)
    n_templates = connection.execute(templates.delete().where(templates.c.encounter_id.in_(own))).rowcount
    n_faces = connection.execute(
        face_templates.delete().where(face_templates.c.encounter_id.in_(own))
    ).rowcount
    blanked = encounters.update().where(encounters.c.subject_id == subject_id).values(source="")
    n_encounters = connection.execute(blanked).rowcount
    connection.execute(
        subjects.update().where(subjects.c.subject_id == subject_id).values(status=SubjectStatus.ERASED)
    )
    _note_change(connection, subject_id, "erase", now)
    return Erasure(subject_id, n_encounters, n_templates, n_faces)


def _status_of(connection: sa.Connection, subject_id: str) -> SubjectStatus | None:
    status = connection.scalar(sa.select(subjects.c.status).where(subjects.c.subject_id == subject_id))
    return None if status is None else SubjectStatus(status)


def _require_subject(connection: sa.Connection, subject_id: str) -> None:
    status = _status_of(connection, subject_id)
    if status is None:
        raise SubjectNotFound(f"no subject {subject_id!r}")
    if status is SubjectStatus.ERASED:
        raise SubjectNotFound(f"subject {subject_id!r} was erased")


def _template_row(encounter_id: str, template: NewTemplate) -> dict[str, object]:
    return {
        "encounter_id": encounter_id,
        "finger_position": int(template.position),
        "record": template.record,
        "record_sha256": hashlib.sha256(template.record).digest(),
        "quality": template.quality,
        "extractor": template.extractor,
        "extractor_version": template.extractor_version,
    }


def _face_row(encounter_id: str, face: FaceTemplate) -> dict[str, object]:
    vector = face.vector.astype("<f2").tobytes()
    return {
        "encounter_id": encounter_id,
        "vector": vector,
        "vector_sha256": hashlib.sha256(vector).digest(),
        "quality": face.quality,
        "model": face.model,
        "model_version": face.model_version,
    }


def _note_change(connection: sa.Connection, subject_id: str, kind: str, now: datetime) -> None:
    connection.execute(changes.insert().values(subject_id=subject_id, kind=kind, recorded_at=now))


def _encounter_record(encounter: NewEncounter, now: datetime) -> EncounterRecord:
    summaries = tuple(
        TemplateSummary(t.position, t.quality, t.extractor, t.extractor_version, len(t.record))
        for t in sorted(encounter.templates, key=lambda template: template.position)
    )
    return EncounterRecord(
        encounter.encounter_id,
        encounter.subject_id,
        encounter.captured_at.astimezone(UTC),
        now,
        encounter.source,
        summaries,
        None if encounter.face is None else _face_summary(encounter.face),
    )


def _face_summary(face: FaceTemplate) -> FaceSummary:
    return FaceSummary(face.quality, face.model, face.model_version, face.vector.nbytes)
