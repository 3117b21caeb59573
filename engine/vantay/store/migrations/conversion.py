"""From format version 2 to 3: what stood in plain rows is packed and sealed, a row an encounter."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa

from vantay.errors import DataCorruption, InvalidTemplate
from vantay.store.incoming import NewTemplate
from vantay.store.packing import pack_templates
from vantay.store.schema import (
    UtcDateTime,
    changes,
    encounters,
    meta,
    subject_keys,
    subjects,
    write_state,
)
from vantay.store.sealing import KeyRing, templates_place
from vantay.types import FaceTemplate, FingerPosition

_BATCH = 500
_TAKEN_OVER = ("comparator_at_creation", "face_model", "face_model_version", "face_dimension")

_old_subjects = sa.table(
    "old_subjects", sa.column("subject_id"), sa.column("status"), sa.column("created_at", UtcDateTime)
)
_old_encounters = sa.table(
    "old_encounters",
    sa.column("encounter_id"),
    sa.column("subject_id"),
    sa.column("captured_at", UtcDateTime),
    sa.column("recorded_at", UtcDateTime),
    sa.column("source"),
)
_old_templates = sa.table(
    "old_templates",
    *map(
        sa.column,
        (
            "encounter_id",
            "finger_position",
            "record",
            "record_sha256",
            "quality",
            "extractor",
            "extractor_version",
        ),
    ),
)
_old_faces = sa.table(
    "old_face_templates",
    *map(sa.column, ("encounter_id", "vector", "vector_sha256", "quality", "model", "model_version")),
)
_old_changes = sa.table(
    "old_changes",
    sa.column("sequence"),
    sa.column("subject_id"),
    sa.column("kind"),
    sa.column("recorded_at", UtcDateTime),
)
_old_meta = sa.table("old_meta", sa.column("key"), sa.column("value"))


def convert(connection: sa.Connection, ring: KeyRing) -> None:
    """Fill the tables of version 3 from those of version 2, which were renamed to ``old_…``.

    Raises
    ------
    DataCorruption
        If a template does not have its checksum; the message names it. Nothing is changed then.
    """
    _take_over_properties(connection)
    n_subjects = n_encounters = 0
    for rows in _batches(connection, _old_subjects, "subject_id"):
        numbers = {row.subject_id: n_subjects + i for i, row in enumerate(rows, start=1)}
        keys = _convert_subjects(connection, ring, rows, numbers)
        n_encounters = _convert_encounters(connection, keys, numbers, n_encounters)
        _convert_changes(connection, numbers)
        n_subjects += len(rows)
    last_change, last_time = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(changes.c.sequence), 0), sa.func.max(changes.c.recorded_at))
    ).one()
    values = {"last_change": last_change, "last_subject": n_subjects, "last_encounter": n_encounters}
    if last_time is not None:
        values["last_recorded_at"] = last_time
    connection.execute(write_state.update().values(**values))


def _take_over_properties(connection: sa.Connection) -> None:
    old: dict[str, str] = dict(
        iter(connection.execute(sa.select(_old_meta).where(_old_meta.c.key.in_(_TAKEN_OVER))))
    )
    connection.execute(meta.delete().where(meta.c.key.in_(_TAKEN_OVER)))
    if old:
        connection.execute(meta.insert(), [{"key": key, "value": value} for key, value in old.items()])


def _batches(connection: sa.Connection, table: sa.TableClause, key: str) -> Iterator[Sequence[Any]]:
    last = ""
    while rows := connection.execute(
        sa.select(table).where(table.c[key] > last).order_by(table.c[key]).limit(_BATCH)
    ).all():
        yield rows
        last = getattr(rows[-1], key)


def _convert_subjects(
    connection: sa.Connection, ring: KeyRing, rows: Sequence[Any], numbers: Mapping[str, int]
) -> dict[str, Any]:
    last_changes = dict(
        iter(
            connection.execute(
                sa.select(_old_changes.c.subject_id, sa.func.max(_old_changes.c.sequence))
                .where(_old_changes.c.subject_id.in_(numbers))
                .group_by(_old_changes.c.subject_id)
            )
        )
    )
    keys, wrapped = {}, []
    for row in rows:
        if row.status != "erased":
            keys[row.subject_id], sealed = ring.new_key(row.subject_id)
            wrapped.append({"subject_number": numbers[row.subject_id], "wrapped_key": sealed})
    new = [
        {
            "number": numbers[row.subject_id],
            "subject_id": row.subject_id,
            "status": row.status,
            "created_at": row.created_at,
            "last_change": last_changes.get(row.subject_id, 0),
        }
        for row in rows
    ]
    connection.execute(subjects.insert(), new)
    if wrapped:
        connection.execute(subject_keys.insert(), wrapped)
    return keys


def _convert_encounters(
    connection: sa.Connection, keys: Mapping[str, Any], numbers: Mapping[str, int], n_before: int
) -> int:
    """Convert the encounters of some subjects; return how many there are so far."""
    statement = sa.select(_old_encounters).where(_old_encounters.c.subject_id.in_(numbers))
    rows = connection.execute(statement.order_by(_old_encounters.c.encounter_id)).all()
    fingers, faces = _fingers_of(connection, numbers), _faces_of(connection, numbers)
    new = []
    for number, row in enumerate(rows, start=n_before + 1):
        templates, face = tuple(fingers[row.encounter_id]), faces.get(row.encounter_id)
        sealed = None
        if row.subject_id in keys:
            place = templates_place(row.subject_id, row.encounter_id)
            sealed = keys[row.subject_id].seal(pack_templates(templates, face), place)
        n_bytes = sum(len(t.record) for t in templates) + (0 if face is None else face.vector.nbytes)
        new.append(
            {
                "number": number,
                "subject_number": numbers[row.subject_id],
                "encounter_id": row.encounter_id,
                "captured_at": row.captured_at,
                "recorded_at": row.recorded_at,
                "source": row.source,
                "operator": "",
                "device": "",
                "n_fingers": len(templates),
                "n_faces": int(face is not None),
                "template_bytes": n_bytes,
                "sealed_templates": sealed,
            }
        )
    if new:
        connection.execute(encounters.insert(), new)
    return n_before + len(new)


def _fingers_of(connection: sa.Connection, subject_ids: Mapping[str, int]) -> dict[str, list[NewTemplate]]:
    found: dict[str, list[NewTemplate]] = defaultdict(list)
    for row in connection.execute(_of_subjects(_old_templates, subject_ids)):
        position = FingerPosition(row.finger_position)
        if hashlib.sha256(row.record).digest() != row.record_sha256:
            raise DataCorruption(_damaged(f"encounter {row.encounter_id}, finger {position.name}"))
        found[row.encounter_id].append(
            NewTemplate(position, row.record, row.quality, row.extractor, row.extractor_version)
        )
    return found


def _faces_of(connection: sa.Connection, subject_ids: Mapping[str, int]) -> dict[str, FaceTemplate]:
    found = {}
    for row in connection.execute(_of_subjects(_old_faces, subject_ids)):
        what = f"encounter {row.encounter_id}, face"
        if hashlib.sha256(row.vector).digest() != row.vector_sha256:
            raise DataCorruption(_damaged(what))
        vector = np.frombuffer(row.vector, "<f2").astype(np.float16)
        try:
            found[row.encounter_id] = FaceTemplate(vector, row.model, row.model_version, row.quality)
        except InvalidTemplate as error:
            raise DataCorruption(_damaged(what)) from error
    return found


def _of_subjects(table: sa.TableClause, subject_ids: Mapping[str, int]) -> sa.Select[*tuple[Any, ...]]:
    own = sa.select(_old_encounters.c.encounter_id).where(_old_encounters.c.subject_id.in_(subject_ids))
    return sa.select(table).where(table.c.encounter_id.in_(own))


def _convert_changes(connection: sa.Connection, numbers: Mapping[str, int]) -> None:
    statement = sa.select(_old_changes).where(_old_changes.c.subject_id.in_(numbers))
    rows = [
        {
            "sequence": row.sequence,
            "subject_number": numbers[row.subject_id],
            "kind": row.kind,
            "recorded_at": row.recorded_at,
        }
        for row in connection.execute(statement)
    ]
    if rows:
        connection.execute(changes.insert(), rows)


def _damaged(what: str) -> str:
    return (
        f"the template of {what} does not have the checksum that it was stored with: restore it from a "
        "backup, or erase the subject with the version of Vantay that wrote it, and upgrade again"
    )
