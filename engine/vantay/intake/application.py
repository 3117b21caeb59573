"""What an intake system asks: an applicant, the papers, the consent, the captures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from vantay.search import FaceSource, FingerSource
from vantay.store import Sex
from vantay.types import FingerPosition


class CardKind(StrEnum):
    """Which residence card a foreigner holds; only holders of these two are eligible."""

    PERMANENT = "permanent"
    TEMPORARY = "temporary"


class MissingReason(StrEnum):
    """Why a finger was not captured."""

    AMPUTATED = "amputated"
    BANDAGED = "bandaged"
    UNREADABLE = "unreadable"


class EnrolIf(StrEnum):
    """After which outcomes the captures are kept as an encounter."""

    NEW = "NEW"
    KNOWN = "KNOWN"


@dataclass(frozen=True, slots=True)
class Applicant:
    """The person at the counter.

    Attributes
    ----------
    name_reference : str
        Where the intake system keeps the name; the engine never sees the name. At most 256 characters.
    birth_date : date
    nationality : str
        ISO 3166-1 alpha-3 or a code of ICAO Doc 9303: 1 to 3 capital letters.
    sex : Sex, optional
        None if it was not told; then a search that filters by sex finds the applicant all the same.
    is_represented : bool
        Under guardianship, or legally represented, whatever the age.
    """

    name_reference: str
    birth_date: date
    nationality: str
    sex: Sex | None = None
    is_represented: bool = False


@dataclass(frozen=True, slots=True)
class TravelDocument:
    """The passport, or what stands for it."""

    number: str
    issuer: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class ResidenceCard:
    """The card that makes a foreigner eligible."""

    kind: CardKind
    number: str
    expires_on: date | None
    """None: without end, as permanent cards may be."""


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for an applicant who cannot.

    Attributes
    ----------
    name_reference : str
        Where the intake system keeps the name.
    phone : str
        With country code, as +84901234567; spaces and hyphens make no difference.
    """

    name_reference: str
    phone: str


@dataclass(frozen=True, slots=True)
class ConsentGiven:
    """The consent, of the applicant or the guardian, to this check.

    Attributes
    ----------
    reference : str
        Where the consent itself is filed, 1 to 256 characters.
    given_at : datetime
        With a time zone.
    given_by : str
        ``applicant`` or ``guardian``.
    """

    reference: str
    given_at: datetime
    given_by: str = "applicant"


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom the applicant says to be: by subject, or by a document under which somebody may be enrolled."""

    subject_id: str = ""
    document_type: str = ""
    document_number: str = ""
    document_issuer: str = ""


@dataclass(frozen=True, slots=True)
class Captures:
    """What the officer captured.

    Attributes
    ----------
    fingers : mapping of FingerPosition to FingerSource
        The bytes of an image or of a template record, or a `FingerTemplate`.
    face : FaceSource, optional
        The bytes of a photo, or a `FaceTemplate`.
    missing : mapping of FingerPosition to MissingReason
        Fingers that were not captured.
    captured_at : datetime, optional
        With a time zone; the time of the check if not given.
    operator, device : str
        Who captured, with what, in the caller's words; at most 256 characters.
    ppi : float, optional
        Resolution of the finger images, overriding what the files say.
    """

    fingers: Mapping[FingerPosition, FingerSource] = field(default_factory=dict)
    face: FaceSource | None = None
    missing: Mapping[FingerPosition, MissingReason] = field(default_factory=dict)
    captured_at: datetime | None = None
    operator: str = ""
    device: str = ""
    ppi: float | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """One request for a check.

    Attributes
    ----------
    reference : str
        The intake system's, 1 to 128 printable characters. The same reference with the same content is
        answered with the first answer; with other content it is refused, unless the first answer was
        RECAPTURE or REFUSED, which leave nothing behind.
    level : int
        Level of the digital identity that is asked for, 1 or 2.
    applicant : Applicant
    travel_document : TravelDocument, optional
    residence_card : ResidenceCard, optional
    guardian : Guardian, optional
    consent : ConsentGiven, optional
        Without it nothing is searched or stored.
    captures : Captures
    claim : Claim, optional
        None: the applicant says never to have been enrolled.
    enrol_if : frozenset of EnrolIf
        After which outcomes the captures are stored, in the same transaction.
    subject_id : str
        Identifier for a subject that is enrolled now; derived from the reference if empty.
    """

    reference: str
    level: int
    applicant: Applicant
    travel_document: TravelDocument | None = None
    residence_card: ResidenceCard | None = None
    guardian: Guardian | None = None
    consent: ConsentGiven | None = None
    captures: Captures = field(default_factory=Captures)
    claim: Claim | None = None
    enrol_if: frozenset[EnrolIf] = frozenset()
    subject_id: str = ""
