"""Last stage of a search: the few who remain, as a gallery of their own that is compared in full."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vantay.search.finger_pairing import comparable_positions
from vantay.search.gallery import FaceSegment, GallerySnapshot, Segment
from vantay.search.indexed.listed import Listed
from vantay.search.indexed.part import Rows
from vantay.search.indexed.probe import IndexProbe, Place
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.search.workers import ALONE, Workers
from vantay.types import FaceTemplate, FingerPosition


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
    ends = np.cumsum([0, *(rows.size for rows in listed)])
    tasks = [(position, n) for position in positions for n, rows in enumerate(listed) if rows.size]
    prepared = workers.map(
        lambda task: _segment(snapshot, task[1], task[0], listed[task[1]], int(ends[task[1]])), tasks
    )
    fingers: dict[FingerPosition, tuple[Segment, ...]] = {}
    for (position, _), segment in zip(tasks, prepared, strict=True):
        if segment is not None:
            fingers[position] = (*fingers.get(position, ()), segment)
    ids = [snapshot.parts[number].part.subject_id(row) for number, row in places]
    faces = _faces_of(probe, snapshot, places)
    return GallerySnapshot(snapshot.sequence, ids, np.ones(len(ids), np.bool_), fingers, faces)


def _segment(
    snapshot: IndexSnapshot, number: int, position: FingerPosition, rows: Rows, first: int
) -> Segment | None:
    """Prepare one finger of some rows of a part, which are rows of the gallery from `first` on."""
    part = snapshot.parts[number].part
    templates, owners = part.fingers(position, rows)
    return Segment.of_pack(part.pack(templates), owners + first) if templates.size else None


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
