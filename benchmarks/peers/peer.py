"""What a peer is asked for, by kind; and how its package is found."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vantay.types import FaceImage, FingerImage

Float32s = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Figures = dict[str, float]
"""What was measured, by name; the unit is in the name."""


class PeerUnavailable(Exception):
    """A peer cannot be measured here: its package is missing, or lacks something that it needs."""


class FingerPeer(Protocol):
    """Makes templates of fingerprints and compares them."""

    def extract(self, image: FingerImage) -> Any:
        """Make the template of an image; any exception is a failure to acquire."""

    def prepare(self, template: Any) -> Any:
        """Make of a template what is kept in memory for comparisons."""

    def gather(self, prepared: Sequence[Any]) -> Any:
        """Put what a probe is compared with together; not part of the time."""

    def compare(self, probe: Any, gathered: Any) -> npt.ArrayLike:
        """Score a probe against each; NaN where the peer failed."""


class FacePeer(Protocol):
    """Makes vectors of portraits."""

    def extract(self, image: FaceImage) -> Float32s:
        """Make the vector of the one face; any exception is a failure to acquire."""


class VectorPeer(Protocol):
    """Finds the vectors of the largest inner products with a probe."""

    def build(self, vectors: Float32s) -> None:
        """Index vectors, (n, d)."""

    def search(self, probe: Float32s, n_best: int) -> Rows:
        """Give the rows most like a probe, best first."""


def load_package(module: str) -> Any:
    """Import a peer's package.

    Raises
    ------
    PeerUnavailable
        If it is not installed, or does not load.
    """
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:
        raise PeerUnavailable(f"{module} does not load: {error}") from error


def versions_of(packages: Iterable[str]) -> Mapping[str, str]:
    """Name the versions of packages; ``not installed`` of those that are not."""
    found = {}
    for name in packages:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
