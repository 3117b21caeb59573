"""A population of people who do not exist: biographics, fingers and faces from a seed.

>>> population = Population(seed=1, size=1_000_000)
>>> subject = population.subject(123_456)
>>> encounter = population.encounter(123_456)
>>> encounter.subject_id == subject.subject_id
True
"""

from vantay_datasets.synthetic.population.encounter_batch import EncounterBatch, HeldFingers
from vantay_datasets.synthetic.population.hands import ALL_FINGERS, FINGER_SETS, FingerState
from vantay_datasets.synthetic.population.options import (
    FaceOptions,
    FingerRates,
    MistakeRates,
    PopulationOptions,
    RelationRates,
)
from vantay_datasets.synthetic.population.population import Population
from vantay_datasets.synthetic.population.subject import HeldFinger, SyntheticEncounter, SyntheticSubject

__all__ = [
    "ALL_FINGERS",
    "FINGER_SETS",
    "EncounterBatch",
    "FaceOptions",
    "FingerRates",
    "FingerState",
    "HeldFinger",
    "HeldFingers",
    "MistakeRates",
    "Population",
    "PopulationOptions",
    "RelationRates",
    "SyntheticEncounter",
    "SyntheticSubject",
]
