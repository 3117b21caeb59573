"""Templates to compare: Hypothesis strategies for odd ones, seeded makers for ones like real prints."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from vantay.types import MAX_COORDINATE_PX, MAX_MINUTIAE, MINUTIA_DTYPE, FingerTemplate

JIT = os.environ.get("NUMBA_DISABLE_JIT") != "1"

Rows = list[tuple[int, int, int, int, int]]
"""x_px, y_px, angle, type, quality."""

_Test = TypeVar("_Test", bound=Callable[..., object])


def examples(n: int) -> Callable[[_Test], _Test]:
    """Settings for n drawn examples, few of them where kernels run as Python; the first one compiles."""
    return settings(
        max_examples=n if JIT else n // 4,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def template(rows: Iterable[tuple[int, int, int, int, int]]) -> FingerTemplate:
    minutiae = np.array(list(rows), MINUTIA_DTYPE)
    return FingerTemplate(minutiae, width_px=500, height_px=500)


COORDINATES = {
    "print": st.integers(0, 350),
    "crowd": st.integers(100, 104),
    "anywhere": st.integers(0, MAX_COORDINATE_PX),
    "corners": st.sampled_from([0, 1, MAX_COORDINATE_PX - 1, MAX_COORDINATE_PX]),
}
ANGLES = {
    "any": st.integers(0, 255),
    "around_0": st.sampled_from([0, 1, 2, 42, 43, 44, 212, 213, 214, 254, 255]),
    "equal": st.just(7),
}


def rows(
    max_size: int, coordinate: st.SearchStrategy[int], angle: st.SearchStrategy[int]
) -> st.SearchStrategy[Rows]:
    return st.lists(
        st.tuples(coordinate, coordinate, angle, st.integers(0, 2), st.integers(0, 100)), max_size=max_size
    )


def _as_drawn(drawn: Rows) -> Rows:
    return drawn


def _on_a_line(drawn: Rows) -> Rows:
    return [(x, x // 2, angle, kind, quality) for x, _, angle, kind, quality in drawn]


def _doubled(drawn: Rows) -> Rows:
    return drawn[: len(drawn) // 2] * 2


ARRANGEMENTS: list[Callable[[Rows], Rows]] = [_as_drawn, _on_a_line, _doubled]


@st.composite
def odd_templates(draw: st.DrawFn, max_size: int = 40) -> FingerTemplate:
    """From empty to crowded, on a line, doubled, at the ends of the ranges."""
    place = draw(st.sampled_from(sorted(COORDINATES)))
    angle = draw(st.sampled_from(sorted(ANGLES)))
    drawn = draw(rows(max_size if JIT else min(max_size, 8), COORDINATES[place], ANGLES[angle]))
    arrange = draw(st.sampled_from(ARRANGEMENTS))
    return template(arrange(drawn))


def random_print(seed: int, n: int = 40, *, side_px: int = 300, apart_px: int = 9) -> FingerTemplate:
    """Minutiae some way apart in a field, directions at random."""
    rng = np.random.default_rng(seed)
    places: list[npt.NDArray[np.int64]] = []
    while len(places) < n:
        place = rng.integers(200, 200 + side_px, 2)
        if all(np.hypot(*(place - other)) >= apart_px for other in places):
            places.append(place)
    drawn = zip(np.array(places).reshape(-1, 2), rng.integers(0, 256, n), strict=True)
    return template(
        (int(x), int(y), int(a), int(rng.integers(1, 3)), int(rng.integers(30, 100))) for (x, y), a in drawn
    )


def another_impression(
    source: FingerTemplate,
    seed: int,
    *,
    kept: float = 0.8,
    jitter_px: float = 1.5,
    turn_units: int | None = None,
) -> FingerTemplate:
    """The same finger again: turned, moved, shaken, some minutiae lost and as many false ones found."""
    rng = np.random.default_rng(seed)
    turn = int(rng.integers(-25, 26)) if turn_units is None else turn_units
    m = source.minutiae[rng.random(source.n_minutiae) < kept]
    x, y = _turned(m["x_px"].astype(float), m["y_px"].astype(float), turn)
    moved = np.zeros(m.shape[0], MINUTIA_DTYPE)
    shift = rng.integers(-30, 31, 2)
    moved["x_px"] = np.rint(x + shift[0] + rng.normal(0, jitter_px, m.shape[0]))
    moved["y_px"] = np.rint(y + shift[1] + rng.normal(0, jitter_px, m.shape[0]))
    moved["angle"] = (m["angle"].astype(int) + turn + np.rint(rng.normal(0, 3, m.shape[0])).astype(int)) % 256
    moved["type"], moved["quality"] = m["type"], m["quality"]
    false = random_print(seed + 1_000_003, source.n_minutiae - m.shape[0]).minutiae
    return FingerTemplate(rng.permutation(np.concatenate([moved, false])), 500, 500)


def small_prints() -> tuple[list[FingerTemplate], list[FingerTemplate]]:
    """Ten fingers, twice."""
    fingers = [random_print(seed, 13, side_px=130) for seed in range(10)]
    return fingers, [another_impression(finger, seed) for seed, finger in enumerate(fingers)]


def turned(source: FingerTemplate, turn_units: int) -> FingerTemplate:
    """Turned counter-clockwise about the middle, by multiples of 2π/256; places rounded to whole pixels."""
    minutiae = source.minutiae.copy()
    x, y = _turned(minutiae["x_px"].astype(float), minutiae["y_px"].astype(float), turn_units)
    minutiae["x_px"], minutiae["y_px"] = np.rint(x), np.rint(y)
    minutiae["angle"] = (minutiae["angle"].astype(int) + turn_units) % 256
    return FingerTemplate(minutiae, source.width_px, source.height_px)


def moved(source: FingerTemplate, x_px: int, y_px: int) -> FingerTemplate:
    """Moved by whole pixels."""
    minutiae = source.minutiae.copy()
    minutiae["x_px"] += x_px
    minutiae["y_px"] += y_px
    return FingerTemplate(minutiae, source.width_px, source.height_px)


def full_print(seed: int) -> FingerTemplate:
    """As many minutiae as a template may hold."""
    return random_print(seed, MAX_MINUTIAE, side_px=500)


def _turned(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], units: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    c, s = np.cos(units * 2 * np.pi / 256), np.sin(units * 2 * np.pi / 256)
    # y points down: counter-clockwise for the eye is clockwise in these coordinates
    return 350 + c * (x - 350) + s * (y - 350), 350 - s * (x - 350) + c * (y - 350)
