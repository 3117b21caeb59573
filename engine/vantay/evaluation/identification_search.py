"""What an identification test asks of a search, so that any can be tested: enrol captures, answer probes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vantay.face.comparison import calibration_of
from vantay.fingerprint.comparison import PreparedTemplate, prepare
from vantay.search import FaceProbe, GallerySnapshot, IdentifyResult, identify
from vantay.search.gallery import SEGMENT_TEMPLATES, FaceSegment, Segment
from vantay.search.indexed.building import SearchFinger, ready_finger
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_models.entry import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One encounter of a subject.

    Attributes
    ----------
    subject_id : str
        Whose.
    fingers : mapping of FingerPosition to FingerTemplate
        Those that gave a template.
    face : FaceTemplate or None
        None if there is none.
    """

    subject_id: str
    fingers: Mapping[FingerPosition, FingerTemplate]
    face: FaceTemplate | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was acquired."""
        return not self.fingers and self.face is None


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """A capture made ready for search.

    Attributes
    ----------
    fingers : mapping of FingerPosition to SearchFinger
        Its fingers.
    face : FaceProbe or None
        Its face, with the calibration of the model.
    """

    fingers: Mapping[FingerPosition, SearchFinger]
    face: FaceProbe | None = None

    @property
    def prepared(self) -> dict[FingerPosition, PreparedTemplate]:
        """Its fingers, ready for comparison."""
        return {position: finger.prepared for position, finger in self.fingers.items()}

    @classmethod
    def of(cls, capture: Capture, calibration: Calibration | None = None) -> Probe:
        """Prepare a capture for every kind of search: its codes too.

        Parameters
        ----------
        capture : Capture
            With a finger or a face.
        calibration : Calibration, optional
            Of the face model; that of the registry by default.

        Raises
        ------
        ModelUnavailable
            If the capture has a face of a model without a calibration.
        """
        fingers = {p: ready_finger(template, p) for p, template in capture.fingers.items()}
        if capture.face is None:
            return cls(fingers)
        return cls(fingers, FaceProbe(capture.face, calibration or calibration_of(capture.face.model)))


class GallerySearch(Protocol):
    """A gallery that can be searched."""

    def __call__(self, probe: Probe, max_candidates: int) -> IdentifyResult:
        """List the best candidates, with the time of each stage."""


class Searcher(Protocol):
    """A way to search.

    Attributes
    ----------
    name : str
        For the run file.
    is_exhaustive : bool
        Whether everyone is compared, so that a candidate's score does not depend on who else is enrolled:
        then a gallery may be searched block by block, and one pass gives all nested sizes.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - described above

    @property
    def is_exhaustive(self) -> bool: ...  # noqa: D102

    def open(self, captures: Iterable[Capture]) -> GallerySearch:
        """Enrol captures, one a subject, and give the search of them."""


@dataclass(frozen=True, slots=True)
class ExhaustiveSearcher:
    """The engine's search that compares with everyone.

    Attributes
    ----------
    target_fpir : float
        Wanted rate of false positives; decides on the threshold, not on the candidates.
    n_threads : int
        Threads that compare; the result does not depend on it.
    """

    target_fpir: float = 1e-3
    n_threads: int = 1
    name: str = "exhaustive"
    is_exhaustive: bool = True

    def open(self, captures: Iterable[Capture]) -> GallerySearch:
        """Prepare and pack captures, one a subject."""
        gallery = make_gallery(captures)

        def search(probe: Probe, max_candidates: int) -> IdentifyResult:
            if not _is_comparable(probe, gallery):  # `identify` refuses what a small block may lack by chance
                return IdentifyResult((), 0, float("inf"), {"compare": 0.0, "fuse": 0.0})
            return identify(
                probe.prepared,
                gallery,
                face=probe.face,
                max_candidates=max_candidates,
                target_fpir=self.target_fpir,
                n_threads=self.n_threads,
            )

        return search


def make_gallery(captures: Iterable[Capture]) -> GallerySnapshot:
    """Make a gallery without a store.

    Parameters
    ----------
    captures : iterable of Capture
        One a subject; read once, prepared a segment at a time.

    Returns
    -------
    GallerySnapshot
        Row i is the i-th capture, also if it is empty.
    """
    subject_ids: list[str] = []
    growing: dict[FingerPosition, _Packing] = {}
    faces: list[FaceTemplate] = []
    face_rows: list[int] = []
    for row, capture in enumerate(captures):
        subject_ids.append(capture.subject_id)
        for position, template in capture.fingers.items():
            growing.setdefault(position, _Packing([], [], [])).add(prepare(template), row)
        if capture.face is not None:
            faces.append(capture.face)
            face_rows.append(row)
    return GallerySnapshot(
        sequence=0,
        subject_ids=subject_ids,
        is_alive=np.ones(len(subject_ids), np.bool_),
        segments={position: one.segments() for position, one in growing.items()},
        face_segments=(FaceSegment.of(faces, face_rows),) if faces else (),
    )


@dataclass(slots=True)
class _Packing:
    """Templates of one finger position on their way into segments."""

    closed: list[Segment]
    templates: list[PreparedTemplate]
    rows: list[int]

    def add(self, template: PreparedTemplate, row: int) -> None:
        self.templates.append(template)
        self.rows.append(row)
        if len(self.rows) == SEGMENT_TEMPLATES:
            self._close()

    def segments(self) -> tuple[Segment, ...]:
        if self.rows:
            self._close()
        return tuple(self.closed)

    def _close(self) -> None:
        self.closed.append(Segment.of(self.templates, self.rows))
        self.templates, self.rows = [], []


def _is_comparable(probe: Probe, gallery: GallerySnapshot) -> bool:
    has_finger = any(position in gallery.segments for position in probe.fingers)
    return has_finger or (probe.face is not None and bool(gallery.face_segments))
