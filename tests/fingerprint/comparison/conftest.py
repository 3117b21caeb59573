"""Kernels rely on what machine words and IEEE 754 do; numpy's scalars warn where machine code does not."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _machine_arithmetic() -> Iterator[None]:
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        # An empty cylinder against an empty cylinder gives 0/0, which grades as 0.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            yield
    else:
        yield
