"""Names and room for the arrays that the kernels of this package exchange."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Bools: TypeAlias = npt.NDArray[np.bool_]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Float32s: TypeAlias = npt.NDArray[np.float32]
Float64s: TypeAlias = npt.NDArray[np.float64]
Int16s: TypeAlias = npt.NDArray[np.int16]
Int32s: TypeAlias = npt.NDArray[np.int32]
Int64s: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.uint64]

Arrays: TypeAlias = tuple[Any, ...]
"""Arrays and numbers that belong together; the kernel's first lines name them."""

Integer: TypeAlias = Any
Real: TypeAlias = Any
"""Numbers inside kernels: Python's or numpy's, whichever keeps the machine type that the loop needs."""

_CACHE_LINE_BYTES = 64


def room_for(n: int) -> Float32s:
    """Give room that begins where a line of the cache does.

    Parameters
    ----------
    n : int
        Numbers wanted.

    Returns
    -------
    (n,) float32
        As they come, as from `numpy.empty`.

    Notes
    -----
    Where `numpy.empty` begins differs from call to call, and loops that read and write across lines take a
    tenth longer.
    """
    spare = _CACHE_LINE_BYTES // 4
    room = np.empty(n + spare, np.float32)
    first = -room.ctypes.data % _CACHE_LINE_BYTES // 4
    return room[first : first + n]
