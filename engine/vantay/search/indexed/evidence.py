"""What codes and sketches that are so much alike are worth: log-likelihood ratios, rough ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Float32s = npt.NDArray[np.float32]

SKETCH_MEAN, SKETCH_DEVIATION = 0.44, 0.047
"""Of the sketch scores of non-mated fingers (the FVC sets, LEADER templates)."""

CODE_DEVIATION = 0.08
"""Of the inner product of the codes of two non-mated fingers, or faces."""

MATED_DEVIATIONS = 4.0
"""How far mated samples lie above non-mated ones, in standard deviations of these: less than most do."""

LEAST_EVIDENCE = -6.0
"""What a sample that is not alike costs at most: a finger may be badly captured, or another's by mistake."""


def log_likelihood_ratio(deviations: Float32s, n: npt.NDArray[np.uint8] | int) -> Float32s:
    """Give the evidence of a sum of n standard normal numbers for n that lie `MATED_DEVIATIONS` higher."""
    shift = np.float32(MATED_DEVIATIONS)
    return np.asarray(shift * deviations - np.float32(0.5) * shift * shift * n, np.float32)


def bounded_evidence(deviations: Float32s) -> Float32s:
    """Give the evidence of single samples, each a number of standard deviations above non-mated ones."""
    return np.maximum(log_likelihood_ratio(deviations, 1), np.float32(LEAST_EVIDENCE))
