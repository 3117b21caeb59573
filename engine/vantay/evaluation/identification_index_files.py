"""An index of a synthetic population in files, built in steps: a run that was stopped goes on."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import numpy as np

from vantay.errors import InvalidSetting
from vantay.evaluation.identification import FINGERS, Subjects
from vantay.evaluation.identification_index import build_blocks, snapshot_of
from vantay.evaluation.identification_population import OPTIONS, PopulationSubjects
from vantay.index.folder_lock import FolderLock
from vantay.index.manifest import SegmentEntry
from vantay.search.indexed.merging import merge_parts
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population import Population

SEGMENT_SUBJECTS = 50_000
"""Built before anything is written: a gigabyte of memory, and what a stopped run does again at most."""

GALLERY_SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
"""Where a part ends, so that smaller galleries are the first parts of larger ones."""

FIRST_STRANGER = 100_000_000
"""Subjects from here on are never enrolled: the same strangers for every gallery."""


class SyntheticIndexFiles:
    """An index whose subjects are the first of a population, in their order.

    Parameters
    ----------
    folder : Path
        Where it is; made if it is missing.
    subjects : Subjects
        Whose first encounters are enrolled.
    name : str
        Of the population and what is captured: an index of another name is refused.

    Raises
    ------
    DataCorruption, UnsupportedFormatVersion
        If the folder holds an index of another population, or of other parameters.
    InvalidSetting
        If another process builds it.
    """

    def __init__(self, folder: Path, subjects: Subjects, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._subjects = subjects
        self._files = SegmentFiles(folder, name)
        self._manifest = self._files.read()

    @property
    def n_subjects(self) -> int:
        """How many are in it."""
        return self._manifest.sequence

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many the first part has, the first two parts, and so on: the galleries that can be opened."""
        return tuple(accumulate(entry.n_rows for entry in self._manifest.segments))

    def extend(
        self, n_subjects: int, *, n_threads: int = 1, advance: Callable[[int], None] = lambda _: None
    ) -> None:
        """Build until there are `n_subjects`, which take a part for each of `GALLERY_SIZES`.

        Parameters
        ----------
        n_subjects : int
            Nothing is done if there is a gallery of as many.
        n_threads : int
            Threads that prepare templates.
        advance : callable
            Called with the number of subjects whenever some more were written.
        """
        if n_subjects in self.sizes:
            return
        lock = FolderLock(self._files.folder)
        if not lock.take():
            raise InvalidSetting(f"{self._files.folder} is being built by another process")
        try:
            self._manifest = self._files.read()
            for end in [size for size in GALLERY_SIZES if size < n_subjects] + [n_subjects]:
                while self.n_subjects < end:
                    self._add_segment(min(end, self.n_subjects + SEGMENT_SUBJECTS), n_threads)
                    advance(self.n_subjects)
                self._merge_up_to(end)
        finally:
            lock.close()

    def _add_segment(self, end: int, n_threads: int) -> None:
        captures = self._subjects.captures(self.n_subjects, end, 0)
        blocks = list(build_blocks(captures, first_number=self.n_subjects, n_threads=n_threads))
        self._put([*self._manifest.segments, self._written(blocks)], end)

    def _merge_up_to(self, end: int) -> None:
        """Make one part of all that lie between a size and the one before."""
        begin = max((size for size in (0, *GALLERY_SIZES) if size < end), default=0)
        places = zip(self._manifest.segments, self.sizes, strict=True)
        between = [entry for entry, last in places if begin < last <= end]
        if len(between) > 1:
            others = [entry for entry in self._manifest.segments if entry not in between]
            self._put([*others, self._written([self._part(entry) for entry in between])], self.n_subjects)

    def _written(self, parts: list[GalleryPart]) -> SegmentEntry:
        living = [(part, np.ones(part.n_rows, np.bool_)) for part in parts]
        return self._files.write_segment(merge_parts(living))

    def _put(self, segments: list[SegmentEntry], n_subjects: int) -> None:
        self._manifest = self._files.write_manifest(n_subjects, segments)

    def _part(self, entry: SegmentEntry) -> GalleryPart:
        return GalleryPart.of(self._files.open_segment(entry)[0].arrays)

    def snapshot(self, n_subjects: int | None = None) -> IndexSnapshot:
        """Map the index, or its first parts.

        Parameters
        ----------
        n_subjects : int, optional
            One of `sizes`; all if not given.
        """
        n_subjects = n_subjects or self.n_subjects
        if n_subjects not in self.sizes:
            raise InvalidSetting(f"a gallery of {n_subjects} asked for, expected one of {self.sizes}")
        places = zip(self._manifest.segments, self.sizes, strict=True)
        return snapshot_of([self._part(entry) for entry, last in places if last <= n_subjects])


def open_synthetic_index(
    folder: Path, *, level: TemplateLevel = TemplateLevel.LIVE_SCAN, seed: int = 1, n_threads: int = 1
) -> tuple[SyntheticIndexFiles, PopulationSubjects]:
    """Open or begin an index of ten fingers and a face of each of a synthetic population.

    Parameters
    ----------
    folder : Path
        Where it is.
    level : TemplateLevel
        How good impressions are.
    seed : int
        Another seed is other people.
    n_threads : int
        Threads that make captures.

    Returns
    -------
    index : SyntheticIndexFiles
    subjects : PopulationSubjects
        Those enrolled and, from `FIRST_STRANGER` on, those who never are.
    """
    population = Population(seed, 2 * FIRST_STRANGER, options=OPTIONS)
    subjects = PopulationSubjects(population, level, FINGERS[10], has_face=True, n_threads=n_threads)
    return SyntheticIndexFiles(folder, subjects, f"synthetic population {seed}, {level.value}"), subjects
