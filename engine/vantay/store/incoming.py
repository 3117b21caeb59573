"""What goes into the store; checked when it is made, so that a write fails before it begins."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from vantay.errors import CallerError
from vantay.types import FaceTemplate, FingerPosition

MAX_ID_LENGTH = 128
MAX_TEXT_LENGTH = 256
MAX_RECORD_BYTES = 1 << 20
"""Of a template record; the largest of ISO/IEC 19794-2:2005 with one view and no extended data has 1,558."""

MAX_IMAGE_BYTES = 64 << 20
MAX_DOCUMENTS = 32


class Sex(StrEnum):
    """Sex as travel documents state it (ICAO Doc 9303: X is unspecified)."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "X"


class OnConflict(StrEnum):
    """What a bulk load does with a subject that was in the store before."""

    SKIP = "skip"
    ADD_ENCOUNTER = "add-encounter"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """One finger's template on its way into the store, or out of it.

    Attributes
    ----------
    position : FingerPosition
        Which finger.
    record : bytes
        ISO/IEC 19794-2:2005 record of this one finger view.
    quality : int
        0 to 100.
    extractor, extractor_version : str
        What found the minutiae.
    """

    position: FingerPosition
    record: bytes
    quality: int = 0
    extractor: str = "unknown"
    extractor_version: str = ""


@dataclass(frozen=True, slots=True)
class NewImage:
    """The image that a template was made of, kept on request.

    Attributes
    ----------
    modality : str
        ``finger`` or ``face``.
    data : bytes
        The encoded image file; the store does not look into it.
    position : FingerPosition
        Which finger; UNKNOWN for a face.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    modality: Literal["finger", "face"]
    data: bytes
    position: FingerPosition = FingerPosition.UNKNOWN

    def __post_init__(self) -> None:
        if self.modality not in {"finger", "face"}:
            raise CallerError(f"modality is {self.modality!r}, expected finger or face")
        if not 1 <= len(self.data) <= MAX_IMAGE_BYTES:
            raise CallerError(f"image of {len(self.data)} bytes, expected 1 to {MAX_IMAGE_BYTES}")


@dataclass(frozen=True, slots=True)
class Consent:
    """The consent under which samples were taken.

    Attributes
    ----------
    reference : str
        Where the consent itself is filed, 1 to 256 characters.
    purpose : str
        What was consented to.
    given_at : datetime
        When, with a time zone.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    reference: str
    purpose: str
    given_at: datetime

    def __post_init__(self) -> None:
        if not self.reference:
            raise CallerError("consent without a reference, expected where it is filed")
        check_text("consent reference", self.reference)
        check_text("consent purpose", self.purpose)
        check_time("consent given_at", self.given_at)


@dataclass(frozen=True, slots=True)
class Biographics:
    """What searches filter subjects by; each part may be unknown.

    Attributes
    ----------
    sex : Sex, optional
    birth_year : int, optional
        1850 to 2200; taken from the date if that is given.
    birth_date : date, optional
        Kept sealed: only the year can be searched.
    nationality : str, optional
        ISO 3166-1 alpha-3 or an ICAO Doc 9303 code: 1 to 3 capital letters.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    sex: Sex | None = None
    birth_year: int | None = None
    birth_date: date | None = None
    nationality: str | None = None

    def __post_init__(self) -> None:
        if self.sex is not None:
            object.__setattr__(self, "sex", Sex(self.sex))
        if self.birth_date is not None:
            if self.birth_year not in {None, self.birth_date.year}:
                raise CallerError("birth_year is not the year of birth_date, expected the same or none")
            object.__setattr__(self, "birth_year", self.birth_date.year)
        if self.birth_year is not None and not 1850 <= self.birth_year <= 2200:
            raise CallerError("birth_year is out of range, expected 1850 to 2200")
        if self.nationality is not None and not _is_country_code(self.nationality):
            raise CallerError(f"nationality {self.nationality!r}, expected 1 to 3 capital letters, as VNM")


UNKNOWN_BIOGRAPHICS = Biographics()
"""Of a subject of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that tells who a subject is; found again by its type and number.

    Attributes
    ----------
    document_type : str
        In the caller's words, for instance ``passport`` or ``residence-card``.
    number : str
        Kept sealed. Spaces, hyphens and case make no difference when it is looked up.
    issuer : str
        The issuing country or authority; may be empty.
    expires_on : date, optional

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    document_type: str
    number: str
    issuer: str = ""
    expires_on: date | None = None

    def __post_init__(self) -> None:
        if not self.document_type:
            raise CallerError("document without a type, expected for instance passport")
        for name in ("document_type", "issuer", "number"):
            check_text(f"document {name}", getattr(self, name), is_secret=name == "number")
        if not self.canonical_number:
            raise CallerError("document without a number, expected letters or digits")

    @property
    def canonical_number(self) -> str:
        """The number as it is looked up: capitals and digits, without spaces and hyphens."""
        folded = unicodedata.normalize("NFKC", self.number).upper()
        return "".join(character for character in folded if character.isalnum())


@dataclass(frozen=True, slots=True)
class NewEncounter:
    """One capture event on its way into the store.

    Attributes
    ----------
    subject_id : str
        The caller's identifier of the person, 1 to 128 printable characters.
    templates : tuple of NewTemplate
        At most one for each finger position; at least one unless there is a face.
    captured_at : datetime, optional
        When the samples were taken, with a time zone; the time of the write if not given.
    source, operator, device : str
        Where they come from, who took them and with what, in the caller's words; at most 256 characters.
    encounter_id : str, optional
        A random UUID unless the caller names its own.
    face : FaceTemplate, optional
        Of the facial photo taken with them.
    consent : Consent, optional
        Under which they were taken.
    images : tuple of NewImage
        To keep beside the templates; at most one of each finger and one of the face.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    subject_id: str
    templates: tuple[NewTemplate, ...]
    captured_at: datetime | None = None
    source: str = ""
    encounter_id: str | None = None
    face: FaceTemplate | None = None
    operator: str = ""
    device: str = ""
    consent: Consent | None = None
    images: tuple[NewImage, ...] = ()

    def __post_init__(self) -> None:
        check_identifier("subject_id", self.subject_id)
        if self.encounter_id is not None:
            check_identifier("encounter_id", self.encounter_id)
        if self.captured_at is not None:
            check_time("captured_at", self.captured_at)
        for name in ("source", "operator", "device"):
            check_text(name, getattr(self, name))
        if not self.templates and self.face is None:
            raise CallerError("an encounter without templates, expected at least one finger or a face")
        _check_templates(self.templates)
        _check_images(self.images)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An encounter with what is known of its subject: one row of a bulk load.

    Attributes
    ----------
    encounter : NewEncounter
    biographics : Biographics
    documents : tuple of Document
        At most 32.
    galleries : tuple of str
        The named subsets that the subject joins; they exist already.

    Raises
    ------
    CallerError
        If there are more documents.
    """

    encounter: NewEncounter
    biographics: Biographics = UNKNOWN_BIOGRAPHICS
    documents: tuple[Document, ...] = ()
    galleries: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_documents(self.documents)


def check_identifier(name: str, value: str) -> None:
    """Refuse an identifier that is empty, long, or holds what cannot be printed.

    Raises
    ------
    CallerError
        Naming the identifier and what is wrong with it.
    """
    if not 1 <= len(value) <= MAX_ID_LENGTH:
        raise CallerError(f"{name} has {len(value)} characters, expected 1 to {MAX_ID_LENGTH}")
    if not value.isprintable() or value != value.strip():
        raise CallerError(f"{name} {value!r}: expected printable characters without spaces at either end")


def check_text(name: str, value: str, *, is_secret: bool = False) -> None:
    """Refuse text that is long or holds what cannot be printed; a secret is not told.

    Raises
    ------
    CallerError
        Naming the text and what is wrong with it.
    """
    if len(value) > MAX_TEXT_LENGTH:
        raise CallerError(f"{name} has {len(value)} characters, expected at most {MAX_TEXT_LENGTH}")
    if not value.isprintable():
        told = "" if is_secret else f" {value!r}"
        raise CallerError(f"{name}{told}: expected printable characters")


def check_time(name: str, value: datetime) -> None:
    """Refuse a time without a zone: nobody could tell when it was."""
    if value.utcoffset() is None:
        raise CallerError(f"{name} {value.isoformat()} has no time zone, expected one")


def check_documents(documents: tuple[Document, ...]) -> None:
    """Refuse more documents than a person has."""
    if len(documents) > MAX_DOCUMENTS:
        raise CallerError(f"{len(documents)} documents, expected at most {MAX_DOCUMENTS}")


def _is_country_code(code: str) -> bool:
    return 1 <= len(code) <= 3 and code.isascii() and code.isalpha() and code.isupper()


def _check_templates(templates: tuple[NewTemplate, ...]) -> None:
    for position, n_given in Counter(t.position for t in templates).most_common(1):
        if n_given > 1:
            raise CallerError(f"{n_given} templates for finger {position.name}, expected one per position")
    for template in templates:
        finger = f"finger {template.position.name}"
        if not 0 <= template.quality <= 100:
            raise CallerError(f"{finger}: quality {template.quality}, expected 0 to 100")
        if len(template.record) > MAX_RECORD_BYTES:
            raise CallerError(
                f"{finger}: record of {len(template.record)} bytes, expected at most {MAX_RECORD_BYTES}"
            )


def _check_images(images: tuple[NewImage, ...]) -> None:
    for (modality, position), n_given in Counter((i.modality, i.position) for i in images).most_common(1):
        if n_given > 1:
            raise CallerError(f"{n_given} images of {modality} {position.name}, expected one")
