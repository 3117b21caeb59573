from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face.drawn_faces import face_at, turned_face
from naive import yunet_maps
from vantay.errors import ExtractionFailed, InvalidSetting
from vantay.face.choice import choose_face
from vantay.face.detection import Box, DetectedFace, detect_faces
from vantay.face.registry import open_network
from vantay.face.yunet_detection import YunetDetector, decode_maps, suppress
from vantay_models.entry import LandmarkKind

N_VALUES = {"cls": 1, "obj": 1, "bbox": 4, "kps": 10}


def _maps(seed: int, width: int, height: int) -> dict[str, npt.NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    return {
        f"{kind}_{stride}": rng.normal(0.4, 0.5, (1, width * height // stride**2, n)).astype(np.float32)
        for kind, n in N_VALUES.items()
        for stride in (8, 16, 32)
    }


@given(
    st.integers(0, 1000),
    st.sampled_from([32, 64, 96]),
    st.sampled_from([32, 64]),
    st.sampled_from([0.1, 0.6, 2]),
)
def test_maps_are_decoded_as_cell_by_cell(seed: int, width: int, height: int, threshold: float) -> None:
    maps = _maps(seed, width, height)
    expected = np.array(yunet_maps.decode(maps, width, height, threshold)).reshape(-1, 15)
    np.testing.assert_allclose(decode_maps(maps, width, threshold), expected, rtol=1e-6, atol=1e-5)


@given(st.integers(0, 1000), st.floats(0, 0.9))
def test_suppression_keeps_what_the_obvious_way_keeps(seed: int, share: float) -> None:
    faces = yunet_maps.decode(_maps(seed, 96, 64), 96, 64, 0.3)
    expected = np.array(yunet_maps.suppress(faces, share)).reshape(-1, 15)
    np.testing.assert_allclose(suppress(np.array(faces).reshape(-1, 15), share), expected)


def test_the_dynamic_network_finds_what_opencv_finds_with_the_static_one(
    pulled_models: Path, mirror: Path, portraits: dict[str, npt.NDArray[np.uint8]]
) -> None:
    ours = YunetDetector(open_network("yunet").session)
    theirs = cv2.FaceDetectorYN.create(
        str(mirror / "face_detection_yunet_2023mar.onnx"), "", (640, 640), 0.6, 0.3, 5000
    )
    for pixels in list(portraits.values())[:4]:
        canvas = np.zeros((640, 640, 3), np.uint8)
        canvas[: pixels.shape[0], : pixels.shape[1]] = pixels
        (expected,) = theirs.detect(canvas[:, :, ::-1].copy())[1]
        (found,) = ours.detect(canvas)
        np.testing.assert_allclose(found.box, expected[:4], atol=2e-4)
        np.testing.assert_allclose(found.landmarks.ravel(), expected[4:14], atol=2e-4)
        assert found.score == pytest.approx(expected[14], abs=1e-5)


def test_a_shrunk_photo_gives_places_in_the_photo(
    pulled_models: Path, portraits: dict[str, npt.NDArray[np.uint8]]
) -> None:
    detector = YunetDetector(open_network("yunet").session)
    pixels = next(iter(portraits.values()))
    large = np.asarray(cv2.resize(pixels, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC), np.uint8)
    (small,), (found,) = detector.detect(pixels), detector.detect(large)
    np.testing.assert_allclose((found.landmarks + 0.5) / 4 - 0.5, small.landmarks, atol=8)
    assert found.box.area == pytest.approx(16 * small.box.area, rel=0.15)


class _Scripted:
    """A detector that knows one face, and sees it only if there is enough around it."""

    name, version, kind = "scripted", "1", LandmarkKind.EYES_NOSE_MOUTH

    def __init__(self, *, sees_tight_faces: bool) -> None:
        self.sees_tight_faces = sees_tight_faces
        self.shapes: list[tuple[int, ...]] = []

    def detect(self, pixels: npt.NDArray[np.uint8]) -> list[DetectedFace]:
        self.shapes.append(pixels.shape)
        rows, columns = np.nonzero(pixels[..., 0] == 255)
        box = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
        is_tight = min(columns.min(), rows.min()) < 5
        return [] if is_tight and not self.sees_tight_faces else [face_at(*map(float, box))]


def _photo(left: int, top: int) -> npt.NDArray[np.uint8]:
    photo = np.zeros((100, 80, 3), np.uint8)
    photo[top : top + 60, left : left + 50] = 255
    return photo


def test_a_photo_with_margins_is_searched_once() -> None:
    detector = _Scripted(sees_tight_faces=True)
    (face,) = detect_faces(detector, _photo(15, 20))
    assert face.box == Box(15, 20, 50, 60)
    assert detector.shapes == [(100, 80, 3)]


@pytest.mark.parametrize("sees_tight_faces", [True, False])
def test_a_tightly_cut_face_is_searched_with_a_border(sees_tight_faces: bool) -> None:
    detector = _Scripted(sees_tight_faces=sees_tight_faces)
    (face,) = detect_faces(detector, _photo(0, 20))
    assert detector.shapes == [(100, 80, 3), (200, 180, 3)]
    assert face.box == Box(0, 20, 50, 60)
    np.testing.assert_allclose(face.landmarks, face_at(0, 20, 50, 60).landmarks)


def test_a_large_photo_is_shrunk_before_a_border_is_added() -> None:
    detector = _Scripted(sees_tight_faces=True)
    large = np.repeat(np.repeat(_photo(0, 20), 40, axis=0), 40, axis=1)
    (face,) = detect_faces(detector, large)
    assert detector.shapes == [(4000, 3200, 3), (2000, 1800, 3)]
    np.testing.assert_allclose(face.box, (0, 800, 2000, 2400), atol=1e-6)


def test_the_face_alone_is_chosen() -> None:
    face = face_at(100, 100, 50, 60)
    assert choose_face([face], 300, 300) is face


def test_no_face_is_an_error_that_says_so() -> None:
    with pytest.raises(ExtractionFailed, match=r"p\.jpg: no face found") as caught:
        choose_face([], 300, 300, "p.jpg")
    assert caught.value.reason == "no_face"


def test_two_faces_of_one_size_are_an_error_that_says_so() -> None:
    with pytest.raises(ExtractionFailed, match="2 faces of about the same size") as caught:
        choose_face([face_at(40, 100, 50, 60), face_at(200, 100, 52, 60)], 300, 300)
    assert caught.value.reason == "several_faces"


def test_a_small_bystander_does_not_matter() -> None:
    front, behind = face_at(100, 100, 90, 110), face_at(10, 20, 40, 50, score=0.99)
    assert choose_face([behind, front], 300, 300) is front


def test_of_two_faces_of_nearly_one_size_the_central_one_is_chosen_over_one_in_the_corner() -> None:
    centre, corner = face_at(120, 120, 60, 60), face_at(0, 0, 55, 55)
    assert choose_face([corner, centre], 300, 300) is centre


def test_a_face_gives_the_points_of_templates() -> None:
    face = turned_face(LandmarkKind.EYES_NOSE_MOUTH)
    three = face.points(LandmarkKind.EYES_MOUTH)
    np.testing.assert_allclose(three[:2], face.landmarks[:2])
    np.testing.assert_allclose(three[2], face.landmarks[3:].mean(axis=0))
    with pytest.raises(InvalidSetting, match="expects eye-corners-nose"):
        face.points(LandmarkKind.EYE_CORNERS_NOSE)


def test_eyes_are_left_to_right_for_both_kinds_of_landmarks() -> None:
    for kind in (LandmarkKind.EYES_NOSE_MOUTH, LandmarkKind.EYE_CORNERS_NOSE):
        left, right = turned_face(kind).eyes
        assert left[0] < right[0]
        assert left[1] == pytest.approx(right[1])


@pytest.mark.parametrize("tight", [0.0, 0.1])
def test_tightly_cropped_portraits_are_found(
    tight: float, pulled_models: Path, portraits: dict[str, npt.NDArray[np.uint8]]
) -> None:
    detector = YunetDetector(open_network("yunet").session)
    for pixels in portraits.values():
        (face,) = detect_faces(detector, pixels)
        left, top, width, height = (int(value) for value in face.box)
        dx, dy = int(tight * width), int(tight * height)
        crop = pixels[top + dy : top + height - dy, left + dx : left + width - dx]
        found = choose_face(detect_faces(detector, np.ascontiguousarray(crop)), *crop.shape[1::-1])
        assert np.abs(found.moved(left + dx, top + dy).eyes - face.eyes).max() < 0.25 * face.eye_distance_px
