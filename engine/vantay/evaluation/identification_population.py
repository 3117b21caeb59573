"""The synthetic population as the subjects of an identification test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vantay.evaluation.identification import IdentificationTask, nested_sizes
from vantay.evaluation.identification_search import Capture
from vantay.types import FingerPosition
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population import (
    FingerRates,
    MistakeRates,
    Population,
    PopulationOptions,
    RelationRates,
)

OPTIONS = PopulationOptions(
    relations=RelationRates(returning=0.0),
    mistakes=MistakeRates(0.0, 0.0, 0.0),
    min_age_years=FingerRates().min_age_years,
)
"""Without returning persons, whose searches would be mated though they count as strangers, without clerical
mistakes, which no comparison can make good, and without people too young for fingers, whom no search by
fingers finds. Missing and poor fingers, twins, look-alikes stay."""


@dataclass(frozen=True, slots=True)
class PopulationSubjects:
    """Captures of a synthetic population.

    Attributes
    ----------
    population : Population
        Whose.
    level : TemplateLevel
        How good impressions are.
    positions : sequence of FingerPosition
        Which fingers are captured.
    has_face : bool
        Whether faces are.
    n_threads : int
        Threads that make them; they do not depend on it.
    """

    population: Population
    level: TemplateLevel
    positions: Sequence[FingerPosition]
    has_face: bool = False
    n_threads: int = field(default=1, compare=False)

    def captures(self, first: int, last: int, encounter: int) -> Iterator[Capture]:
        """Make captures of subjects `first` to `last`, the last left out, at their n-th encounter, from 0."""
        for batch in self.population.iter_encounters(
            first,
            last,
            encounter,
            self.level,
            positions=self.positions,
            with_faces=self.has_face,
            n_threads=self.n_threads,
        ):
            for one in batch:
                yield Capture(one.subject_id, one.fingers, one.face)


def make_task(
    n_subjects: int,
    n_searches: int,
    level: TemplateLevel,
    positions: tuple[FingerPosition, ...],
    *,
    has_face: bool = False,
    seed: int = 1,
    n_threads: int = 1,
) -> IdentificationTask:
    """Make a test of a synthetic population.

    Parameters
    ----------
    n_subjects : int
        Enrolled.
    n_searches : int
        Of each kind: so many mated ones, but no more than subjects, and so many non-mated ones.
    level : TemplateLevel
        How good impressions are, enrolled and searched with.
    positions : tuple of FingerPosition
        Fingers to enrol and to search with.
    has_face : bool
        Whether faces are enrolled and searched with too.
    seed : int
        Another seed is other people.
    n_threads : int
        Threads that make captures.

    Returns
    -------
    IdentificationTask
        Of nested galleries.
    """
    population = Population(seed, n_subjects + n_searches, options=OPTIONS)
    return IdentificationTask(
        subjects=PopulationSubjects(population, level, positions, has_face, n_threads),
        n_subjects=n_subjects,
        n_mated=min(n_searches, n_subjects),
        n_non_mated=n_searches,
        sizes=nested_sizes(n_subjects),
        positions=positions,
        has_face=has_face,
    )
