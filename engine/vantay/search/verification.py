"""1:1: compare a probe with the one subject that it claims to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison import PreparedTemplate, compare
from vantay.search.acquisition import FingerFailure
from vantay.search.finger_pairing import comparable_positions
from vantay.search.fusion import correct_for_tries, fuse, verification_threshold
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
    """

    score: float
    encounter_id: str
    reference_position: FingerPosition
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """The answer of a 1:1 comparison with an enrolled subject.

    Attributes
    ----------
    is_match : bool
        Whether the score reaches the threshold.
    score : float
        Fused score of all fingers that both have, −10·log10(FMR).
    threshold : float
        −10·log10 of the FMR asked for.
    fingers : mapping of FingerPosition to FingerEvidence
        By finger of the probe; fingers that the subject lacks are left out.
    timings_ms : mapping of str to float
        Wall-clock time by stage.
    probe_qualities : mapping of FingerPosition to int
        Quality of each finger of the probe, 0 to 100.
    failures : tuple of FingerFailure
        Fingers of the probe that gave no template.
    """

    is_match: bool
    score: float
    threshold: float
    fingers: Mapping[FingerPosition, FingerEvidence]
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    probe_qualities: Mapping[FingerPosition, int] = field(default_factory=dict)
    failures: tuple[FingerFailure, ...] = ()

    @property
    def finger_scores(self) -> dict[FingerPosition, float]:
        """The comparison score of each probe finger that the subject has too."""
        return {position: evidence.score for position, evidence in self.fingers.items()}


def verify(
    probe: Mapping[FingerPosition, PreparedTemplate],
    references: Sequence[Reference],
    *,
    threshold_fmr: float = 1e-4,
) -> VerifyResult:
    """Compare a probe with the enrolled fingers of one subject.

    Parameters
    ----------
    probe : mapping of FingerPosition to PreparedTemplate
        The fingers asked about.
    references : sequence of Reference
        The fingers of the subject, of all its encounters.
    threshold_fmr : float
        False match rate at which to decide, in (0, 1].

    Raises
    ------
    IncompatibleTemplate
        If the two have no finger in common: there is nothing to decide on.
    CallerError
        If the rate is no rate.
    """
    threshold = verification_threshold(threshold_fmr)
    fingers: dict[FingerPosition, FingerEvidence] = {}
    for position, template in probe.items():
        tried = [r for r in references if r.position in comparable_positions(position)]
        if tried:
            fingers[position] = _best_of(template, tried)
    if not fingers:
        raise IncompatibleTemplate(
            f"no finger in common: the probe has {_names(probe)}, "
            f"the reference has {_names(r.position for r in references)}"
        )
    score = float(fuse(np.array([[evidence.score for evidence in fingers.values()]]))[0])
    return VerifyResult(score >= threshold, score, threshold, fingers)


def _best_of(probe: PreparedTemplate, references: Sequence[Reference]) -> FingerEvidence:
    comparisons = [compare(probe, reference.template) for reference in references]
    best = max(range(len(references)), key=lambda i: comparisons[i].score)
    score = float(correct_for_tries(comparisons[best].score, len(references)))
    return FingerEvidence(score, references[best].encounter_id, references[best].position, comparisons[best])


def _names(positions: Iterable[FingerPosition]) -> str:
    return ", ".join(position.name for position in sorted(set(positions)))
