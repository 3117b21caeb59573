"""Before the first search, one among made-up people compiles all that searches need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from vantay.search import rehearse_search

PROGRAM = Path(__file__).with_name("rehearsed_search.py")
TESTS = Path(__file__).parents[2]


def compiled_late(*options: str) -> list[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    command = [sys.executable, str(PROGRAM), *options]
    return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout.split()


def test_made_up_people_go_through_every_stage() -> None:
    result = rehearse_search()
    assert result.candidates[0].subject_id == "nobody-0"
    assert (result.counts["searched"], result.counts["sketched"], result.counts["compared"]) == (6, 4, 2)


@pytest.mark.skipif(bool(vars(numba.config)["DISABLE_JIT"]), reason="nothing is compiled")
def test_after_a_rehearsal_a_search_compiles_nothing() -> None:
    assert not compiled_late()
    assert len(compiled_late("--without-rehearsal")) > 10
