"""Numbers of a run: percentiles, the machine, and what is written into a file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vantay.evaluation.machine import describe_machine, source_commit

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)

Figures = dict[str, Any]


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Give percentiles of times by name, as ``p99_9_ms``, and the largest; nothing of nothing."""
    if not len(values):
        return {}
    found = {f"p{q:g}_ms".replace(".", "_"): float(np.percentile(values, q)) for q in PERCENTILES}
    return {name: round(value, 2) for name, value in (found | {"max_ms": float(max(values))}).items()}


def describe_run(program: str, mode: str, site: Figures) -> Figures:
    """Tell what was run, where, and on what; the load average tells whether others were at work."""
    return {
        "program": program,
        "mode": mode,
        "site": site,
        "machine": describe_machine(),
        "commit": source_commit(),
        "load_average": round(os.getloadavg()[0], 1),
    }


def write_figures(figures: Figures, path: Path | None) -> None:
    """Print figures as JSON, and write them into a file if there is one."""
    text = json.dumps(figures, indent=2)
    print(text)
    if path is not None:
        path.write_text(f"{text}\n", encoding="utf-8")
