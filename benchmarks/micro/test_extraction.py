"""From image to minutiae."""

from __future__ import annotations

import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.micro.samples import PRINT, PRINT_HEIGHT_PX, PRINT_WIDTH_PX, print_image

from vantay.fingerprint.extraction import make_extractor
from vantay.fingerprint.image import normalise_finger_image
from vantay.fingerprint.quality import impression_quality

WORK = Work(f"{PRINT}, {PRINT_WIDTH_PX}×{PRINT_HEIGHT_PX} px", 1, "image")


@pytest.mark.usefixtures("leader_model")
def test_extract_leader(measure: Measure) -> None:
    """By the network."""
    extractor = make_extractor("leader")
    measure(lambda: extractor.extract(print_image()), WORK)


def test_extract_classical(measure: Measure) -> None:
    """Without a model."""
    extractor = make_extractor("classical")
    measure(lambda: extractor.extract(print_image()), WORK)


def test_normalise_image(measure: Measure) -> None:
    """Resolution and polarity."""
    measure(lambda: normalise_finger_image(print_image()), WORK)


def test_impression_quality(measure: Measure) -> None:
    """Quality of an impression whose minutiae are known."""
    minutiae = make_extractor("classical").extract(print_image()).minutiae
    measure(lambda: impression_quality(print_image(), minutiae), WORK)
