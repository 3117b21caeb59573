"""LEADER finds what was planted, wherever it lies in the image, and says clearly when it cannot work."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from vantay.errors import ExtractionFailed, InvalidSetting, ModelUnavailable
from vantay.fingerprint.extraction import make_extractor
from vantay.fingerprint.extraction.leader import LeaderExtractor, LeaderParameters
from vantay.types import ANGLE_UNITS, FingerImage, FingerPosition, FingerTemplate, MinutiaType
from vantay_models.cache import read_model, record_path, write_model
from vantay_models.leader.pattern import PlantedMinutia, draw_ridges

PLANTED = [
    PlantedMinutia(60.0, 70.0, 1),
    PlantedMinutia(150.0, 60.0, -1),
    PlantedMinutia(100.0, 120.0, 1),
    PlantedMinutia(60.0, 150.0, -1),
    PlantedMinutia(170.0, 150.0, 1),
]
DIRECTION_RAD = 0.5
UP = round((np.pi / 2 - DIRECTION_RAD) / (2 * np.pi) * ANGLE_UNITS)
"""Direction of the extra ridge of a minutia of sign +1; that of sign −1 is opposite."""

REACH_PX = 4
REACH_ANGLE = 20


@pytest.fixture
def extractor(model_dir: Path) -> LeaderExtractor:
    return LeaderExtractor(model=model_dir / "leader.onnx")


def draw() -> npt.NDArray[np.uint8]:
    return draw_ridges(208, 224, PLANTED, direction_rad=DIRECTION_RAD, curvature=0.001)


def finger_image(pixels: npt.NDArray[np.uint8], ppi: float = 500.0) -> FingerImage:
    return FingerImage(pixels, ppi, FingerPosition.LEFT_THUMB, "drawn")


def angle_distance(
    first: npt.NDArray[np.int64], second: npt.NDArray[np.int64] | int
) -> npt.NDArray[np.int64]:
    difference = np.abs(first.astype(np.int64) - second) % ANGLE_UNITS
    return np.asarray(np.minimum(difference, ANGLE_UNITS - difference))


def assert_finds_planted(template: FingerTemplate, left_px: int = 0, top_px: int = 0) -> None:
    found = template.minutiae
    assert found.size == len(PLANTED)
    for planted in PLANTED:
        distance = np.hypot(found["x_px"] - left_px - planted.x_px, found["y_px"] - top_px - planted.y_px)
        nearest = int(distance.argmin())
        assert distance[nearest] <= REACH_PX
        expected = UP if planted.sign > 0 else UP + ANGLE_UNITS // 2
        assert angle_distance(found["angle"][nearest : nearest + 1], expected)[0] <= REACH_ANGLE


def test_finds_planted_minutiae_with_iso_direction(extractor: LeaderExtractor) -> None:
    template = extractor.extract(finger_image(draw()))
    assert_finds_planted(template)
    assert (template.width_px, template.height_px) == (224, 208)
    assert template.position == FingerPosition.LEFT_THUMB
    assert (template.extractor, template.extractor_version) == (extractor.name, extractor.version)
    assert set(template.minutiae["type"]) <= {MinutiaType.RIDGE_ENDING, MinutiaType.RIDGE_BIFURCATION}
    assert template.minutiae["quality"].min() >= 80
    assert template.quality > 0


def test_ridge_and_valley_swap_endings_and_bifurcations(extractor: LeaderExtractor) -> None:
    template = extractor.extract(finger_image(draw()))
    # Half a ridge further, what was the dark ridge of a minutia is the valley beside it.
    shifted = [
        *PLANTED[:2],
        PlantedMinutia(100.0 + 4.5 * np.cos(DIRECTION_RAD), 120.0 + 4.5 * np.sin(0.5), 1),
    ]
    swapped = extractor.extract(finger_image(draw_ridges(208, 224, [*shifted, *PLANTED[3:]])))
    kind = [
        found.minutiae["type"][np.hypot(found.minutiae["x_px"] - 101, found.minutiae["y_px"] - 121).argmin()]
        for found in (template, swapped)
    ]
    assert sorted(kind) == [MinutiaType.RIDGE_ENDING, MinutiaType.RIDGE_BIFURCATION]


def test_half_turn_of_the_image_turns_the_minutiae(extractor: LeaderExtractor) -> None:
    upright = extractor.extract(finger_image(draw())).minutiae
    turned = extractor.extract(finger_image(np.ascontiguousarray(draw()[::-1, ::-1]))).minutiae
    assert turned.size == upright.size
    x_px, y_px = 223 - turned["x_px"].astype(int), 207 - turned["y_px"].astype(int)
    for minutia in upright:
        distance = np.hypot(x_px - minutia["x_px"], y_px - minutia["y_px"])
        nearest = int(distance.argmin())
        assert distance[nearest] <= 3
        back = turned["angle"][nearest : nearest + 1].astype(np.int64) + ANGLE_UNITS // 2
        assert angle_distance(back, int(minutia["angle"]))[0] <= 6


@pytest.mark.parametrize(("left_px", "top_px"), [(0, 0), (32, 96), (150, 7), (416, 272)])
def test_finds_planted_minutiae_anywhere_in_a_large_image(
    extractor: LeaderExtractor, left_px: int, top_px: int
) -> None:
    canvas = np.full((480, 640), 255, np.uint8)
    canvas[top_px : top_px + 208, left_px : left_px + 224] = draw()
    assert_finds_planted(extractor.extract(finger_image(canvas)), left_px, top_px)


def test_very_large_image_gives_each_minutia_once(extractor: LeaderExtractor) -> None:
    canvas = np.full((256, 1900), 255, np.uint8)
    places = [(8, 0), (660, 30), (1400, 20), (1670, 10)]
    for left_px, top_px in places:
        canvas[top_px : top_px + 208, left_px : left_px + 224] = draw()
    found = extractor.extract(finger_image(canvas)).minutiae
    assert found.size == len(PLANTED) * len(places)
    for left_px, top_px in places:
        for planted in PLANTED:
            distance = np.hypot(found["x_px"] - left_px - planted.x_px, found["y_px"] - top_px - planted.y_px)
            assert np.count_nonzero(distance <= REACH_PX) == 1


def test_other_resolution_gives_minutiae_at_500_ppi(extractor: LeaderExtractor) -> None:
    doubled = draw().repeat(2, axis=0).repeat(2, axis=1)
    assert_finds_planted(extractor.extract(finger_image(doubled, ppi=1000.0)))


def test_negative_gives_what_the_print_gives(extractor: LeaderExtractor) -> None:
    canvas = np.full((320, 320), 255, np.uint8)
    canvas[50:258, 40:264] = draw()
    upright = extractor.extract(finger_image(canvas))
    assert_finds_planted(upright, 40, 50)
    assert extractor.extract(finger_image(np.asarray(255 - canvas, np.uint8))) == upright


def test_number_of_threads_does_not_change_a_byte(model_dir: Path) -> None:
    templates = [
        LeaderExtractor(n_threads=n_threads).extract(finger_image(draw())).minutiae.tobytes()
        for n_threads in (1, 2, 3)
    ]
    assert len(set(templates)) == 1


def test_threshold_decides_what_is_a_minutia(model_dir: Path) -> None:
    def n_minutiae(threshold: float) -> int:
        parameters = LeaderParameters(quality_threshold=threshold, n_minutiae_least=0)
        return LeaderExtractor(parameters=parameters).extract(finger_image(draw())).n_minutiae

    assert n_minutiae(0.01) > n_minutiae(0.3) > n_minutiae(0.99) == 0


def test_at_most_255_minutiae_the_best_are_kept(model_dir: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (512, 512)).astype(np.uint8)
    parameters = LeaderParameters(quality_threshold=0.001)
    template = LeaderExtractor(parameters=parameters).extract(finger_image(noise))
    assert template.n_minutiae == 255
    order = np.lexsort((template.minutiae["x_px"], template.minutiae["y_px"]))
    np.testing.assert_array_equal(order, np.arange(255))
    assert template.minutiae["quality"].min() >= 1


def test_even_ground_fails_for_want_of_foreground(extractor: LeaderExtractor) -> None:
    y, x = np.mgrid[:200, :200]
    slope = (100 + 0.4 * x + 0.1 * y).astype(np.uint8)
    with pytest.raises(ExtractionFailed, match="drawn: no ridges") as failure:
        extractor.extract(finger_image(slope))
    assert failure.value.reason == "no_foreground"


def test_ridges_without_minutiae_fail_for_want_of_minutiae(extractor: LeaderExtractor) -> None:
    with pytest.raises(ExtractionFailed, match=r"drawn: \d minutiae .* expected at least 4") as failure:
        extractor.extract(finger_image(draw_ridges(128, 128, [])))
    assert failure.value.reason == "too_few_minutiae"


@pytest.mark.parametrize("n_threads", [1, 2])
def test_many_images_give_what_each_gives_alone(model_dir: Path, n_threads: int) -> None:
    images = [
        finger_image(draw()),
        finger_image(draw_ridges(128, 128, [])),
        finger_image(draw()[::-1, ::-1].copy()),
    ]
    extractor = LeaderExtractor(n_threads=n_threads)
    first, failure, last = extractor.extract_many(images)
    assert first == extractor.extract(images[0])
    assert isinstance(failure, ExtractionFailed)
    assert last == extractor.extract(images[2])
    assert extractor.extract_many([]) == []


def test_missing_model_names_the_file_and_the_command(tmp_path: Path) -> None:
    extractor = LeaderExtractor(model=tmp_path / "leader.onnx")
    with pytest.raises(ModelUnavailable, match=r"leader\.onnx.*vantay models build"):
        extractor.extract(finger_image(draw()))


def test_model_that_differs_from_its_record_is_refused(model_dir: Path, tmp_path: Path) -> None:
    data, record = read_model(model_dir / "leader.onnx")
    path = tmp_path / "leader.onnx"
    write_model(path, data, record)
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(ModelUnavailable, match="damaged"):
        LeaderExtractor(model=path).extract(finger_image(draw()))
    record_path(path).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="not readable"):
        LeaderExtractor(model=path).extract(finger_image(draw()))


@pytest.mark.parametrize("threshold", [0.0, -0.1, 1.1, float("nan")])
def test_threshold_outside_its_range_is_refused(threshold: float) -> None:
    with pytest.raises(InvalidSetting, match="quality_threshold"):
        LeaderExtractor(parameters=LeaderParameters(quality_threshold=threshold))


def test_extractor_is_chosen_by_name_and_by_what_is_built(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make_extractor().name == "leader"
    assert make_extractor("classical").name == "classical"
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    assert make_extractor().name == "classical"
    assert make_extractor("leader").name == "leader"


@pytest.mark.parametrize(
    ("name", "n_threads", "message"),
    [("laeder", 1, "extractor is 'laeder', expected one of leader, classical"), (None, 0, "n_threads is 0")],
)
def test_wrong_choice_is_refused(name: str | None, n_threads: int, message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        make_extractor(name, n_threads=n_threads)
