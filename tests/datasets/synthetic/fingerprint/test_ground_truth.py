"""An extractor that knows nothing of the generator finds the minutiae that the generator says are there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from vantay.fingerprint.extraction.classical import ClassicalExtractor
from vantay.types import ANGLE_UNITS
from vantay_datasets.synthetic.fingerprint import (
    ImpressionLevel,
    MasterPrint,
    PatternClass,
    make_impression,
)

NEAR_PX, NEAR_RAD = 10.0, np.radians(20)


def count_found(truth: npt.NDArray[np.void], found: npt.NDArray[np.void]) -> int:
    """Pairs of true and found minutiae, nearest first, each used once."""
    apart_px = np.hypot(
        truth["x_px"].astype(float)[:, None] - found["x_px"].astype(float),
        truth["y_px"].astype(float)[:, None] - found["y_px"].astype(float),
    )
    turned = (truth["angle"].astype(float)[:, None] - found["angle"]) * (2 * np.pi / ANGLE_UNITS)
    alike = (apart_px < NEAR_PX) & (np.abs(np.angle(np.exp(1j * turned))) < NEAR_RAD)
    used_true: set[int] = set()
    used_found: set[int] = set()
    for i, j in sorted(np.argwhere(alike).tolist(), key=lambda pair: apart_px[pair[0], pair[1]]):
        if i not in used_true and j not in used_found:
            used_true.add(i)
            used_found.add(j)
    return len(used_true)


@pytest.mark.parametrize(
    ("level", "least_recall", "least_precision"),
    [(ImpressionLevel.GOOD, 0.85, 0.7), (ImpressionLevel.FAIR, 0.75, 0.5), (ImpressionLevel.POOR, 0.5, 0.25)],
)
def test_extractor_finds_true_minutiae_with_their_directions(
    masters: dict[PatternClass, MasterPrint],
    level: ImpressionLevel,
    least_recall: float,
    least_precision: float,
) -> None:
    extractor = ClassicalExtractor()
    n_true = n_found = n_both = 0
    for master in masters.values():
        impression = make_impression(master, 1, level)
        found = extractor.extract(impression.image).minutiae
        n_both += count_found(impression.minutiae, found)
        n_true += len(impression.minutiae)
        n_found += len(found)
    assert n_both / n_true > least_recall
    assert n_both / n_found > least_precision
