"""The network sees all of the foreground, on the grid of the whole image."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vantay.fingerprint.extraction.foreground import Box, ForegroundParameters, find_foreground_box
from vantay.fingerprint.extraction.window import (
    CONTEXT_PX,
    LARGEST_SIDE_PX,
    SIZE_MULTIPLE_PX,
    aligned_window,
    cut_window,
    split_window,
)
from vantay_models.leader.pattern import draw_ridges

MARGIN_PX = ForegroundParameters().margin_px


@st.composite
def boxes_in_images(draw: st.DrawFn) -> tuple[Box, tuple[int, int]]:
    height, width = draw(st.integers(64, 700)), draw(st.integers(64, 700))
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Box(left, top, draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))), (
        height,
        width,
    )


@given(boxes_in_images())
def test_window_holds_the_box_on_the_grid_of_the_centred_image(case: tuple[Box, tuple[int, int]]) -> None:
    box, (height, width) = case
    window = aligned_window(box, (height, width))
    assert window.left <= box.left
    assert window.right >= box.right
    assert window.top <= box.top
    assert window.bottom >= box.bottom
    whole = aligned_window(Box(0, 0, width, height), (height, width))
    for near, far in zip(window, whole, strict=True):
        assert (near - far) % SIZE_MULTIPLE_PX == 0
    assert whole.right - whole.left - width == -width % SIZE_MULTIPLE_PX
    assert -whole.left == (-width % SIZE_MULTIPLE_PX) // 2


@given(boxes_in_images())
def test_cut_window_is_the_image_inside_and_its_corner_grey_outside(
    case: tuple[Box, tuple[int, int]],
) -> None:
    box, shape = case
    window = aligned_window(box, shape)
    y, x = np.mgrid[: shape[0], : shape[1]]
    pixels = ((7 * y + 3 * x) % 250 + 5).astype(np.uint8)
    padded = np.pad(pixels, SIZE_MULTIPLE_PX, constant_values=pixels[0, 0])
    expected = padded[
        window.top + SIZE_MULTIPLE_PX : window.bottom + SIZE_MULTIPLE_PX,
        window.left + SIZE_MULTIPLE_PX : window.right + SIZE_MULTIPLE_PX,
    ]
    np.testing.assert_array_equal(cut_window(pixels, window), expected)


def test_box_holds_the_ridges_with_a_margin_and_no_specks() -> None:
    ridges = Box(left=150, top=100, right=400, bottom=400)
    canvas = np.full((480, 640), 250, np.uint8)
    canvas[ridges.top : ridges.bottom, ridges.left : ridges.right] = draw_ridges(300, 250, [])
    canvas[20:24, 600:604] = 0
    box = find_foreground_box(canvas)
    assert box is not None
    outward = np.array([ridges.left - box.left, ridges.top - box.top])
    outward = np.append(outward, [box.right - ridges.right, box.bottom - ridges.bottom])
    # Ridges fade out over the last 24 px of the drawing; the window of the deviation reaches over its edge.
    assert outward.min() >= MARGIN_PX - 12
    assert outward.max() <= MARGIN_PX + ForegroundParameters().window_px


def test_even_ground_has_no_box() -> None:
    rng = np.random.default_rng(1)
    assert find_foreground_box(np.full((100, 120), 255, np.uint8)) is None
    assert find_foreground_box((200 + rng.normal(0, 2, (100, 120))).astype(np.uint8)) is None


@given(st.integers(-31, 0), st.integers(-31, 0), st.integers(1, 130), st.integers(1, 130))
def test_cores_of_parts_tile_the_window_and_no_part_is_too_large(
    left: int, top: int, n_columns: int, n_rows: int
) -> None:
    window = Box(left, top, left + n_columns * SIZE_MULTIPLE_PX, top + n_rows * SIZE_MULTIPLE_PX)
    covered = np.zeros((n_rows, n_columns), int)
    for seen, core in split_window(window):
        rows, columns = (
            slice((low - start) // SIZE_MULTIPLE_PX, (high - start) // SIZE_MULTIPLE_PX)
            for low, high, start in ((core.top, core.bottom, top), (core.left, core.right, left))
        )
        covered[rows, columns] += 1
        assert max(seen.right - seen.left, seen.bottom - seen.top) <= LARGEST_SIDE_PX
        for near, inner, sign, end in zip(seen, core, (-1, -1, 1, 1), window, strict=True):
            assert (near - end) % SIZE_MULTIPLE_PX == 0
            assert near in {inner + sign * CONTEXT_PX, end} or abs(near - inner) < CONTEXT_PX
    assert (covered == 1).all()
