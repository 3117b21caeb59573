"""What a counter sends: the form, the papers, the consent, the captures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from vantay.intake.working_days import vietnam_date
from vantay.types import FingerPosition
from vantay_service.demo.gallery import SEXES, face_sample, image_sample
from vantay_service.demo.people import People, Person
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1 import people_pb2, samples_pb2

TODAY_TOUCH = 1
"""Number of the captures at the counter; 0 were enrolled."""
WITH_PHOTO = 0
"""Number of the person who has a photo."""

Fingers = Mapping[FingerPosition, bytes]


class Paper(NamedTuple):
    """How an application differs from the usual one."""

    claims: Person | None = None
    """Whose passport is shown as that of somebody enrolled."""
    passport: str = ""
    """Number of the passport that is shown, if not the person's own."""
    guardian: bool = False
    """Whether a guardian comes along, and consents."""
    consent: bool = True


@dataclass(frozen=True, slots=True)
class Applications:
    """Writes the applications of a day.

    Attributes
    ----------
    people : People
    photo : bytes
        Of person `WITH_PHOTO`, taken today; empty where faces cannot be compared.
    now : datetime
        With a time zone.
    """

    people: People
    photo: bytes
    now: datetime

    @property
    def today(self) -> date:
        """The day in Vietnam."""
        return vietnam_date(self.now)

    def request(
        self, number: str, person: Person, fingers: Fingers, paper: Paper | None = None
    ) -> pb.CheckApplicantRequest:
        """Write an application.

        Parameters
        ----------
        number : str
            Of the application, on this day.
        person : Person
        fingers : mapping of FingerPosition to bytes
            Images, as they are filed.
        paper : Paper, optional
            How it differs from the usual one.
        """
        paper = paper or Paper()
        request = pb.CheckApplicantRequest(
            application_reference=f"HN-{self.today:%Y-%m%d}-{number}",
            level=2,
            applicant=pb.Applicant(
                name_reference=f"person/{person.number}",
                birth_date=person.birth_date.isoformat(),
                nationality=person.nationality,
                sex=SEXES[person.sex],
            ),
            travel_document=pb.TravelDocument(
                number=paper.passport or person.passport,
                issuer=person.nationality,
                expires_on=self._in_years(4),
            ),
            residence_card=pb.ResidenceCard(
                kind=pb.CARD_KIND_TEMPORARY, number=person.card, expires_on=self._in_years(2)
            ),
            captures=self._captures(person, fingers),
            enrol_if=[pb.ENROL_IF_NEW, pb.ENROL_IF_KNOWN],
            subject_id=person.subject_id if person.number >= self.people.n_residents else "",
            **_guardian(paper),
        )
        if paper.consent:
            request.consent.CopyFrom(self._consent(number, paper))
        if paper.claims is not None:
            request.claim.document.CopyFrom(_passport_of(paper.claims))
        return request

    def _captures(self, person: Person, fingers: Fingers) -> samples_pb2.Captures:
        samples = samples_pb2.Samples(
            fingers=[image_sample(int(position), image) for position, image in sorted(fingers.items())]
        )
        face = self.people.face(person.number, TODAY_TOUCH)
        if person.number == WITH_PHOTO and self.photo:
            samples.face.image = self.photo
        elif face is not None:
            samples.face.CopyFrom(face_sample(face))
        return samples_pb2.Captures(samples=samples, operator="officer 118", device="demo, synthetic")

    def _consent(self, number: str, paper: Paper) -> pb.ConsentGiven:
        consent = pb.ConsentGiven(
            reference=f"consent/{number}",
            given_by=pb.CONSENT_GIVER_GUARDIAN if paper.guardian else pb.CONSENT_GIVER_APPLICANT,
        )
        consent.given_at.FromDatetime(self.now - timedelta(minutes=10))
        return consent

    def _in_years(self, n_years: int) -> str:
        return date(self.today.year + n_years, 6, 30).isoformat()


def _guardian(paper: Paper) -> dict[str, Any]:
    if not paper.guardian:
        return {}
    return {"guardian": pb.Guardian(name_reference="person/mother", phone="+84 901 234 567")}


def _passport_of(person: Person) -> people_pb2.DocumentReference:
    return people_pb2.DocumentReference(
        document_type="passport", number=person.passport, issuer=person.nationality
    )
