import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.transform import SimilarityTransform

from vantay.errors import InvalidSample
from vantay.face.alignment import align_face, estimate_similarity

points = arrays(np.float64, (5, 2), elements=st.floats(-500, 500, width=32))
ARCFACE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)


def _picture(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    waves = [128 + 100 * np.sin(x / (9.0 + k) + k) * np.cos(y / (11.0 - k)) for k in range(3)]
    return np.stack(waves, axis=-1).astype(np.uint8)


@given(st.floats(0.1, 9), st.floats(-3.1, 3.1), st.floats(-99, 99), st.floats(-99, 99), points)
def test_a_similarity_is_recovered(
    scale: float, angle: float, x: float, y: float, source: np.ndarray
) -> None:
    if np.ptp(source, axis=0).max() < 1:
        return
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found = estimate_similarity(source, source @ linear.T + [x, y])
    np.testing.assert_allclose(found, np.column_stack([linear, [x, y]]), atol=1e-6)


def test_points_that_do_not_fit_give_least_squares_as_another_program_does() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        source, target = rng.normal(0, 50, (5, 2)), ARCFACE + rng.normal(0, 4, (5, 2))
        source += ARCFACE * 3
        expected = SimilarityTransform.from_estimate(source, target).params[:2]
        np.testing.assert_allclose(estimate_similarity(source, target), expected, atol=1e-8)


@pytest.mark.parametrize("source", [np.full((5, 2), 7.0), np.full((5, 2), np.nan)])
def test_landmarks_in_one_point_are_refused(source: np.ndarray) -> None:
    with pytest.raises(InvalidSample, match="one point or no numbers"):
        estimate_similarity(source, ARCFACE)


def test_a_chip_is_what_opencv_cuts() -> None:
    picture = _picture(300, 280)
    landmarks = ARCFACE * 2 + [20, 30]
    to_chip = np.array([[0.5, 0, -10], [0, 0.5, -15]])
    expected = cv2.warpAffine(picture, to_chip, (112, 112))
    np.testing.assert_array_equal(align_face(picture, landmarks, ARCFACE, (112, 112)), expected)


def test_where_the_photo_has_nothing_the_chip_is_black() -> None:
    chip = align_face(np.full((112, 112, 3), 200, np.uint8), ARCFACE + 60, ARCFACE, (112, 112))
    assert (chip[60:, 60:] == 0).all()
    assert (chip[:40, :40] == 200).all()


def test_a_large_photo_is_not_aliased() -> None:
    """One pixel wide stripes become grey in a chip of an eighth of the size."""
    stripes = np.zeros((900, 900, 3), np.uint8)
    stripes[:, ::2] = 255
    chip = align_face(stripes, ARCFACE * 8, ARCFACE, (112, 112))
    assert np.ptp(chip[5:-5, 5:-5].astype(int)) < 12


def test_shrinking_first_keeps_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture without fine detail gives the same chip with shrinking and without."""
    picture = np.asarray(cv2.GaussianBlur(_picture(500, 500), (0, 0), 6), np.uint8)
    landmarks = ARCFACE / 0.3 + 20
    plain = align_face(picture, landmarks, ARCFACE, (112, 112)).astype(int)
    monkeypatch.setattr("vantay.face.alignment.MIN_SCALE", 0.9)
    shrunk_first = align_face(picture, landmarks, ARCFACE, (112, 112)).astype(int)
    assert np.abs(plain - shrunk_first).max() <= 3
    moved = align_face(picture, landmarks + 1.0, ARCFACE, (112, 112)).astype(int)
    assert np.abs(moved - shrunk_first).max() > 6
