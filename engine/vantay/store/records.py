"""What comes out of the store."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from vantay.errors import VantayError
from vantay.store.incoming import Consent, NewTemplate
from vantay.store.person import UNKNOWN_BIOGRAPHICS, Biographics, Document, SubjectStatus
from vantay.types import FaceTemplate, FingerPosition


class ChangeKind(StrEnum):
    """What happened to a subject."""

    ENROL = "enrol"
    ADD_ENCOUNTER = "add_encounter"
    UPDATE = "update"
    GALLERY = "gallery"
    MOVE = "move"
    MERGE = "merge"
    LOCK = "lock"
    UNLOCK = "unlock"
    ERASE = "erase"


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """One finger's template as the store holds it, its seal verified."""

    subject_id: str
    encounter_id: str
    position: FingerPosition
    record: bytes


@dataclass(frozen=True, slots=True, eq=False)
class StoredFace:
    """The face of one encounter as the store holds it, its seal verified."""

    subject_id: str
    encounter_id: str
    template: FaceTemplate


@dataclass(frozen=True, slots=True)
class StoredImage:
    """The image of one sample as the store holds it, its seal verified; a face has position UNKNOWN."""

    encounter_id: str
    modality: Literal["finger", "face"]
    position: FingerPosition
    data: bytes


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
    """One capture event without its templates; times are UTC."""

    encounter_id: str
    subject_id: str
    captured_at: datetime
    recorded_at: datetime
    source: str
    templates: tuple[TemplateSummary, ...]
    face: FaceSummary | None = None
    operator: str = ""
    device: str = ""
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """A subject with its encounters, the oldest capture first.

    ``merged_into`` names the subject that has its records now.
    """

    subject_id: str
    status: SubjectStatus
    created_at: datetime
    encounters: tuple[EncounterRecord, ...]
    biographics: Biographics = UNKNOWN_BIOGRAPHICS
    documents: tuple[Document, ...] = ()
    galleries: tuple[str, ...] = ()
    merged_into: str | None = None


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
class StoredEncounter:
    """One capture event with its templates, their seal verified."""

    encounter_id: str
    captured_at: datetime
    recorded_at: datetime
    source: str
    operator: str
    device: str
    consent: Consent | None
    templates: tuple[NewTemplate, ...]
    face: FaceTemplate | None


@dataclass(frozen=True, slots=True)
class SubjectState:
    """All that a follower needs to know of a subject, as of its last change.

    Attributes
    ----------
    number : int
        The store's own number of the subject: small, never given twice.
    subject_id : str
    status : SubjectStatus
        Erased and merged ones come too, without encounters, so that a follower drops them.
    sequence : int
        Of its last change.
    biographics : Biographics
        Without the birth date, unless documents were asked for.
    galleries : tuple of str
    encounters : tuple of StoredEncounter
        The oldest capture first.
    documents : tuple of Document
        If they were asked for.
    """

    number: int
    subject_id: str
    status: SubjectStatus
    sequence: int
    biographics: Biographics
    galleries: tuple[str, ...]
    encounters: tuple[StoredEncounter, ...]
    documents: tuple[Document, ...] = ()
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """Subjects that changed after some point, in the order of their last changes.

    Attributes
    ----------
    sequence : int
        The point to ask from next.
    subjects : tuple of SubjectState
        None when the follower knows all.
    """

    sequence: int
    subjects: tuple[SubjectState, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the change sequence."""

    sequence: int
    subject_id: str
    kind: ChangeKind
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of one row of a bulk load.

    Attributes
    ----------
    subject_id : str
    encounter_id : str, optional
        None if nothing was written.
    outcome : str
        ``enrolled``, ``added``, ``skipped`` or ``failed``.
    error : VantayError, optional
        Why it failed.
    """

    subject_id: str
    encounter_id: str | None
    outcome: str
    error: VantayError | None = None


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
    n_subjects, n_erased, n_merged : int
        Subjects that can be found, tombstones, and aliases of others.
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
    encryption : str
        ``aes-256-gcm`` or ``none``.
    master_key_id : str
        Tells which master key the store needs; empty without encryption.
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
    n_merged: int = 0
    encryption: str = ""
    master_key_id: str = ""
