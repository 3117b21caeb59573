"""What a network sees of a face: the box and more, moved into the photo."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vantay.errors import ModelUnavailable
from vantay.face.detection import Box, DetectedFace
from vantay.face.network_input import cut_box, cut_face
from vantay_models.entry import ColorOrder, ImageInput, LandmarkKind, Layout, PixelType


def _edges(first: float, length: float, side_px: int) -> tuple[int, int]:
    """Move an interval into 0 to side - 1 by its overhang, one side after the other."""
    last = first + length
    if first < 0:
        first, last = 0.0, last - first
    if last > side_px - 1:
        first, last = first - (last - (side_px - 1)), float(side_px - 1)
    return int(first + 1e-9), int(last + 1e-9)


@given(
    st.integers(20, 60),
    st.integers(20, 60),
    st.tuples(st.integers(-10, 60), st.integers(-10, 60), st.integers(2, 50), st.integers(2, 50)),
    st.sampled_from([1.0, 1.5, 2.75, 4.0]),
)
def test_an_enlarged_box_is_moved_into_the_photo(
    height: int, width: int, box: tuple[int, int, int, int], scale: float
) -> None:
    y, x = np.mgrid[:height, :width]
    pixels = np.stack([x, y, x + y], axis=-1).astype(np.uint8)
    left, top, box_width, box_height = box
    enlarged = min(scale, (height - 1) / box_height, (width - 1) / box_width)
    grown = enlarged * box_width, enlarged * box_height
    first_x, last_x = _edges(left + box_width / 2 - grown[0] / 2, grown[0], width)
    first_y, last_y = _edges(top + box_height / 2 - grown[1] / 2, grown[1], height)
    found = cut_box(pixels, Box(*map(float, box)), scale, (16, 16))
    near = [
        cv2.resize(pixels[first_y : last_y + 1 + b, first_x : last_x + 1 + a], (16, 16)).astype(int)
        for a in (0, -1)
        for b in (0, -1)
        if last_x + a >= first_x and last_y + b >= first_y
    ]
    # whole numbers reached from above and below are rounded to neighbours: a row or a column more or less
    assert min(np.abs(found.astype(int) - expected).max() for expected in near) <= 1


def test_a_photo_with_room_shows_the_enlarged_box() -> None:
    pixels = np.zeros((400, 400, 3), np.uint8)
    pixels[140:261, 130:271] = 255
    chip = cut_box(pixels, Box(165.0, 170.0, 70.0, 60.0), 2.0, (80, 80))
    assert (chip == 255).all()
    assert not (cut_box(pixels, Box(164.0, 170.0, 70.0, 60.0), 2.0, (80, 80)) == 255).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [({}, "images of any size"), ({"width_px": 80, "height_px": 80}, "neither template nor box scale")],
)
def test_a_model_that_does_not_say_what_it_wants_is_refused(changes: dict[str, int], message: str) -> None:
    image = ImageInput(Layout.NCHW, ColorOrder.BGR, PixelType.FLOAT32, **changes)  # type: ignore[arg-type]
    face = DetectedFace(Box(8.0, 8.0, 16.0, 16.0), np.zeros((5, 2)), LandmarkKind.EYES_NOSE_MOUTH, 1.0)
    with pytest.raises(ModelUnavailable, match=message):
        cut_face(np.zeros((32, 32, 3), np.uint8), face, image)
