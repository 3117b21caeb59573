"""Adding subjects and encounters; each function runs inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

import sqlalchemy as sa

from vantay.errors import AlreadyEnrolled
from vantay.store import details
from vantay.store.face_model import FaceModel
from vantay.store.galleries import gallery_numbers, require_galleries
from vantay.store.id_batches import id_batches
from vantay.store.incoming import Enrolment, NewEncounter
from vantay.store.packing import pack_templates
from vantay.store.person import SubjectStatus
from vantay.store.records import ChangeKind, EncounterRecord
from vantay.store.schema import documents, encounters, gallery_members, images, subject_keys, subjects
from vantay.store.sealing import SubjectKey, image_place, templates_place
from vantay.store.subject_rows import SubjectRow, find_subjects, require_subject
from vantay.store.summaries import encounter_record
from vantay.store.transaction import WriteTransaction


def enrol(transaction: WriteTransaction, encounter: NewEncounter, enrolment: Enrolment) -> EncounterRecord:
    """Add a subject with its first encounter.

    Raises
    ------
    AlreadyEnrolled
        If an identifier is taken, also by an erased subject: what is erased does not come back.
    IncompatibleTemplate
        If its face was embedded by another model than the faces that are there.
    GalleryNotFound
        If there is no such gallery.
    """
    subject_id = encounter.subject_id
    refuse_taken(find_subjects(transaction.connection, [subject_id]).get(subject_id))
    _check_encounter(transaction, encounter)
    number, key = add_subject(transaction, enrolment, gallery_numbers(transaction.connection))
    return add_encounter_rows(transaction, encounter, number, key)


def add_encounter(transaction: WriteTransaction, encounter: NewEncounter) -> EncounterRecord:
    """Add an encounter to a subject that is there.

    Raises
    ------
    SubjectNotFound, SubjectMerged
        If the subject is not there, was erased, or is another one now.
    AlreadyEnrolled
        If the encounter's identifier is taken.
    IncompatibleTemplate
        If its face was embedded by another model than the faces that are there.
    """
    row = require_subject(transaction.connection, encounter.subject_id)
    _check_encounter(transaction, encounter)
    key = transaction.ring.unwrap(row.subject_id, row.wrapped_key)
    transaction.note(row.number, ChangeKind.ADD_ENCOUNTER)
    return add_encounter_rows(transaction, encounter, row.number, key)


def refuse_taken(row: SubjectRow | None) -> None:
    """Refuse to enrol a subject that is there or was there; `AlreadyEnrolled`."""
    if row is None:
        return
    if row.status is SubjectStatus.ERASED:
        raise AlreadyEnrolled(f"subject {row.subject_id!r} was erased; an identifier is not given twice")
    if row.merged_into is not None:
        raise AlreadyEnrolled(f"subject {row.subject_id!r} was merged into {row.merged_into!r}: use that one")
    raise AlreadyEnrolled(f"subject {row.subject_id!r} is enrolled already: add an encounter instead")


def _check_encounter(transaction: WriteTransaction, encounter: NewEncounter) -> None:
    encounter_id = encounter.encounter_id
    if encounter_id is not None and taken_encounters(transaction.connection, [encounter_id]):
        raise AlreadyEnrolled(f"encounter {encounter_id!r} is recorded already")
    if encounter.face is not None:
        FaceModel(transaction.connection).require(encounter.face)


def taken_encounters(connection: sa.Connection, encounter_ids: Sequence[str]) -> dict[str, str]:
    """Tell which encounters are recorded, and of which subject each is."""
    statement = sa.select(encounters.c.encounter_id, subjects.c.subject_id).join_from(encounters, subjects)
    return {
        encounter_id: subject_id
        for some in id_batches(encounter_ids)
        for encounter_id, subject_id in connection.execute(
            statement.where(encounters.c.encounter_id.in_(some))
        )
    }


def add_subject(
    transaction: WriteTransaction, enrolment: Enrolment, gallery_by_name: Mapping[str, int]
) -> tuple[int, SubjectKey]:
    """Add a subject whose identifier was found to be free; return its number and its key.

    Raises
    ------
    GalleryNotFound
        If there is no such gallery; then nothing was added.
    """
    subject_id = enrolment.subject_id
    in_galleries = require_galleries(gallery_by_name, enrolment.galleries)
    key, wrapped = transaction.ring.new_key(subject_id)
    number = transaction.new_subject_number()
    row = {
        "number": number,
        "subject_id": subject_id,
        "status": enrolment.status,
        "created_at": transaction.now,
        "last_change": transaction.note(number, ChangeKind.ENROL, is_new=True),
        "merged_into": None,
    }
    transaction.add(subjects, row | details.biographics_row(enrolment.biographics, subject_id, key))
    if enrolment.status is not SubjectStatus.ERASED:  # a tombstone has no key
        transaction.add(subject_keys, {"subject_number": number, "wrapped_key": wrapped})
    for document in details.document_rows(transaction.ring, enrolment.documents, number, subject_id, key):
        transaction.add(documents, document)
    for gallery in in_galleries:
        transaction.add(gallery_members, {"subject_number": number, "gallery_number": gallery})
    return number, key


def add_encounter_rows(
    transaction: WriteTransaction, encounter: NewEncounter, subject_number: int, key: SubjectKey
) -> EncounterRecord:
    """Add an encounter of a subject whose key is at hand, its identifier found to be free."""
    encounter_id = encounter.encounter_id or str(uuid.uuid4())
    number = transaction.new_encounter_number()
    record = encounter_record(encounter, encounter_id, transaction.now)
    transaction.add(encounters, _encounter_row(encounter, record, number, subject_number, key))
    for image in encounter.images:
        place = image_place(encounter.subject_id, encounter_id, image.modality, image.position)
        row = {
            "encounter_number": number,
            "modality": image.modality,
            "finger_position": int(image.position),
            "sealed_image": key.seal(image.data, place),
        }
        transaction.add(images, row)
    return record


def _encounter_row(
    encounter: NewEncounter, record: EncounterRecord, number: int, subject_number: int, key: SubjectKey
) -> dict[str, Any]:
    packed = pack_templates(encounter.templates, encounter.face)
    consent = encounter.consent
    return {
        "number": number,
        "subject_number": subject_number,
        "encounter_id": record.encounter_id,
        "captured_at": record.captured_at,
        "recorded_at": record.recorded_at,
        "source": encounter.source,
        "operator": encounter.operator,
        "device": encounter.device,
        "consent_reference": None if consent is None else consent.reference,
        "consent_purpose": None if consent is None else consent.purpose,
        "consent_at": None if consent is None else consent.given_at.astimezone(UTC),
        "n_fingers": len(encounter.templates),
        "n_faces": int(encounter.face is not None),
        "template_bytes": sum(t.n_bytes for t in record.templates)
        + (record.face.n_bytes if record.face else 0),
        "sealed_templates": key.seal(packed, templates_place(encounter.subject_id, record.encounter_id)),
    }
