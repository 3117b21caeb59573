"""A population of any size from a seed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from vantay.errors import InvalidSetting
from vantay.types import FingerPosition
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population.encounter_batch import EncounterBatch
from vantay_datasets.synthetic.population.encounter_making import Drawn, draw_subjects, make_encounters
from vantay_datasets.synthetic.population.hands import ALL_FINGERS
from vantay_datasets.synthetic.population.options import PopulationOptions
from vantay_datasets.synthetic.population.subject import SyntheticEncounter, SyntheticSubject
from vantay_datasets.synthetic.population.subject_making import make_subjects

BLOCK_SUBJECTS = 256
"""Made at a time: enough for whole-array operations, few enough for the cache."""

MAX_SIZE = 1 << 40
"""Subjects: far beyond any use, within exact arithmetic."""

MAX_ENCOUNTERS = 100
"""Of one subject."""


class Population:
    """Reproducible people who do not exist.

    Subject i is computed from the seed and i alone: a larger population begins with the people of a smaller
    one, and any slice can be made anywhere, in any order. (Labels name only partners within the
    population.)

    Parameters
    ----------
    seed : int
        0 to 2^64 − 1; another seed is other people.
    size : int
        How many subjects.
    options : PopulationOptions
        Rates of what is rare.

    Examples
    --------
    >>> population = Population(seed=1, size=1_000_000)
    >>> population.subject(123_456).subject_id
    's1-000123456'
    """

    def __init__(self, seed: int, size: int, *, options: PopulationOptions | None = None) -> None:
        if not 0 <= seed < 2**64:
            raise InvalidSetting(f"seed is {seed}, expected 0 to 2^64 - 1")
        if not 1 <= size <= MAX_SIZE:
            raise InvalidSetting(f"size is {size}, expected 1 to {MAX_SIZE}")
        self.seed = seed
        self.size = size
        self.options = options or PopulationOptions()

    def __len__(self) -> int:
        """Count the subjects."""
        return self.size

    def subject(self, index: int) -> SyntheticSubject:
        """Make one subject.

        Raises
        ------
        InvalidSetting
            If the index is not in the population.
        """
        return next(self.subjects(index, index + 1))

    def subjects(self, start: int = 0, stop: int | None = None) -> Iterator[SyntheticSubject]:
        """Make the subjects from ``start`` up to before ``stop``, by default all; as `subject`."""
        for first, last in self._blocks(start, stop):
            yield from make_subjects(self._draw(first, last), self.size)

    def encounter(
        self, index: int, number: int = 0, level: TemplateLevel = TemplateLevel.LIVE_SCAN
    ) -> SyntheticEncounter:
        """Make one encounter of one subject; as `encounters`."""
        return self.encounters(index, index + 1, number, level).encounter(0)

    def encounters(
        self,
        start: int,
        stop: int,
        number: int = 0,
        level: TemplateLevel = TemplateLevel.LIVE_SCAN,
        *,
        positions: Sequence[FingerPosition] = ALL_FINGERS,
        with_faces: bool = True,
    ) -> EncounterBatch:
        """Make the same encounter of several subjects at once, on the calling thread.

        Parameters
        ----------
        start, stop : int
            From which subject, up to before which.
        number : int
            Which encounter, from 0; one to three years lie between two.
        level : TemplateLevel
            How good the impressions are; those of poor fingers are of the level "FVC-hard" always.
        positions : sequence of FingerPosition
            Which fingers are captured.
        with_faces : bool
            Whether faces are.

        Returns
        -------
        EncounterBatch
            In the order of the subjects.

        Raises
        ------
        InvalidSetting
            If the range is not in the population, or the number or a position is none.
        """
        self._check_range(start, stop)
        if not 0 <= number < MAX_ENCOUNTERS:
            raise InvalidSetting(f"encounter number is {number}, expected 0 to {MAX_ENCOUNTERS - 1}")
        return make_encounters(self._draw(start, stop), number, level, positions, with_faces=with_faces)

    def iter_encounters(
        self,
        start: int = 0,
        stop: int | None = None,
        number: int = 0,
        level: TemplateLevel = TemplateLevel.LIVE_SCAN,
        *,
        positions: Sequence[FingerPosition] = ALL_FINGERS,
        with_faces: bool = True,
        n_threads: int = 1,
    ) -> Iterator[EncounterBatch]:
        """Make encounters in batches of `BLOCK_SUBJECTS`, in order, some ahead on other threads."""
        blocks = self._blocks(start, stop)
        waiting: deque[Future[EncounterBatch]] = deque()
        with ThreadPoolExecutor(n_threads) as pool:
            for first, last in blocks:
                waiting.append(
                    pool.submit(
                        self.encounters,
                        first,
                        last,
                        number,
                        level,
                        positions=positions,
                        with_faces=with_faces,
                    )
                )
                if len(waiting) > n_threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _draw(self, start: int, stop: int) -> Drawn:
        return draw_subjects(self.seed, np.arange(start, stop, dtype=np.uint64), self.options)

    def _blocks(self, start: int, stop: int | None) -> list[tuple[int, int]]:
        stop = self.size if stop is None else stop
        self._check_range(start, stop)
        edges = [*range(start, stop, BLOCK_SUBJECTS), stop]
        return list(pairwise(edges))

    def _check_range(self, start: int, stop: int) -> None:
        if not 0 <= start < stop <= self.size:
            raise InvalidSetting(f"subjects {start} to {stop} asked for, expected some of 0 to {self.size}")
