"""The statements that read faces; each function runs inside the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from vantay.errors import DataCorruption, InvalidTemplate
from vantay.store.id_batches import id_batches
from vantay.store.records import FaceSummary, StoredFace
from vantay.store.schema import encounters, face_templates
from vantay.types import FaceTemplate

_FACE_ROWS = (
    sa.select(
        encounters.c.subject_id,
        face_templates.c.encounter_id,
        face_templates.c.vector,
        face_templates.c.vector_sha256,
        face_templates.c.model,
        face_templates.c.model_version,
        face_templates.c.quality,
    )
    .join_from(face_templates, encounters)
    .order_by(encounters.c.subject_id, encounters.c.captured_at, face_templates.c.encounter_id)
)


def read_all_faces(connection: sa.Connection) -> Iterator[StoredFace]:
    """Stream every face, in the order of subjects.

    Raises
    ------
    DataCorruption
        If a vector does not have its checksum; the message names the row.
    """
    for row in connection.execution_options(yield_per=1000).execute(_FACE_ROWS):
        yield _stored_face(row)


def read_faces_of(connection: sa.Connection, subject_ids: Sequence[str]) -> list[StoredFace]:
    """Read the faces of some subjects; errors as `read_all_faces`."""
    return [
        _stored_face(row)
        for some in id_batches(subject_ids)
        for row in connection.execute(_FACE_ROWS.where(encounters.c.subject_id.in_(some)))
    ]


def read_face_summaries(connection: sa.Connection, subject_id: str) -> dict[str, FaceSummary]:
    """Tell about the faces of a subject, by encounter."""
    statement = (
        sa.select(
            face_templates.c.encounter_id,
            face_templates.c.quality,
            face_templates.c.model,
            face_templates.c.model_version,
            sa.func.length(face_templates.c.vector),
        )
        .join_from(face_templates, encounters)
        .where(encounters.c.subject_id == subject_id)
    )
    return {encounter_id: FaceSummary(*rest) for encounter_id, *rest in connection.execute(statement)}


def _stored_face(row: sa.Row[*tuple[Any, ...]]) -> StoredFace:
    subject_id, encounter_id, vector, vector_sha256, *rest = row
    if hashlib.sha256(vector).digest() != vector_sha256:
        raise _corruption(subject_id, encounter_id, "the vector does not have the checksum of its row")
    try:
        template = FaceTemplate(np.frombuffer(vector, "<f2").astype(np.float16), *rest)
    except (InvalidTemplate, ValueError) as error:
        raise _corruption(subject_id, encounter_id, str(error)) from error
    return StoredFace(subject_id, encounter_id, template)


def _corruption(subject_id: str, encounter_id: str, what: str) -> DataCorruption:
    return DataCorruption(
        f"face of encounter {encounter_id}: {what}; restore it from a backup, or erase subject {subject_id!r}"
    )
