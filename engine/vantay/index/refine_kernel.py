"""Inner products with rows that lie all over memory: the processor is told of a row before its turn comes.

A row of 2,048 bytes takes several times as long to come from memory as to multiply. With some rows asked for
ahead, that goes on meanwhile: a list of 4,000 of 100,000 takes half the time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir  # type: ignore[import-untyped]  # comes with numba, without types
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

Float32s = npt.NDArray[np.float32]
Int64s = npt.NDArray[np.int64]

_pointer: Any = cgutils.get_item_pointer

_LINE_BYTES = 64
"""Read from memory at once."""
_AHEAD = 4
"""Rows whose bytes are asked for while one is multiplied; 2 to 8 are as good."""

_READ, _ALL_CACHES, _DATA = 0, 3, 1
"""What `llvm.prefetch` is told."""


def _prefetch(_typing: Any, array: Any, row: Any, column: Any) -> tuple[Any, Any]:
    """Let the line of a number come into the caches; nothing else happens."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[0]
        structure = context.make_array(kind)(context, builder, arguments[0])
        place = _pointer(context, builder, kind, structure, arguments[1:], wraparound=False)
        line = builder.bitcast(place, cgutils.voidptr_t)
        number = ir.IntType(32)
        signature_of_it = ir.FunctionType(ir.VoidType(), [line.type, number, number, number])
        told = builder.module.declare_intrinsic("llvm.prefetch", (line.type,), signature_of_it)
        builder.call(told, [line, number(_READ), number(_ALL_CACHES), number(_DATA)])
        return context.get_dummy_value()

    return types.void(array, row, column), emit


def _do_nothing(_array: Any, _row: Any, _column: Any) -> None:
    """Stand in for `prefetch` where kernels are not compiled."""


is_compiled = not config.DISABLE_JIT  # type: ignore[attr-defined]  # set when numba is imported
prefetch: Any = intrinsic(_prefetch) if is_compiled else _do_nothing


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc"})
def refine_kernel(
    probe: Float32s, runs: Int64s, fine: npt.NDArray[np.int8], rows: Int64s, scores: Float32s
) -> None:
    """Give the inner product of a probe with each of some rows; see `SubjectVectors.refine`.

    Parameters
    ----------
    probe : (d,) float32
    runs : (k, 2) int64
        Half-open runs of the numbers that are not 0: the others are passed over.
    fine : (n, d) int8
    rows : (r,) int64
    scores : (r,) float32
        Written.
    """
    for r in range(rows.shape[0]):
        if r + _AHEAD < rows.shape[0]:
            coming = rows[r + _AHEAD]
            for k in range(runs.shape[0]):
                for i in range(runs[k, 0], runs[k, 1], _LINE_BYTES):
                    prefetch(fine, coming, i)
        row = rows[r]
        total = np.float32(0)
        for k in range(runs.shape[0]):
            for i in range(np.uint64(runs[k, 0]), np.uint64(runs[k, 1])):
                total += probe[i] * np.float32(fine[row, i])
        scores[r] = total
