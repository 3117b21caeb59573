"""What goes into the store and what comes out of it."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from vantay.errors import CallerError
from vantay.types import FaceTemplate, FingerPosition

MAX_ID_LENGTH = 128
MAX_SOURCE_LENGTH = 256


class SubjectStatus(StrEnum):
    """Whether a subject may be searched for."""

    ACTIVE = "active"
    LOCKED = "locked"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class NewTemplate:
    """One finger's template on its way into the store.

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
class NewEncounter:
    """One capture event on its way into the store; checked when it is made.

    Attributes
    ----------
    subject_id : str
        The caller's identifier of the person, 1 to 128 printable characters.
    templates : tuple of NewTemplate
        At most one for each finger position; at least one unless there is a face.
    captured_at : datetime, optional
        When the samples were taken, with a time zone; the time of the call if not given.
    source : str
        Where they come from, in the caller's words: an office, a device, a batch.
    encounter_id : str
        A random UUID unless the caller names its own.
    face : FaceTemplate, optional
        Of the facial photo taken with them.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    subject_id: str
    templates: tuple[NewTemplate, ...]
    captured_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    source: str = ""
    encounter_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    face: FaceTemplate | None = None

    def __post_init__(self) -> None:
        check_identifier("subject_id", self.subject_id)
        check_identifier("encounter_id", self.encounter_id)
        if self.captured_at.utcoffset() is None:
            raise CallerError(f"captured_at {self.captured_at.isoformat()} has no time zone, expected one")
        if len(self.source) > MAX_SOURCE_LENGTH:
            raise CallerError(
                f"source has {len(self.source)} characters, expected at most {MAX_SOURCE_LENGTH}"
            )
        if not self.templates and self.face is None:
            raise CallerError("an encounter without templates, expected at least one finger or a face")
        _check_templates(self.templates)


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


def _check_templates(templates: tuple[NewTemplate, ...]) -> None:
    for position, n_given in Counter(t.position for t in templates).most_common(1):
        if n_given > 1:
            raise CallerError(f"{n_given} templates for finger {position.name}, expected one per position")
    for template in templates:
        if not 0 <= template.quality <= 100:
            raise CallerError(
                f"finger {template.position.name}: quality {template.quality}, expected 0 to 100"
            )


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """One finger's template as the store holds it, its checksum verified."""

    subject_id: str
    encounter_id: str
    position: FingerPosition
    record: bytes


@dataclass(frozen=True, slots=True, eq=False)
class StoredFace:
    """The face of one encounter as the store holds it, its checksum verified."""

    subject_id: str
    encounter_id: str
    template: FaceTemplate


@dataclass(frozen=True, slots=True)
class TemplateSummary:
    """What can be said about a stored template without its minutiae."""

    position: FingerPosition
    quality: int
    extractor: str
    extractor_version: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class FaceSummary:
    """What can be said about a stored face without its vector."""

    quality: int
    model: str
    model_version: str
    n_bytes: int


@dataclass(frozen=True, slots=True)
class EncounterRecord:
    """One capture event as the store holds it; times are UTC."""

    encounter_id: str
    subject_id: str
    captured_at: datetime
    recorded_at: datetime
    source: str
    templates: tuple[TemplateSummary, ...]
    face: FaceSummary | None = None


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """A subject with its encounters, the oldest capture first."""

    subject_id: str
    status: SubjectStatus
    created_at: datetime
    encounters: tuple[EncounterRecord, ...]


@dataclass(frozen=True, slots=True)
class SubjectSummary:
    """One row of a list of subjects; `n_templates` counts fingers."""

    subject_id: str
    status: SubjectStatus
    created_at: datetime
    n_encounters: int
    n_templates: int
    n_faces: int = 0


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure removed.

    Attributes
    ----------
    subject_id : str
        Whose templates are gone: no call finds them from now on.
    n_encounters, n_templates, n_faces : int
        How many encounters were blanked, and templates of fingers and of faces deleted; a subject erased
        before has none.
    is_purged : bool
        Whether their bytes have left the files too. They have not while a reader still looks at the state
        before; erasing the subject again once it is done purges them.
    """

    subject_id: str
    n_encounters: int
    n_templates: int
    n_faces: int = 0
    is_purged: bool = False


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The subjects that changed after some point of the change sequence, and the point reached."""

    sequence: int
    subject_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """What the store holds.

    Attributes
    ----------
    n_subjects, n_erased : int
        Subjects that can be found, and tombstones.
    n_encounters, n_templates, n_faces : int
        Capture events, templates of fingers, templates of faces.
    template_bytes : int
        Of the templates of both kinds.
    change_sequence : int
        Number of the last change.
    format_version : int
        Of the tables.
    comparator_at_creation : str
        Parameter hash of the comparator of fingers that the store was made with.
    face_model, face_model_version : str
        What embedded the faces; empty if none was enrolled.
    """

    n_subjects: int
    n_erased: int
    n_encounters: int
    n_templates: int
    n_faces: int
    template_bytes: int
    change_sequence: int
    format_version: int
    comparator_at_creation: str
    face_model: str = ""
    face_model_version: str = ""
