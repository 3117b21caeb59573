"""Everyone enrolled, prepared for comparison and held in memory; follows the store."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption, InvalidTemplate
from vantay.face.comparison import stack_vectors
from vantay.fingerprint.codec import decode
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare_each
from vantay.fingerprint.comparison.prepared import QUALITY
from vantay.index import ExactFaceIndex
from vantay.store import Store, StoredFace, StoredTemplate
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate

_Template = TypeVar("_Template")
_Segment = TypeVar("_Segment")

SEGMENT_TEMPLATES = 1024
"""Templates in a closed segment. Only the open one is packed anew when someone is enrolled: about 10 ms."""

MIN_DEAD_ROWS = 1024
"""Below this, rows of erased or changed subjects are not worth a reload."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Packed templates of one finger position.

    Attributes
    ----------
    pack : TemplatePack
        n templates.
    rows : (n,) int64
        For each, the row of its subject in the gallery; a subject may have several.
    reliable : (n,) float64
        `reliable_minutiae` of each: what its score is worth in fusion.
    """

    pack: TemplatePack
    rows: npt.NDArray[np.int64]
    reliable: npt.NDArray[np.float64]

    @classmethod
    def of(cls, templates: Sequence[PreparedTemplate], rows: Sequence[int]) -> Segment:
        """Pack templates."""
        return cls.of_pack(TemplatePack.of(templates), np.array(rows, dtype=np.int64))

    @classmethod
    def of_pack(cls, pack: TemplatePack, rows: npt.NDArray[np.int64]) -> Segment:
        """Take templates that were packed before."""
        return cls(pack, rows, _reliable(pack))

    def run(self, first: int, last: int) -> Segment:
        """Give templates `first` to `last` − 1 as a segment of their own, which shares the arrays."""
        templates = slice(first, last)
        return Segment(self.pack.run(first, last), self.rows[templates], self.reliable[templates])


def _reliable(pack: TemplatePack) -> npt.NDArray[np.float64]:
    """`reliable_minutiae` of each template of a pack."""
    widths = np.diff(pack.start)
    sums = np.empty(widths.shape[0], np.float64)
    for width in set(widths.tolist()):  # a few: multiples of 16. Rows of one length add up as each alone does
        some = np.flatnonzero(widths == width)
        firsts = 5 * pack.start[some] + QUALITY * width
        sums[some] = pack.minutiae[firsts[:, None] + np.arange(width)].sum(axis=1)
    return sums


@dataclass(frozen=True, slots=True)
class FaceSegment:
    """Vectors of faces, of one model.

    Attributes
    ----------
    index : ExactFaceIndex
        Over the n vectors.
    rows : (n,) int64
        For each, the row of its subject in the gallery; a subject may have several.
    first : FaceTemplate
        The first of them, which tells the model of all.
    qualities : (n,) float64
        Of the photos, 0 to 100: what a score is worth in fusion.
    """

    index: ExactFaceIndex
    rows: npt.NDArray[np.int64]
    first: FaceTemplate
    qualities: npt.NDArray[np.float64]

    @classmethod
    def of(cls, templates: Sequence[FaceTemplate], rows: Sequence[int]) -> FaceSegment:
        """Index the vectors of templates; `IncompatibleTemplate` if they are not of one model."""
        index = ExactFaceIndex.of(stack_vectors(templates, like=templates[0]))
        qualities = np.array([template.quality for template in templates], np.float64)
        return cls(index, np.array(rows, dtype=np.int64), templates[0], qualities)


@dataclass(frozen=True, slots=True)
class GallerySnapshot:
    """The gallery at one point of the change sequence; never changes.

    Attributes
    ----------
    sequence : int
        Number of the last change that it has.
    subject_ids : sequence of str
        By row; may grow beyond the rows of this snapshot.
    is_alive : (n_rows,) bool
        False for rows whose subject was erased, or lives on in a later row.
    segments : mapping of FingerPosition to tuple of Segment
        The templates of each finger.
    face_segments : tuple of FaceSegment
        The faces.
    """

    sequence: int
    subject_ids: Sequence[str]
    is_alive: npt.NDArray[np.bool_]
    segments: Mapping[FingerPosition, tuple[Segment, ...]]
    face_segments: tuple[FaceSegment, ...] = ()

    @property
    def n_subjects(self) -> int:
        """Number of subjects that can be found."""
        return int(self.is_alive.sum())


@dataclass(slots=True)
class _Growing(Generic[_Template, _Segment]):
    """The templates of one finger position, or the faces: closed segments, and the newest still apart."""

    pack: Callable[[Sequence[_Template], Sequence[int]], _Segment]
    closed: list[_Segment] = field(default_factory=list)
    templates: list[_Template] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    open_segment: _Segment | None = None

    def add(self, template: _Template, row: int) -> None:
        self.templates.append(template)
        self.rows.append(row)
        self.open_segment = None
        if len(self.rows) == SEGMENT_TEMPLATES:
            self.closed.append(self.pack(self.templates, self.rows))
            self.templates, self.rows = [], []

    def segments(self) -> tuple[_Segment, ...]:
        if not self.rows:
            return tuple(self.closed)
        if self.open_segment is None:
            self.open_segment = self.pack(self.templates, self.rows)
        return (*self.closed, self.open_segment)


def _growing_finger() -> _Growing[PreparedTemplate, Segment]:
    return _Growing(Segment.of)


def _growing_faces() -> _Growing[FaceTemplate, FaceSegment]:
    return _Growing(FaceSegment.of)


@dataclass(slots=True)
class _Contents:
    """What a gallery holds while it grows."""

    sequence: int = 0
    subject_ids: list[str] = field(default_factory=list)
    is_alive: list[bool] = field(default_factory=list)
    row_of: dict[str, int] = field(default_factory=dict)
    fingers: dict[FingerPosition, _Growing[PreparedTemplate, Segment]] = field(
        default_factory=lambda: defaultdict(_growing_finger)
    )
    faces: _Growing[FaceTemplate, FaceSegment] = field(default_factory=_growing_faces)
    face_model: tuple[str, str, int] | None = None

    def add(self, stored_templates: Iterable[StoredTemplate], stored_faces: Iterable[StoredFace]) -> None:
        for stored in stored_templates:
            prepared = prepare_stored(stored)
            self.fingers[stored.position].add(prepared, self._row(stored.subject_id))
        for face in stored_faces:
            self._make_room_for_model(face.template)
            self.faces.add(face.template, self._row(face.subject_id))

    def _make_room_for_model(self, face: FaceTemplate) -> None:
        """Drop the faces of another model once all are erased: only then the store takes a new one."""
        model = (face.model, face.model_version, face.vector.size)
        if model != self.face_model and not self._has_living_face():
            self.face_model, self.faces = model, _growing_faces()

    def _has_living_face(self) -> bool:
        return any(self.is_alive[row] for segment in self.faces.segments() for row in segment.rows)

    def _row(self, subject_id: str) -> int:
        row = self.row_of.get(subject_id)
        if row is None:
            row = self.row_of[subject_id] = len(self.subject_ids)
            self.subject_ids.append(subject_id)
            self.is_alive.append(True)
        return row

    def remove(self, subject_ids: Iterable[str]) -> None:
        for subject_id in subject_ids:
            row = self.row_of.pop(subject_id, None)
            if row is not None:
                self.is_alive[row] = False

    def is_mostly_dead(self) -> bool:
        n_dead = len(self.subject_ids) - len(self.row_of)
        return n_dead >= MIN_DEAD_ROWS and n_dead > len(self.row_of)

    def snapshot(self) -> GallerySnapshot:
        segments = {position: finger.segments() for position, finger in self.fingers.items()}
        is_alive = np.array(self.is_alive, dtype=bool)
        return GallerySnapshot(self.sequence, self.subject_ids, is_alive, segments, self.faces.segments())


class Gallery:
    """Prepared templates of all subjects of a store.

    `refresh` brings it up to the store's change sequence, also for what other engines wrote, and gives a
    snapshot that any number of threads may search while the gallery moves on.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._contents = _Contents()
        self._snapshot = self._contents.snapshot()

    def refresh(self) -> GallerySnapshot:
        """Follow the store and return what is there now.

        Raises
        ------
        DataCorruption
            If a stored record is damaged. Leaving it out in silence could turn a known person into a
            new one; the message names the row, and erasing the subject makes the store searchable again.
        """
        with self._lock:
            if self._store.sequence() != self._snapshot.sequence:
                try:
                    self._follow()
                except BaseException:
                    self._contents = _Contents()  # half followed: load anew next time
                    self._snapshot = self._contents.snapshot()
                    raise
            return self._snapshot

    def _follow(self) -> None:
        # What commits between the reads below is read now and read again with the next refresh
        if self._contents.sequence == 0 or self._contents.is_mostly_dead():
            self._contents = _Contents(sequence=self._store.sequence())
            self._contents.add(self._store.templates(), self._store.faces())
        else:
            changes = self._store.changes_since(self._contents.sequence)
            self._contents.remove(changes.subject_ids)
            ids = changes.subject_ids
            self._contents.add(self._store.templates_of(ids), self._store.faces_of(ids))
            self._contents.sequence = changes.sequence
        self._snapshot = self._contents.snapshot()


def prepare_stored(stored: StoredTemplate) -> PreparedTemplate:
    """Decode and prepare a template of the store; errors as `prepare_each_stored`."""
    (prepared,) = prepare_each_stored([stored])
    return prepared


def prepare_each_stored(templates: Sequence[StoredTemplate]) -> list[PreparedTemplate]:
    """Decode and prepare templates of the store.

    Raises
    ------
    DataCorruption
        If a record, though its checksum holds, is not the record of one finger.
    """
    return prepare_each([_decoded(stored) for stored in templates])


def _decoded(stored: StoredTemplate) -> FingerTemplate:
    try:
        (template,) = decode(stored.record)
    except (InvalidTemplate, ValueError) as error:
        raise DataCorruption(
            f"template of encounter {stored.encounter_id}, finger {stored.position.name}: {error}"
        ) from error
    return template
