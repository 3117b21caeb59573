"""The people of a population, and what is captured of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.population.documents import SyntheticDocument
from vantay_datasets.synthetic.population.hands import FingerState
from vantay_datasets.synthetic.population.nationalities import Region


@dataclass(frozen=True, slots=True)
class SyntheticSubject:
    """One record of a person who does not exist.

    Attributes
    ----------
    index : int
        Its number in the population.
    subject_id : str
        Names seed and index, nothing else.
    sex : str
        ``F`` or ``M``.
    birth_date : date
        As in the passport.
    nationality : str
        ISO 3166-1 alpha-3, as in the passport.
    region : Region
        Where the face is from.
    documents : tuple of SyntheticDocument
        Passport and residence card as of the first encounter.
    fingers : mapping of FingerPosition to FingerState
        What is so for good; a bandage is of an encounter.
    finger_seeds : mapping of FingerPosition to int
        What the ridges come from, 64 bits.
    body : int
        Index of the subject whose fingers and face these are: its own, but for a second record of a person.
    labels : mapping of str to str
        Ground truth: ``twin_of``, ``same_person_as``, ``looks_like`` with a subject_id.
    """

    index: int
    subject_id: str
    sex: str
    birth_date: date
    nationality: str
    region: Region
    documents: tuple[SyntheticDocument, ...]
    fingers: Mapping[FingerPosition, FingerState]
    finger_seeds: Mapping[FingerPosition, int]
    body: int
    labels: Mapping[str, str] = field(default_factory=dict)


class HeldFinger(NamedTuple):
    """A finger that was held to the sensor, whatever it was filed as.

    Attributes
    ----------
    position : FingerPosition
        Which finger it truly is.
    finger_seed, impression_seed : int
        What its ridges and this touch come from, 64 bits each.
    is_poor : bool
        Whether the impression is of the level "FVC-hard" because the finger is poor.
    """

    position: FingerPosition
    finger_seed: int
    impression_seed: int
    is_poor: bool


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticEncounter:
    """One visit of a subject.

    Attributes
    ----------
    subject_id, encounter_id : str
        Whose, which.
    number : int
        0 is the first one.
    captured_at : datetime
        UTC.
    fingers : mapping of FingerPosition to FingerTemplate
        What was captured, as it was filed.
    held : mapping of FingerPosition to HeldFinger
        Ground truth: which finger it was that is filed under each position.
    face : FaceTemplate or None
        None where none was asked for.
    missing : mapping of FingerPosition to FingerState
        What was not captured, and why.
    labels : mapping of str to str
        Ground truth of this encounter: ``swapped`` is ``persons``, ``hands`` or ``fingers``; with persons
        ``fingers_of`` is the subject_id whose fingers these are, with fingers ``positions`` names the two.
    """

    subject_id: str
    encounter_id: str
    number: int
    captured_at: datetime
    fingers: Mapping[FingerPosition, FingerTemplate]
    held: Mapping[FingerPosition, HeldFinger]
    face: FaceTemplate | None
    missing: Mapping[FingerPosition, FingerState]
    labels: Mapping[str, str] = field(default_factory=dict)
