"""The promise that the same seeds give the same bytes, whatever computes them."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from vantay_datasets.synthetic.minutiae import TemplateLevel, make_impressions, seeds_of_ten

N_PEOPLE = 1

KNOWN = "85a8a21c77ca833434333c5a9d760147e52124fa50a37220ce5252c57afe4edb"
"""Digest of the templates that these seeds have had since the parameters were last changed."""

PROGRAM = """
import warnings

warnings.simplefilter("ignore")  # words that wrap around: meant here, news to numpy's scalars
from test_reproducibility import N_PEOPLE, digest

print(digest(N_PEOPLE))
"""


def digest(n_people: int) -> str:
    """Hash the impressions of all fingers of some people at both levels."""
    people = np.arange(n_people, dtype=np.uint64)
    fingers, touches = (seeds_of_ten(people + np.uint64(first)).ravel() for first in (0, 10**6))
    positions = np.tile(np.arange(1, 11, dtype=np.uint8), n_people)
    ages = np.linspace(6, 60, positions.size)
    batches = [make_impressions(fingers, positions, ages, touches, level) for level in TemplateLevel]
    content = b"".join(batch.minutiae.tobytes() + batch.quality.tobytes() for batch in batches)
    return hashlib.sha256(content).hexdigest()


def test_seeds_give_the_bytes_they_have_always_given() -> None:
    assert digest(20) == KNOWN


def test_machine_code_and_python_agree_to_the_bit() -> None:
    # Python's floats are IEEE 754 doubles without contraction: whoever fuses or reorders differs.
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == digest(N_PEOPLE)
