"""Templates of made-up fingers, and other captures of the same ones: enough for search, no images needed."""

from __future__ import annotations

import numpy as np
from vantay.fingerprint.codec import encode
from vantay.store import NewEncounter, NewTemplate
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate

WIDTH_PX, HEIGHT_PX = 300, 400
N_MINUTIAE = 40


def make_finger(seed: int, position: FingerPosition = FingerPosition.RIGHT_INDEX) -> FingerTemplate:
    """Make a finger with minutiae at random places, not nearer to each other than about 20 px."""
    rng = np.random.default_rng([seed, 1])
    columns, rows = np.meshgrid(np.arange(15, WIDTH_PX - 15, 34), np.arange(15, HEIGHT_PX - 15, 34))
    places = np.stack([columns.ravel(), rows.ravel()], axis=1)
    places = rng.permutation(places)[:N_MINUTIAE] + rng.integers(-7, 8, (N_MINUTIAE, 2))
    minutiae = np.zeros(N_MINUTIAE, dtype=MINUTIA_DTYPE)
    minutiae["x_px"], minutiae["y_px"] = places.T
    minutiae["angle"] = rng.integers(0, 256, N_MINUTIAE)
    minutiae["type"] = rng.integers(1, 3, N_MINUTIAE)
    minutiae["quality"] = rng.integers(40, 101, N_MINUTIAE)
    return FingerTemplate(minutiae, WIDTH_PX, HEIGHT_PX, position, 60, "made-up", "1")


def capture_again(
    finger: FingerTemplate, seed: int, position: FingerPosition | None = None
) -> FingerTemplate:
    """Capture a finger again: moved a little, some minutiae missing, all of them slightly off."""
    rng = np.random.default_rng([seed, 2])
    seen = finger.minutiae[rng.random(finger.n_minutiae) < 0.9].copy()
    shift = rng.integers(-12, 13, 2)
    seen["x_px"] = np.clip(seen["x_px"] + shift[0] + rng.integers(-2, 3, seen.size), 0, WIDTH_PX - 1)
    seen["y_px"] = np.clip(seen["y_px"] + shift[1] + rng.integers(-2, 3, seen.size), 0, HEIGHT_PX - 1)
    seen["angle"] = (seen["angle"] + rng.integers(-3, 4, seen.size)) % 256
    where = finger.position if position is None else position
    return FingerTemplate(seen, WIDTH_PX, HEIGHT_PX, where, 55, "made-up", "1")


def encounter_of(subject_id: str, *fingers: FingerTemplate) -> NewEncounter:
    """Put fingers into an encounter of a subject."""
    return NewEncounter(subject_id, tuple(NewTemplate(f.position, encode(f), f.quality) for f in fingers))
