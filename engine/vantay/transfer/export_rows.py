"""Rows of a bulk file from what the store holds of a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from vantay.store import Document, StoredEncounter, StoredImage, SubjectState, SubjectStatus
from vantay.transfer.labels import is_alpha_3, issuer_label
from vantay_datasets.bulk import BulkRow, Kind, Sex, Status
from vantay_datasets.bulk import Document as BulkDocument
from vantay_datasets.bulk.schema import MAX_TEXT_CHARACTERS
from vantay_datasets.sample import Modality

ImagesOf = Callable[[str], Sequence[StoredImage]]
"""Gives the images of an encounter."""

_STATUSES = {SubjectStatus.ACTIVE: Status.ACTIVE, SubjectStatus.LOCKED: Status.LOCKED}


def subject_rows(state: SubjectState, images_of: ImagesOf | None = None) -> Iterator[BulkRow]:
    """Give the rows of a subject.

    Parameters
    ----------
    state : SubjectState
        With documents.
    images_of : callable, optional
        If given, images are written too.

    Notes
    -----
    An erased subject, and one that was merged into another, is a row without a sample with the status
    ``erased``; the label ``merged_into`` tells whose the records of the merged one are.
    """
    if state.status not in _STATUSES:
        labels = {} if state.merged_into is None else {"merged_into": state.merged_into}
        yield BulkRow(subject_id=state.subject_id, status=Status.ERASED, kind=Kind.NONE, labels=labels)
        return
    said, labels = _of_subject(state)
    if not state.encounters:
        yield BulkRow(**said, kind=Kind.NONE, labels=labels)
    for encounter in state.encounters:
        images = () if images_of is None else images_of(encounter.encounter_id)
        visit = said | _of_encounter(encounter)
        yield from _sample_rows(encounter, images, visit, labels)


def _of_subject(state: SubjectState) -> tuple[dict[str, Any], dict[str, str]]:
    known, labels = state.biographics, {}
    born = _within_life(known.birth_date, state.encounters)
    if born is None and known.birth_year is not None:
        labels["birth_year"] = str(known.birth_year)
    if known.nationality is not None and not is_alpha_3(known.nationality):
        labels["nationality"] = known.nationality
    for number, document in enumerate(state.documents, start=1):
        if (issuer := _text(document.issuer)) and not is_alpha_3(document.issuer):
            labels[issuer_label(number)] = issuer
    said = {
        "subject_id": state.subject_id,
        "status": _STATUSES[state.status],
        "galleries": state.galleries,
        "sex": None if known.sex is None else Sex(known.sex.value),
        "birth_date": born,
        "nationality": known.nationality if is_alpha_3(known.nationality) else None,
        "documents": tuple(_document(document) for document in state.documents),
    }
    return said, labels


def _within_life(born: date | None, encounters: Sequence[StoredEncounter]) -> date | None:
    """Give a birth date unless the subject was captured before it, which a bulk file cannot say."""
    is_before = born is not None and any(encounter.captured_at.date() < born for encounter in encounters)
    return None if is_before else born


def _document(document: Document) -> BulkDocument:
    issuer = document.issuer if is_alpha_3(document.issuer) else None
    return BulkDocument(
        _text(document.document_type) or "unknown", _text(document.number) or "", issuer, document.expires_on
    )


def _of_encounter(encounter: StoredEncounter) -> dict[str, Any]:
    consent = encounter.consent
    return {
        "encounter_id": encounter.encounter_id,
        "captured_at": encounter.captured_at,
        "captured_place": _text(encounter.source),
        "operator": _text(encounter.operator),
        "device": _text(encounter.device),
        "consent_reference": None if consent is None else _text(consent.reference),
        "consent_purpose": None if consent is None else _text(consent.purpose),
        "consent_given_at": None if consent is None else consent.given_at,
    }


def _sample_rows(
    encounter: StoredEncounter,
    images: Sequence[StoredImage],
    visit: dict[str, Any],
    labels: dict[str, str],
) -> Iterator[BulkRow]:
    for template in encounter.templates:
        made_by = {"extractor": template.extractor, "extractor_version": template.extractor_version}
        yield BulkRow(
            **visit,
            modality=Modality.FINGER,
            position=template.position,
            kind=Kind.TEMPLATE,
            data=template.record,
            quality=template.quality,
            labels=labels | {name: text for name, value in made_by.items() if (text := _text(value))},
        )
    if (face := encounter.face) is not None:
        yield BulkRow(
            **visit,
            modality=Modality.FACE,
            kind=Kind.TEMPLATE,
            data=face.vector.astype("<f2").tobytes(),
            model=face.model,
            model_version=face.model_version or None,
            quality=face.quality,
            labels=labels,
        )
    for image in images:
        yield BulkRow(
            **visit,
            modality=Modality(image.modality),
            position=image.position,
            kind=Kind.IMAGE,
            data=image.data,
            labels=labels,
        )


def _text(text: str) -> str | None:
    """Give text as a bulk file may hold it: without spaces at the ends, of a length; None if it is empty."""
    return text.strip()[:MAX_TEXT_CHARACTERS].strip() or None
