"""Which instructions count ones in the machine code of kernels."""

from __future__ import annotations

import re
from typing import Any

from numba import njit

from vantay.fingerprint.comparison import local_kernel, sketch_kernel

INSPECTED = {"local stage": local_kernel.local_kernel, "sketches": sketch_kernel.sketch_kernel}

_PATTERNS = {
    "vpopcntq of 512 bits": re.compile(r"\bvpopcntq\s[^\n]*%zmm"),
    "vpopcntq of 256 bits": re.compile(r"\bvpopcntq\s[^\n]*%ymm"),
    "vpopcntq of 128 bits": re.compile(r"\bvpopcntq\s[^\n]*%xmm"),
    "popcntq": re.compile(r"\bpopcntq\s"),
    "cnt of 16 bytes": re.compile(r"\bcnt\s[^\n]*\.16b"),
}
"""In the syntax that LLVM prints: AT&T's on x86."""


def count_vector_popcounts(kernel: Any) -> dict[str, int]:
    """Compile a kernel anew and count its instructions.

    Parameters
    ----------
    kernel : numba dispatcher
        That was called before: its types are known.

    Returns
    -------
    dict of str to int
        How often each instruction stands in the machine code.

    Notes
    -----
    Kernels that come from the cache cannot be inspected, so the same function is compiled once more.
    """
    again = njit(nogil=True, error_model="numpy")(kernel.py_func)
    again.compile(kernel.signatures[0])
    text = "\n".join(again.inspect_asm().values())
    return {name: len(pattern.findall(text)) for name, pattern in _PATTERNS.items()}
