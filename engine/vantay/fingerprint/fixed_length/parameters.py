"""Every constant of the fixed-length code, and the trained tables that come with the package.

The constants were chosen on the FVC sets (docs/fixed-length-code.md has the runs); the tables are trained on
synthetic fingers by `vantay.evaluation.finger_code_training`, which never sees a real print.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption
from vantay.fingerprint.comparison.parameters import PARAMETERS as COMPARISON

Float32s = npt.NDArray[np.float32]

CODE_NUMBERS = 192
"""Numbers of a code. 128 lose twice as many mated pairs, 256 a third fewer."""

TABLES_FILE = Path(__file__).with_name("tables.npz")


@dataclass(frozen=True, slots=True)
class CodeParameters:
    """How the minutiae of a finger become one vector."""

    n_projected: int = 96
    """Numbers that remain of a cylinder and a direction (64 lose half as much again, 128 gain nothing)."""
    n_words: int = 8
    """Centres that cylinders are assigned to (16 and 32 are no better)."""
    value_scale: float = 0.01
    value_limit: float = 3.0
    """A cell of value v becomes √(v / scale), at most the limit: spread as even as that of a count."""
    direction_weight: float = 8.0
    """Lever of the minutia's direction, cosine and sine, beside the 384 cells: fingers are mostly upright
    (0 loses half as many pairs again, 6 to 10 make no difference)."""
    whitening_power: float = 0.25
    """Projected numbers are divided by this power of their variance (0 and 0.5 are worse)."""
    softness: float = 0.5
    """Sharpness of the assignment, per mean gap of the nearest and the next centre (1 and 0.25 are worse)."""
    quality_floor: float = 0.2
    quality_power: float = 1.5
    """A minutia counts as this power of its quality, 0..1, of the floor at least."""
    code_whitening: float = 0.01
    """Added to the variance of each number of a code before it is divided out, as a share of the largest."""


@dataclass(frozen=True, slots=True, eq=False)
class CodeTables:
    """What training found.

    Attributes
    ----------
    mean : (386,) float32
        Of a cylinder's prepared values and its direction.
    projection : (386, 96) float32
        Principal directions, scaled.
    centres : (8, 96) float32
        Of projected cylinders.
    sharpness : float
        Of the assignment to them, per squared distance.
    code_mean : (768,) float32
        Of pooled vectors.
    code_projection : (768, 192) float32
        Principal directions, whitened.
    parameter_hash : str
        SHA-256 over parameters and tables, those of the comparison's cylinders too.
    """

    mean: Float32s
    projection: Float32s
    centres: Float32s
    sharpness: float
    code_mean: Float32s
    code_projection: Float32s
    parameter_hash: str


PARAMETERS = CodeParameters()


def parameters_digest() -> str:
    """SHA-256 over the parameters that tables are trained with, the cylinders' too."""
    text = json.dumps(
        [CODE_NUMBERS, dataclasses.asdict(PARAMETERS), dataclasses.asdict(COMPARISON.cylinder)],
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_tables() -> CodeTables:
    """Load the tables of this package.

    Raises
    ------
    DataCorruption
        If they were trained with other parameters than those in use.
    """
    with np.load(TABLES_FILE) as file:
        arrays = {name: file[name] for name in file.files}
    trained_with = str(arrays.pop("parameters"))
    if trained_with != parameters_digest():
        raise DataCorruption(
            f"{TABLES_FILE.name} was trained with parameters {trained_with[:12]}, expected "
            f"{parameters_digest()[:12]}: run python -m vantay.evaluation.finger_code_training"
        )
    digest = hashlib.sha256(trained_with.encode())
    for name in sorted(arrays):
        digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    sharpness = float(arrays.pop("sharpness"))
    tables = {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}
    return CodeTables(**tables, sharpness=sharpness, parameter_hash=digest.hexdigest())
