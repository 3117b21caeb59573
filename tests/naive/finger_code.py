"""The fixed-length code of a finger by the words of its docstring, in float64, a number at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.fixed_length.parameters import CodeParameters, CodeTables

Rows = Sequence[Sequence[float]]
Float64s = npt.NDArray[np.float64]


def naive_finger_code(
    values: Rows, turns: Rows, quality: Sequence[float], tables: CodeTables, parameters: CodeParameters
) -> list[float]:
    """Code of one finger; all 0 if no cylinder has a value."""
    sums = [[0.0] * tables.centres.shape[1] for _ in tables.centres]
    for cells, turn, own_quality in zip(values, turns, quality, strict=True):
        if any(cells):
            row = _described(cells, turn, parameters) - tables.mean.astype(np.float64)
            projected = row @ tables.projection.astype(np.float64)
            weight = max(own_quality, parameters.quality_floor) ** parameters.quality_power
            for total, share, centre in zip(sums, _shares(projected, tables), tables.centres, strict=True):
                for j, number in enumerate(projected):
                    total[j] += weight * share * (number - float(centre[j]))
    if not any(any(total) for total in sums):
        return [0.0] * tables.code_projection.shape[1]
    evened = [_of_length_1([math.copysign(math.sqrt(abs(s)), s) for s in total]) for total in sums]
    pooled = np.array(_of_length_1([number for centre in evened for number in centre]))
    code = (pooled - tables.code_mean.astype(np.float64)) @ tables.code_projection.astype(np.float64)
    return _of_length_1(code.tolist())


def _described(cells: Sequence[float], turn: Sequence[float], parameters: CodeParameters) -> Float64s:
    evened = [min(math.sqrt(cell / parameters.value_scale), parameters.value_limit) for cell in cells]
    return np.array([*evened, *(parameters.direction_weight * part for part in turn)])


def _shares(projected: Float64s, tables: CodeTables) -> list[float]:
    distances = [sum((a - b) ** 2 for a, b in zip(projected, c, strict=True)) for c in tables.centres]
    shares = [math.exp(-tables.sharpness * (distance - min(distances))) for distance in distances]
    return [share / sum(shares) for share in shares]


def _of_length_1(numbers: list[float]) -> list[float]:
    length = math.sqrt(sum(number * number for number in numbers))
    return [number / length for number in numbers] if length > 0 else numbers
