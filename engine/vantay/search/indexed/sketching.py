"""Third stage of a search: of those whose codes are alike, the few whose sketches are most alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison.sketch import sketch_scores
from vantay.search.finger_pairing import comparable_positions
from vantay.search.indexed.building import SearchFinger
from vantay.search.indexed.evidence import (
    CODE_DEVIATION,
    SKETCH_DEVIATION,
    SKETCH_MEAN,
    bounded_evidence,
)
from vantay.search.indexed.listed import Listed, best_of_all, distinct, n_listed
from vantay.search.indexed.part import GalleryPart, Rows
from vantay.search.indexed.probe import IndexProbe, probe_vectors
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.search.workers import ALONE, Workers
from vantay.types import FingerPosition

Float32s = npt.NDArray[np.float32]

_SKETCHED_AT_LEAST = 64
"""Rows whose sketches a thread compares at once: half a millisecond or more."""


def best_by_sketch(
    probe: IndexProbe, snapshot: IndexSnapshot, listed: Listed, n_best: int, workers: Workers
) -> Listed:
    """Pick the subjects whose sketches, codes and faces are most alike; all of them if they are few.

    Parameters
    ----------
    probe : IndexProbe
    snapshot : IndexSnapshot
    listed : Listed
        Whom of it.
    n_best : int
        How many at most.
    workers : Workers
        The list does not depend on them.
    """
    if n_listed(listed) <= n_best:
        return listed
    found = workers.map(
        lambda number: sketch_evidence(probe, snapshot.parts[number].part, listed[number], workers),
        range(len(listed)),
    )
    return best_of_all(found, listed, n_best)


def sketch_evidence(probe: IndexProbe, part: GalleryPart, rows: Rows, workers: Workers = ALONE) -> Float32s:
    """Sum the evidence of fingers, by their sketches, and of the face, by its code; none of a missing one.

    Parameters
    ----------
    probe : IndexProbe
    part : GalleryPart
    rows : (k,) int64
        Whom of it, ascending.
    workers : Workers
        The evidence does not depend on them.

    Returns
    -------
    (k,) float32
    """
    tasks = [
        (position, piece)
        for position in probe.fingers
        for piece in workers.pieces(rows.size, _SKETCHED_AT_LEAST)
        if rows.size
    ]
    found = workers.map(
        lambda task: _finger_evidence(task[0], probe.fingers[task[0]], part, rows[task[1]]), tasks
    )
    total = _face_evidence(probe, part, rows)
    for (_, piece), evidence in zip(tasks, found, strict=True):
        total[piece] += evidence
    return total


def _finger_evidence(
    position: FingerPosition, finger: SearchFinger, part: GalleryPart, rows: Rows
) -> Float32s:
    best = np.full(rows.size, np.float32(np.nan))
    for reference_position in comparable_positions(position):
        templates, owners = part.fingers(reference_position, rows)
        if templates.size:
            scores = sketch_scores(finger.sketch_probe, part.sketches, templates)
            deviations = (scores - np.float32(SKETCH_MEAN)) / np.float32(SKETCH_DEVIATION)
            np.fmax.at(best, owners, deviations)
    return np.where(np.isnan(best), np.float32(0), bounded_evidence(best))


def _face_evidence(probe: IndexProbe, part: GalleryPart, rows: Rows) -> Float32s:
    evidence = np.zeros(rows.size, np.float32)
    if rows.size and probe.face is not None and (vectors := probe_vectors(probe.without_fingers(), part)):
        owners = distinct([part.faces(rows)[1]])
        products = part.vectors.refine(vectors[0], rows[owners])
        evidence[owners] = bounded_evidence(products / np.float32(CODE_DEVIATION))
    return evidence
