"""Which cylinders a sketch keeps: sort them all, take the first."""

from __future__ import annotations

from vantay.fingerprint.comparison import PreparedTemplate
from vantay.fingerprint.comparison.prepared import QUALITY


def naive_sketch_columns(template: PreparedTemplate, n_best: int) -> list[int]:
    """Columns of the best cylinders, ascending; of equal ones the first are better."""
    columns = [j for j in range(template.n_minutiae) if any(template.words[:, j])]
    best = sorted(columns, key=lambda j: (-template.minutiae[QUALITY, j], j))
    return sorted(best[:n_best])
