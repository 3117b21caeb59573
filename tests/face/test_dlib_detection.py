"""The detector's tile, and boxes from its scores."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive.dlib_images import shrink
from vantay.errors import InvalidSample, InvalidSetting
from vantay.face.dlib_detection import decode_scores, find_faces
from vantay.face.dlib_pyramid import (
    DEFAULTS,
    PIXEL_MEAN,
    DlibDetectionParameters,
    Place,
    TiledPyramid,
    lay_out,
    tile_pyramid,
)

sides = st.integers(10, 400)


@given(sides, sides)
def test_copies_lie_in_the_tile_apart_from_each_other(height: int, width: int) -> None:
    tile_height, tile_width, places = lay_out(height, width)
    taken = np.zeros((tile_height, tile_width), np.int64)
    for place in places:
        assert place.left >= DEFAULTS.outer_padding_px
        assert place.top >= DEFAULTS.outer_padding_px
        assert place.left + place.width <= tile_width - DEFAULTS.outer_padding_px
        assert place.top + place.height <= tile_height - DEFAULTS.outer_padding_px
        taken[place.top : place.top + place.height, place.left : place.left + place.width] += 1
    assert taken.max() == 1
    assert places[0] == Place(11, 11, width, height)


@given(sides, sides)
def test_each_copy_is_five_sixths_of_the_one_before(height: int, width: int) -> None:
    _, _, places = lay_out(height, width)
    for larger, smaller in pairwise(places):
        assert smaller.width == larger.width * 5 // 6
        assert smaller.height == larger.height * 5 // 6


@settings(max_examples=20, deadline=None)
@given(st.integers(10, 40), st.integers(10, 40), st.integers(0, 1000))
def test_tile_holds_the_image_and_its_smaller_copies(height: int, width: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    tile, places, n_skipped = tile_pyramid(image)
    expected = image.transpose(2, 0, 1) - np.array(PIXEL_MEAN)[:, None, None]
    covered = np.zeros(tile.shape[2:], bool)
    for place in places:
        expected = shrink(expected, place.height, place.width) if place != places[0] else expected
        rows, columns = (
            slice(place.top, place.top + place.height),
            slice(place.left, place.left + place.width),
        )
        np.testing.assert_allclose(tile[0, :, rows, columns], expected, atol=1e-3)
        covered[rows, columns] = True
    assert not tile[0, :, ~covered].any()
    assert n_skipped == 0


def test_copies_that_only_smaller_faces_need_are_left_out() -> None:
    image = np.random.default_rng(0).integers(0, 256, (240, 200, 3)).astype(np.uint8)
    whole = tile_pyramid(image)
    for smallest, n_skipped in ((80, 0), (95, 0), (96, 1), (115.2, 2), (138.24, 3)):
        parameters = DlibDetectionParameters(smallest_face_px=smallest)
        part = tile_pyramid(image, parameters)
        assert part.n_skipped == n_skipped
        left, top, width, height = part.places[0]
        assert (width, height) == whole.places[n_skipped][2:]
        first = whole.places[n_skipped]
        np.testing.assert_array_equal(
            part.tile[0, :, top : top + height, left : left + width],
            whole.tile[0, :, first.top : first.top + height, first.left : first.left + width],
        )


def empty_scores(pyramid: TiledPyramid) -> npt.NDArray[np.float32]:
    rows, columns = ((side - 29) // 8 + 1 for side in pyramid.tile.shape[2:])
    return np.full((1, 1, rows, columns), -1.0, np.float32)


def test_score_becomes_the_window_around_its_place() -> None:
    pyramid = tile_pyramid(np.zeros((200, 300, 3), np.uint8))
    scores = empty_scores(pyramid)
    scores[0, 0, 10, 20] = 0.75
    (face,) = decode_scores(scores, pyramid)
    centre_x, centre_y = 20 * 8 + 14 - 11, 10 * 8 + 14 - 11
    assert face.score == 0.75
    assert (face.left_px, face.top_px) == (centre_x - 39, centre_y - 39)
    assert (face.right_px - face.left_px, face.bottom_px - face.top_px) == (79, 79)


def test_score_in_a_smaller_copy_becomes_a_larger_box() -> None:
    pyramid = tile_pyramid(np.zeros((200, 300, 3), np.uint8))
    level = 3
    place = pyramid.places[level]
    row = (place.top + place.height // 2 - 14) // 8
    column = (place.left + place.width // 2 - 14) // 8
    scores = empty_scores(pyramid)
    scores[0, 0, row, column] = 0.5
    (face,) = decode_scores(scores, pyramid)
    assert face.right_px - face.left_px + 1 == pytest.approx(80 * 1.2**level, abs=2)
    assert (face.left_px + face.right_px) / 2 == pytest.approx(150, abs=15)
    skipped = pyramid._replace(n_skipped=2)
    (larger,) = decode_scores(scores, skipped)
    assert larger.right_px - larger.left_px + 1 == pytest.approx(80 * 1.2 ** (level + 2), abs=3)


def test_of_boxes_on_each_other_the_best_stays() -> None:
    pyramid = tile_pyramid(np.zeros((200, 300, 3), np.uint8))
    scores = empty_scores(pyramid)
    scores[0, 0, 8, 6:9] = 0.5, 0.9, 0.7
    scores[0, 0, 8, 24] = 0.6
    faces = decode_scores(scores, pyramid)
    assert [round(face.score, 2) for face in faces] == [0.9, 0.6]
    assert decode_scores(empty_scores(pyramid), pyramid) == []


def test_threshold_leaves_out_worse_scores() -> None:
    pyramid = tile_pyramid(np.zeros((100, 100, 3), np.uint8))
    scores = empty_scores(pyramid)
    scores[0, 0, 5, 5] = 0.5
    assert len(decode_scores(scores, pyramid)) == 1
    assert decode_scores(scores, pyramid, DlibDetectionParameters(score_threshold=0.6)) == []


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((9, 100, 3), np.uint8), ((100, 16385, 3), np.uint8), ((50, 50), np.uint8), ((50, 50, 3), np.float32)],
)
def test_unusable_image_is_refused(shape: tuple[int, ...], dtype: type) -> None:
    with pytest.raises(InvalidSample, match="expected"):
        find_faces(np.zeros(shape, dtype), lambda tile: tile)


def test_smaller_faces_than_the_network_knows_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="smallest_face_px is 79, expected at least 80"):
        DlibDetectionParameters(smallest_face_px=79)
