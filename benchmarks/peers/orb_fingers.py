"""The package ``fingerprint-recognition``: Gabor enhancement, crossing numbers, alignment by ORB descriptors.

It has no settings but its decision threshold, which no figure here depends on: the score is the number of
paired minutiae. It knows no resolution; images are given as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from benchmarks.peers.pairwise import compare_each
from benchmarks.peers.peer import load_package

from vantay.types import FingerImage


class OrbFingers:
    """Extraction and comparison by the package's two functions."""

    def __init__(self) -> None:
        self._package = load_package("fingerprint_recognition")

    def extract(self, image: FingerImage) -> Any:
        """Make features."""
        return self._package.extract_features(np.ascontiguousarray(image.pixels))

    def prepare(self, template: Any) -> Any:
        """Leave them as they are."""
        return template

    def gather(self, prepared: Sequence[Any]) -> list[Any]:
        """Leave them as they are."""
        return list(prepared)

    def compare(self, probe: Any, gathered: list[Any]) -> list[float]:
        """Compare a probe with each."""
        return compare_each(lambda a, b: self._package.match_features(a, b).score, probe, gathered)
