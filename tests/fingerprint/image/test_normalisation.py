"""Images become 500 ppi with dark ridges; what is so already stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from fingerprint.image.drawn_prints import whorl
from vantay.errors import InvalidSample
from vantay.fingerprint.image import normalise_finger_image, read_finger_image
from vantay.fingerprint.image.normalisation import rescale_to_ppi
from vantay.fingerprint.image.polarity import has_light_ridges
from vantay.types import FingerImage, FingerPosition

FVC_SETS = {
    "fvc2002/DB1_B": 500,
    "fvc2002/DB3_B": 500,
    "fvc2004/DB1_B": 500,
    "fvc2004/DB3_B": 512,
    "nfiq2_examples": 500,
}


def normalised(pixels: npt.NDArray[np.uint8], ppi: float = 500.0) -> npt.NDArray[np.uint8]:
    return normalise_finger_image(FingerImage(pixels, ppi)).pixels


def test_normal_image_keeps_its_pixels() -> None:
    pixels = whorl()
    assert normalised(pixels) is pixels


def test_name_and_position_are_kept() -> None:
    image = normalise_finger_image(FingerImage(whorl(), 1000.0, FingerPosition.LEFT_THUMB, "a.png"))
    assert (image.ppi, image.position, image.name) == (500.0, FingerPosition.LEFT_THUMB, "a.png")


@pytest.mark.parametrize("ppi", [250.0, 400.0, 512.0, 700.0, 1000.0, 1200.0])
def test_ridges_of_any_resolution_are_9_px_apart_afterwards(ppi: float) -> None:
    scale = ppi / 500
    height, width = round(374 * scale), round(388 * scale)
    pixels = normalised(whorl(height, width, period_px=9 * scale, contact_px=150 * scale), ppi)
    assert abs(pixels.shape[0] - 374) <= 1
    assert abs(pixels.shape[1] - 388) <= 1
    row = pixels[pixels.shape[0] // 2, 100:290].astype(float)
    spectrum = np.abs(np.fft.rfft((row - row.mean()) * np.hanning(row.size), 4096))
    assert 4096 / spectrum.argmax() == pytest.approx(9.0 / 1.2, rel=0.03)  # the ellipse is 1.2 times as high


def test_scale_is_the_same_in_both_directions() -> None:
    dot = np.zeros((480, 300), np.uint8)
    dot[400:404, 200:204] = 255
    weight = rescale_to_ppi(dot, 512, 500).astype(float)
    y, x = (np.average(axis + 0.5, weights=weight) for axis in np.mgrid[: weight.shape[0], : weight.shape[1]])
    assert x == pytest.approx(202 * 500 / 512, abs=0.05)
    assert y == pytest.approx(402 * 500 / 512, abs=0.05)


def test_less_than_a_pixel_of_change_is_none() -> None:
    pixels = whorl()
    assert rescale_to_ppi(pixels, 500.4, 500) is pixels


def test_negative_is_turned_back() -> None:
    pixels = whorl()
    assert has_light_ridges(255 - pixels)
    np.testing.assert_array_equal(normalised(255 - pixels), pixels)


def test_print_without_ground_is_taken_as_it_is() -> None:
    full = whorl(contact_px=1000.0)
    assert normalised(full) is full
    assert normalised(255 - full).mean() == pytest.approx(255 - full.mean())


def test_grey_ground_leaves_the_decision_to_the_skewness() -> None:
    y, x = np.mgrid[:374, :388].astype(float)
    distance = np.hypot(x - 194, y - 187)
    narrow_valleys = np.where(np.cos(2 * np.pi * distance / 9) > 0.4, 230.0, 30.0)
    ground = narrow_valleys[distance < 150].mean()
    pixels = np.where(distance < 150, narrow_valleys, ground).astype(np.uint8)
    assert not has_light_ridges(pixels)
    assert has_light_ridges(255 - pixels)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (FingerImage(whorl(), 100.0, name="a"), "a: resolution is 100 ppi, expected 250 to 1200"),
        (FingerImage(whorl()[:60], 500.0), "388×60 px, expected 64 to 4096"),
        (FingerImage(np.full((99, 99), 7, np.uint8), 500.0), "no contrast"),
        (FingerImage(whorl().astype(np.float32), 500.0), "pixels are float32"),
        (FingerImage(whorl()[..., np.newaxis], 500.0), "in 3 dimensions, expected uint8 in 2"),
    ],
)
def test_image_that_cannot_be_a_print_is_refused(image: FingerImage, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        normalise_finger_image(image)


@pytest.mark.eval_data
@pytest.mark.parametrize("name", FVC_SETS)
def test_no_real_print_is_flipped_and_every_negative_is(eval_data: Path, name: str) -> None:
    files = [f for f in sorted((eval_data / "fingerprints" / name).iterdir()) if f.suffix in {".tif", ".pgm"}]
    assert len(files) in {5, 80}
    for file in files:
        image = read_finger_image(file, ppi=FVC_SETS[name])
        pixels = rescale_to_ppi(image.pixels, image.ppi, 500)
        assert not has_light_ridges(pixels), file.name
        assert has_light_ridges(255 - pixels), file.name


@pytest.mark.eval_data
def test_files_of_fvc_do_not_say_their_resolution(eval_data: Path) -> None:
    for name in FVC_SETS:
        file = next(f for f in (eval_data / "fingerprints" / name).iterdir() if f.suffix in {".tif", ".pgm"})
        assert read_finger_image(file).ppi == 500
