"""Vantay's own fingers, by either extractor: what the others are compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, compare_many, prepare
from vantay.fingerprint.extraction import make_extractor
from vantay.types import FingerImage, FingerTemplate


class VantayFingers:
    """LEADER or the classical extractor, and the full comparison of one with many."""

    def __init__(self, extractor: str) -> None:
        self._extractor = make_extractor(extractor, n_threads=1)

    def extract(self, image: FingerImage) -> FingerTemplate:
        """Make a template."""
        return self._extractor.extract(image)

    def prepare(self, template: FingerTemplate) -> PreparedTemplate:
        """Make its cylinders."""
        return prepare(template)

    def gather(self, prepared: Sequence[PreparedTemplate]) -> TemplatePack:
        """Lay templates out side by side, as a gallery in memory has them."""
        return TemplatePack.of(list(prepared))

    def compare(self, probe: PreparedTemplate, gathered: TemplatePack) -> npt.NDArray[np.float32]:
        """Compare a probe with all."""
        return compare_many(probe, gathered)
