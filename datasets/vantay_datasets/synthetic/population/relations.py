"""Who stands in which relation to whom, found from an index without looking at the others.

Subjects stand in blocks of `BLOCK`; each block is shuffled and cut into pairs. So everybody has one
partner, who is found from the block alone; most pairs have nothing to do with each other but the counter
and the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.population.options import RelationRates
from vantay_datasets.synthetic.population.random_stream import Indices, open_stream

BLOCK = 256
"""Subjects to a block, even: how far apart partners may stand."""


class Relation(IntEnum):
    """What a subject is to its partner."""

    NONE = 0
    TWIN = 1
    RETURNING = 2
    LOOK_ALIKE = 3


LABELS = {
    Relation.TWIN: "twin_of",
    Relation.RETURNING: "same_person_as",
    Relation.LOOK_ALIKE: "looks_like",
}


@dataclass(frozen=True, slots=True, eq=False)
class Relations:
    """Relations of n subjects.

    Attributes
    ----------
    index, partner : (n,) uint64
        Each subject, and who stands beside it.
    is_second : (n,) bool
        Which of the two it is: of a returning person, the record under another passport.
    kind : (n,) int64
        A `Relation`, the same for both.
    """

    index: Indices
    partner: Indices
    is_second: npt.NDArray[np.bool_]
    kind: npt.NDArray[np.int64]

    @property
    def leader(self) -> Indices:
        """The first of each pair, (n,): whose chance decides for both."""
        return np.where(self.is_second, self.partner, self.index)

    @property
    def body(self) -> Indices:
        """Whose face and fingers a subject has, (n,): its own, but for returning persons."""
        return np.where(self.kind == Relation.RETURNING, self.leader, self.index)

    def shared_by(self, *kinds: Relation) -> Indices:
        """Give whose chance decides what partners of these relations have in common, (n,)."""
        return np.where(np.isin(self.kind, kinds), self.leader, self.index)


def relations_of(seed: int, indices: Indices, rates: RelationRates) -> Relations:
    """Find the relations of subjects.

    Parameters
    ----------
    seed : int
        Of the population.
    indices : (n,) uint64
        Subjects.
    rates : RelationRates
        How often.

    Returns
    -------
    Relations
        The partner's partner is the subject itself.
    """
    blocks = indices // np.uint64(BLOCK)
    partner = np.empty_like(indices)
    is_second = np.empty(indices.size, np.bool_)
    for block in np.unique(blocks):
        here = np.flatnonzero(blocks == block)
        offsets = (indices[here] % np.uint64(BLOCK)).astype(np.intp)
        partners, seconds = _pairs_of_block(seed, int(block))
        partner[here] = block * np.uint64(BLOCK) + partners[offsets]
        is_second[here] = seconds[offsets]
    leader = np.where(is_second, partner, indices)
    rest = 1 - rates.twin - rates.returning - rates.look_alike
    shares = (rest, rates.twin, rates.returning, rates.look_alike)
    kind = open_stream(seed, "relation").choices(leader, shares).astype(np.int64)
    return Relations(indices, partner, is_second, kind)


@lru_cache(maxsize=64)
def _pairs_of_block(seed: int, block: int) -> tuple[Indices, npt.NDArray[np.bool_]]:
    """Partner of each place of a block, and which is the second of its pair."""
    places = np.arange(BLOCK, dtype=np.uint64)
    words = open_stream(seed, "pairing").words(places + np.uint64(block * BLOCK))[:, 0]
    order = np.argsort(words, kind="stable").astype(np.uint64)
    partner = np.empty(BLOCK, np.uint64)
    partner[order[0::2]], partner[order[1::2]] = order[1::2], order[0::2]
    is_second = np.zeros(BLOCK, np.bool_)
    is_second[order[1::2]] = True
    return partner, is_second
