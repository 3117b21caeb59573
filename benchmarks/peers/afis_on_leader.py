"""The MCC comparison of the package ``afis`` on Vantay's LEADER templates: the same minutiae for both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from benchmarks.peers.pairwise import compare_each
from benchmarks.peers.peer import load_package

from vantay.fingerprint.extraction import make_extractor
from vantay.types import ANGLE_UNITS, FingerImage, FingerTemplate, MinutiaType


class AfisOnLeader:
    """Extraction is Vantay's, in full; cylinders and comparison are the peer's, with its defaults.

    The peer's templates are rows of x, y, direction, kind and quality: y downwards and directions
    counter-clockwise, as ours; kind is 1 for bifurcations, quality is a fraction.
    """

    def __init__(self) -> None:
        self._package = load_package("afis")
        self._matcher = self._package.LeaderExtractor(quality_mode="off")
        self._header = load_package("afis.algorithms.templates").FingerprintTemplateHeader
        self._extractor = make_extractor("leader", n_threads=1)

    def extract(self, image: FingerImage) -> FingerTemplate:
        """Make a template."""
        return self._extractor.extract(image)

    def prepare(self, template: FingerTemplate) -> Any:
        """Turn a template into one of the peer's, with cylinders."""
        minutiae = template.minutiae
        rows = np.column_stack(
            [
                minutiae["x_px"],
                minutiae["y_px"],
                minutiae["angle"] * (2 * np.pi / ANGLE_UNITS),
                minutiae["type"] == MinutiaType.RIDGE_BIFURCATION,
                minutiae["quality"] / 100,
            ]
        ).astype(np.float64)
        made = self._package.FingerprintTemplate(
            minutiae=rows,
            header=self._header(width=template.width_px, height=template.height_px),
            report=self._package.ProcessingReport(),
        )
        made.ensure_mcc_cylinders()
        return made

    def gather(self, prepared: Sequence[Any]) -> list[Any]:
        """Leave them as they are."""
        return list(prepared)

    def compare(self, probe: Any, gathered: list[Any]) -> list[float]:
        """Compare a probe with each."""
        return compare_each(lambda a, b: self._matcher.match(a, b).raw_score, probe, gathered)
