"""Synthetic people at the counter, and the applications that they make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from intake.applications import make_application
from vantay.engine import Engine
from vantay.intake.application import Applicant, Application, Captures, TravelDocument
from vantay.intake.rules import IntakeRules, load_rules
from vantay.intake.samples import Samples
from vantay.store import Actor
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.population import FingerRates, Population, PopulationOptions

OFFICER = Actor("desk-1", "intake", "r-1")
EXAMINER = Actor("examiner-4", "examiner", "r-2")
NEWCOMER = 50
"""The number of a person whom nobody knows."""
WITHOUT_FACES = replace(load_rules(), needs_face=False)
"""Fingers only: what faces need is not installed everywhere."""

_SOUND = FingerRates(amputee=0, worn_hands=0, bandaged=0, poor=0)
_POPULATION = Population(7, 200, options=PopulationOptions(min_age_years=20, fingers=_SOUND))


@cache
def fingers_of(person: int, visit: int = 0) -> dict[FingerPosition, FingerTemplate]:
    """Ten fingers of a person, another impression of each at every visit."""
    fingers = _POPULATION.encounters(person, person + 1, visit, with_faces=False).encounter(0).fingers
    return {position: replace(finger, quality=80) for position, finger in fingers.items()}


def face_of(person: int, visit: int = 0) -> FaceTemplate:
    face = _POPULATION.encounters(person, person + 1, visit, positions=()).encounter(0).face
    assert face is not None
    return face


def samples_of(person: int, visit: int = 0) -> Samples:
    return Samples(fingers_of(person, visit))


def passport_of(person: int) -> TravelDocument:
    return TravelDocument(f"P{person:07d}", "KOR", date(2030, 1, 1))


def application_of(person: int, visit: int = 0, **changes: Any) -> Application:
    """An application of a person, under a reference of its own for every visit."""
    changes.setdefault("reference", f"A-{person}-{visit}")
    changes.setdefault("captures", Captures(fingers_of(person, visit), operator="officer 17", device="s-1"))
    changes.setdefault("travel_document", passport_of(person))
    changes.setdefault("applicant", Applicant(f"name/{person}", date(1990, 5, 17), "KOR"))
    return make_application(**changes)


def enrol_people(engine: Engine, people: Iterable[int]) -> None:
    for person in people:
        engine.enrol(f"S-{person}", fingers_of(person))


def swap_hands(fingers: dict[FingerPosition, FingerTemplate]) -> dict[FingerPosition, FingerTemplate]:
    """File every finger under the same finger of the other hand."""
    moved = {FingerPosition((int(p) + 4) % 10 + 1): finger for p, finger in fingers.items()}
    return {position: replace(finger, position=position) for position, finger in sorted(moved.items())}


def rules(**changes: Any) -> IntakeRules:
    return replace(WITHOUT_FACES, **changes)
