"""Thinning: ridges become lines of one pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


def thin_ridges(ridges: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    """Reduce a binary image to its skeleton.

    Parameters
    ----------
    ridges : (h, w) bool
        True on ridges. The outermost rows and columns count as background.

    Returns
    -------
    (h, w) uint8
        1 on the skeleton, 0 elsewhere; as connected as the ridges were.

    References
    ----------
    Z. Guo, R. W. Hall, "Parallel thinning with two-subiteration algorithms", Communications of the ACM
    32(3), 1989, algorithm A1, doi:10.1145/62065.62074.
    """
    skeleton = np.zeros(ridges.shape, np.uint8)
    skeleton[1:-1, 1:-1] = ridges[1:-1, 1:-1]
    _thin_kernel(skeleton.reshape(-1), ridges.shape[1], _DELETABLE)
    return skeleton


def _deletable_table() -> npt.NDArray[np.bool_]:
    """(2, 256): whether a pixel with these neighbours may go in this subiteration.

    Bit k of the index is the neighbour k steps of 45° clockwise from north.
    """
    table = np.zeros((2, 256), np.bool_)
    for code in range(256):
        n, ne, e, se, s, sw, w, nw = (bool(code >> bit & 1) for bit in range(8))
        crossings = (
            (not n and (ne or e)) + (not e and (se or s)) + (not s and (sw or w)) + (not w and (nw or n))
        )
        pairs = min(
            (nw or n) + (ne or e) + (se or s) + (sw or w),
            (n or ne) + (e or se) + (s or sw) + (w or nw),
        )
        if crossings == 1 and 2 <= pairs <= 3:
            table[0, code] = not ((s or sw or not nw) and w)
            table[1, code] = not ((n or ne or not se) and e)
    table.flags.writeable = False
    return table


_DELETABLE = _deletable_table()


@njit(cache=True, nogil=True)
def _thin_kernel(flat: npt.NDArray[np.uint8], width: int, deletable: npt.NDArray[np.bool_]) -> None:
    remaining = np.flatnonzero(flat)
    n_remaining = remaining.size
    deleted = np.empty(n_remaining, np.int64)
    quiet_passes = 0
    subiteration = 0
    while quiet_passes < 2:
        n_kept = 0
        n_deleted = 0
        for k in range(n_remaining):
            i = remaining[k]
            code = (
                flat[i - width]
                | flat[i - width + 1] << 1
                | flat[i + 1] << 2
                | flat[i + width + 1] << 3
                | flat[i + width] << 4
                | flat[i + width - 1] << 5
                | flat[i - 1] << 6
                | flat[i - width - 1] << 7
            )
            if deletable[subiteration, code]:
                deleted[n_deleted] = i
                n_deleted += 1
            else:
                remaining[n_kept] = i
                n_kept += 1
        for k in range(n_deleted):
            flat[deleted[k]] = 0
        n_remaining = n_kept
        quiet_passes = 0 if n_deleted else quiet_passes + 1
        subiteration = 1 - subiteration
