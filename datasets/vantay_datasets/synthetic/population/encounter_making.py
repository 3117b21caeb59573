"""From the indices of subjects to the arrays of an encounter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.types import FingerPosition
from vantay_datasets.synthetic.minutiae import ImpressionBatch, TemplateLevel, make_impressions
from vantay_datasets.synthetic.population.biographics import (
    Biographics,
    biographics_of,
    capture_times,
    encounter_days,
)
from vantay_datasets.synthetic.population.documents import DAYS_PER_YEAR, Days
from vantay_datasets.synthetic.population.encounter_batch import EncounterBatch, HeldFingers
from vantay_datasets.synthetic.population.faces import face_vectors
from vantay_datasets.synthetic.population.hands import (
    FingerState,
    FingerStates,
    lasting_states,
    states_in_encounter,
)
from vantay_datasets.synthetic.population.mistakes import Filing, Mistake, filing_of
from vantay_datasets.synthetic.population.options import PopulationOptions
from vantay_datasets.synthetic.population.random_stream import Indices
from vantay_datasets.synthetic.population.relations import Relation, Relations, relations_of
from vantay_datasets.synthetic.population.seeds import finger_seeds, impression_seeds


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What is so of n subjects at every encounter.

    Attributes
    ----------
    seed : int
        Of the population.
    options : PopulationOptions
        Of the population.
    relations : Relations
        To their partners.
    biographics : Biographics
        Written and true.
    states : (n, 10) uint8
        `FingerState` that lasts.
    finger_seeds : (n, 10) uint64
        Of the ridges.
    """

    seed: int
    options: PopulationOptions
    relations: Relations
    biographics: Biographics
    states: FingerStates
    finger_seeds: Indices

    @property
    def age_years(self) -> npt.NDArray[np.float64]:
        """True age at the first encounter, (n,)."""
        return np.asarray((self.biographics.met_day - self.biographics.birth) / DAYS_PER_YEAR)


def draw_subjects(seed: int, indices: Indices, options: PopulationOptions) -> Drawn:
    """Draw what lasts of subjects, (n,) uint64."""
    relations = relations_of(seed, indices, options.relations)
    biographics = biographics_of(seed, relations, options.min_age_years)
    age_years = (biographics.met_day - biographics.birth) / DAYS_PER_YEAR
    return Drawn(
        seed,
        options,
        relations,
        biographics,
        lasting_states(seed, relations.body, age_years, options.fingers),
        finger_seeds(seed, relations.body, relations.shared_by(Relation.TWIN, Relation.RETURNING)),
    )


def make_encounters(
    drawn: Drawn,
    number: int,
    level: TemplateLevel,
    positions: Sequence[FingerPosition],
    *,
    with_faces: bool,
) -> EncounterBatch:
    """Make one encounter of each subject.

    Parameters
    ----------
    drawn : Drawn
        Of the subjects.
    number : int
        Of the encounter.
    level : TemplateLevel
        Of all but poor fingers.
    positions : sequence of FingerPosition
        Which are captured.
    with_faces : bool
        Whether faces are.

    Returns
    -------
    EncounterBatch
        In their order.

    Raises
    ------
    InvalidSetting
        If a position is none.
    """
    if FingerPosition.UNKNOWN in positions:
        raise InvalidSetting("position UNKNOWN asked for, expected fingers 1 to 10")
    relations, seed = drawn.relations, drawn.seed
    filing = filing_of(seed, relations, number, drawn.options.mistakes)
    days = encounter_days(seed, relations, drawn.biographics.first_day, number)
    states, held = _hold_to_sensor(drawn, filing, number, days, positions)
    impressions, source = _impressions(held, level)
    faces = None
    quality = np.zeros(len(days), np.uint8)
    if with_faces:
        faces, quality = face_vectors(seed, relations, drawn.biographics, number, drawn.options.faces)
    return EncounterBatch(
        number=number,
        subject_ids=subject_ids(seed, relations.index),
        captured_at=capture_times(seed, relations.index, days, number),
        finger_offsets=np.searchsorted(held.row, np.arange(len(days) + 1)).astype(np.int64),
        held=held,
        impressions=impressions,
        source=source,
        states=states,
        faces=faces,
        face_quality=quality,
        face_options=drawn.options.faces,
        filing=filing,
        partner_ids=subject_ids(seed, relations.partner),
    )


def subject_ids(seed: int, indices: Indices) -> tuple[str, ...]:
    """Name subjects."""
    return tuple(f"s{seed}-{int(index):09d}" for index in indices)


def _hold_to_sensor(
    drawn: Drawn, filing: Filing, number: int, days: Days, positions: Sequence[FingerPosition]
) -> tuple[FingerStates, HeldFingers]:
    """Find out whose finger is held to the sensor for each position, and what can be captured of it."""
    there = _with_partners(drawn, filing)
    seed, index = drawn.seed, there.relations.index
    claimed_age_years = (days - there.biographics.claimed_birth) / DAYS_PER_YEAR
    on_hand = states_in_encounter(seed, index, there.states, number, claimed_age_years, drawn.options.fingers)
    states = np.take_along_axis(on_hand, filing.finger, axis=1)
    asked = np.zeros(states.shape[1], np.bool_)
    asked[np.array([int(position) - 1 for position in positions], np.intp)] = True
    row, filed = np.nonzero((states < FingerState.BANDAGED) & asked)
    true = filing.finger[row, filed]
    return states, HeldFingers(
        row,
        (filed + 1).astype(np.uint8),
        (true + 1).astype(np.uint8),
        there.finger_seeds[row, true],
        impression_seeds(seed, index, number)[row, true],
        states[row, filed] == FingerState.POOR,
        ((days - there.biographics.birth) / DAYS_PER_YEAR)[row],
    )


def _with_partners(drawn: Drawn, filing: Filing) -> Drawn:
    """Put the partner in the place of those whose fingers were swapped with the partner's."""
    swapped = filing.kind == Mistake.PERSONS_SWAPPED
    if not swapped.any():
        return drawn
    indices = np.where(swapped, drawn.relations.partner, drawn.relations.index)
    return draw_subjects(drawn.seed, indices, drawn.options)


def _impressions(
    held: HeldFingers, level: TemplateLevel
) -> tuple[tuple[ImpressionBatch, ...], npt.NDArray[np.int64]]:
    """Make the impressions, those of poor fingers apart."""
    source = np.empty((len(held), 2), np.int64)
    batches: list[ImpressionBatch] = []
    for is_poor in (False, True):
        here = np.flatnonzero(held.is_poor == is_poor)
        source[here, 0], source[here, 1] = len(batches), np.arange(here.size)
        batches.append(
            make_impressions(
                held.finger_seed[here],
                held.position[here],
                held.age_years[here],
                held.impression_seed[here],
                TemplateLevel.FVC_HARD if is_poor else level,
            )
        )
    return tuple(batches), source
