"""What a search sees: the parts of a gallery and which of their rows live, at one point of the store."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError
from vantay.search.indexed.part import SEX_CODES, STATUS_CODES, GalleryPart
from vantay.store import SubjectStatus
from vantay.types import FaceTemplate

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Whom to search; everyone by default.

    Attributes
    ----------
    galleries : collection of str, optional
        Subjects in any of these.
    status : str, optional
        ``active`` or ``locked``.
    sex : str, optional
        ``F``, ``M`` or ``X``, and subjects of unknown sex.
    birth_years : (int, int), optional
        First and last, and subjects of unknown birth year.

    Raises
    ------
    CallerError
        If a value is out of range.
    """

    galleries: Collection[str] | None = None
    status: str | None = None
    sex: str | None = None
    birth_years: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.galleries, str):
            raise CallerError(f"galleries are {self.galleries!r}, expected a collection of names")
        if self.status is not None and self.status not in STATUS_CODES:
            raise CallerError(f"status is {self.status!r}, expected {' or '.join(STATUS_CODES)}")
        if self.sex not in SEX_CODES:
            raise CallerError(f"sex is {self.sex!r}, expected F, M or X")
        if self.birth_years is not None and self.birth_years[0] > self.birth_years[1]:
            raise CallerError(f"birth_years are {self.birth_years}, expected the first one first")

    @property
    def is_everyone(self) -> bool:
        """Whether nobody is left out."""
        return self == EVERYONE

    def allowed(self, part: GalleryPart) -> Bools:
        """Tell for each row of a part whether it is searched: (n,) bool."""
        allowed = np.ones(part.n_rows, np.bool_)
        if self.galleries is not None:
            is_member = np.zeros(part.n_rows, np.bool_)
            for name in self.galleries:
                is_member[part.members(name)] = True
            allowed &= is_member
        if self.status is not None:
            allowed &= part.arrays["status"] == STATUS_CODES[SubjectStatus(self.status)]
        if self.sex is not None:
            allowed &= np.isin(part.arrays["sex"], [SEX_CODES[None], SEX_CODES[self.sex]])
        if self.birth_years is not None:
            years = part.arrays["birth_year"]
            first, last = self.birth_years
            allowed &= (years == 0) | ((years >= first) & (years <= last))
        return allowed


EVERYONE = SearchFilter()


@dataclass(frozen=True, eq=False)
class SnapshotPart:
    """A part with its living rows. Snapshots share those of parts in which nothing changed.

    Attributes
    ----------
    part : GalleryPart
    alive : (n,) bool
        False for subjects that were erased, merged, or live on in a later part. Never changes.
    """

    part: GalleryPart
    alive: Bools

    @cached_property
    def n_alive(self) -> int:
        """Number of living rows."""
        return int(np.count_nonzero(self.alive))

    @cached_property
    def face(self) -> FaceTemplate | None:
        """A face of a living row, which tells the model of all; None if there is none."""
        faces = np.flatnonzero(self.alive[self.part.arrays["face_row"]])
        return self.part.face(int(faces[0])) if faces.size else None

    def allowed(self, search_filter: SearchFilter) -> Bools:
        """Living rows that a filter lets through."""
        return self.alive if search_filter.is_everyone else self.alive & search_filter.allowed(self.part)


@dataclass(frozen=True)
class IndexSnapshot:
    """A gallery at one point of the store's change sequence; never changes.

    Attributes
    ----------
    sequence : int
        Number of the last change that it has.
    parts : tuple of SnapshotPart
    """

    sequence: int
    parts: tuple[SnapshotPart, ...]

    @cached_property
    def n_subjects(self) -> int:
        """Number of subjects that can be found."""
        return sum(part.n_alive for part in self.parts)

    def narrowed(self, search_filter: SearchFilter) -> IndexSnapshot:
        """Give the gallery of those alone whom a filter lets through, as if nobody else were enrolled."""
        if search_filter.is_everyone:
            return self
        parts = tuple(SnapshotPart(part.part, part.allowed(search_filter)) for part in self.parts)
        return IndexSnapshot(self.sequence, parts)
