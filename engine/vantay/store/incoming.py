"""What goes into the store; checked when it is made, so that a write fails before it begins."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from vantay.errors import CallerError
from vantay.store.person import UNKNOWN_BIOGRAPHICS, Biographics, Document, SubjectStatus, check_documents
from vantay.store.wording import check_identifier, check_text, check_time
from vantay.types import FaceTemplate, FingerPosition

MAX_RECORD_BYTES = 1 << 20
"""Of a template record; the largest of ISO/IEC 19794-2:2005 with one view and no extended data has 1,558."""

MAX_IMAGE_BYTES = 64 << 20


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
    """A subject with an encounter: one row of a bulk load.

    Attributes
    ----------
    encounter : NewEncounter, optional
        Without one the row tells of a subject of whom no sample is kept.
    biographics : Biographics
        What searches filter by.
    documents : tuple of Document
        At most 100.
    galleries : tuple of str
        The named subsets that the subject joins; they exist already.
    subject_id : str, optional
        That of the encounter if not given; needed where there is none.
    status : SubjectStatus
        ``active``, ``locked``, or ``erased``: a tombstone, which has nothing else.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    encounter: NewEncounter | None = None
    biographics: Biographics = UNKNOWN_BIOGRAPHICS
    documents: tuple[Document, ...] = ()
    galleries: tuple[str, ...] = ()
    subject_id: str = ""
    status: SubjectStatus = SubjectStatus.ACTIVE

    def __post_init__(self) -> None:
        check_documents(self.documents)
        if self.encounter is not None:
            if self.subject_id not in {"", self.encounter.subject_id}:
                raise CallerError(f"subject_id {self.subject_id!r} is not the encounter's, expected the same")
            object.__setattr__(self, "subject_id", self.encounter.subject_id)
        check_identifier("subject_id", self.subject_id)
        if self.status is SubjectStatus.MERGED:
            raise CallerError(f"subject {self.subject_id!r} with status merged, expected active or locked")
        if self.status is SubjectStatus.ERASED and not self._is_bare:
            raise CallerError(f"subject {self.subject_id!r} is erased, expected nothing else of it")

    @property
    def _is_bare(self) -> bool:
        nothing_known = self.biographics == UNKNOWN_BIOGRAPHICS
        return self.encounter is None and nothing_known and not (self.documents or self.galleries)


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
