"""1:N by stages: codes of everyone, sketches of thousands, comparison of a few.

Each stage reads more of fewer subjects. What the first two lose, nobody finds again: how many they keep was
chosen by measurement (docs/search.md), and `vantay.search.identify` over a `Gallery` compares everyone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError, IncompatibleTemplate
from vantay.face.comparison import stack_vectors
from vantay.fingerprint.comparison.sketch import sketch_scores
from vantay.search.exhaustive import IdentifyResult, identify, nobody_comparable
from vantay.search.faces import FaceProbe
from vantay.search.finger_pairing import comparable_positions
from vantay.search.fusion import identification_threshold
from vantay.search.gallery import FaceSegment, GallerySnapshot, Segment
from vantay.search.indexed.building import SearchFinger
from vantay.search.indexed.layout import probe_vector
from vantay.search.indexed.part import GalleryPart, Rows
from vantay.search.indexed.snapshot import EVERYONE, IndexSnapshot, SearchFilter, SnapshotPart
from vantay.search.stage_times import StageTimes
from vantay.types import FaceTemplate, FingerPosition

Float32s = npt.NDArray[np.float32]
Place = tuple[int, int]
"""A part of the snapshot, and a row in it."""

Listed = list[Rows]
"""Rows of each part of a snapshot, ascending."""

SKETCH_MEAN, SKETCH_DEVIATION = 0.44, 0.047
"""Of the sketch scores of non-mated fingers (the FVC sets, LEADER templates)."""

CODE_DEVIATION = 0.08
"""Of the inner product of the codes of two non-mated fingers, or faces."""

MATED_DEVIATIONS = 4.0
"""How far mated samples lie above non-mated ones, in standard deviations of these: less than most do."""

LEAST_EVIDENCE = -6.0
"""What a sample that is not alike costs at most: a finger may be badly captured, or another's by mistake."""

FEW_IN_COMMON = 0.5
"""Subjects with less than this share of the probe's samples are listed apart."""

MAX_READ_WHOLE = 20_000
"""So many rows are sooner read than searched."""


@dataclass(frozen=True, slots=True)
class ShortlistSizes:
    """How many subjects each stage looks at.

    Attributes
    ----------
    coarse : int
        That the coarse codes keep for the fine ones.
    sketched : int
        That the fine codes keep for the sketches.
    compared : int
        That the sketches keep for the full comparison.
    """

    coarse: int
    sketched: int
    compared: int


def shortlist_sizes(n_samples: int) -> ShortlistSizes:
    """Say how many subjects to look at, by the number of fingers and faces of the probe."""
    for at_most, sizes in _SIZES:
        if n_samples <= at_most:
            return sizes
    return _SIZES[-1][1]


_SIZES = (
    (1, ShortlistSizes(40_000, 10_000, 40)),
    (2, ShortlistSizes(20_000, 2_000, 16)),
    (4, ShortlistSizes(8_000, 400, 12)),
    (7, ShortlistSizes(4_000, 100, 10)),
    (11, ShortlistSizes(2_000, 50, 10)),
)
"""For a million subjects; docs/search.md has the ranks of mates that they follow from."""


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

    @property
    def n_samples(self) -> int:
        """Fingers and faces."""
        return len(self.fingers) + (self.face is not None)


def identify_indexed(
    probe: IndexProbe,
    snapshot: IndexSnapshot,
    *,
    search_filter: SearchFilter = EVERYONE,
    sizes: ShortlistSizes | None = None,
    max_candidates: int = 10,
    target_fpir: float = 1e-3,
) -> IdentifyResult:
    """Search a gallery by stages.

    Parameters
    ----------
    probe : IndexProbe
        The fingers and the face asked about.
    snapshot : IndexSnapshot
        Whom to search.
    search_filter : SearchFilter
        Whom of them.
    sizes : ShortlistSizes, optional
        By the number of samples if not given.
    max_candidates : int
        How many to return at most, ≥ 1.
    target_fpir : float
        Wanted rate of searches of unknown people that find somebody, in (0, 1].

    Returns
    -------
    IdentifyResult
        With scores as `vantay.search.identify` gives them, to the bit; time and number of subjects of each
        stage.

    Raises
    ------
    CallerError
        If the rate or the number of candidates is out of range.
    IncompatibleTemplate
        If the filter lets people through, but nobody with a finger of the probe or a face; if the enrolled
        faces are of another model than the probe's.
    """
    if max_candidates < 1:
        raise CallerError(f"max_candidates is {max_candidates}, expected at least 1")
    _check_face_model(probe, snapshot)
    times = StageTimes()
    sizes = sizes or shortlist_sizes(probe.n_samples)
    sizes = replace(sizes, compared=max(sizes.compared, max_candidates))
    with times.stage("filter"):
        allowed = _allowed(probe, snapshot, search_filter)
        searched = [
            rows & _has_wanted(probe, part) for part, rows in zip(snapshot.parts, allowed, strict=True)
        ]
        n_allowed, n_searched = _n_true(allowed), _n_true(searched)
    if n_allowed and not n_searched:
        raise IncompatibleTemplate(
            nobody_comparable(tuple(probe.fingers), n_allowed, has_face=probe.face is not None)
        )
    with times.stage("codes"):
        listed = _shortlist(probe, snapshot, searched, sizes)
    with times.stage("sketches"):
        best = _best_by_sketch(probe, snapshot, listed, sizes.compared)
    with times.stage("compare"):
        few = _gallery_of(probe, snapshot, best)
        result = identify(
            {position: finger.prepared for position, finger in probe.fingers.items()},
            few,
            face=probe.face,
            max_candidates=max_candidates,
            target_fpir=target_fpir,
        )
    counts = {"searched": n_searched, "sketched": _count(listed), "compared": _count(best)}
    threshold = identification_threshold(target_fpir, n_searched)
    return replace(result, n_searched=n_searched, threshold=threshold, timings_ms=times.ms, counts=counts)


def _n_true(marks: Sequence[npt.NDArray[np.bool_]]) -> int:
    return sum(int(np.count_nonzero(rows)) for rows in marks)


def _count(listed: Listed) -> int:
    return sum(rows.size for rows in listed)


def _check_face_model(probe: IndexProbe, snapshot: IndexSnapshot) -> None:
    """Refuse a face of another model than those enrolled; faces of the dead may be of any."""
    for part in snapshot.parts:
        if probe.face is not None and part.face is not None:
            stack_vectors([probe.face.template], like=part.face)


def _allowed(
    probe: IndexProbe, snapshot: IndexSnapshot, search_filter: SearchFilter
) -> list[npt.NDArray[np.bool_]]:
    """Tell which rows of each part are searched: all that the filter lets through but the probe's own."""
    allowed = [part.allowed(search_filter) for part in snapshot.parts]
    if probe.own_place is not None:
        number, row = probe.own_place
        allowed[number] = allowed[number].copy()
        allowed[number][row] = False
    return allowed


def _has_wanted(probe: IndexProbe, part: SnapshotPart) -> npt.NDArray[np.bool_]:
    """Tell which rows of a part have something to compare with the probe."""
    positions = {p for position in probe.fingers for p in comparable_positions(position)}
    wanted = sum(1 << int(position) for position in positions)
    if probe.face is not None:
        wanted |= 1 << _FACE_BIT
    has_wanted: npt.NDArray[np.bool_] = (part.part.samples & np.uint16(wanted)) > 0
    return has_wanted


_FACE_BIT = len(FingerPosition)


def _shortlist(
    probe: IndexProbe,
    snapshot: IndexSnapshot,
    searched: Sequence[npt.NDArray[np.bool_]],
    sizes: ShortlistSizes,
) -> Listed:
    """Pick the subjects whose codes are most alike, and those whom codes cannot tell about."""
    if _n_true(searched) <= sizes.sketched:
        return [np.flatnonzero(rows) for rows in searched]
    found: list[tuple[Float32s, Rows]] = []
    for part, rows in zip(snapshot.parts, searched, strict=True):
        found.append(_nearest(probe, part, rows, sizes))
    listed = _best_of_all(found, sizes.sketched)
    unplaced = [part.part.rows_with(FingerPosition.UNKNOWN) for part in snapshot.parts]
    return [
        np.union1d(rows, some[alive[some]]) if some.size else rows
        for rows, some, alive in zip(listed, unplaced, searched, strict=True)
    ]


def _nearest(
    probe: IndexProbe, part: SnapshotPart, searched: npt.NDArray[np.bool_], sizes: ShortlistSizes
) -> tuple[Float32s, Rows]:
    """Rows of a part whose codes are most alike, with their evidence by the fine codes.

    Coarse codes cannot tell a sample that is missing from one that is not alike. Who has few samples in
    common with the probe, a child enrolled by its face for instance, would lie behind the luckiest of all
    who have many; such rows are searched apart, and the evidence minds how many are in common.
    """
    in_common = _n_in_common(probe, part)
    has_few = searched & (in_common < FEW_IN_COMMON * probe.n_samples)
    rows = [_coarse(probe, part.part, some, sizes.coarse) for some in (searched & ~has_few, has_few)]
    best = np.unique(np.concatenate(rows))
    vectors = _probe_vectors(probe, part.part)
    products = np.max([part.part.vectors.refine(vector, best) for vector in vectors], axis=0)
    return _log_likelihood_ratio(products / np.float32(CODE_DEVIATION), in_common[best]), best


def _coarse(probe: IndexProbe, part: GalleryPart, allowed: npt.NDArray[np.bool_], n_best: int) -> Rows:
    """Rows whose coarse codes are most alike; all of them if they are few."""
    n_allowed = int(np.count_nonzero(allowed))
    if n_allowed <= min(n_best, MAX_READ_WHOLE):
        return np.flatnonzero(allowed)
    bits = np.packbits(allowed, bitorder="little")
    found = [part.vectors.search(vector, n_best, allowed=bits)[0] for vector in _probe_vectors(probe, part)]
    return np.concatenate([np.empty(0, np.int64), *found])


def _n_in_common(probe: IndexProbe, part: SnapshotPart) -> npt.NDArray[np.uint8]:
    """Count the samples of the probe that each row has too, by position."""
    bits = sum(1 << int(position) for position in probe.fingers)
    if probe.face is not None:
        bits |= 1 << _FACE_BIT
    counts: npt.NDArray[np.uint8] = np.bitwise_count(part.part.samples & np.uint16(bits))
    return np.maximum(counts, np.uint8(1))  # of unknown position, or compared with one


def _log_likelihood_ratio(deviations: Float32s, n: npt.NDArray[np.uint8] | int) -> Float32s:
    """Evidence of a sum of n standard normal numbers for n that lie `MATED_DEVIATIONS` higher."""
    shift = np.float32(MATED_DEVIATIONS)
    return np.asarray(shift * deviations - np.float32(0.5) * shift * shift * n, np.float32)


def _best_of_all(found: Sequence[tuple[Float32s, Rows]], n_best: int) -> Listed:
    """Keep the rows of highest score over all parts; among equals those of the first parts and rows."""
    scores = np.concatenate([part_scores for part_scores, _ in found])
    if scores.size <= n_best:
        return [rows for _, rows in found]
    is_best = np.zeros(scores.size, np.bool_)
    is_best[np.argsort(-scores, kind="stable")[:n_best]] = True
    ends = np.cumsum([rows.size for _, rows in found])
    marks = np.split(is_best, ends[:-1])
    return [rows[mark] for (_, rows), mark in zip(found, marks, strict=True)]


def _probe_vectors(probe: IndexProbe, part: GalleryPart) -> list[Float32s]:
    """Give the probe as vectors of a part: one, or ten when a finger's position is not known."""
    face = None
    if probe.face is not None and part.face_model == _model(probe.face.template):
        face = part.face_space().codes(probe.face.template.vector[None])[0]
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


def _best_by_sketch(probe: IndexProbe, snapshot: IndexSnapshot, listed: Listed, n_best: int) -> Listed:
    """Pick the subjects whose sketches, codes and faces are most alike."""
    if sum(rows.size for rows in listed) <= n_best:
        return listed
    found = [
        (_sketch_evidence(probe, part.part, rows), rows)
        for part, rows in zip(snapshot.parts, listed, strict=True)
    ]
    return _best_of_all(found, n_best)


def _sketch_evidence(probe: IndexProbe, part: GalleryPart, rows: Rows) -> Float32s:
    """Sum the evidence of fingers, by their sketches, and of the face, by its code; none of a missing one."""
    total = np.zeros(rows.size, np.float32)
    if probe.face is not None and (faces := _probe_vectors(IndexProbe({}, probe.face), part)):
        owners = np.unique(part.faces(rows)[1])
        products = part.vectors.refine(faces[0], rows[owners])
        total[owners] += _bounded(products / np.float32(CODE_DEVIATION))
    for position, finger in probe.fingers.items():
        best = np.full(rows.size, np.float32(np.nan))
        for reference_position in comparable_positions(position):
            templates, owners = part.fingers(reference_position, rows)
            if templates.size:
                scores = sketch_scores(finger.prepared, part.sketches, templates)
                deviations = (scores - np.float32(SKETCH_MEAN)) / np.float32(SKETCH_DEVIATION)
                np.fmax.at(best, owners, deviations)
        total += np.where(np.isnan(best), np.float32(0), _bounded(best))
    return total


def _bounded(deviations: Float32s) -> Float32s:
    return np.maximum(_log_likelihood_ratio(deviations, 1), np.float32(LEAST_EVIDENCE))


def _gallery_of(probe: IndexProbe, snapshot: IndexSnapshot, listed: Listed) -> GallerySnapshot:
    """Make a gallery of the few, with the fingers that the probe has: as if nobody else were enrolled."""
    places = [(number, int(row)) for number, rows in enumerate(listed) for row in rows]
    positions = {p for position in probe.fingers for p in comparable_positions(position)}
    segments = {position: _segments(snapshot, listed, position) for position in sorted(positions)}
    ids = [snapshot.parts[number].part.subject_id(row) for number, row in places]
    faces = _faces_of(probe, snapshot, places)
    fingers = {position: some for position, some in segments.items() if some}
    return GallerySnapshot(snapshot.sequence, ids, np.ones(len(ids), np.bool_), fingers, faces)


def _segments(snapshot: IndexSnapshot, listed: Listed, position: FingerPosition) -> tuple[Segment, ...]:
    """Prepare one finger of the few, part by part."""
    segments = []
    first = 0
    for part, rows in zip(snapshot.parts, listed, strict=True):
        templates, owners = part.part.fingers(position, rows)
        if templates.size:
            segments.append(Segment.of_pack(part.part.pack(templates), owners + first))
        first += rows.size
    return tuple(segments)


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
