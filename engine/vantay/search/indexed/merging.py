"""Several parts become one, without the rows that are dead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison.parameters import N_SECTIONS
from vantay.search.indexed.building import (
    describe_part,
    starts,
    vector_arrays,
)
from vantay.search.indexed.part import N_POSITIONS, GalleryPart, Rows

Bools = npt.NDArray[np.bool_]
Pieces = Iterable[npt.NDArray[Any]]
LivePart = tuple[GalleryPart, Bools]
"""A part, and which of its rows live."""

_COPIED_AT_ONCE = 1 << 12
"""Finger templates whose minutiae and sketches are copied in one piece: some 6 MB."""


def merge_parts(live_parts: Sequence[LivePart]) -> dict[str, Pieces]:
    """Merge parts, in their order.

    Parameters
    ----------
    live_parts : sequence of (GalleryPart, (n,) bool)
        At least one. The faces of living rows are of one model; those of dead ones do not matter.

    Returns
    -------
    dict of str to iterable of ndarray
        The arrays of the new part, in pieces, each to be gone through once: the largest ones are copied
        while that is done, so that merging files into a file does not hold them in memory.
    """
    merged = [_Kept(part, np.flatnonzero(alive).astype(np.int64)) for part, alive in live_parts]
    pieces = _subject_pieces(merged) | _finger_pieces(merged)
    faces = _faces(merged)
    space = next((one.part.face_space() for one in merged if one.faces.size), None)
    fine = np.concatenate([one.part.vectors.fine[one.rows] for one in merged])
    arrays = faces | vector_arrays(fine, faces, space)
    return pieces | {name: [array] for name, array in arrays.items()}


@dataclass(frozen=True, slots=True)
class _Kept:
    """What lives of a part.

    Attributes
    ----------
    rows : (n,) int64
        Ascending.
    """

    part: GalleryPart
    rows: Rows

    @property
    def new_rows(self) -> npt.NDArray[np.int64]:
        """Old row → new row of this part's, −1 for a dead one."""
        new = np.full(self.part.n_rows, -1, np.int64)
        new[self.rows] = np.arange(self.rows.size)
        return new

    @property
    def faces(self) -> npt.NDArray[np.int64]:
        """Which faces are of living rows."""
        return np.flatnonzero(self.new_rows[self.part.arrays["face_row"]] >= 0)


def joined(pieces: Mapping[str, Pieces]) -> dict[str, npt.NDArray[Any]]:
    """Put the pieces together, for a part in memory."""
    return {name: np.concatenate(list(some)) for name, some in pieces.items()}


def _subject_pieces(merged: Sequence[_Kept]) -> dict[str, Pieces]:
    pieces: dict[str, Pieces] = {
        name: [one.part.arrays[name][one.rows] for one in merged]
        for name in ("number", "status", "sex", "birth_year")
    }
    members = _members(merged)
    model = next((one.part.face_model for one in merged if one.faces.size), ())
    counts = [_counts(one.part, "id_start", one.rows) for one in merged]
    return pieces | {
        "id_start": [starts(np.concatenate(counts))],
        "id_bytes": _chosen_runs([(one.part, one.rows) for one in merged], "id_start", "id_bytes", 1),
        "gallery_start": [starts([rows.size for rows in members.values()])],
        "gallery_row": [np.empty(0, np.int32), *members.values()],
        "description": [describe_part(list(members), model)],
    }


def _members(merged: Sequence[_Kept]) -> dict[str, npt.NDArray[np.int32]]:
    """Give the new rows of the members of each gallery that has any."""
    offsets = starts([one.rows.size for one in merged])
    rows_of: dict[str, list[npt.NDArray[np.int64]]] = {}
    for one, offset in zip(merged, offsets[:-1], strict=True):
        new_rows = one.new_rows
        for name in one.part.gallery_names:
            rows = new_rows[one.part.members(name)]
            rows_of.setdefault(name, []).append(rows[rows >= 0] + offset)
    members = {name: np.concatenate(rows_of[name]).astype(np.int32) for name in sorted(rows_of)}
    return {name: rows for name, rows in members.items() if rows.size}


def _finger_pieces(merged: Sequence[_Kept]) -> dict[str, Pieces]:
    offsets = starts([one.rows.size for one in merged])
    all_new_rows = [one.new_rows for one in merged]
    finger_row: list[npt.NDArray[np.int32]] = []
    chosen: list[tuple[GalleryPart, Rows]] = []
    counts = []
    for position in range(N_POSITIONS):
        for one, new_rows, offset in zip(merged, all_new_rows, offsets[:-1], strict=True):
            first, last = one.part.arrays["position_start"][position : position + 2]
            new = new_rows[one.part.arrays["finger_row"][first:last]]
            finger_row.append((new[new >= 0] + offset).astype(np.int32))
            chosen.append((one.part, np.flatnonzero(new >= 0) + first))
        counts.append(sum(templates.size for _, templates in chosen[-len(merged) :]))
    return {
        "finger_row": finger_row,
        "finger_quality": [part.arrays["finger_quality"][templates] for part, templates in chosen],
        "position_start": [starts(counts)],
        "minutiae_start": [starts(np.concatenate([_counts(p, "minutiae_start", t) for p, t in chosen]))],
        "minutiae": _chosen_runs(chosen, "minutiae_start", "minutiae", 1),
        "sketch_start": [starts(np.concatenate([_counts(p, "sketch_start", t) for p, t in chosen]))],
        "sketch_words": _chosen_runs(chosen, "sketch_start", "sketch_words", N_SECTIONS),
        "sketch_angle": _chosen_runs(chosen, "sketch_start", "sketch_angle", 1),
    }


def _faces(merged: Sequence[_Kept]) -> dict[str, npt.NDArray[Any]]:
    """Faces of living rows; parts without any may be of another model, whose vectors have other lengths."""
    offsets = starts([one.rows.size for one in merged])
    some = [(one, int(offset)) for one, offset in zip(merged, offsets, strict=False) if one.faces.size]
    if not some:
        some = [(merged[0], 0)]
    return {
        "face_row": np.concatenate(
            [one.new_rows[one.part.arrays["face_row"][one.faces]] + offset for one, offset in some]
        ).astype(np.int32),
        "face_quality": np.concatenate([one.part.arrays["face_quality"][one.faces] for one, _ in some]),
        "face_vectors": np.concatenate([one.part.arrays["face_vectors"][one.faces] for one, _ in some]),
    }


def _counts(part: GalleryPart, start_name: str, chosen: Rows) -> npt.NDArray[np.int64]:
    """Lengths of some runs of a packed array."""
    start = part.arrays[start_name]
    return np.asarray(start[chosen + 1] - start[chosen], np.int64)


def _chosen_runs(
    chosen: Sequence[tuple[GalleryPart, Rows]], start_name: str, data_name: str, width: int
) -> Iterator[npt.NDArray[Any]]:
    """Copy some runs of a packed array of each part, `width` items a step; all of a stretch are a view."""
    for part, which in chosen:
        start, data = part.arrays[start_name], part.arrays[data_name]
        yield data[:0]
        for first in range(0, which.size, _COPIED_AT_ONCE):
            some = which[first : first + _COPIED_AT_ONCE]
            if some[-1] - some[0] + 1 == some.size:
                yield data[width * start[some[0]] : width * start[some[-1] + 1]]
                continue
            lengths = width * (start[some + 1] - start[some])
            within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            yield data[np.repeat(width * start[some], lengths) + within]
