"""1:N search as one would say it: for each subject, for each finger, the best of what can be compared."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from naive.fusion import correct_one, fuse_one
from vantay.fingerprint.comparison import PreparedTemplate, compare
from vantay.types import FingerPosition

Enrolled = Mapping[str, Sequence[tuple[FingerPosition, PreparedTemplate]]]


def identify_naively(
    probe: Mapping[FingerPosition, PreparedTemplate], enrolled: Enrolled
) -> list[tuple[str, float, dict[FingerPosition, float]]]:
    """Rank all subjects that have a finger to compare with: (subject_id, score, scores of fingers)."""
    ranked = []
    for subject_id, references in enrolled.items():
        finger_scores: dict[FingerPosition, float] = {}
        for position, finger in probe.items():
            scores = [
                compare(finger, reference).score
                for reference_position, reference in references
                if position == reference_position or FingerPosition.UNKNOWN in {position, reference_position}
            ]
            if scores:
                finger_scores[position] = correct_one(max(scores), len(scores))
        fused = fuse_one(list(finger_scores.values()))
        if not math.isnan(fused):
            ranked.append((subject_id, fused, finger_scores))
    return sorted(ranked, key=lambda row: (-row[1], row[0]))
