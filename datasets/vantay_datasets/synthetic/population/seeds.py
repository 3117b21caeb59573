"""The seeds of a person's fingers, and of their impressions.

The upper 16 bits of a finger's seed are its person's: pattern classes and sizes of fingers with the same bits
tend to agree. The upper 16 bits of an impression's seed are its encounter's.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.population.hands import N_FINGERS
from vantay_datasets.synthetic.population.random_stream import Indices, open_stream

_SHARED_BITS = np.uint64(0xFFFF << 48)


def finger_seeds(seed: int, body: Indices, family: Indices) -> Indices:
    """Give the seeds of fingers.

    Parameters
    ----------
    seed : int
        Of the population.
    body : (n,) uint64
        Whose fingers.
    family : (n,) uint64
        Who has the same tendencies: the same for twins, else as `body`.

    Returns
    -------
    (n, 10) uint64
        In the order of positions.
    """
    return _with_shared_bits(seed, "finger", body, family)


def impression_seeds(seed: int, index: Indices, number: int) -> Indices:
    """Give the seeds of the impressions of an encounter, (n, 10) uint64."""
    return _with_shared_bits(seed, f"impression/{number}", index, index)


def _with_shared_bits(seed: int, purpose: str, own: Indices, shared: Indices) -> npt.NDArray[np.uint64]:
    low = open_stream(seed, purpose).words(own, N_FINGERS) & ~_SHARED_BITS
    high = open_stream(seed, f"{purpose}-person").words(shared) & _SHARED_BITS
    return np.asarray(low | high)
