"""1:1: compare a probe with the one subject that it claims to be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison import PreparedTemplate, compare
from vantay.search.acquisition import SampleFailure
from vantay.search.faces import FaceEvidence, FaceProbe, compare_with_subject
from vantay.search.finger_pairing import comparable_positions, samples_named
from vantay.search.fusion import (
    FUSION_HASH,
    correct_for_tries,
    face_kinds,
    finger_kinds,
    fuse,
    reliable_minutiae,
    verification_threshold,
)
from vantay.store import StoredFace
from vantay.types import Comparison, FingerPosition


@dataclass(frozen=True, slots=True)
class Reference:
    """One enrolled finger of the claimed subject."""

    encounter_id: str
    position: FingerPosition
    template: PreparedTemplate


@dataclass(frozen=True, slots=True)
class FingerEvidence:
    """What one finger of the probe found.

    Attributes
    ----------
    score : float
        Comparison score of this finger, corrected for the number of references tried.
    encounter_id : str
        The encounter of the reference that it is most alike.
    reference_position : FingerPosition
        The finger of that reference.
    comparison : Comparison
        The comparison with it: paired minutiae, intermediate values.
    reliable_minutiae : float
        Of the worse of the probe and the best reference tried: what the score is worth in fusion.
    """

    score: float
    encounter_id: str
    reference_position: FingerPosition
    comparison: Comparison
    reliable_minutiae: float = 0.0


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The answer of a 1:1 comparison with an enrolled subject.

    Attributes
    ----------
    is_match : bool
        Whether the score reaches the threshold.
    score : float
        Fused score of all fingers that both have, and of the face, −10·log10(FMR).
    threshold : float
        −10·log10 of the FMR asked for.
    fingers : mapping of FingerPosition to FingerEvidence
        By finger of the probe; fingers that the subject lacks are left out.
    timings_ms : mapping of str to float
        Wall-clock time by stage.
    probe_qualities : mapping of FingerPosition to int
        Quality of each finger of the probe, 0 to 100.
    failures : tuple of SampleFailure
        Fingers of the probe, or its face, that gave no template.
    face : FaceEvidence, optional
        What the face found; None if the probe or the subject has none.
    probe_face_quality : int, optional
        Quality of the face of the probe, 0 to 100; None if there was none.
    fusion_hash : str
        Parameters of the fusion that made the scores.
    is_locked : bool
        Whether the subject is locked; a comparison of samples alone knows of none.
    """

    is_match: bool
    score: float
    threshold: float
    fingers: Mapping[FingerPosition, FingerEvidence]
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    probe_qualities: Mapping[FingerPosition, int] = field(default_factory=dict)
    failures: tuple[SampleFailure, ...] = ()
    face: FaceEvidence | None = None
    probe_face_quality: int | None = None
    fusion_hash: str = FUSION_HASH
    is_locked: bool = False

    @property
    def finger_scores(self) -> dict[FingerPosition, float]:
        """The comparison score of each probe finger that the subject has too."""
        return {position: evidence.score for position, evidence in self.fingers.items()}

    @property
    def face_score(self) -> float | None:
        """The comparison score of the face; None if there was none to compare."""
        return None if self.face is None else self.face.score


def verify(
    probe: Mapping[FingerPosition, PreparedTemplate],
    references: Sequence[Reference],
    *,
    face: FaceProbe | None = None,
    face_references: Sequence[StoredFace] = (),
    threshold_fmr: float = 1e-4,
) -> VerifyResult:
    """Compare a probe with the enrolled fingers and faces of one subject.

    Parameters
    ----------
    probe : mapping of FingerPosition to PreparedTemplate
        The fingers asked about; may be empty if there is a face.
    references : sequence of Reference
        The fingers of the subject, of all its encounters.
    face : FaceProbe, optional
        The face asked about.
    face_references : sequence of StoredFace
        The faces of the subject, of all its encounters.
    threshold_fmr : float
        False match rate at which to decide, in (0, 1].

    Raises
    ------
    IncompatibleTemplate
        If the two have no finger in common, nor a face: there is nothing to decide on. If the faces are of
        different models.
    CallerError
        If the rate is no rate.
    """
    threshold = verification_threshold(threshold_fmr)
    fingers: dict[FingerPosition, FingerEvidence] = {}
    for position, template in probe.items():
        tried = [r for r in references if r.position in comparable_positions(position)]
        if tried:
            fingers[position] = _best_of(template, tried)
    face_evidence = None if face is None else compare_with_subject(face, face_references)
    if not fingers and face_evidence is None:
        has, had = samples_named(probe, has_face=face is not None), (r.position for r in references)
        raise IncompatibleTemplate(
            f"no finger{'' if face is None else ' and no face'} in common: the probe has {has}, "
            f"the reference has {samples_named(had, has_face=bool(face_references))}"
        )
    score = _fuse_evidence(fingers.values(), face_evidence)
    return VerifyResult(score >= threshold, score, threshold, fingers, face=face_evidence)


def _fuse_evidence(fingers: Collection[FingerEvidence], face: FaceEvidence | None) -> float:
    scores = [finger.score for finger in fingers]
    kinds = finger_kinds([finger.reliable_minutiae for finger in fingers])
    if face is not None:
        scores.append(face.score)
        kinds = np.append(kinds, face_kinds(face.quality))
    return float(fuse([scores], kinds)[0])


def _best_of(probe: PreparedTemplate, references: Sequence[Reference]) -> FingerEvidence:
    comparisons = [compare(probe, reference.template) for reference in references]
    best = max(range(len(references)), key=lambda i: comparisons[i].score)
    score = float(correct_for_tries(comparisons[best].score, len(references)))
    reliable = min(reliable_minutiae(probe), max(reliable_minutiae(r.template) for r in references))
    chosen = references[best]
    return FingerEvidence(score, chosen.encounter_id, chosen.position, comparisons[best], reliable)
