"""The people of the demo: none of them exists, and each has papers, ten fingers and a face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from vantay.types import FaceTemplate
from vantay_datasets.synthetic.population import (
    EncounterBatch,
    FaceOptions,
    FingerRates,
    MistakeRates,
    Population,
    PopulationOptions,
    RelationRates,
)

MIN_FROM_IMAGES = 5
"""Residents whom a scenario needs: see `scenarios`."""
N_STRANGERS = 4
"""People who are not enrolled when the day begins."""

AGE_OF_CHILD = 10


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist.

    Attributes
    ----------
    number : int
        In the population.
    birth_date : date
    nationality : str
        ISO 3166-1 alpha-3; also who issued the passport.
    sex : str
        ``F`` or ``M``.
    passport, card : str
        Numbers.
    """

    number: int
    birth_date: date
    nationality: str
    sex: str
    passport: str
    card: str

    @property
    def subject_id(self) -> str:
        """Under which the person is enrolled, if at all."""
        return f"S{self.number:05d}"


@dataclass(frozen=True, slots=True)
class Faces:
    """Of which model the synthetic face templates are.

    Attributes
    ----------
    model, model_version : str
        Those of the installed embedding, so that they compare with photos.
    """

    model: str
    model_version: str


class People:
    """Residents and strangers of one seed.

    Parameters
    ----------
    seed : int
        Another seed is other people.
    n_residents : int
        Who is enrolled: people 0 to n − 1.
    faces : Faces, optional
        None where faces cannot be compared: nobody has one then.
    """

    def __init__(self, seed: int, n_residents: int, faces: Faces | None) -> None:
        self.n_residents = n_residents
        self._has_faces = faces is not None
        shown = FaceOptions(model=faces.model, model_version=faces.model_version) if faces else FaceOptions()
        options = PopulationOptions(
            relations=RelationRates(twin=0, returning=0, look_alike=0),
            mistakes=MistakeRates(persons_swapped=0, hands_swapped=0, fingers_swapped=0),
            fingers=FingerRates(amputee=0, worn_hands=0, bandaged=0, poor=0),
            faces=shown,
            min_age_years=20,
        )
        self._population = Population(seed, n_residents + N_STRANGERS, options=options)

    def person(self, number: int) -> Person:
        """Give a person's papers."""
        subject = self._population.subject(number)
        passport, card = subject.documents[:2]
        return Person(
            number, subject.birth_date, subject.nationality, subject.sex, passport.number, card.number
        )

    def strangers(self) -> Sequence[Person]:
        """Give those who are not enrolled."""
        return [self.person(self.n_residents + k) for k in range(N_STRANGERS)]

    def face(self, number: int, visit: int) -> FaceTemplate | None:
        """Give a person's face at a visit, 0 for the enrolment; None where nobody has one."""
        if not self._has_faces:
            return None
        return self._population.encounter(number, visit).face

    def encounters(self, start: int, stop: int) -> EncounterBatch:
        """Make the first encounter of some people, all ten fingers as templates."""
        return self._population.encounters(start, stop, with_faces=self._has_faces)


def as_child(person: Person, today: date) -> Person:
    """Make a person ten years old."""
    return replace(person, birth_date=date(today.year - AGE_OF_CHILD, 1, 1))
