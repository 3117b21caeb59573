"""The statements that read the record; each function runs inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from vantay.errors import EncounterNotFound
from vantay.store.details import read_biographics, read_documents
from vantay.store.galleries import galleries_of
from vantay.store.id_batches import id_batches
from vantay.store.incoming import Consent, NewTemplate
from vantay.store.packing import unpack_templates
from vantay.store.person import SubjectStatus
from vantay.store.records import (
    Change,
    ChangeKind,
    ChangeSet,
    EncounterRecord,
    StoredFace,
    StoredImage,
    StoredTemplate,
    StoreStatistics,
    SubjectRecord,
    SubjectSummary,
)
from vantay.store.schema import changes, encounters, images, meta, subject_keys, subjects, write_state
from vantay.store.sealing import KeyRing, image_place, templates_place
from vantay.store.subject_rows import find_subject
from vantay.store.summaries import face_summary, template_summaries
from vantay.store.wording import check_identifier
from vantay.types import FaceTemplate, FingerPosition

_SEALED_ROWS = (
    sa.select(
        subjects.c.subject_id,
        encounters.c.encounter_id,
        subject_keys.c.wrapped_key,
        encounters.c.sealed_templates,
    )
    .join_from(encounters, subjects)
    .join(subject_keys, subject_keys.c.subject_number == subjects.c.number, isouter=True)
    .where(encounters.c.sealed_templates.is_not(None))
    .order_by(subjects.c.subject_id, encounters.c.captured_at, encounters.c.encounter_id)
)


class OpenedEncounter(NamedTuple):
    """The templates of an encounter, unsealed."""

    subject_id: str
    encounter_id: str
    templates: tuple[NewTemplate, ...]
    face: FaceTemplate | None

    def stored_templates(self) -> list[StoredTemplate]:
        """Give the fingers one by one."""
        return [
            StoredTemplate(self.subject_id, self.encounter_id, template.position, template.record)
            for template in self.templates
        ]

    def stored_faces(self) -> list[StoredFace]:
        """Give the face, if there is one."""
        return [] if self.face is None else [StoredFace(self.subject_id, self.encounter_id, self.face)]


def read_all_templates(connection: sa.Connection, ring: KeyRing) -> Iterator[OpenedEncounter]:
    """Stream the templates of every encounter, in the order of subjects.

    Raises
    ------
    DataCorruption
        If a seal does not hold; the message names the encounter and the subject.
    """
    with connection.execution_options(yield_per=200).execute(_SEALED_ROWS) as rows:
        for row in rows:
            yield open_encounter(ring, *row)


def read_templates_of(
    connection: sa.Connection, ring: KeyRing, subject_ids: Sequence[str]
) -> Iterator[OpenedEncounter]:
    """Read the templates of some subjects; subjects that are not there add nothing; errors as above."""
    for some in id_batches(subject_ids):
        for row in connection.execute(_SEALED_ROWS.where(subjects.c.subject_id.in_(some))):
            yield open_encounter(ring, *row)


def open_encounter(
    ring: KeyRing, subject_id: str, encounter_id: str, wrapped_key: bytes | None, sealed: bytes
) -> OpenedEncounter:
    """Unseal the templates of an encounter.

    Raises
    ------
    DataCorruption
        If a seal does not hold; the message names the encounter and the subject.
    """
    what = f"the templates of encounter {encounter_id}, subject {subject_id!r},"
    key = ring.unwrap(subject_id, wrapped_key)
    packed = key.open(sealed, templates_place(subject_id, encounter_id), what)
    return OpenedEncounter(subject_id, encounter_id, *unpack_templates(packed, encounter_id))


def read_subject(connection: sa.Connection, ring: KeyRing, subject_id: str) -> SubjectRecord:
    """Read a subject with its encounters.

    Raises
    ------
    SubjectNotFound
        If it is not there. An erased subject is: its tombstone tells that it was erased.
    DataCorruption
        If a seal does not hold.
    """
    found = find_subject(connection, subject_id)
    row = connection.execute(sa.select(subjects).where(subjects.c.number == found.number)).one()
    can_open = found.status in {SubjectStatus.ACTIVE, SubjectStatus.LOCKED}
    key = ring.unwrap(subject_id, found.wrapped_key) if can_open else None
    statement = (
        sa.select(encounters)
        .where(encounters.c.subject_number == found.number)
        .order_by(encounters.c.captured_at, encounters.c.encounter_id)
    )
    return SubjectRecord(
        subject_id,
        found.status,
        row.created_at,
        tuple(
            _encounter_record(ring, found.subject_id, found.wrapped_key, encounter)
            for encounter in connection.execute(statement)
        ),
        read_biographics(row, key, subject_id),
        () if key is None else read_documents(connection, found.number, subject_id, key),
        galleries_of(connection, [found.number]).get(found.number, ()),
        found.merged_into,
    )


def consent_of(row: Any) -> Consent | None:
    """Read a consent from a row of encounters."""
    if row.consent_reference is None:
        return None
    return Consent(row.consent_reference, row.consent_purpose, row.consent_at)


def _encounter_record(ring: KeyRing, subject_id: str, wrapped_key: bytes | None, row: Any) -> EncounterRecord:
    templates: tuple[NewTemplate, ...] = ()
    face = None
    if row.sealed_templates is not None:
        opened = open_encounter(ring, subject_id, row.encounter_id, wrapped_key, row.sealed_templates)
        templates, face = opened.templates, opened.face
    return EncounterRecord(
        row.encounter_id,
        subject_id,
        row.captured_at,
        row.recorded_at,
        row.source,
        template_summaries(templates),
        face_summary(face),
        row.operator,
        row.device,
        consent_of(row),
    )


def read_images(connection: sa.Connection, ring: KeyRing, encounter_id: str) -> list[StoredImage]:
    """Read the images of an encounter.

    Raises
    ------
    CallerError
        If no encounter can have this identifier.
    EncounterNotFound
        If it is not there.
    DataCorruption
        If a seal does not hold.
    """
    check_identifier("encounter_id", encounter_id)
    statement = (
        sa.select(encounters.c.number, subjects.c.subject_id, subject_keys.c.wrapped_key)
        .join_from(encounters, subjects)
        .join(subject_keys, subject_keys.c.subject_number == subjects.c.number, isouter=True)
        .where(encounters.c.encounter_id == encounter_id)
    )
    found = connection.execute(statement).one_or_none()
    if found is None:
        raise EncounterNotFound(f"no encounter {encounter_id!r}")
    rows = connection.execute(sa.select(images).where(images.c.encounter_number == found.number)).all()
    if not rows:
        return []
    key = ring.unwrap(found.subject_id, found.wrapped_key)
    opened = []
    for row in sorted(rows, key=lambda image: (image.modality, image.finger_position)):
        place = image_place(found.subject_id, encounter_id, row.modality, row.finger_position)
        data = key.open(row.sealed_image, place, f"an image of encounter {encounter_id}")
        opened.append(StoredImage(encounter_id, row.modality, FingerPosition(row.finger_position), data))
    return opened


def read_subject_page(connection: sa.Connection, after: str, limit: int | None) -> list[SubjectSummary]:
    """List subjects by identifier, the first one after `after`."""
    page = (
        sa.select(subjects.c.number, subjects.c.subject_id, subjects.c.status, subjects.c.created_at)
        .where(subjects.c.subject_id > after)
        .order_by(subjects.c.subject_id)
        .limit(limit)
        .subquery()
    )
    statement = (
        sa.select(
            page.c.subject_id,
            page.c.status,
            page.c.created_at,
            sa.func.count(encounters.c.number),
            sa.func.coalesce(sa.func.sum(encounters.c.n_fingers), 0),
            sa.func.coalesce(sa.func.sum(encounters.c.n_faces), 0),
        )
        .join_from(page, encounters, encounters.c.subject_number == page.c.number, isouter=True)
        .group_by(page.c.subject_id, page.c.status, page.c.created_at)
        .order_by(page.c.subject_id)
    )
    return [
        SubjectSummary(subject_id, SubjectStatus(status), *rest)
        for subject_id, status, *rest in connection.execute(statement)
    ]


def read_sequence(connection: sa.Connection) -> int:
    """Read the number of the last change, 0 for a store that never changed."""
    return connection.scalar(sa.select(write_state.c.last_change)) or 0


def read_changes(connection: sa.Connection, after: int) -> ChangeSet:
    """Tell which subjects changed after a point of the change sequence."""
    statement = sa.select(subjects.c.subject_id).where(subjects.c.last_change > after)
    ids = connection.scalars(statement.order_by(subjects.c.subject_id)).all()
    return ChangeSet(read_sequence(connection), tuple(ids))


def read_change_log(connection: sa.Connection, after: int, limit: int) -> list[Change]:
    """Read entries of the change sequence in their order."""
    statement = (
        sa.select(changes.c.sequence, subjects.c.subject_id, changes.c.kind, changes.c.recorded_at)
        .join_from(changes, subjects)
        .where(changes.c.sequence > after)
        .order_by(changes.c.sequence)
        .limit(limit)
    )
    return [
        Change(sequence, subject_id, ChangeKind(kind), recorded_at)
        for sequence, subject_id, kind, recorded_at in connection.execute(statement)
    ]


def read_statistics(connection: sa.Connection) -> StoreStatistics:
    """Count what the store holds."""
    count_by_status = sa.select(subjects.c.status, sa.func.count()).group_by(subjects.c.status)
    by_status: dict[str, int] = dict(iter(connection.execute(count_by_status)))
    columns = (encounters.c.n_fingers, encounters.c.n_faces, encounters.c.template_bytes)
    totals = (sa.func.coalesce(sa.func.sum(column), 0) for column in columns)
    n_encounters, n_templates, n_faces, template_bytes = connection.execute(
        sa.select(sa.func.count(encounters.c.number), *totals)
    ).one()
    properties = dict(iter(connection.execute(sa.select(meta.c.key, meta.c.value))))
    return StoreStatistics(
        n_subjects=sum(by_status.get(status, 0) for status in (SubjectStatus.ACTIVE, SubjectStatus.LOCKED)),
        n_erased=by_status.get(SubjectStatus.ERASED, 0),
        n_encounters=n_encounters,
        n_templates=n_templates,
        n_faces=n_faces,
        template_bytes=template_bytes,
        change_sequence=read_sequence(connection),
        format_version=int(properties["format_version"]),
        comparator_at_creation=properties.get("comparator_at_creation", ""),
        face_model=properties.get("face_model", ""),
        face_model_version=properties.get("face_model_version", ""),
        n_merged=by_status.get(SubjectStatus.MERGED, 0),
        encryption=properties["encryption"],
        master_key_id=properties["master_key_id"],
    )
