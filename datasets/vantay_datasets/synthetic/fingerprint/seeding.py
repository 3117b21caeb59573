"""Named random streams of a seed: where all chance comes from."""

from __future__ import annotations

import zlib

import numpy as np

from vantay.errors import InvalidSetting


def random_stream(name: str, *seeds: int) -> np.random.Generator:
    """Open the random stream that belongs to a name and one or more seeds.

    Streams of different names are independent, so that a change in one step of the generator leaves the
    others as they were.

    Parameters
    ----------
    name : str
        Which step draws from it.
    *seeds : int
        0 or more each.

    Raises
    ------
    InvalidSetting
        If a seed is negative.
    """
    for seed in seeds:
        if seed < 0:
            raise InvalidSetting(f"seed is {seed}, expected 0 or more")
    entropy = [zlib.crc32(name.encode()), *seeds]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
