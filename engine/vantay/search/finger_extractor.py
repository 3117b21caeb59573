"""Which extractor of fingers the settings mean."""

from __future__ import annotations

import functools
import logging

from vantay.fingerprint.extraction import Extractor, make_extractor
from vantay.settings import EngineSettings

_LOGGER = logging.getLogger(__name__)

BEST_EXTRACTOR = "leader"
"""What ``auto`` means where its model is built."""


def extractor_of(settings: EngineSettings) -> Extractor:
    """Make the extractor that the settings name.

    Raises
    ------
    ModelUnavailable
        If it needs a model that was not built.
    """
    name = None if settings.extractor == "auto" else settings.extractor
    extractor = make_extractor(name, n_threads=settings.n_threads)
    if name is None and extractor.name != BEST_EXTRACTOR:
        warn_of_fallback(extractor.name)
    return extractor


@functools.cache
def warn_of_fallback(name: str) -> None:
    """Tell once in a process that a less accurate extractor stands in for the one that is missing."""
    _LOGGER.warning(
        "the model of the extractor %s is not built, so that %s finds the minutiae and more comparisons err: "
        "run `vantay models build`, or set the extractor to %s to mean it",
        *(BEST_EXTRACTOR, name, name),
    )
