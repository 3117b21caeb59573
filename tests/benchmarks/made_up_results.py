"""Results of benchmarks that were never run."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.harness.reference import REFERENCE_VERSION, Reference
from benchmarks.harness.result import Result

MADE_UP = Result(
    name="comparison/compare_many[40]",
    node="benchmarks/micro/test_comparison.py::test_compare_many[40]",
    time_ms=0.01,
    wall_ms=0.011,
    ratio=8.0,
    spread=0.02,
    reference=Reference.INTEGER,
    reference_ms=0.3,
    n_rounds=400,
    n_passes=5,
    n_items=256,
    item="comparison",
    data="made-up minutiae",
    size=40,
    reference_version=REFERENCE_VERSION,
)


def result(name: str = MADE_UP.name, **changes: object) -> Result:
    """Change the made-up result."""
    return replace(MADE_UP, name=name, **changes)  # type: ignore[arg-type]  # of any field


def look(name: str, *, call_ms: float, reference_ms: float) -> Result:
    """Make up what one process measured, of one item a call."""
    return result(
        name,
        time_ms=call_ms,
        wall_ms=call_ms,
        reference_ms=reference_ms,
        ratio=call_ms / reference_ms,
        n_items=1,
        n_passes=1,
        spread=0.0,
    )
