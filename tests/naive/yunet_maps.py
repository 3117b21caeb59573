"""YuNet's maps, cell by cell, as its paper describes the head: slow and obvious."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt


def decode(
    maps: Mapping[str, npt.NDArray[np.float32]], width_px: int, height_px: int, score_threshold: float
) -> list[list[float]]:
    """Left, top, width, height; x, y of five points; score, for each cell that reaches the threshold."""
    faces = []
    for stride in (8, 16, 32):
        for row in range(height_px // stride):
            for column in range(width_px // stride):
                cell = row * (width_px // stride) + column
                class_score = min(max(float(maps[f"cls_{stride}"][0, cell, 0]), 0.0), 1.0)
                object_score = min(max(float(maps[f"obj_{stride}"][0, cell, 0]), 0.0), 1.0)
                score = math.sqrt(class_score * object_score)
                if score < score_threshold:
                    continue
                dx, dy, log_width, log_height = (float(v) for v in maps[f"bbox_{stride}"][0, cell])
                width, height = math.exp(log_width) * stride, math.exp(log_height) * stride
                face = [(column + dx) * stride - width / 2, (row + dy) * stride - height / 2, width, height]
                offsets = [float(v) for v in maps[f"kps_{stride}"][0, cell]]
                for point in range(5):
                    face += [(column + offsets[2 * point]) * stride, (row + offsets[2 * point + 1]) * stride]
                faces.append([*face, score])
    return faces


def suppress(faces: list[list[float]], largest_union_share: float) -> list[list[float]]:
    """Faces by descending score that share no more than so much of their union with a better one."""
    kept: list[list[float]] = []
    for face in sorted(faces, key=lambda f: -f[14]):
        if all(_union_share(face, better) <= largest_union_share for better in kept):
            kept.append(face)
    return kept


def _union_share(one: list[float], other: list[float]) -> float:
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
