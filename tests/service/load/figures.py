"""Numbers of a run: percentiles, and what was run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)

Figures = dict[str, Any]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Give percentiles of times by name, as ``p99_9_ms``, and the largest; nothing of nothing."""
    if not len(values):
        return {}
    found = {f"p{q:g}_ms".replace(".", "_"): float(np.percentile(values, q)) for q in PERCENTILES}
    return {name: round(value, 2) for name, value in (found | {"max_ms": float(max(values))}).items()}


def describe_run(program: str, mode: str, site: Figures) -> Figures:
    """Tell what was run, and on what; the load average tells whether others were at work."""
    return {
        "program": program,
        "mode": mode,
        "site": site,
        "load_average": round(os.getloadavg()[0], 1),
    }
