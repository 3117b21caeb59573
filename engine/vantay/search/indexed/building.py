"""Parts of a gallery from what the store tells of subjects."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison.prepared import (
    QUALITY,
    TABLES,
    PreparedTemplate,
    prepare_each_with_values,
)
from vantay.fingerprint.comparison.sketch import SketchProbe, lay_out_probe
from vantay.fingerprint.fixed_length import finger_codes
from vantay.index.subject_vectors import encode_vectors, quantised
from vantay.search.indexed.face_space import FaceSpace
from vantay.search.indexed.finger_arrays import GalleryFinger, finger_arrays
from vantay.search.indexed.layout import (
    DEVIATION,
    FACE_BLOCK,
    FACE_NUMBERS,
    FACE_SCALE,
    Float32s,
)
from vantay.search.indexed.part import SEX_CODES, STATUS_CODES
from vantay.store import SubjectState, SubjectStatus
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate

_CODED_AT_ONCE = 1 << 14


@dataclass(frozen=True, eq=False)
class SearchFinger:
    """One finger of a probe, made ready.

    Attributes
    ----------
    position : FingerPosition
    quality : int
    prepared : PreparedTemplate
    code : (192,) float32
        Its fixed-length code.
    """

    position: FingerPosition
    quality: int
    prepared: PreparedTemplate
    code: Float32s

    @cached_property
    def sketch_probe(self) -> SketchProbe:
        """The finger as sketches are compared with it: of all parts, and laid in any order."""
        return lay_out_probe(self.prepared)


@dataclass(slots=True)
class SearchSubject:
    """One subject of a gallery.

    Attributes
    ----------
    number : int
        The store's number of it.
    subject_id, status, sex, birth_year, galleries
        As in the store.
    fingers : list of GalleryFinger
        Of all encounters.
    faces : list of FaceTemplate
    """

    number: int
    subject_id: str
    status: SubjectStatus = SubjectStatus.ACTIVE
    sex: str | None = None
    birth_year: int | None = None
    galleries: tuple[str, ...] = ()
    fingers: list[GalleryFinger] = field(default_factory=list)
    faces: list[FaceTemplate] = field(default_factory=list)


def is_searched(state: SubjectState) -> bool:
    """Whether a search may find a subject: erased and merged ones not, locked ones yes."""
    return state.status in STATUS_CODES and bool(state.encounters)


def search_subject(state: SubjectState) -> SearchSubject:
    """Take what a search needs of a subject of the store, of all its encounters."""
    about = state.biographics
    subject = SearchSubject(
        state.number, state.subject_id, state.status, about.sex, about.birth_year, tuple(state.galleries)
    )
    for encounter in state.encounters:
        for stored in encounter.templates:
            finger = GalleryFinger(stored.position, stored.record, encounter.encounter_id)
            subject.fingers.append(finger)
        if encounter.face is not None:
            subject.faces.append(encounter.face)
    return subject


def ready_finger(template: FingerTemplate, position: FingerPosition) -> SearchFinger:
    """Prepare a finger template of a probe: comparison and code."""
    return ready_fingers({position: template})[position]


def ready_fingers(templates: Mapping[FingerPosition, FingerTemplate]) -> dict[FingerPosition, SearchFinger]:
    """Prepare the finger templates of a probe at once; each the same to the bit as alone."""
    prepared, values = prepare_each_with_values([*templates.values()])
    offsets = starts([one.n_minutiae for one in prepared])
    columns = [(one.angle[: one.n_minutiae], one.minutiae[QUALITY, : one.n_minutiae]) for one in prepared]
    turns = TABLES.turns[np.concatenate([np.empty(0, np.uint8), *(angle for angle, _ in columns)])]
    quality = np.concatenate([np.empty(0, np.float32), *(weights for _, weights in columns)])
    codes = finger_codes(values, turns, quality, offsets)
    return {
        position: SearchFinger(position, template.quality, one, code)
        for (position, template), one, code in zip(templates.items(), prepared, codes, strict=True)
    }


def build_part(
    subjects: Sequence[SearchSubject], *, face_space: FaceSpace | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Lay subjects out as the arrays of a part.

    Parameters
    ----------
    subjects : sequence of SearchSubject
        In the order of their rows; at least one.
    face_space : FaceSpace, optional
        Where to code faces if there are too few here to find their own.

    Raises
    ------
    IncompatibleTemplate
        If faces are of several models.
    DataCorruption
        If a record is none, though its seal holds; the message names the encounter.
    """
    of_fingers, vectors = finger_arrays([subject.fingers for subject in subjects])
    arrays = _subject_arrays(subjects) | of_fingers | _face_arrays(subjects)
    return arrays | vector_arrays(quantised(vectors, DEVIATION), arrays, face_space)


def describe_part(galleries: Sequence[str], face_model: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Write down what the numbers of a part stand for."""
    text = json.dumps({"galleries": list(galleries), "face_model": list(face_model)})
    return np.frombuffer(text.encode(), np.uint8)


def _subject_arrays(subjects: Sequence[SearchSubject]) -> dict[str, npt.NDArray[Any]]:
    ids = [subject.subject_id.encode() for subject in subjects]
    members: dict[str, list[int]] = {}
    for row, subject in enumerate(subjects):
        for name in set(subject.galleries):
            members.setdefault(name, []).append(row)
    names = sorted(members)
    models = {(face.model, face.model_version) for subject in subjects for face in subject.faces}
    if len(models) > 1:
        raise IncompatibleTemplate(f"faces of several models, expected one: {sorted(models)}")
    return {
        "number": np.array([subject.number for subject in subjects], np.int64),
        "id_start": starts([len(name) for name in ids]),
        "id_bytes": np.frombuffer(b"".join(ids), np.uint8),
        "status": np.array([STATUS_CODES[subject.status] for subject in subjects], np.uint8),
        "sex": np.array([SEX_CODES[subject.sex] for subject in subjects], np.uint8),
        "birth_year": np.array([subject.birth_year or 0 for subject in subjects], np.int16),
        "gallery_start": starts([len(members[name]) for name in names]),
        "gallery_row": np.array([row for name in names for row in members[name]], np.int32),
        "description": describe_part(names, next(iter(models), ())),
    }


def _face_arrays(subjects: Sequence[SearchSubject]) -> dict[str, npt.NDArray[Any]]:
    placed = [(face, row) for row, subject in enumerate(subjects) for face in subject.faces]
    n_numbers = placed[0][0].vector.size if placed else 0
    vectors = [face.vector for face, _ in placed]
    return {
        "face_row": np.array([row for _, row in placed], np.int32),
        "face_quality": np.array([face.quality for face, _ in placed], np.uint8),
        "face_vectors": np.stack(vectors) if placed else np.empty((0, n_numbers), np.float16),
    }


def vector_arrays(
    fine: npt.NDArray[np.int8], arrays: Mapping[str, npt.NDArray[Any]], face_space: FaceSpace | None
) -> dict[str, npt.NDArray[Any]]:
    """Code the faces of a part, and encode its vectors.

    Parameters
    ----------
    fine : (n, 2048) int8
        With the blocks of the fingers; that of the face is written.
    arrays : mapping of str to ndarray
        With the faces.
    face_space : FaceSpace, optional
        As for `build_part`.
    """
    faces = arrays["face_vectors"]
    space = FaceSpace.of(faces) or face_space
    if space is None or space.mean.shape[0] != faces.shape[1]:
        space = FaceSpace.plain(faces.shape[1])
    codes = _face_codes(space, faces, arrays["face_row"], fine.shape[0])
    fine[:, FACE_BLOCK] = quantised(codes * np.float32(FACE_SCALE), DEVIATION)
    return {
        **encode_vectors(fine, DEVIATION),
        "face_mean": space.mean,
        "face_projection": space.projection,
    }


def _face_codes(
    space: FaceSpace, faces: npt.NDArray[np.float16], rows: npt.NDArray[np.int32], n_rows: int
) -> Float32s:
    """Mean direction of the faces of each row, 0 where there is none: (n_rows, 128)."""
    sums = np.zeros((n_rows, FACE_NUMBERS), np.float32)
    for first in range(0, faces.shape[0], _CODED_AT_ONCE):
        some = slice(first, first + _CODED_AT_ONCE)
        np.add.at(sums, rows[some], space.codes(faces[some]))
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return np.asarray(sums / np.maximum(lengths, 1e-9), np.float32)


def starts(counts: Sequence[int] | npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where each of several runs begins, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
