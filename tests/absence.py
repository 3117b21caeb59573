"""What a test does when something it needs is not there."""

from __future__ import annotations

import importlib
import os
from types import ModuleType
from typing import NoReturn

import pytest


def skip_or_fail(message: str) -> NoReturn:
    """Skip the test; fail it where VANTAY_REQUIRE_EVAL_DATA=1 says that everything has to be there."""
    if os.environ.get("VANTAY_REQUIRE_EVAL_DATA") == "1":
        pytest.fail(message)
    pytest.skip(message)


def import_or_skip(name: str) -> ModuleType:
    """Import a package that only tests need."""
    try:
        return importlib.import_module(name)
    except ImportError:
        skip_or_fail(
            f"the package with {name} is not installed: it is among the requirements for development"
        )
