"""Parameters without chance, and a batch of fingers."""

from __future__ import annotations

import numpy as np
import pytest

from vantay_datasets.synthetic.minutiae import (
    LEVELS,
    ImpressionBatch,
    ImpressionParameters,
    LevelParameters,
    TemplateLevel,
    make_impressions,
)

N_FINGERS, N_IMPRESSIONS = 24, 4


@pytest.fixture(scope="session")
def exact() -> LevelParameters:
    """A touch that shows everything as it is: no noise, no distortion, a contact wider than any finger."""
    hard = LEVELS[TemplateLevel.FVC_HARD].impression
    nothing = {
        name: 0.0
        for name in hard._fields
        if name.endswith(("_sd", "_sd_px", "_sd_turns", "_spread", "_share", "_loss"))
        or name in {"offset_px", "rotation_turns", "placing_px", "ragged", "strain", "bending_px"}
    }
    clear = {"clarity": 9.0, "spurious_per_px2": 0.0, "separation_px": 0.0}
    size = {"width_px": 1200, "height_px": 1200}
    impression = ImpressionParameters(**{**hard._asdict(), **nothing, **clear, **size})
    return LevelParameters(impression, ((2000.0, 2000.0, 0.0),))


@pytest.fixture(scope="session")
def batch() -> ImpressionBatch:
    """24 fingers, index and middle, 4 impressions each, hard."""
    seeds = np.repeat(np.random.default_rng(1).integers(0, 2**64, N_FINGERS, np.uint64), N_IMPRESSIONS)
    positions = np.repeat(np.tile(np.array([2, 3, 7, 8], np.uint8), N_FINGERS // 4), N_IMPRESSIONS)
    touches = np.random.default_rng(2).integers(0, 2**64, seeds.size, np.uint64)
    return make_impressions(seeds, positions, np.full(seeds.size, 30.0), touches, TemplateLevel.FVC_HARD)
