"""Trains the tables of the fixed-length finger code on synthetic fingers.

Run ``python -m vantay.evaluation.finger_code_training [--fingers N] [--output FILE]``. Without a file, the
tables of the package are replaced. The same numbers of the same generator give the same tables, but for the
last digits of what the machine's linear algebra computes; whoever trains anew, or changes a parameter,
changes the hash that derived files carry, and they are made anew.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.comparison.cylinders import build_cylinders_with_values
from vantay.fingerprint.comparison.prepared import TABLES as CYLINDER_TABLES
from vantay.fingerprint.fixed_length.parameters import (
    CODE_NUMBERS,
    PARAMETERS,
    TABLES_FILE,
    CodeTables,
    Float32s,
    parameters_digest,
)
from vantay.fingerprint.fixed_length.pooling import describe, pool_cylinders, project_cylinders
from vantay_datasets.synthetic.minutiae import TemplateLevel, make_impressions

DEFAULT_FINGERS = 8000
N_IMPRESSIONS = 2
SEED = 5_1961
N_DESCRIBED = 1500
"""Impressions whose cylinders the projection and the centres are found from: about 65,000."""
N_CENTRE_ROUNDS = 20
ADULT_YEARS = 30.0

Impression = tuple[Float32s, Float32s, Float32s]
"""Values, directions, qualities of the minutiae of one impression."""


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fingers", type=int, default=DEFAULT_FINGERS, help="fingers to make (default 8000)")
    parser.add_argument("--output", type=Path, default=TABLES_FILE, help="default: the package's tables")
    arguments = parser.parse_args()
    impressions = list(make_training_impressions(arguments.fingers))
    write_tables(train_tables(impressions), arguments.output)
    print(f"{arguments.output}: trained on {len(impressions)} impressions of {arguments.fingers} fingers")


def make_training_impressions(n_fingers: int, seed: int = SEED) -> Iterator[Impression]:
    """Make impressions of fingers that do not exist, as hard as those of FVC."""
    random = np.random.Generator(np.random.Philox(seed))
    n = n_fingers * N_IMPRESSIONS
    seeds = np.repeat(random.integers(1 << 63, size=n_fingers, dtype=np.uint64), N_IMPRESSIONS)
    positions = np.repeat(random.integers(1, 11, size=n_fingers, dtype=np.uint8), N_IMPRESSIONS)
    visits = random.integers(1 << 63, size=n, dtype=np.uint64)
    batch = make_impressions(seeds, positions, np.full(n, ADULT_YEARS), visits, TemplateLevel.FVC_HARD)
    for first, last in zip(batch.offsets[:-1], batch.offsets[1:], strict=True):
        yield _describe_impression(batch.minutiae[first:last])


def _describe_impression(minutiae: npt.NDArray[np.void]) -> Impression:
    x, y = minutiae["x_px"].astype(np.float32), -minutiae["y_px"].astype(np.float32)
    angle = np.ascontiguousarray(minutiae["angle"])
    _, values = build_cylinders_with_values(x, y, angle, CYLINDER_TABLES)
    quality = (minutiae["quality"] / 100).astype(np.float32)
    return values, CYLINDER_TABLES.turns[angle], quality


def train_tables(impressions: list[Impression]) -> CodeTables:
    """Find projection, centres and whitening.

    Parameters
    ----------
    impressions : list
        At least a thousand, of many fingers.
    """
    some = impressions[:: max(1, len(impressions) // N_DESCRIBED)]
    rows = np.concatenate([describe(v, t)[v.any(axis=1)] for v, t, _ in some]).astype(np.float64)
    mean = rows.mean(axis=0)
    axes, variances = _principal_axes(rows - mean, PARAMETERS.n_projected)
    projection = axes / variances**PARAMETERS.whitening_power
    projected = (rows - mean) @ projection
    centres = _find_centres(projected[::5], PARAMETERS.n_words)
    squares = np.sort(_squared_distances(projected, centres), axis=1)
    sharpness = PARAMETERS.softness / float(np.mean(squares[:, 1] - squares[:, 0]))
    tables = CodeTables(
        mean.astype(np.float32),
        projection.astype(np.float32),
        centres.astype(np.float32),
        sharpness,
        code_mean=np.empty(0, np.float32),
        code_projection=np.empty((0, 0), np.float32),
        parameter_hash="",
    )
    pooled = np.stack([pool_cylinders(project_cylinders(v, t, tables), q, tables) for v, t, q in impressions])
    code_mean, code_projection = _whitening(pooled.astype(np.float64))
    return replace(tables, code_mean=code_mean, code_projection=code_projection)


def _principal_axes(
    rows: npt.NDArray[np.float64], n: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    variances, axes = np.linalg.eigh(rows.T @ rows / rows.shape[0])
    best = np.argsort(-variances)[:n]
    # The sign of an axis is free: fixed by its largest number, for the same tables on every machine
    axes = axes[:, best]
    largest = np.abs(axes).argmax(axis=0)
    signed: npt.NDArray[np.float64] = axes * np.sign(axes[largest, np.arange(n)])
    return signed, variances[best]


def _find_centres(rows: npt.NDArray[np.float64], n: int) -> npt.NDArray[np.float64]:
    """Lloyd's algorithm from rows picked by a fixed seed."""
    random = np.random.Generator(np.random.Philox(SEED))
    centres = rows[random.choice(rows.shape[0], n, replace=False)]
    for _ in range(N_CENTRE_ROUNDS):
        nearest = _squared_distances(rows, centres).argmin(axis=1)
        counts = np.bincount(nearest, minlength=n)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, rows)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)
    return centres


def _squared_distances(
    rows: npt.NDArray[np.float64], centres: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    squares = np.square(rows).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    return np.asarray(squares - 2 * rows @ centres.T, np.float64)


def _whitening(pooled: npt.NDArray[np.float64]) -> tuple[Float32s, Float32s]:
    mean = pooled.mean(axis=0)
    axes, variances = _principal_axes(pooled - mean, CODE_NUMBERS)
    floor = PARAMETERS.code_whitening * variances[0]
    return mean.astype(np.float32), (axes / np.sqrt(variances + floor)).astype(np.float32)


def write_tables(tables: CodeTables, path: Path) -> None:
    """Write tables, in half precision, with the parameters that they were trained with."""
    arrays = {
        "mean": tables.mean,
        "projection": tables.projection,
        "centres": tables.centres,
        "code_mean": tables.code_mean,
        "code_projection": tables.code_projection,
    }
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    buffer = io.BytesIO()
    more = {"sharpness": np.array(tables.sharpness, np.float32), "parameters": np.array(parameters_digest())}
    np.savez(buffer, **halves, **more)  # type: ignore[arg-type]  # its types take any keyword for allow_pickle
    path.write_bytes(buffer.getvalue())


if __name__ == "__main__":
    main()
