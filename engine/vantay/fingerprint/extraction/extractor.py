"""What every extractor offers, and the choice of one by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vantay.errors import ExtractionFailed, InvalidSetting
from vantay.fingerprint.extraction.classical import ClassicalExtractor
from vantay.fingerprint.extraction.leader import LeaderExtractor, leader_is_built
from vantay.types import FingerImage, FingerTemplate

EXTRACTOR_NAMES = ("leader", "classical")


class Extractor(Protocol):
    """Makes templates of images."""

    @property
    def name(self) -> str:
        """What templates say made them."""

    @property
    def version(self) -> str:
        """Changes whenever the same image may give other minutiae."""

    def extract(self, image: FingerImage) -> FingerTemplate:
        """Make a template of an image of any accepted resolution and polarity.

        Raises
        ------
        InvalidSample
            If the image cannot be normalised.
        ExtractionFailed
            If there is no foreground or there are too few minutiae.
        """

    def extract_many(self, images: Sequence[FingerImage]) -> list[FingerTemplate | ExtractionFailed]:
        """Make templates of many images; a failure takes the place of its template."""


def make_extractor(name: str | None = None, *, n_threads: int = 1) -> Extractor:
    """Return an extractor.

    Parameters
    ----------
    name : str, optional
        ``leader`` or ``classical``; without it ``leader`` where its model is built, else ``classical``.
    n_threads : int
        Threads it may use, from 1.

    Raises
    ------
    InvalidSetting
        If the name is unknown or the number of threads is below 1.
    """
    if n_threads < 1:
        raise InvalidSetting(f"n_threads is {n_threads}, expected 1 or more")
    if name is None:
        name = "leader" if leader_is_built() else "classical"
    if name == "leader":
        return LeaderExtractor(n_threads=n_threads)
    if name == "classical":
        return ClassicalExtractor(n_threads=n_threads)
    raise InvalidSetting(f"extractor is {name!r}, expected one of {', '.join(EXTRACTOR_NAMES)}")
