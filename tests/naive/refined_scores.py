"""Inner products of a probe with fine codes, one number at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def refined_scores(
    probe: npt.NDArray[np.float32], fine: npt.NDArray[np.int8], rows: npt.NDArray[np.int64], step: float
) -> list[float]:
    """Add up what each number of a row, in steps, contributes."""
    return [sum(float(probe[i]) * step * int(fine[row, i]) for i in range(len(probe))) for row in rows]
