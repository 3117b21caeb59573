"""A part of a gallery: everything a search needs of some subjects, in arrays that never change.

A part lies in memory or in a file that is mapped; a search does not see the difference. Rows are subjects;
the templates of their fingers stand in order of position, then row, so that a probe of two fingers touches
the pages of two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption, InvalidTemplate
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare, prepare_many
from vantay.fingerprint.comparison.sketch import Sketches
from vantay.index.subject_vectors import SubjectVectors
from vantay.search.indexed.face_space import FaceSpace
from vantay.search.indexed.layout import VIEWS
from vantay.store import SubjectStatus
from vantay.types import MAX_COORDINATE_PX, MINUTIA_DTYPE, FaceTemplate, FingerPosition, FingerTemplate

Arrays = Mapping[str, npt.NDArray[Any]]
Rows = npt.NDArray[np.int64]

PACKED_MINUTIA = np.dtype([("x_px", "<i2"), ("y_px", "<i2"), ("angle", "u1"), ("quality", "u1")])
"""What a comparison reads of a minutia: six bytes."""

N_POSITIONS = len(FingerPosition)
SEX_CODES = {None: 0, "F": 1, "M": 2, "X": 3}
STATUS_CODES = {SubjectStatus.ACTIVE: 0, SubjectStatus.LOCKED: 1}
"""Of those who are searched."""

MIN_VIEWED = 4096
"""Subjects of a part from which on searches of a few samples have coarse codes of their own: the codes of
fewer are read in no time, and fresh parts come and go."""


@dataclass(frozen=True, eq=False)
class GalleryPart:
    """Some subjects of a gallery. Make one with `GalleryPart.of`.

    Attributes
    ----------
    arrays : mapping of str to ndarray
        As `vantay.search.indexed.building` makes them; docs/search.md lists them.
    vectors : SubjectVectors
        One vector a subject.
    sketches : Sketches
        Of all finger templates.
    gallery_names : tuple of str
        Those that have a member in the part, in order.
    face_model : tuple of str
        Model and version of the faces; empty if there are none.
    source : str
        The file, for messages.
    """

    arrays: Arrays
    vectors: SubjectVectors
    sketches: Sketches
    gallery_names: tuple[str, ...]
    face_model: tuple[str, ...]
    source: str

    @classmethod
    def of(cls, arrays: Arrays, source: str = "the index in memory") -> GalleryPart:
        """Take a part from its arrays.

        Raises
        ------
        DataCorruption
            If they do not go together.
        """
        views = VIEWS if arrays["number"].shape[0] >= MIN_VIEWED else ()
        vectors = SubjectVectors.of(arrays, views)
        n_rows, n_fingers = arrays["number"].shape[0], arrays["finger_row"].shape[0]
        if len(vectors) != n_rows or arrays["sketch_start"].shape[0] != n_fingers + 1:
            raise DataCorruption(
                f"a part of {n_rows} subjects has {len(vectors)} vectors, and "
                f"{arrays['sketch_start'].shape[0] - 1} sketches of {n_fingers} fingers; rebuild the index"
            )
        sketches = Sketches(arrays["sketch_start"], arrays["sketch_words"], arrays["sketch_angle"])
        described = json.loads(arrays["description"].tobytes())
        galleries, face_model = tuple(described["galleries"]), tuple(described["face_model"])
        return cls(arrays, vectors, sketches, galleries, face_model, source)

    @property
    def n_rows(self) -> int:
        """Number of subjects, dead ones too."""
        return int(self.arrays["number"].shape[0])

    @property
    def n_bytes(self) -> int:
        """Size of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())

    def subject_id(self, row: int) -> str:
        """Name the subject of a row."""
        first, last = self.arrays["id_start"][row : row + 2]
        return self.arrays["id_bytes"][first:last].tobytes().decode()

    def members(self, gallery: str) -> npt.NDArray[np.int32]:
        """Rows of the members of a gallery, ascending."""
        if gallery not in self.gallery_names:
            return np.empty(0, np.int32)
        number = self.gallery_names.index(gallery)
        first, last = self.arrays["gallery_start"][number : number + 2]
        return self.arrays["gallery_row"][first:last]

    def face_space(self) -> FaceSpace:
        """Where the faces of this part are coded."""
        return FaceSpace(self.arrays["face_mean"], self.arrays["face_projection"])

    def fingers(self, position: FingerPosition, rows: Rows) -> tuple[Rows, Rows]:
        """Find the templates of one finger of some subjects.

        Parameters
        ----------
        position : FingerPosition
        rows : (k,) int64
            Ascending.

        Returns
        -------
        templates : (t,) int64
            Indices into the arrays of fingers.
        owners : (t,) int64
            For each, which of `rows`; ascending.
        """
        first, last = self.arrays["position_start"][int(position) : int(position) + 2]
        return _of_rows(self.arrays["finger_row"][first:last], rows, int(first))

    def faces(self, rows: Rows) -> tuple[Rows, Rows]:
        """Find the faces of some subjects; as `fingers`."""
        return _of_rows(self.arrays["face_row"], rows, 0)

    def rows_with(self, position: FingerPosition) -> Rows:
        """Rows that have a template of a finger, ascending, each once."""
        first, last = self.arrays["position_start"][int(position) : int(position) + 2]
        return np.unique(self.arrays["finger_row"][first:last]).astype(np.int64)

    def prepared(self, template: int) -> PreparedTemplate:
        """Prepare a finger template anew from its minutiae, as it was prepared from its record."""
        return prepare(self.finger(template))

    def pack(self, templates: Rows) -> TemplatePack:
        """Prepare several finger templates at once; the same to the bit as one by one.

        Raises
        ------
        DataCorruption
            If their minutiae are damaged.
        """
        return prepare_of_parts([(self, templates)])

    def packed_minutiae(self, templates: Rows) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int64]]:
        """Give the minutiae of several finger templates, one after another, and how many each has."""
        start = self.arrays["minutiae_start"]
        counts = start[templates + 1] - start[templates]
        ends = np.cumsum(counts)
        within = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
        return self.arrays["minutiae"][np.repeat(start[templates], counts) + within], counts

    def finger(self, template: int) -> FingerTemplate:
        """Give a finger template: what a comparison reads of it."""
        first, last = self.arrays["minutiae_start"][template : template + 2]
        packed = self.arrays["minutiae"][first:last]
        minutiae = np.zeros(packed.shape[0], MINUTIA_DTYPE)
        for name in PACKED_MINUTIA.names or ():
            minutiae[name] = packed[name]
        return FingerTemplate(minutiae, MAX_COORDINATE_PX, MAX_COORDINATE_PX)

    def face(self, face: int) -> FaceTemplate:
        """Give a face template."""
        model, version = self.face_model
        quality = int(self.arrays["face_quality"][face])
        return FaceTemplate(self.arrays["face_vectors"][face], model, version, quality)

    @cached_property
    def samples(self) -> npt.NDArray[np.uint16]:
        """Tell what each subject has: (n,) bits, one a finger position by its code, then one for a face."""
        bits = np.zeros(self.n_rows, np.uint16)
        for position in range(N_POSITIONS):
            first, last = self.arrays["position_start"][position : position + 2]
            bits[self.arrays["finger_row"][first:last]] |= np.uint16(1 << position)
        bits[self.arrays["face_row"]] |= np.uint16(1 << N_POSITIONS)
        return bits


def prepare_of_parts(chosen: Sequence[tuple[GalleryPart, Rows]]) -> TemplatePack:
    """Prepare finger templates of several parts at once; the same to the bit as one by one.

    Parameters
    ----------
    chosen : sequence of (GalleryPart, (t,) int64)
        Templates of each.

    Raises
    ------
    DataCorruption
        If their minutiae are damaged; the message names the first part that has such.
    """
    gathered = [part.packed_minutiae(templates) for part, templates in chosen]
    packed = np.concatenate([np.empty(0, PACKED_MINUTIA), *(minutiae for minutiae, _ in gathered)])
    counts = np.concatenate([np.empty(0, np.int64), *(counts for _, counts in gathered)])
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    x_px, y_px, angle, quality = (np.ascontiguousarray(packed[name]) for name in PACKED_MINUTIA.names or ())
    try:
        return prepare_many(x_px, y_px, angle, quality, offsets)
    except InvalidTemplate as error:
        for one in chosen if len(chosen) > 1 else ():
            prepare_of_parts([one])
        source = chosen[0][0].source
        raise DataCorruption(f"{source}, array minutiae: {error}; rebuild the index") from error


def _of_rows(sorted_rows: npt.NDArray[np.int32], rows: Rows, offset: int) -> tuple[Rows, Rows]:
    """Find all places of each of `rows` in ascending `sorted_rows`."""
    wanted = rows.astype(sorted_rows.dtype)  # of another type, each search would convert all of sorted_rows
    first, last = np.searchsorted(sorted_rows, np.stack([wanted, wanted + 1]))
    counts = last - first
    owners = np.repeat(np.arange(rows.shape[0]), counts)
    within = np.arange(owners.shape[0]) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[owners] + within + offset, owners
