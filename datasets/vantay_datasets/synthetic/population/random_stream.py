"""Chance that is addressed, not drawn in turn: a number for each (seed, purpose, index, draw).

A subject's numbers come from its index alone, so that any slice of a population can be made anywhere and in
any order. They are whole-array operations on integers, the same on every machine; only the logarithm and
the cosine in `normals` may differ in the last bit from one processor to another.

References
----------
Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014, figure 17,
doi:10.1145/2660193.2660195.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting

Indices = npt.NDArray[np.uint64]
Float64s = npt.NDArray[np.float64]

MAX_SEED = 2**64 - 1

_GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_53_BITS = 2.0**-53


@dataclass(frozen=True, slots=True)
class RandomStream:
    """The numbers of one seed and purpose.

    Attributes
    ----------
    key : int
        64 bits, from `open_stream`.
    """

    key: int

    def words(self, indices: Indices, n_draws: int = 1) -> Indices:
        """Give random words.

        Parameters
        ----------
        indices : (n,) uint64
            Whose; each its own sequence.
        n_draws : int
            How many of each.

        Returns
        -------
        (n, n_draws) uint64
            A word depends on its index and its column only.
        """
        start = _mixed(indices * _GOLDEN_GAMMA + np.uint64(self.key))
        steps = np.arange(1, n_draws + 1, dtype=np.uint64) * _GOLDEN_GAMMA
        return _mixed(start[:, None] + steps[None, :])

    def uniforms(self, indices: Indices, n_draws: int = 1) -> Float64s:
        """Give numbers in [0, 1); shapes as `words`."""
        return np.asarray((self.words(indices, n_draws) >> np.uint64(11)) * _53_BITS)

    def uniform(self, indices: Indices) -> Float64s:
        """Give one number in [0, 1) each, (n,)."""
        return np.asarray(self.uniforms(indices)[:, 0])

    def normals(self, indices: Indices, n_draws: int) -> Float64s:
        """Give standard normal numbers, by the method of Box and Muller; shapes as `words`."""
        half = (n_draws + 1) // 2
        pairs = self.uniforms(indices, 2 * half)
        radius = np.sqrt(-2 * np.log1p(-pairs[:, :half]))
        angle = 2 * np.pi * pairs[:, half:]
        return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :n_draws]

    def choices(self, indices: Indices, shares: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Choose one of several each, by their shares, which need not add up to 1; (n,)."""
        edges = np.cumsum(np.asarray(shares, np.float64))
        return np.searchsorted(edges[:-1] / edges[-1], self.uniform(indices), side="right")


@lru_cache(maxsize=4096)
def open_stream(seed: int, purpose: str) -> RandomStream:
    """Open the stream of a seed and a purpose.

    Parameters
    ----------
    seed : int
        0 to 2^64 − 1.
    purpose : str
        What the numbers are for. Streams of different purposes are independent, so that a change in one step
        leaves the others as they were.

    Raises
    ------
    InvalidSetting
        If the seed is out of range.
    """
    if not 0 <= seed <= MAX_SEED:
        raise InvalidSetting(f"seed is {seed}, expected 0 to {MAX_SEED}")
    digest = hashlib.blake2b(f"{seed}/{purpose}".encode(), digest_size=8).digest()
    return RandomStream(int.from_bytes(digest, "little"))


def _mixed(words: npt.NDArray[Any]) -> Indices:
    """Scramble 64-bit words: the finaliser of SplitMix64."""
    words = (words ^ (words >> np.uint64(30))) * _MIX_1
    words = (words ^ (words >> np.uint64(27))) * _MIX_2
    return np.asarray(words ^ (words >> np.uint64(31)), np.uint64)
