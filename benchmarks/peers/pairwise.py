"""Comparisons of peers that compare two templates at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any


def compare_each(call: Callable[[Any, Any], float], probe: Any, references: Sequence[Any]) -> list[float]:
    """Compare a probe with each reference; NaN where the peer raised."""
    scores = []
    for reference in references:
        try:
            scores.append(float(call(probe, reference)))
        except Exception:  # noqa: BLE001 - whatever a peer raises is counted
            scores.append(math.nan)
    return scores
