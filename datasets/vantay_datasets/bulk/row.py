"""One row of a bulk file: one sample or template, with what is known of its subject and encounter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from vantay.types import FingerPosition
from vantay_datasets.sample import Modality


class Kind(StrEnum):
    """What `BulkRow.data` holds."""

    TEMPLATE = "template"
    """Of a finger an ISO/IEC 19794-2:2005 record; of a face its vector, float16 little-endian."""
    IMAGE = "image"
    """An encoded image: PNG, JPEG, JPEG 2000, TIFF, BMP, PGM or WSQ."""
    NONE = "none"
    """Nothing: the row tells of a subject, or an encounter, of whom no sample is kept."""


class Status(StrEnum):
    """What may be done with a subject's record."""

    ACTIVE = "active"
    LOCKED = "locked"
    ERASED = "erased"


class Sex(StrEnum):
    """Sex as in machine readable travel documents (ICAO Doc 9303-4, 4.2.2)."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "X"


@dataclass(frozen=True, slots=True)
class Document:
    """An identity document of a subject.

    Attributes
    ----------
    type : str
        What it is, for instance ``passport`` or ``temporary-residence-card``.
    number : str
        As printed.
    issuer : str, optional
        State that issued it, ISO 3166-1 alpha-3.
    expires_on : date, optional
        Last day of validity.
    """

    type: str
    number: str
    issuer: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """One sample or template.

    What is said of the subject, or of the encounter, is the same in all its rows. The attributes are the
    columns; `schema.COLUMNS` and docs/datasets.md tell their units and ranges.
    """

    # The subject
    subject_id: str
    status: Status = Status.ACTIVE
    galleries: tuple[str, ...] = ()
    sex: Sex | None = None
    birth_date: date | None = None
    nationality: str | None = None
    documents: tuple[Document, ...] = ()
    # The encounter
    encounter_id: str | None = None
    captured_at: datetime | None = None
    captured_place: str | None = None
    operator: str | None = None
    device: str | None = None
    consent_reference: str | None = None
    consent_purpose: str | None = None
    consent_given_at: datetime | None = None
    # The sample
    modality: Modality | None = None
    position: FingerPosition = FingerPosition.UNKNOWN
    kind: Kind
    data: bytes | None = None
    model: str | None = None
    model_version: str | None = None
    quality: int | None = None
    ppi: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
