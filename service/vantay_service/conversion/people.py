"""What is known of a person beside samples, from the wire and to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import MappingProxyType

from google.protobuf.timestamp_pb2 import Timestamp

from vantay.intake.application import Claim
from vantay.store import Biographics, Consent, Document, Sex, SubjectStatus
from vantay_service.conversion.fields import (
    FIRST_YEAR,
    LAST_YEAR,
    check_count,
    naming_field,
    read_number,
    read_optional_date,
    read_optional_enum,
    read_text,
    read_time,
)
from vantay_service.conversion.limits import MAX_GALLERIES
from vantay_service.v1 import people_pb2 as pb

MAX_DOCUMENTS = 100
SEXES = MappingProxyType(
    {int(pb.SEX_FEMALE): Sex.FEMALE, int(pb.SEX_MALE): Sex.MALE, int(pb.SEX_X): Sex.UNSPECIFIED}
)
_WIRE_SEXES = MappingProxyType({Sex.FEMALE: pb.SEX_FEMALE, Sex.MALE: pb.SEX_MALE, Sex.UNSPECIFIED: pb.SEX_X})
WIRE_STATUSES = MappingProxyType(
    {
        SubjectStatus.ACTIVE: pb.SUBJECT_STATUS_ACTIVE,
        SubjectStatus.LOCKED: pb.SUBJECT_STATUS_LOCKED,
        SubjectStatus.ERASED: pb.SUBJECT_STATUS_ERASED,
        SubjectStatus.MERGED: pb.SUBJECT_STATUS_MERGED,
    }
)


def read_biographics(path: str, biographics: pb.Biographics) -> Biographics:
    """Read what searches filter by."""
    year = biographics.birth_year
    with naming_field(path):
        return Biographics(
            sex=read_optional_enum(f"{path}.sex", biographics.sex, SEXES),
            birth_year=read_year(f"{path}.birth_year", year),
            birth_date=read_optional_date(f"{path}.birth_date", biographics.birth_date),
            nationality=biographics.nationality or None,
        )


def read_year(path: str, value: int) -> int | None:
    """Read a year, or None where it is 0."""
    return int(read_number(path, value, FIRST_YEAR, LAST_YEAR)) if value else None


def read_documents(path: str, documents: Iterable[pb.Document]) -> tuple[Document, ...]:
    """Read documents."""
    listed = list(documents)
    check_count(path, len(listed), MAX_DOCUMENTS)
    return tuple(_read_document(f"{path}[{i}]", document) for i, document in enumerate(listed))


def _read_document(path: str, document: pb.Document) -> Document:
    with naming_field(path):
        return Document(
            read_text(f"{path}.document_type", document.document_type, is_required=True),
            read_text(f"{path}.number", document.number, is_required=True),
            read_text(f"{path}.issuer", document.issuer),
            read_optional_date(f"{path}.expires_on", document.expires_on),
        )


def read_document_claim(path: str, document: pb.DocumentReference) -> Claim:
    """Read by which document somebody is looked up."""
    return Claim(
        document_type=read_text(f"{path}.document_type", document.document_type, is_required=True),
        document_number=read_text(f"{path}.number", document.number, is_required=True),
        document_issuer=read_text(f"{path}.issuer", document.issuer),
    )


def read_consent(path: str, consent: pb.Consent) -> Consent:
    """Read the consent of an enrolment."""
    return Consent(
        read_text(f"{path}.reference", consent.reference, is_required=True),
        read_text(f"{path}.purpose", consent.purpose),
        read_time(f"{path}.", consent, "given_at"),
    )


def read_galleries(path: str, names: Iterable[str]) -> tuple[str, ...]:
    """Read names of galleries."""
    listed = tuple(names)
    check_count(path, len(listed), MAX_GALLERIES)
    return tuple(read_text(f"{path}[{i}]", name, is_required=True) for i, name in enumerate(listed))


def write_biographics(biographics: Biographics) -> pb.Biographics:
    """Tell what searches filter by."""
    return pb.Biographics(
        sex=pb.SEX_UNSPECIFIED if biographics.sex is None else _WIRE_SEXES[biographics.sex],
        birth_date="" if biographics.birth_date is None else biographics.birth_date.isoformat(),
        birth_year=biographics.birth_year or 0,
        nationality=biographics.nationality or "",
    )


def write_document(document: Document) -> pb.Document:
    """Tell of a document."""
    return pb.Document(
        document_type=document.document_type,
        number=document.number,
        issuer=document.issuer,
        expires_on="" if document.expires_on is None else document.expires_on.isoformat(),
    )


def write_consent(consent: Consent | None) -> pb.Consent | None:
    """Tell of a consent, if there is one."""
    if consent is None:
        return None
    return pb.Consent(
        reference=consent.reference, purpose=consent.purpose, given_at=write_time(consent.given_at)
    )


def write_time(time: datetime | None) -> Timestamp | None:
    """Tell a time, UTC."""
    if time is None:
        return None
    timestamp = Timestamp()
    timestamp.FromDatetime(time)
    return timestamp
