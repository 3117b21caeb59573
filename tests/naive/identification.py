"""1:N search as one would say it: for each subject, for each finger, the best of what can be compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from naive.fusion import correct_one, fuse_one
from vantay.fingerprint.comparison import PreparedTemplate, compare
from vantay.search import finger_kinds, reliable_minutiae
from vantay.search.fusion.mated_model import MODEL
from vantay.types import FingerPosition

Enrolled = Mapping[str, Sequence[tuple[FingerPosition, PreparedTemplate]]]


def identify_naively(
    probe: Mapping[FingerPosition, PreparedTemplate], enrolled: Enrolled
) -> list[tuple[str, float, dict[FingerPosition, float]]]:
    """Rank all subjects that have a finger to compare with: (subject_id, score, scores of fingers)."""
    ranked = []
    for subject_id, references in enrolled.items():
        finger_scores: dict[FingerPosition, float] = {}
        kinds = []
        for position, finger in probe.items():
            tried = [
                reference
                for reference_position, reference in references
                if position == reference_position or FingerPosition.UNKNOWN in {position, reference_position}
            ]
            if tried:
                best = max(compare(finger, reference).score for reference in tried)
                finger_scores[position] = correct_one(best, len(tried))
                kinds.append(finger_kind(finger, tried))
        n = len(kinds)
        correlations = [MODEL.finger_correlation] * (n * (n - 1) // 2)
        fused = fuse_one(list(finger_scores.values()), [MODEL.mated[kind] for kind in kinds], correlations)
        if not math.isnan(fused):
            ranked.append((subject_id, fused, finger_scores))
    return sorted(ranked, key=lambda row: (-row[1], row[0]))


def finger_kind(probe: PreparedTemplate, tried: Sequence[PreparedTemplate]) -> int:
    """Kind of sample that fusion takes a finger for: by the worse of the probe and the best reference."""
    best = max(reliable_minutiae(reference) for reference in tried)
    return int(finger_kinds(min(reliable_minutiae(probe), best)))
