"""What is searched for, and what it has in common with the rows of a part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from vantay.search.faces import FaceProbe
from vantay.search.finger_pairing import comparable_positions
from vantay.search.indexed.building import SearchFinger
from vantay.search.indexed.face_space import FaceSpace
from vantay.search.indexed.layout import LEADING, probe_vector
from vantay.search.indexed.part import GalleryPart, Rows
from vantay.search.indexed.snapshot import SnapshotPart
from vantay.types import FaceTemplate, FingerPosition

Float32s = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Place = tuple[int, int]
"""A part of the snapshot, and a row in it."""

_FACE_BIT = len(FingerPosition)


@dataclass(frozen=True, slots=True, eq=False)
class IndexProbe:
    """What is searched for.

    Attributes
    ----------
    fingers : mapping of FingerPosition to SearchFinger
        From `ready_finger`; may be empty if there is a face.
    face : FaceProbe, optional
    own_place : Place, optional
        Where the probe stands in the snapshot, if it does: it does not find itself.
    """

    fingers: Mapping[FingerPosition, SearchFinger]
    face: FaceProbe | None = None
    own_place: Place | None = None
    _face_codes: list[tuple[FaceSpace, Float32s]] = field(default_factory=list)

    def face_code(self, space: FaceSpace) -> Float32s:
        """Give the code of the face in the space of a part; computed once for all parts that share it."""
        if self.face is None:
            raise ValueError("the probe has no face, expected one to code")
        for known, known_code in self._face_codes:
            if known.same_as(space):
                return known_code
        code: Float32s = space.codes(self.face.template.vector[None])[0]
        self._face_codes.append((space, code))
        return code

    def without_fingers(self) -> IndexProbe:
        """Give the probe with its face alone."""
        return replace(self, fingers={})

    @property
    def n_samples(self) -> int:
        """Fingers and faces."""
        return len(self.fingers) + (self.face is not None)

    def leading(self) -> IndexProbe:
        """Give the probe with its `LEADING` fingers and its face alone; as it is if it lacks one of them."""
        if not self.fingers.keys() >= set(LEADING):
            return self
        return replace(self, fingers={position: self.fingers[position] for position in LEADING})


def has_wanted(probe: IndexProbe, part: SnapshotPart) -> Bools:
    """Tell which rows of a part have something to compare with a probe: (n,) bool."""
    positions = {p for position in probe.fingers for p in comparable_positions(position)}
    found: Bools = (part.part.samples & _bits(probe, positions)) > 0
    return found


def n_in_common(probe: IndexProbe, part: SnapshotPart, rows: Rows | None = None) -> npt.NDArray[np.uint8]:
    """Count the samples of a probe that rows of a part have too, by position.

    Parameters
    ----------
    probe : IndexProbe
    part : SnapshotPart
    rows : (k,) int64, optional
        Which; all if not given.

    Returns
    -------
    (k,) uint8
        At least 1: rows that are searched have something to compare, if of unknown position.
    """
    samples = part.part.samples if rows is None else part.part.samples[rows]
    counts: npt.NDArray[np.uint8] = np.bitwise_count(samples & _bits(probe, probe.fingers))
    return np.maximum(counts, np.uint8(1))


def _bits(probe: IndexProbe, positions: Iterable[FingerPosition]) -> np.uint16:
    """Give the bits of fingers, and of the face if the probe has one, as `GalleryPart.samples` has them."""
    bits = sum(1 << int(position) for position in positions)
    return np.uint16(bits | int(probe.face is not None) << _FACE_BIT)


def probe_vectors(probe: IndexProbe, part: GalleryPart) -> list[Float32s]:
    """Give a probe as vectors of a part.

    Returns
    -------
    list of (2048,) float32
        One; ten when a finger's position is not known; none if all that there is is a face, and the part has
        none of its model.
    """
    face = None
    if probe.face is not None and part.face_model == _model(probe.face.template):
        face = probe.face_code(part.face_space())
    placed: dict[FingerPosition, Float32s] = {p: finger.code for p, finger in probe.fingers.items()}
    placed.pop(FingerPosition.UNKNOWN, None)
    unplaced = probe.fingers.get(FingerPosition.UNKNOWN)
    vectors = [probe_vector(placed, face)] if placed or face is not None else []
    if unplaced is not None:
        free = [p for p in FingerPosition if p is not FingerPosition.UNKNOWN and p not in placed]
        vectors += [probe_vector({**placed, position: unplaced.code}, face) for position in free]
    return [vector for vector in vectors if vector.any()]


def _model(face: FaceTemplate) -> tuple[str, str]:
    return face.model, face.model_version
