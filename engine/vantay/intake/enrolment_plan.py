"""What would be kept of an applicant: all but the captures, from the application to a case's end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from vantay.errors import CallerError
from vantay.intake.application import Application, EnrolIf
from vantay.intake.capture_file import CapturedSamples
from vantay.intake.rules import IntakeRules
from vantay.store import Biographics, Consent, Document, EncounterRecord, NewEncounter, RecordWriter, Sex
from vantay.store.wording import check_identifier, check_text, check_time

_SUBJECTS = uuid.UUID("8c1f4a52-4d0b-5b0e-9f0e-3b8f3f0d7c11")
"""Name space of identifiers that are derived from references of applications."""


@dataclass(frozen=True, slots=True)
class EnrolmentPlan:
    """What is written if the captures of an application are kept.

    Attributes
    ----------
    subject_id : str
        Of a new subject.
    level : int
        That is asked for.
    received_at : datetime
        When the application was, with a time zone.
    enrol_if : frozenset of EnrolIf
        After which ends of the application anything is written.
    biographics : Biographics
    documents : tuple of Document
        Passport and residence card.
    consent : Consent
    captured_at : datetime
    source, operator, device : str
    claimed_id : str
        The subject that was claimed; empty if none, or if nobody knows it.
    arrangement : str
        How the search had to lay the fingers to find somebody.

    Raises
    ------
    CallerError
        If a text or a time is not what the store takes: before anything is searched.
    """

    subject_id: str
    level: int
    received_at: datetime
    enrol_if: frozenset[EnrolIf]
    biographics: Biographics
    documents: tuple[Document, ...]
    consent: Consent
    captured_at: datetime
    source: str
    operator: str
    device: str
    claimed_id: str = ""
    arrangement: str = ""

    def __post_init__(self) -> None:
        check_identifier("subject_id", self.subject_id)
        check_time("captured_at", self.captured_at)
        for name in ("source", "operator", "device"):
            check_text(name, getattr(self, name))

    @classmethod
    def of(cls, application: Application, rules: IntakeRules, now: datetime) -> EnrolmentPlan:
        """Plan for an application that was not refused.

        Raises
        ------
        CallerError
            If the captures are said to be of a time to come.
        """
        applicant, captures = application.applicant, application.captures
        _check_captured_at(captures.captured_at, rules, now)
        return cls(
            subject_id=application.subject_id or derived_subject_id(application.reference),
            level=application.level,
            received_at=now,
            enrol_if=application.enrol_if,
            biographics=Biographics(
                applicant.sex, birth_date=applicant.birth_date, nationality=applicant.nationality
            ),
            documents=tuple(_documents(application, rules)),
            consent=_consent(application),
            captured_at=captures.captured_at or now,
            source=f"application {application.reference}",
            operator=captures.operator,
            device=captures.device,
        )

    def enrol(
        self, write: RecordWriter, samples: CapturedSamples, rules: IntakeRules, *, encounter_id: str | None
    ) -> EncounterRecord:
        """Write a newcomer."""
        return write.enrol(
            self._encounter(self.subject_id, samples, encounter_id),
            biographics=self.biographics,
            documents=self.documents,
            galleries=rules.enrol_galleries,
        )

    def join(
        self, write: RecordWriter, subject_id: str, samples: CapturedSamples, *, encounter_id: str | None
    ) -> EncounterRecord:
        """Write an encounter of somebody who is enrolled."""
        return write.add_encounter(self._encounter(subject_id, samples, encounter_id))

    def _encounter(self, subject_id: str, samples: CapturedSamples, encounter_id: str | None) -> NewEncounter:
        return NewEncounter(
            subject_id,
            samples.templates,
            self.captured_at,
            self.source,
            encounter_id,
            samples.face,
            self.operator,
            self.device,
            self.consent,
            samples.images,
        )

    def to_document(self) -> dict[str, Any]:
        """Give the plan as a JSON document."""
        said = {name: getattr(self, name) for name in _TEXTS}
        b, consent = self.biographics, self.consent
        return said | {
            "received_at": self.received_at.isoformat(),
            "captured_at": self.captured_at.isoformat(),
            "enrol_if": sorted(self.enrol_if),
            "biographics": [b.sex, b.birth_date and b.birth_date.isoformat(), b.nationality],
            "documents": [
                [d.document_type, d.number, d.issuer, d.expires_on and d.expires_on.isoformat()]
                for d in self.documents
            ],
            "consent": [consent.reference, consent.purpose, consent.given_at.isoformat()],
        }

    @classmethod
    def of_document(cls, said: Mapping[str, Any]) -> EnrolmentPlan:
        """Read a plan; `ValueError`, `KeyError` or `TypeError` if it is none."""
        sex, birth_date, nationality = said["biographics"]
        reference, purpose, given_at = said["consent"]
        return cls(
            **{name: said[name] for name in _TEXTS},
            received_at=datetime.fromisoformat(said["received_at"]),
            captured_at=datetime.fromisoformat(said["captured_at"]),
            enrol_if=frozenset(EnrolIf(one) for one in said["enrol_if"]),
            biographics=Biographics(sex and Sex(sex), birth_date=_day(birth_date), nationality=nationality),
            documents=tuple(
                Document(kind, number, issuer, _day(expires_on))
                for kind, number, issuer, expires_on in said["documents"]
            ),
            consent=Consent(reference, purpose, datetime.fromisoformat(given_at)),
        )

    def with_search(self, claimed_id: str, arrangement: str) -> EnrolmentPlan:
        """Add what the search found."""
        return replace(self, claimed_id=claimed_id, arrangement=arrangement)


_TEXTS = ("subject_id", "level", "source", "operator", "device", "claimed_id", "arrangement")


def derived_subject_id(reference: str) -> str:
    """Give the identifier of a subject whom an application enrols: always the same one."""
    return str(uuid.uuid5(_SUBJECTS, reference))


def _documents(application: Application, rules: IntakeRules) -> list[Document]:
    documents = []
    if (passport := application.travel_document) is not None:
        documents.append(
            Document(rules.travel_document_type, passport.number, passport.issuer, passport.expires_on)
        )
    if (card := application.residence_card) is not None:
        documents.append(Document(rules.residence_card_type, card.number, "VNM", card.expires_on))
    return documents


def _check_captured_at(captured_at: datetime | None, rules: IntakeRules, now: datetime) -> None:
    if captured_at is None:
        return
    check_time("captured_at", captured_at)
    if captured_at - now > timedelta(seconds=rules.clock_tolerance_s):
        raise CallerError("captures.captured_at is later than now, expected when they were captured")


def _consent(application: Application) -> Consent:
    consent = application.consent
    if consent is None:  # the rules refuse it before; nothing may be kept whatever they say
        raise CallerError("an application without consent, expected one: nothing can be kept of it")
    purpose = f"digital identity of level {application.level}, consent of the {consent.given_by}"
    return Consent(consent.reference, purpose, consent.given_at)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
