"""Clerical mistakes: whose finger is filed under which position of whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.population.hands import N_FINGERS
from vantay_datasets.synthetic.population.options import MistakeRates
from vantay_datasets.synthetic.population.random_stream import open_stream
from vantay_datasets.synthetic.population.relations import Relation, Relations


class Mistake(IntEnum):
    """What went wrong at the counter."""

    NONE = 0
    PERSONS_SWAPPED = 1
    HANDS_SWAPPED = 2
    FINGERS_SWAPPED = 3


LABELS = {
    Mistake.PERSONS_SWAPPED: "persons",
    Mistake.HANDS_SWAPPED: "hands",
    Mistake.FINGERS_SWAPPED: "fingers",
}

_OTHER_HAND = np.concatenate([np.arange(5, 10), np.arange(5)])
_NEIGHBOURS = np.array([0, 1, 2, 3, 5, 6, 7, 8])
"""The first of two neighbouring fingers of a hand, counted from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Filing:
    """What is filed in an encounter of n subjects.

    Attributes
    ----------
    kind : (n,) uint8
        A `Mistake`.
    finger : (n, 10) intp
        Which finger, from 0, is filed under each position.
    """

    kind: npt.NDArray[np.uint8]
    finger: npt.NDArray[np.intp]


def filing_of(seed: int, relations: Relations, number: int, rates: MistakeRates) -> Filing:
    """Draw the mistakes of an encounter.

    Parameters
    ----------
    seed : int
        Of the population.
    relations : Relations
        Of the subjects. Persons are swapped with their partner, both or none.
    number : int
        Of the encounter, from 0.
    rates : MistakeRates
        How often.

    Returns
    -------
    Filing
        The right positions where nothing went wrong.
    """
    pair = open_stream(seed, f"swapped-persons/{number}").uniform(relations.leader)
    draws = open_stream(seed, f"swapped-fingers/{number}").uniforms(relations.index, 2)
    kind = np.zeros(relations.index.size, np.uint8)
    kind[draws[:, 0] < rates.hands_swapped + rates.fingers_swapped] = Mistake.FINGERS_SWAPPED
    kind[draws[:, 0] < rates.hands_swapped] = Mistake.HANDS_SWAPPED
    are_two = relations.kind != Relation.RETURNING
    kind[are_two & (pair < rates.persons_swapped)] = Mistake.PERSONS_SWAPPED
    finger = np.tile(np.arange(N_FINGERS), (kind.size, 1))
    finger[kind == Mistake.HANDS_SWAPPED] = _OTHER_HAND
    rows = np.flatnonzero(kind == Mistake.FINGERS_SWAPPED)
    first = _NEIGHBOURS[(draws[rows, 1] * _NEIGHBOURS.size).astype(np.intp)]
    finger[rows, first], finger[rows, first + 1] = first + 1, first
    return Filing(kind, finger)
