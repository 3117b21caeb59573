"""Many scores of one subject become one, and the thresholds that decide on it.

A calibrated comparison score is s = −10·log10(p), where p is the rate of non-mated comparisons that score as
high. So under "not the same finger" x = s·ln(10)/10 is exponentially distributed with mean 1. What x looks
like when the two are the same was fitted (`mated_model`), by kind of sample (`sample_kind`). The sum of the
log-likelihood ratios is the evidence; how rare that much of it is among non-mated subjects is the fused score
(`fused_score`, by `null_tail` and `correlation`).
"""

from vantay.search.fusion.fused_score import fuse, log_likelihood_ratios
from vantay.search.fusion.mated_model import FUSION_HASH
from vantay.search.fusion.sample_kind import face_kinds, finger_kinds, reliable_minutiae
from vantay.search.fusion.thresholds import (
    correct_for_tries,
    identification_threshold,
    verification_threshold,
)

__all__ = [
    "FUSION_HASH",
    "correct_for_tries",
    "face_kinds",
    "finger_kinds",
    "fuse",
    "identification_threshold",
    "log_likelihood_ratios",
    "reliable_minutiae",
    "verification_threshold",
]
