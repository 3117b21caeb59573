"""A subject of the gallery as a probe: from its row, without the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from vantay.search.faces import FaceProbe
from vantay.search.indexed.building import SearchFinger, ready_finger
from vantay.search.indexed.layout import finger_block
from vantay.search.indexed.part import GalleryPart, Rows
from vantay.search.indexed.search import IndexProbe, Place
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.types import FingerPosition
from vantay_models.entry import Calibration


def best_probe(snapshot: IndexSnapshot, place: Place, calibration: Calibration | None) -> IndexProbe:
    """Make a subject of a gallery a probe of its best samples.

    Parameters
    ----------
    snapshot : IndexSnapshot
        The gallery.
    place : Place
        Where the subject stands in it.
    calibration : Calibration, optional
        Of the face model; without it, the face is left out.

    Returns
    -------
    IndexProbe
        With the best template of each finger, the mean code of all its templates, and the best face.
    """
    part = snapshot.parts[place[0]].part
    fingers, faces = _samples_of(part, place[1])
    quality, face_quality = part.arrays["finger_quality"], part.arrays["face_quality"]
    best = {position: int(some[np.argmax(quality[some])]) for position, some in fingers.items()}
    best_face = int(faces[np.argmax(face_quality[faces])]) if faces.size else None
    return _probe(part, place, best, _face_probe(part, best_face, calibration), frozenset())


def all_probes(snapshot: IndexSnapshot, place: Place, calibration: Calibration | None) -> list[IndexProbe]:
    """Make a subject of a gallery several probes, so that each of its samples is in one; as `best_probe`.

    The first templates of all fingers and the first face are one probe, the second ones another, and so on:
    about those of an encounter. They find whom somebody else's samples belong to that were filed under this
    subject, which the best ones would not.
    """
    part = snapshot.parts[place[0]].part
    fingers, faces = _samples_of(part, place[1])
    several = {position for position, some in fingers.items() if some.size > 1}
    n_probes = max((some.size for some in (*fingers.values(), faces)), default=0)
    return [
        _probe(
            part,
            place,
            {position: int(some[i]) for position, some in fingers.items() if i < some.size},
            _face_probe(part, int(faces[i]) if i < faces.size else None, calibration),
            several,
        )
        for i in range(n_probes)
    ]


def _samples_of(part: GalleryPart, row: int) -> tuple[dict[FingerPosition, Rows], Rows]:
    """Find the templates of each finger of a subject, and its faces."""
    rows = np.array([row], np.int64)
    fingers = {position: part.fingers(position, rows)[0] for position in FingerPosition}
    return {position: some for position, some in fingers.items() if some.size}, part.faces(rows)[0]


def _probe(
    part: GalleryPart,
    place: Place,
    templates: Mapping[FingerPosition, int],
    face: FaceProbe | None,
    coded_anew: Collection[FingerPosition],
) -> IndexProbe:
    """Make a probe, with the codes of the row; those are means of all templates of a finger."""
    vector = part.vectors.vector(place[1])
    fingers = {}
    for position, template in templates.items():
        if position is FingerPosition.UNKNOWN or position in coded_anew:  # UNKNOWN has no block
            fingers[position] = ready_finger(part.finger(template), position)
            continue
        fingers[position] = SearchFinger(
            position,
            int(part.arrays["finger_quality"][template]),
            part.prepared(template),
            vector[finger_block(position)],
        )
    return IndexProbe(fingers, face, place)


def _face_probe(part: GalleryPart, face: int | None, calibration: Calibration | None) -> FaceProbe | None:
    return None if face is None or calibration is None else FaceProbe(part.face(face), calibration)
