"""Seeds of a person's fingers and of an encounter's impressions.

The upper 16 bits of a finger's seed are its person's: fingers that share them tend to the same classes, to
one size and to one state of the skin. The upper 16 bits of an impression's seed are its encounter's:
impressions that share them were taken of the same dry or wet hands. The lower 48 bits tell fingers
and impressions apart.
"""

from __future__ import annotations

import numpy as np

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.minutiae.arrays import Words

N_FINGERS = 10

_SHARED = np.uint64(0xFFFF_0000_0000_0000)
_STEP = np.uint64(0x9E3779B97F4A7C15)


def finger_seeds(person_seed: int) -> Words:
    """Derive the seeds of a person's ten fingers.

    Parameters
    ----------
    person_seed : int
        0 to 2⁶⁴ − 1.

    Returns
    -------
    (10,) uint64
        By finger position, 1 to 10.

    Raises
    ------
    InvalidSetting
        If the seed is out of range.
    """
    return _seeds_of_one(person_seed)


def impression_seeds(encounter_seed: int) -> Words:
    """Derive the seeds of the impressions of ten fingers at one encounter, as `finger_seeds` does."""
    return _seeds_of_one(encounter_seed)


def seeds_of_ten(seeds: Words) -> Words:
    """Derive ten seeds of each of many persons or encounters.

    Parameters
    ----------
    seeds : (n,) uint64

    Returns
    -------
    (n, 10) uint64
        Each row has the upper 16 bits in common, hashed from its seed.
    """
    shared = _mixed(np.asarray(seeds, np.uint64) ^ _STEP)[:, None]
    own = _mixed(shared + np.arange(1, N_FINGERS + 1, dtype=np.uint64) * _STEP)
    result: Words = (shared & _SHARED) | (own & ~_SHARED)
    return result


def _mixed(words: Words) -> Words:
    """Hash words: the finaliser of SplitMix64, doi:10.1145/2660193.2660195."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def _seeds_of_one(seed: int) -> Words:
    if not 0 <= seed < 2**64:
        raise InvalidSetting(f"seed is {seed}, expected 0 to 2**64 - 1")
    return seeds_of_ten(np.array([seed], np.uint64)).reshape(N_FINGERS)
