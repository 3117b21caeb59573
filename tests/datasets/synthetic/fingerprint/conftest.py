"""One master print of each class, made once."""

from __future__ import annotations

import os

import pytest

from vantay_datasets.synthetic.fingerprint import MasterPrint, PatternClass, make_master

JIT_IS_OFF = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


@pytest.fixture(scope="session")
def jit() -> None:
    """What grows a print asks for this: with the JIT off it takes minutes."""
    if JIT_IS_OFF:
        pytest.skip("growing a print takes minutes with the JIT off")


@pytest.fixture(scope="session")
def masters(jit: None) -> dict[PatternClass, MasterPrint]:
    return {pattern: make_master(100 + i, pattern=pattern) for i, pattern in enumerate(PatternClass)}


@pytest.fixture(scope="session")
def master(masters: dict[PatternClass, MasterPrint]) -> MasterPrint:
    return masters[PatternClass.WHORL]
