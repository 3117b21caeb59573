"""The parts of a gallery as they are now: which rows live, and where each subject is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.index.array_file import ArrayFile
from vantay.index.manifest import SegmentEntry
from vantay.search.indexed.building import SearchSubject
from vantay.search.indexed.face_space import FaceSpace
from vantay.search.indexed.part import Arrays, GalleryPart, Rows
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart

Bools = npt.NDArray[np.bool_]

MERGE_PARTS = 8
"""Files of about one size that are merged into one: a gallery of n subjects has 8·log8(n) at most."""

JOIN_PARTS = 2
"""The same of parts in memory. Each part costs every search some tenths of a millisecond, to copy a subject
into a merged one takes 25 µs: so there are as few as can be, log2(n) at most."""

_NOWHERE = -1


@dataclass(slots=True, eq=False)
class LivingPart:
    """A part of the gallery, and which of its rows live.

    Attributes
    ----------
    part : GalleryPart
    alive : (n,) bool
        Replaced, never changed: snapshots keep the one they have.
    file, entry : ArrayFile, SegmentEntry
        Of a part that lies in a file.
    written_alive : (n,) bool, optional
        What the manifest says of a part in a file.
    """

    part: GalleryPart
    alive: Bools
    file: ArrayFile | None = None
    entry: SegmentEntry | None = None
    written_alive: Bools | None = None
    _shown: SnapshotPart | None = None

    def shown(self) -> SnapshotPart:
        """Give what a snapshot shows of the part: the same as before if nothing changed."""
        if self._shown is None or self._shown.alive is not self.alive:
            self._shown = SnapshotPart(self.part, self.alive)
        return self._shown

    @property
    def n_alive(self) -> int:
        """Number of living rows."""
        return int(np.count_nonzero(self.alive))

    def tier(self, n_parts: int) -> int:
        """Tell which parts it is merged with, if so many of a tier become one of the next."""
        return int(math.log(max(self.part.n_rows, 1), n_parts))


class LivingParts:
    """The parts of a gallery, up to some point of the store's change sequence. For one thread at a time.

    Attributes
    ----------
    sequence : int
        Last change of the store that they have.
    """

    def __init__(self, sequence: int = 0) -> None:
        self.sequence = sequence
        self._parts: dict[int, LivingPart] = {}
        self._next_number = 0
        self._places = _Places()

    @property
    def in_memory(self) -> list[LivingPart]:
        """Parts that are in no file yet."""
        return [part for part in self._parts.values() if part.file is None]

    @property
    def in_files(self) -> list[LivingPart]:
        """Parts that are in a file each."""
        return [part for part in self._parts.values() if part.file is not None]

    @property
    def n_rows_in_memory(self) -> int:
        """Rows of parts that are in no file yet, dead ones too."""
        return sum(part.part.n_rows for part in self.in_memory)

    def snapshot(self) -> IndexSnapshot:
        """Take what a search sees; parts in memory whose rows are all dead are dropped."""
        for number, part in list(self._parts.items()):
            if part.file is None and not part.alive.any():
                del self._parts[number]
        living = (part for part in self._parts.values() if part.alive.any())
        return IndexSnapshot(self.sequence, tuple(part.shown() for part in living))

    def take(self, numbers: Sequence[int], part: LivingPart | None, sequence: int) -> None:
        """Take over a page of subjects that changed.

        Parameters
        ----------
        numbers : sequence of int
            The store's numbers of all of them: what was known of them is dead.
        part : LivingPart, optional
            Those of them who live.
        sequence : int
            Of the last change.
        """
        self._bury(np.array(numbers, np.int64))
        if part is not None:
            self.add(part)
        self.sequence = sequence

    def add(self, part: LivingPart) -> None:
        """Add a part whose living subjects live nowhere else from now on."""
        self._next_number += 1
        self._parts[self._next_number] = part
        rows = np.flatnonzero(part.alive).astype(np.int64)
        self._places.set(part.part.arrays["number"][rows], self._next_number, rows)

    def replace(self, old: Iterable[LivingPart], new: LivingPart | None) -> None:
        """Put a merged part in the place of those it was merged from."""
        gone = {id(part) for part in old}
        self._parts = {number: part for number, part in self._parts.items() if id(part) not in gone}
        if new is not None:
            self.add(new)

    def still_alive(self, merged: Sequence[tuple[LivingPart, Bools]]) -> Bools:
        """Tell which rows of a part merged from others live, though some died since it was begun.

        Parameters
        ----------
        merged : sequence of (LivingPart, (n,) bool)
            The parts, and which of their rows lived when it was begun.
        """
        return np.concatenate([part.alive[alive] for part, alive in merged])

    def _bury(self, numbers: Rows) -> None:
        """Mark the rows of subjects as dead; those who live nowhere are passed over."""
        parts, rows = self._places.pop(numbers)
        for number in np.unique(parts):
            part = self._parts[int(number)]
            alive = part.alive.copy()
            alive[rows[parts == number]] = False
            part.alive = alive

    def face_space(self, subjects: Sequence[SearchSubject]) -> FaceSpace | None:
        """Tell where most faces of the model of some subjects are coded."""
        models = {(face.model, face.model_version) for subject in subjects for face in subject.faces}
        known = [part for part in self._parts.values() if part.part.face_model in models]
        largest = max(known, key=lambda part: part.part.arrays["face_row"].shape[0], default=None)
        return None if largest is None else largest.part.face_space()

    def worth_joining(self, slack: int = 1) -> list[LivingPart]:
        """Pick parts in memory that should become one, smallest first.

        Parameters
        ----------
        slack : int
            How many times `JOIN_PARTS` of one tier there must be.
        """
        return _full_tier(self.in_memory, JOIN_PARTS, slack)

    def worth_merging(self) -> list[LivingPart]:
        """Pick files that should become one: those of a full tier, or one that is mostly dead."""
        mostly_dead = [part for part in self.in_files if 2 * part.n_alive < part.part.n_rows]
        return _full_tier(self.in_files, MERGE_PARTS) or mostly_dead[:1]


def new_part(arrays: Arrays) -> LivingPart:
    """Take a part from its arrays, all of whose rows live."""
    part = GalleryPart.of(arrays)
    return LivingPart(part, np.ones(part.n_rows, np.bool_))


def _full_tier(parts: Iterable[LivingPart], n_parts: int, slack: int = 1) -> list[LivingPart]:
    tiers: dict[int, list[LivingPart]] = {}
    for part in parts:
        tiers.setdefault(part.tier(n_parts), []).append(part)
    return next((some for _, some in sorted(tiers.items()) if len(some) >= slack * n_parts), [])


class _Places:
    """Where each subject of the store lives: the part and the row, by the store's number of the subject."""

    def __init__(self) -> None:
        self._part = np.full(1024, _NOWHERE, np.int32)
        self._row = np.zeros(1024, np.int32)

    def set(self, numbers: Rows, part: int, rows: Rows) -> None:
        """Move subjects to rows of a part."""
        if numbers.size and numbers.max() >= self._part.shape[0]:
            more = int(max(numbers.max() + 1, 2 * self._part.shape[0])) - self._part.shape[0]
            self._part = np.concatenate([self._part, np.full(more, _NOWHERE, np.int32)])
            self._row = np.concatenate([self._row, np.zeros(more, np.int32)])
        self._part[numbers], self._row[numbers] = part, rows

    def pop(self, numbers: Rows) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Forget where subjects live, and tell where those were who lived somewhere: (parts, rows)."""
        numbers = numbers[numbers < self._part.shape[0]]
        numbers = numbers[self._part[numbers] != _NOWHERE]
        parts, rows = self._part[numbers], self._row[numbers]
        self._part[numbers] = _NOWHERE
        return parts, rows
