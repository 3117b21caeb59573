"""Where chance comes from: named random streams of a seed, and smooth random fields."""

from __future__ import annotations

import zlib

import cv2
import numpy as np
import numpy.typing as npt
from vantay.errors import InvalidSetting

Field = npt.NDArray[np.float32]
"""(h, w) float32, one value a pixel."""


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


def smooth_field(rng: np.random.Generator, shape: tuple[int, int], scale_px: float) -> Field:
    """Draw a smooth random field: independent normal values on a coarse grid, cubic in between.

    Parameters
    ----------
    rng : Generator
    shape : (int, int)
        Height and width of the field.
    scale_px : float
        Grid step: bumps are about this wide.

    Returns
    -------
    (h, w) float32
        Mean near 0; standard deviation near 1 at the grid points.
    """
    height, width = shape
    rows, columns = int(np.ceil(height / scale_px)) + 2, int(np.ceil(width / scale_px)) + 2
    grid = rng.standard_normal((rows, columns), dtype=np.float32)
    field = cv2.resize(grid, None, fx=scale_px, fy=scale_px, interpolation=cv2.INTER_CUBIC)
    margin = int(scale_px)  # cubic interpolation flattens out at the border: leave it away
    return np.ascontiguousarray(field[margin : margin + height, margin : margin + width], dtype=np.float32)
