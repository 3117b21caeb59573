"""1:N: compare a probe with everyone. Slow and exact: the oracle of every index to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
import numpy.typing as npt

from vantay.errors import CallerError, IncompatibleTemplate
from vantay.fingerprint.comparison import PreparedTemplate, compare_each
from vantay.search.acquisition import SampleFailure
from vantay.search.faces import FaceProbe, compare_with_gallery, qualities_with_gallery
from vantay.search.finger_pairing import comparable_positions, samples_named
from vantay.search.fusion import (
    FUSION_HASH,
    correct_for_tries,
    face_kinds,
    finger_kinds,
    fuse,
    identification_threshold,
    reliable_minutiae,
)
from vantay.search.gallery import GallerySnapshot
from vantay.search.stage_times import StageTimes
from vantay.search.workers import Workers
from vantay.types import Candidate, FingerPosition


@dataclass(frozen=True, slots=True)
class IdentifyResult:
    """The answer of a 1:N search.

    Attributes
    ----------
    candidates : tuple of Candidate
        Best first: score descending, then subject_id. Those at or above the threshold are matches.
    n_searched : int
        Subjects that had a finger or a face to compare with.
    threshold : float
        Score from which on a candidate is a match, for the wanted FPIR and this `n_searched`.
    timings_ms : mapping of str to float
        Wall-clock time by stage.
    probe_qualities : mapping of FingerPosition to int
        Quality of each finger searched with, 0 to 100.
    failures : tuple of SampleFailure
        Fingers of the probe, or its face, that gave no template.
    probe_face_quality : int, optional
        Quality of the face searched with, 0 to 100; None if there was none.
    counts : mapping of str to int
        Subjects that each stage looked at; empty for an exhaustive search.
    arrangement : str
        ``as-given``, or how the fingers had to be laid to find somebody (`Arrangement`).
    fusion_hash : str
        Parameters of the fusion that made the scores.
    """

    candidates: tuple[Candidate, ...]
    n_searched: int
    threshold: float
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    probe_qualities: Mapping[FingerPosition, int] = field(default_factory=dict)
    failures: tuple[SampleFailure, ...] = ()
    probe_face_quality: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    arrangement: str = "as-given"
    fusion_hash: str = FUSION_HASH

    @property
    def matches(self) -> tuple[Candidate, ...]:
        """The candidates at or above the threshold."""
        return tuple(candidate for candidate in self.candidates if self.is_match(candidate))

    @property
    def is_known(self) -> bool:
        """Whether somebody matches."""
        return bool(self.matches)

    def is_match(self, candidate: Candidate) -> bool:
        """Whether a candidate of this search reaches its threshold."""
        return candidate.score >= self.threshold


def identify(
    probe: Mapping[FingerPosition, PreparedTemplate],
    gallery: GallerySnapshot,
    *,
    face: FaceProbe | None = None,
    max_candidates: int = 10,
    target_fpir: float = 1e-3,
    n_threads: int = 1,
) -> IdentifyResult:
    """Search everyone in a gallery.

    Parameters
    ----------
    probe : mapping of FingerPosition to PreparedTemplate
        The fingers asked about; may be empty if there is a face.
    gallery : GallerySnapshot
        Whom to search.
    face : FaceProbe, optional
        The face asked about.
    max_candidates : int
        How many to return at most, ≥ 1.
    target_fpir : float
        Wanted rate of searches of unknown people that find somebody, in (0, 1].
    n_threads : int
        Threads that compare; the result does not depend on it.

    Raises
    ------
    CallerError
        If the rate or the number of candidates is out of range.
    IncompatibleTemplate
        If people are enrolled, but nobody with a finger of the probe or a face: to find nobody would mean
        nothing. If the enrolled faces are of another model than the probe's.
    """
    with Workers(n_threads) as workers:
        return identify_with(workers, probe, face, gallery, max_candidates, target_fpir)


def identify_with(
    workers: Workers,
    probe: Mapping[FingerPosition, PreparedTemplate],
    face: FaceProbe | None,
    gallery: GallerySnapshot,
    max_candidates: int,
    target_fpir: float,
) -> IdentifyResult:
    """Search everyone in a gallery, on threads that others use too; as `identify`."""
    if max_candidates < 1:
        raise CallerError(f"max_candidates is {max_candidates}, expected at least 1")
    times = StageTimes()
    positions = tuple(probe)
    with times.stage("compare"):
        finger_scores = _compare_all(probe, gallery, workers)
        face_scores = None if face is None else compare_with_gallery(face, gallery)
    with times.stage("fuse"):
        fused = _fuse_all(probe, finger_scores, face, face_scores, gallery)
        found = np.flatnonzero(gallery.is_alive & ~np.isnan(fused))
        if not found.size and gallery.n_subjects:
            raise IncompatibleTemplate(
                nobody_comparable(positions, gallery.n_subjects, has_face=face is not None)
            )
        threshold = identification_threshold(target_fpir, found.size)
        best = _best_rows(found, fused, gallery, max_candidates)
        candidates = tuple(
            Candidate(
                rank,
                gallery.subject_ids[row],
                float(fused[row]),
                _by_finger(positions, finger_scores[row]),
                None if face_scores is None or np.isnan(face_scores[row]) else float(face_scores[row]),
            )
            for rank, row in enumerate(best, start=1)
        )
    return IdentifyResult(candidates, int(found.size), threshold, times.ms)


def nobody_comparable(positions: tuple[FingerPosition, ...], n_subjects: int, *, has_face: bool) -> str:
    """Say that nobody was searched, and why."""
    return (
        f"no finger{' and no face' if has_face else ''} in common: the probe has "
        f"{samples_named(positions, has_face=has_face)}, which none of the {n_subjects} subjects has; "
        "nobody was searched"
    )


def _compare_all(
    probe: Mapping[FingerPosition, PreparedTemplate], gallery: GallerySnapshot, workers: Workers
) -> npt.NDArray[np.float64]:
    """Compare each finger of the probe with all of the gallery: (n_rows, k) scores, NaN where none is."""
    n_rows = gallery.is_alive.shape[0]
    best = np.zeros((n_rows, len(probe)))
    n_tries = np.zeros((n_rows, len(probe)), dtype=np.int64)
    tasks = [
        (column, template, segment)
        for column, (position, template) in enumerate(probe.items())
        for reference_position in comparable_positions(position)
        for segment in gallery.segments.get(reference_position, ())
    ]

    compared = workers.map(
        lambda some: compare_each([(template, segment.pack) for _, template, segment in tasks[some]]),
        workers.pieces(len(tasks), 1),
    )
    for (column, _, segment), scores in zip(tasks, chain.from_iterable(compared), strict=True):
        np.maximum.at(best[:, column], segment.rows, scores)
        np.add.at(n_tries[:, column], segment.rows, 1)
    return np.where(n_tries > 0, correct_for_tries(best, np.maximum(n_tries, 1)), np.nan)


def _fuse_all(
    probe: Mapping[FingerPosition, PreparedTemplate],
    finger_scores: npt.NDArray[np.float64],
    face: FaceProbe | None,
    face_scores: npt.NDArray[np.float64] | None,
    gallery: GallerySnapshot,
) -> npt.NDArray[np.float64]:
    """Fuse what was found of each row, each sample weighed by its quality: (n_rows,) scores."""
    kinds = finger_kinds(_reliable_with_gallery(probe, gallery))
    if face is None or face_scores is None:
        return fuse(finger_scores, kinds)
    of_faces = face_kinds(qualities_with_gallery(face, gallery))
    return fuse(np.column_stack([finger_scores, face_scores]), np.column_stack([kinds, of_faces]))


def _reliable_with_gallery(
    probe: Mapping[FingerPosition, PreparedTemplate], gallery: GallerySnapshot
) -> npt.NDArray[np.float64]:
    """Reliable minutiae of the worse of each probe finger and the best reference tried: (n_rows, k)."""
    best = np.zeros((gallery.is_alive.shape[0], len(probe)))
    for column, position in enumerate(probe):
        for reference_position in comparable_positions(position):
            for segment in gallery.segments.get(reference_position, ()):
                np.maximum.at(best[:, column], segment.rows, segment.reliable)
    return np.minimum(best, [reliable_minutiae(template) for template in probe.values()])


def _best_rows(
    rows: npt.NDArray[np.intp], fused: npt.NDArray[np.float64], gallery: GallerySnapshot, n_best: int
) -> list[int]:
    """Pick the best rows: score descending, then subject_id, whatever the order of enrolment."""
    if rows.size > n_best:
        last = np.partition(fused[rows], rows.size - n_best)[rows.size - n_best]
        rows = rows[fused[rows] >= last]
    return sorted(rows.tolist(), key=lambda row: (-fused[row], gallery.subject_ids[row]))[:n_best]


def _by_finger(
    positions: tuple[FingerPosition, ...], scores: npt.NDArray[np.float64]
) -> dict[FingerPosition, float]:
    return {p: float(s) for p, s in zip(positions, scores, strict=True) if not np.isnan(s)}
