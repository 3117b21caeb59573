"""Templates of made-up fingers, and other captures of the same ones: enough for search, no images needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.codec import encode
from vantay.store import NewEncounter, NewTemplate
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate

WIDTH_PX, HEIGHT_PX = 300, 400
N_MINUTIAE = 40
MIN_DISTANCE_PX = 12


def make_finger(seed: int, position: FingerPosition = FingerPosition.RIGHT_INDEX) -> FingerTemplate:
    """Make a finger with minutiae at random places, none nearer to another than on skin."""
    rng = np.random.default_rng([seed, 1])
    places = np.empty((0, 2), dtype=np.int64)
    while len(places) < N_MINUTIAE:
        place = rng.integers((15, 15), (WIDTH_PX - 15, HEIGHT_PX - 15))
        if np.all(np.hypot(*(places - place).T) >= MIN_DISTANCE_PX):
            places = np.vstack([places, place])
    minutiae = np.zeros(N_MINUTIAE, dtype=MINUTIA_DTYPE)
    minutiae["x_px"], minutiae["y_px"] = places.T
    minutiae["angle"] = _ridge_angles(places, rng)
    minutiae["type"] = rng.integers(1, 3, N_MINUTIAE)
    minutiae["quality"] = rng.integers(40, 101, N_MINUTIAE)
    return FingerTemplate(minutiae, WIDTH_PX, HEIGHT_PX, position, 60, "made-up", "1")


def _ridge_angles(places: npt.NDArray[np.int64], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Point each minutia along ridges that arch over the finger, one way or the other."""
    slant = (places[:, 0] / WIDTH_PX - 0.5) * (1.2 - places[:, 1] / HEIGHT_PX) * -rng.uniform(60, 110)
    return ((slant + rng.normal(0, 6, len(places)) + 128 * rng.integers(0, 2, len(places))) % 256).astype(
        np.uint8
    )


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
