"""Synthetic people for load: who is enrolled, and who comes to the counter.

Of the applicants every second one is enrolled, claims to be who they are, and is captured anew; the others
are people who were never enrolled. All are adults.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from vantay.fingerprint.codec import encode
from vantay.store import Biographics, Enrolment, NewEncounter, NewTemplate
from vantay.types import FaceTemplate
from vantay_datasets.synthetic.population import (
    FaceOptions,
    FingerState,
    Population,
    PopulationOptions,
    SyntheticEncounter,
)
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.people_pb2 import SEX_FEMALE
from vantay_service.v1.samples_pb2 import (
    MISSING_REASON_AMPUTATED,
    MISSING_REASON_BANDAGED,
    MISSING_REASON_UNREADABLE,
    Captures,
    FaceSample,
    FingerPosition,
    FingerSample,
    MissingFinger,
    Samples,
)
from vantay_service.v1.samples_pb2 import FaceTemplate as FaceTemplateMessage

FACE_MODEL = "dlib-face-embedding"
MIN_AGE_YEARS = 18.0
NO_EXPIRY = "2190-01-01"

_MISSING_REASONS = {
    FingerState.AMPUTATED: MISSING_REASON_AMPUTATED,
    FingerState.BANDAGED: MISSING_REASON_BANDAGED,
    FingerState.WORN: MISSING_REASON_UNREADABLE,
}


class LoadPeople:
    """The people of a seed.

    Parameters
    ----------
    seed : int
    n_subjects : int
        How many are enrolled; the people after them are newcomers.
    n_applicants : int
        How many come to the counter.
    face_version : str
        Of the embedding that faces are said to be of; empty: nobody has a face.
    """

    def __init__(self, seed: int, n_subjects: int, n_applicants: int, face_version: str) -> None:
        self.n_subjects, self.n_applicants = n_subjects, n_applicants
        self.has_faces = bool(face_version)
        faces = FaceOptions(model=FACE_MODEL, model_version=face_version)
        options = PopulationOptions(faces=faces, min_age_years=MIN_AGE_YEARS)
        self._population = Population(seed, n_subjects + n_applicants, options=options)

    def enrolments(self) -> Iterator[list[Enrolment]]:
        """Give those who are enrolled, some hundred at a time; who has no finger is left out."""
        for batch in self._population.iter_encounters(0, self.n_subjects, with_faces=self.has_faces):
            yield [_enrolment(encounter) for encounter in batch if encounter.fingers]

    def applications(self) -> Iterator[bytes]:
        """Give the applications without the part that `Applicants` puts before each: of somebody enrolled, of
        a newcomer, and so on.
        """
        n_each = self.n_applicants // 2
        known = self._encounters(0, self.n_subjects, number=1)
        newcomers = self._encounters(self.n_subjects, len(self._population), number=0)
        for _, resident, newcomer in zip(range(n_each), known, newcomers, strict=False):
            yield _application(resident, claims=True)
            yield _application(newcomer, claims=False)

    def _encounters(self, start: int, stop: int, number: int) -> Iterator[SyntheticEncounter]:
        batches = self._population.iter_encounters(start, stop, number, with_faces=self.has_faces)
        return (encounter for encounter in chain.from_iterable(batches) if encounter.fingers)


def _enrolment(encounter: SyntheticEncounter) -> Enrolment:
    templates = tuple(NewTemplate(p, encode(t), t.quality) for p, t in sorted(encounter.fingers.items()))
    new = NewEncounter(encounter.subject_id, templates, encounter.captured_at, face=encounter.face)
    return Enrolment(new, Biographics(birth_year=1990, nationality="KOR"))


def _application(encounter: SyntheticEncounter, *, claims: bool) -> bytes:
    number = encounter.subject_id.rpartition("-")[2]
    return pb.CheckApplicantRequest(
        level=2,
        applicant=pb.Applicant(
            name_reference=f"person/{number}", birth_date="1990-05-17", nationality="KOR", sex=SEX_FEMALE
        ),
        travel_document=pb.TravelDocument(number=f"P{number}", issuer="KOR", expires_on=NO_EXPIRY),
        residence_card=pb.ResidenceCard(
            kind=pb.CARD_KIND_TEMPORARY, number=f"T{number}", expires_on=NO_EXPIRY
        ),
        captures=Captures(samples=_samples(encounter), missing=_missing(encounter), device="load"),
        claim=pb.Claim(subject_id=encounter.subject_id) if claims else None,
    ).SerializeToString()


def _samples(encounter: SyntheticEncounter) -> Samples:
    fingers = [
        FingerSample(position=FingerPosition.ValueType(position), template_record=encode(template))
        for position, template in sorted(encounter.fingers.items())
    ]
    return Samples(fingers=fingers, face=None if encounter.face is None else _face(encounter.face))


def _face(face: FaceTemplate) -> FaceSample:
    return FaceSample(
        template=FaceTemplateMessage(
            vector=face.vector.astype("<f2").tobytes(),
            model=face.model,
            model_version=face.model_version,
            quality=face.quality,
        )
    )


def _missing(encounter: SyntheticEncounter) -> list[MissingFinger]:
    return [
        MissingFinger(
            position=FingerPosition.ValueType(position),
            reason=_MISSING_REASONS.get(state, MISSING_REASON_UNREADABLE),
        )
        for position, state in sorted(encounter.missing.items())
    ]
