"""Several parts become one, without the rows that are dead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vantay.index.subject_vectors import FINE_SPAN
from vantay.search.indexed.building import (
    describe_part,
    gallery_names,
    starts,
    vector_arrays,
)
from vantay.search.indexed.layout import DEVIATION
from vantay.search.indexed.part import N_POSITIONS, GalleryPart, Rows

Bools = npt.NDArray[np.bool_]
Pieces = list[npt.NDArray[Any]]
LivePart = tuple[GalleryPart, Bools]
"""A part, and which of its rows live."""


def merge_parts(live_parts: Sequence[LivePart]) -> dict[str, Pieces]:
    """Merge parts, in their order.

    Parameters
    ----------
    live_parts : sequence of (GalleryPart, (n,) bool)
        At least one; of one face model.

    Returns
    -------
    dict of str to list of ndarray
        The arrays of the new part, in pieces: the largest ones are views of the old parts, so that merging
        files into a file does not hold them in memory.
    """
    kept = [np.flatnonzero(alive).astype(np.int64) for _, alive in live_parts]
    parts = [part for part, _ in live_parts]
    pieces = _subject_pieces(parts, kept) | _finger_pieces(parts, kept) | _face_pieces(parts, kept)
    faces = {name: np.concatenate(pieces[name]) for name in ("face_row", "face_vectors")}
    fine = np.concatenate([part.vectors.fine[rows] for part, rows in zip(parts, kept, strict=True)])
    vectors = fine.astype(np.float32) * np.float32(FINE_SPAN * DEVIATION / 127)
    space = next((part.face_space() for part in parts if part.has_faces), None)
    pieces |= {name: [array] for name, array in vector_arrays(vectors, faces, space).items()}
    return pieces


def joined(pieces: dict[str, Pieces]) -> dict[str, npt.NDArray[Any]]:
    """Put the pieces together, for a part in memory."""
    return {
        name: np.concatenate(some) if len(some) > 1 else np.ascontiguousarray(some[0])
        for name, some in pieces.items()
    }


def _subject_pieces(parts: Sequence[GalleryPart], kept: Sequence[Rows]) -> dict[str, Pieces]:
    names = gallery_names(name for part in parts for name in part.gallery_names)
    both = list(zip(parts, kept, strict=True))
    plain = {
        name: [part.arrays[name][rows] for part, rows in both] for name in ("number", "sex", "birth_year")
    }
    texts = [_chosen_runs(part, "id_start", "id_bytes", rows, 1) for part, rows in both]
    model = next((part.face_model for part in parts if part.face_model), ())
    return plain | {
        "id_start": [starts(np.concatenate([counts for counts, _ in texts]))],
        "id_bytes": [data for _, data in texts],
        "galleries": [_moved_bits(part, rows, names) for part, rows in both],
        "description": [describe_part(names, model)],
    }


def _moved_bits(part: GalleryPart, rows: Rows, names: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Set the galleries' bits by the names of the new part."""
    old = part.arrays["galleries"][rows]
    new = np.zeros_like(old)
    for bit, name in enumerate(part.gallery_names):
        is_member = (old >> np.uint64(bit)) & np.uint64(1)
        new |= is_member << np.uint64(names.index(name))
    return new


def _finger_pieces(parts: Sequence[GalleryPart], kept: Sequence[Rows]) -> dict[str, Pieces]:
    new_rows = [_new_rows(part, rows) for part, rows in zip(parts, kept, strict=True)]
    offsets = starts([rows.size for rows in kept])
    pieces: dict[str, Pieces] = {name: [] for name in ("finger_row", "finger_quality")}
    counts: Pieces = []
    minutiae: list[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]] = []
    words: list[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]] = []
    angles: list[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]] = []
    for position in range(N_POSITIONS):
        total = 0
        for part, rows, offset in zip(parts, new_rows, offsets[:-1], strict=True):
            first, last = part.arrays["position_start"][position : position + 2]
            new = rows[part.arrays["finger_row"][first:last]]
            templates = np.flatnonzero(new >= 0) + first
            pieces["finger_row"].append((new[templates - first] + offset).astype(np.int32))
            pieces["finger_quality"].append(part.arrays["finger_quality"][templates])
            minutiae.append(_chosen_runs(part, "minutiae_start", "minutiae", templates, 1))
            words.append(_chosen_runs(part, "sketch_start", "sketch_words", templates, 6))
            angles.append(_chosen_runs(part, "sketch_start", "sketch_angle", templates, 1))
            total += templates.size
        counts.append(np.array([total]))
    return pieces | {
        "position_start": [starts(np.concatenate(counts))],
        "minutiae_start": [starts(np.concatenate([n for n, _ in minutiae]))],
        "minutiae": [data for _, data in minutiae],
        "sketch_start": [starts(np.concatenate([n for n, _ in angles]))],
        "sketch_words": [data for _, data in words],
        "sketch_angle": [data for _, data in angles],
    }


def _face_pieces(parts: Sequence[GalleryPart], kept: Sequence[Rows]) -> dict[str, Pieces]:
    pieces: dict[str, Pieces] = {"face_row": [], "face_quality": [], "face_vectors": []}
    offsets = starts([rows.size for rows in kept])
    n_numbers = max(part.arrays["face_vectors"].shape[1] for part in parts)
    for part, rows, offset in zip(parts, kept, offsets[:-1], strict=True):
        new = _new_rows(part, rows)[part.arrays["face_row"]]
        faces = np.flatnonzero(new >= 0)
        pieces["face_row"].append((new[faces] + offset).astype(np.int32))
        pieces["face_quality"].append(part.arrays["face_quality"][faces])
        vectors = part.arrays["face_vectors"][faces]
        pieces["face_vectors"].append(vectors if vectors.size else np.empty((0, n_numbers), np.float16))
    return pieces


def _new_rows(part: GalleryPart, rows: Rows) -> npt.NDArray[np.int64]:
    """Old row → new row, −1 for a dead one."""
    new = np.full(part.n_rows, -1, np.int64)
    new[rows] = np.arange(rows.size)
    return new


def _chosen_runs(
    part: GalleryPart, start_name: str, data_name: str, chosen: Rows, width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Copy some runs of a packed array, `width` items a step; all of a stretch are a view: (counts, data)."""
    start, data = part.arrays[start_name], part.arrays[data_name]
    counts = start[chosen + 1] - start[chosen]
    if chosen.size and chosen[-1] - chosen[0] + 1 == chosen.size:
        return counts, data[width * start[chosen[0]] : width * start[chosen[-1] + 1]]
    lengths = counts * width
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return counts, data[np.repeat(start[chosen] * width, lengths) + within]
