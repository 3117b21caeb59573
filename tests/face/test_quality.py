import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from face.drawn_faces import turned_face
from vantay.face.detection import DetectedFace
from vantay.face.quality import Component, FaceQuality, Verdict, assess_quality
from vantay.face.quality.exposure import measure_exposure
from vantay.face.quality.measures import measure_photo
from vantay.face.quality.portrait import cut_portrait, face_oval
from vantay.face.quality.sharpness import measure_sharpness
from vantay.face.quality.unified import Factor, unified_score
from vantay_models.entry import LandmarkKind

Pixels = npt.NDArray[np.uint8]
FACE = turned_face(LandmarkKind.EYES_NOSE_MOUTH, (0, 18.6, 0), px_per_mm=1.5, middle=(180, 170))


def _photo(seed: int = 0) -> Pixels:
    """A textured oval on an even ground: all that the measures look at."""
    rng = np.random.default_rng(seed)
    texture = np.zeros((480, 360))
    for size, amplitude in ((1.0, 30.0), (3.0, 60.0), (9.0, 120.0)):
        texture += amplitude * cv2.GaussianBlur(rng.normal(0, size, (480, 360)), (0, 0), size)
    photo = np.full((480, 360), 190.0)
    y, x = np.mgrid[:480, :360]
    head = ((x - 180) / 85) ** 2 + ((y - 200) / 120) ** 2 < 1
    photo[head] = 130 + texture[head]
    return np.repeat(np.clip(photo, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _component(quality: FaceQuality, name: str) -> Component:
    return next(c for c in quality.components if c.name == name)


def _scaled(face: DetectedFace, factor: float) -> DetectedFace:
    box = type(face.box)(*(factor * value for value in face.box))
    return type(face)(box, (face.landmarks + 0.5) * factor - 0.5, face.kind, face.score)


def test_a_good_photo_has_no_advice() -> None:
    quality = assess_quality(_photo(), FACE)
    assert quality.advice == ()
    assert quality.unified > 90
    assert {c.verdict for c in quality.components} == {Verdict.GOOD, Verdict.NOT_ASSESSED}


def test_open_eyes_are_never_claimed() -> None:
    eyes = _component(assess_quality(_photo(), FACE), "eyes_open")
    assert eyes.verdict is Verdict.NOT_ASSESSED
    assert "look whether they are open" in eyes.advice


@pytest.mark.parametrize(
    ("angles", "name", "advice"),
    [
        ((30, 18.6, 0), "yaw", "turn the head 30° to the person's right"),
        ((-25, 18.6, 0), "yaw", "turn the head 25° to the person's left"),
        ((0, 43.6, 0), "pitch", "raise the chin by about 25°"),
        ((0, -6.4, 0), "pitch", "lower the chin by about 25°"),
        ((0, 18.6, 20), "roll", "tilt the head 20° to the person's left shoulder"),
        ((0, 18.6, -20), "roll", "tilt the head 20° to the person's right shoulder"),
    ],
)
def test_a_turned_head_is_told_how_to_turn_back(
    angles: tuple[float, float, float], name: str, advice: str
) -> None:
    face = turned_face(FACE.kind, angles, middle=(180, 170))
    quality = assess_quality(_photo(), face)
    assert advice in quality.advice
    assert _component(quality, name).verdict is Verdict.POOR


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (lambda p: cv2.GaussianBlur(p, (0, 0), 7), "sharpness"),
        (lambda p: (p * 0.1).astype(np.uint8), "light"),
        (lambda p: (p * 0.05).astype(np.uint8), "under_exposure"),
        (lambda p: np.minimum(p * 2.4, 255).astype(np.uint8), "over_exposure"),
    ],
)
def test_what_spoils_a_photo_is_named_and_lowers_its_score(change: object, name: str) -> None:
    photo = _photo()
    spoilt = np.asarray(change(photo), np.uint8)  # type: ignore[operator]
    quality = assess_quality(spoilt, FACE)
    assert _component(assess_quality(photo, FACE), name).verdict is Verdict.GOOD
    assert _component(quality, name).verdict is Verdict.POOR
    assert quality.unified < assess_quality(photo, FACE).unified - 5


def test_a_small_photo_lacks_eye_distance() -> None:
    small = np.asarray(cv2.resize(_photo(), None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA), np.uint8)
    quality = assess_quality(small, _scaled(FACE, 0.15))
    assert _component(quality, "eye_distance").value == pytest.approx(0.15 * 94.5, rel=0.01)
    assert _component(quality, "eye_distance").verdict is Verdict.POOR
    assert quality.unified < 85


def test_a_face_in_the_distance_and_one_too_near_get_opposite_advice() -> None:
    near = assess_quality(_photo()[:, 80:280].copy(), FACE.moved(-80, 0))
    wide = cv2.copyMakeBorder(_photo(), 0, 0, 500, 500, cv2.BORDER_REPLICATE)
    far = assess_quality(np.asarray(wide, np.uint8), FACE.moved(500, 0))
    assert any(line.startswith("step back") for line in near.advice)
    assert any(line.startswith("come closer") for line in far.advice)


def test_an_uneven_ground_is_noticed() -> None:
    wide = cv2.copyMakeBorder(_photo(), 0, 0, 200, 200, cv2.BORDER_CONSTANT, value=(190, 190, 190))
    even = _component(assess_quality(np.asarray(wide, np.uint8), FACE.moved(200, 0)), "background")
    assert even.verdict is Verdict.GOOD
    assert even.value == pytest.approx(0, abs=3)
    wide[:, :150] = 20
    uneven = _component(assess_quality(np.asarray(wide, np.uint8), FACE.moved(200, 0)), "background")
    assert uneven.verdict is Verdict.POOR


def test_no_ground_is_not_assessed() -> None:
    crop = _photo()[100:320, 100:260].copy()
    background = _component(assess_quality(crop, FACE.moved(-100, -100)), "background")
    assert background.verdict is Verdict.NOT_ASSESSED
    assert background.advice


@given(st.floats(1.1, 4.0), st.floats(1.3, 2.5))
def test_more_blur_is_less_sharpness(deviation: float, factor: float) -> None:
    portrait, oval = cut_portrait(_photo(), FACE), face_oval()
    values = [
        measure_sharpness(np.asarray(cv2.GaussianBlur(portrait, (0, 0), d), np.uint8), oval)
        for d in (deviation, factor * deviation)
    ]
    assert measure_sharpness(portrait, oval) > values[0] > values[1]


def test_sharpness_does_not_depend_on_light() -> None:
    portrait, oval = cut_portrait(_photo(), FACE), face_oval()
    dimmed = (portrait * 0.4).astype(np.uint8)
    assert measure_sharpness(dimmed, oval) == pytest.approx(measure_sharpness(portrait, oval), rel=0.05)


def test_a_flat_face_has_no_sharpness() -> None:
    assert measure_sharpness(np.full((256, 256), 90, np.uint8), face_oval()) == 0.0


def test_exposure_counts_the_face_only() -> None:
    oval = face_oval()
    portrait = np.where(oval, 100, 255).astype(np.uint8)
    assert measure_exposure(portrait, oval) == (0.0, 0.0, 100.0)
    portrait[oval & (np.arange(256) < 128)] = 255
    bright, dark, light = measure_exposure(portrait, oval)
    assert bright == pytest.approx(0.5, abs=0.02)
    assert (dark, light) == (0.0, 255.0)


@given(st.floats(0.01, 100), st.floats(0.5, 5), st.floats(0, 1000), st.floats(0, 1000))
def test_a_factor_rises_and_is_one_half_where_it_says(
    half: float, steepness: float, one: float, other: float
) -> None:
    factor = Factor(half, steepness)
    assert factor(half) == pytest.approx(0.5)
    assert 0 <= factor(min(one, other)) <= factor(max(one, other)) <= 1


def test_the_network_and_the_components_both_count() -> None:
    measures = measure_photo(_photo(), FACE)
    alone = unified_score(measures)
    good, half, none = (unified_score(measures, value) for value in (0.65, 0.45, 0.0))
    assert good >= alone
    assert alone > half > none == 0
