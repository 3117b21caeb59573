"""Last stage of a search: the few who remain, as a gallery of their own that is compared in full."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vantay.search.finger_pairing import comparable_positions
from vantay.search.gallery import FaceSegment, GallerySnapshot, Segment
from vantay.search.indexed.building import starts
from vantay.search.indexed.listed import Listed
from vantay.search.indexed.part import GalleryPart, Rows, prepare_of_parts
from vantay.search.indexed.probe import IndexProbe, Place
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.search.workers import ALONE, Workers
from vantay.types import FaceTemplate, FingerPosition

_NOBODY = np.empty(0, np.int64)


def gallery_of(
    probe: IndexProbe, snapshot: IndexSnapshot, listed: Listed, workers: Workers = ALONE
) -> GallerySnapshot:
    """Make a gallery of a few, with the fingers that the probe has: as if nobody else were enrolled.

    Parameters
    ----------
    probe : IndexProbe
    snapshot : IndexSnapshot
    listed : Listed
        Whom of it, ascending.
    workers : Workers
        That prepare templates; the gallery does not depend on them.
    """
    places = [(number, int(row)) for number, rows in enumerate(listed) for row in rows]
    positions = sorted({p for position in probe.fingers for p in comparable_positions(position)})
    made = workers.map(
        lambda some: _segments(snapshot, positions[some], listed), workers.pieces(len(positions), 1)
    )
    fingers = {position: (segment,) for segments in made for position, segment in segments.items()}
    ids = [snapshot.parts[number].part.subject_id(row) for number, row in places]
    faces = _faces_of(probe, snapshot, places)
    return GallerySnapshot(snapshot.sequence, ids, np.ones(len(ids), np.bool_), fingers, faces)


def _segments(
    snapshot: IndexSnapshot, positions: Sequence[FingerPosition], listed: Listed
) -> dict[FingerPosition, Segment]:
    """Prepare some fingers of listed rows: all at once, for each call costs as much as some templates."""
    firsts = starts([rows.size for rows in listed])
    chosen: list[tuple[GalleryPart, Rows]] = []
    owners: list[list[Rows]] = [[_NOBODY] for _ in positions]
    for found, position in zip(owners, positions, strict=True):
        for part, rows, first in zip(snapshot.parts, listed, firsts, strict=False):
            if rows.size:
                templates, whose = part.part.fingers(position, rows)
                chosen.append((part.part, templates))
                found.append(whose + first)
    whose_of_all = [np.concatenate(found) for found in owners]
    everything = Segment.of_pack(prepare_of_parts(chosen), np.concatenate([_NOBODY, *whose_of_all]))
    ends = starts([whose.size for whose in whose_of_all]).tolist()
    return {
        position: everything.run(first, last)
        for position, first, last in zip(positions, ends, ends[1:], strict=False)
        if last > first
    }


def _faces_of(probe: IndexProbe, snapshot: IndexSnapshot, places: Sequence[Place]) -> tuple[FaceSegment, ...]:
    if probe.face is None:
        return ()
    templates: list[FaceTemplate] = []
    rows: list[int] = []
    for row, (number, place) in enumerate(places):
        part = snapshot.parts[number].part
        found, _ = part.faces(np.array([place], np.int64))
        templates += [part.face(int(face)) for face in found]
        rows += [row] * found.size
    if not templates:
        return ()
    return (FaceSegment.of(templates, rows),)
