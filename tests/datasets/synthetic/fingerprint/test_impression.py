from __future__ import annotations

import hashlib

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from vantay.errors import InvalidSetting
from vantay.types import ANGLE_UNITS, MINUTIA_DTYPE
from vantay_datasets.synthetic.fingerprint import (
    Impression,
    ImpressionLevel,
    MasterPrint,
    PatternClass,
    make_impression,
)

LEVELS = list(ImpressionLevel)


def digest(impression: Impression) -> str:
    parts = (impression.image.pixels, impression.minutiae, impression.master_index)
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


@pytest.fixture(scope="module")
def impressions(masters: dict[PatternClass, MasterPrint]) -> dict[ImpressionLevel, list[Impression]]:
    return {
        level: [make_impression(master, seed, level) for master in masters.values() for seed in (1, 2)]
        for level in LEVELS
    }


def step_along(angle: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Two pixels along each direction, y down."""
    direction_rad = angle * (2 * np.pi / ANGLE_UNITS)
    return 2 * np.stack([np.cos(direction_rad), -np.sin(direction_rad)], axis=1)


def clarity(impression: Impression, master: MasterPrint) -> float:
    """Correlation of an impression, put back onto its master, with the master's ridges."""
    rows, columns = np.mgrid[:416:2, :384:2]
    place = impression.skin_map.to_master(np.stack([columns, rows], axis=-1).astype(float)).astype(np.float32)
    relief = cv2.remap(
        master.relief.astype(np.float32),
        np.ascontiguousarray(place[..., 0]),
        np.ascontiguousarray(place[..., 1]),
        cv2.INTER_LINEAR,
    )
    offset = (np.stack([columns, rows], axis=-1) - impression.skin_map.centre_px) / (
        0.8 * impression.skin_map.half_axes_px
    )
    touched = ((offset**2).sum(axis=-1) < 1) & (relief != 0)
    darkness = 255.0 - impression.image.pixels[::2, ::2]
    return float(np.corrcoef(relief[touched], darkness[touched])[0, 1])


def test_image_is_a_500_ppi_picture_with_dark_ridges_on_light_ground(master: MasterPrint) -> None:
    image = make_impression(master, 1).image
    assert image.pixels.dtype == np.uint8
    assert image.pixels.shape == (416, 384)
    assert image.ppi == 500
    assert np.median(image.pixels[:8]) > 225
    middle = image.pixels[158:258, 142:242]
    assert np.percentile(middle, 20) < 90 < np.percentile(middle, 80)


@pytest.mark.parametrize("level", LEVELS)
def test_true_minutiae_are_the_masters_carried_over(
    impressions: dict[ImpressionLevel, list[Impression]],
    masters: dict[PatternClass, MasterPrint],
    level: ImpressionLevel,
) -> None:
    owners = [master for master in masters.values() for _ in range(2)]
    for impression, master in zip(impressions[level], owners, strict=True):
        truth, source = impression.minutiae, master.minutiae[impression.master_index]
        assert truth.dtype == MINUTIA_DTYPE
        assert len(set(impression.master_index.tolist())) == len(truth)
        assert (truth["type"] == source["type"]).all()
        places = np.stack([truth["x_px"], truth["y_px"]], axis=1).astype(float)
        back = impression.skin_map.to_master(places)
        off_px = np.hypot(back[:, 0] - source["x_px"], back[:, 1] - source["y_px"])
        assert off_px.max(initial=0) < 1.5
        moved = impression.skin_map.to_master(places + step_along(truth["angle"])) - back
        off_rad = np.arctan2(-moved[:, 1], moved[:, 0]) - source["angle"] * (2 * np.pi / ANGLE_UNITS)
        assert np.abs(np.angle(np.exp(1j * off_rad))).max(initial=0) < np.radians(4)


def test_picture_shows_the_masters_ridges_where_the_map_says(
    impressions: dict[ImpressionLevel, list[Impression]], masters: dict[PatternClass, MasterPrint]
) -> None:
    owners = [master for master in masters.values() for _ in range(2)]
    means = []
    for level in LEVELS:
        pairs = zip(impressions[level], owners, strict=True)
        means.append(float(np.mean([clarity(impression, master) for impression, master in pairs])))
    good, fair, poor = means
    assert good > 0.7
    assert good > fair > poor > 0.2


def test_worse_levels_show_fewer_minutiae(impressions: dict[ImpressionLevel, list[Impression]]) -> None:
    good, fair, poor = (np.mean([len(i.minutiae) for i in impressions[level]]) for level in LEVELS)
    assert 25 <= good <= 60
    assert good > 1.2 * fair > 1.2 * 1.2 * poor
    assert poor > 4


def test_same_seed_gives_the_same_bytes(master: MasterPrint) -> None:
    for level in LEVELS:
        assert digest(make_impression(master, 5, level)) == digest(make_impression(master, 5, level))


def test_seeds_and_levels_are_different_touches(master: MasterPrint) -> None:
    touches = [make_impression(master, seed, level) for seed in (5, 6) for level in LEVELS]
    assert len({digest(touch) for touch in touches}) == len(touches)
    assert len({touch.skin_map.rotation_rad for touch in touches}) == len(touches)


def test_bytes_do_not_depend_on_the_number_of_opencv_threads(master: MasterPrint) -> None:
    before = cv2.getNumThreads()
    try:
        digests = set()
        for n_threads in (1, 2):
            cv2.setNumThreads(n_threads)
            digests.add(digest(make_impression(master, 5)))
    finally:
        cv2.setNumThreads(before)
    assert len(digests) == 1


def test_negative_seed_is_refused(master: MasterPrint) -> None:
    with pytest.raises(InvalidSetting, match="seed is -3, expected 0 or more"):
        make_impression(master, -3)
