from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from naive.poincare_index import find_singularities, poincare_index
from vantay.errors import InvalidSetting
from vantay.types import ANGLE_UNITS, MINUTIA_DTYPE, MinutiaType
from vantay_datasets.synthetic.fingerprint import MasterPrint, PatternClass, make_master
from vantay_datasets.synthetic.fingerprint.silhouette import fill_silhouette

N_CORES = {
    PatternClass.LEFT_LOOP: 1,
    PatternClass.RIGHT_LOOP: 1,
    PatternClass.WHORL: 2,
    PatternClass.TWIN_LOOP: 2,
    PatternClass.TENTED_ARCH: 1,
    PatternClass.PLAIN_ARCH: 0,
}


def digest(master: MasterPrint) -> str:
    parts = (master.relief, master.orientation_rad, master.pores_px, master.minutiae, master.pixels)
    return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()


def test_poincare_index_of_known_fields() -> None:
    around = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    assert poincare_index(list(around / 2 % np.pi)) == 0.5
    assert poincare_index(list(-around / 2 % np.pi)) == -0.5
    assert poincare_index(list(around % np.pi)) == 1
    assert poincare_index([3.1, 0.05, 3.0, 0.1]) == 0


@pytest.mark.parametrize("pattern", list(PatternClass))
def test_class_has_its_singularities_where_they_are_said_to_be(
    masters: dict[PatternClass, MasterPrint], pattern: PatternClass
) -> None:
    master = masters[pattern]
    skin = fill_silhouette(master.silhouette)
    found = find_singularities(master.orientation_rad, skin, 4)
    for places, truth in zip(found, (master.cores_px, master.deltas_px), strict=True):
        assert len(places) == len(truth) == N_CORES[pattern]
        for x, y in truth:
            assert min(np.hypot(x - found_x, y - found_y) for found_x, found_y in places) <= 4


def test_loops_open_to_their_side(masters: dict[PatternClass, MasterPrint]) -> None:
    for pattern, side in ((PatternClass.LEFT_LOOP, 1), (PatternClass.RIGHT_LOOP, -1)):
        master = masters[pattern]
        assert np.sign(master.deltas_px[0, 0] - master.cores_px[0, 0]) == side
        # Beside the core, on the open side and below it, ridges run towards the lower corner of that side.
        x, y = (master.cores_px[0] + [-side * 30, 30]).astype(int)
        slope = np.tan(float(master.orientation_rad[y, x]))
        assert np.sign(slope) == side


def test_same_seed_gives_the_same_bytes(master: MasterPrint) -> None:
    assert digest(make_master(master.seed, pattern=master.pattern)) == digest(master)


def test_different_seeds_give_different_prints(master: MasterPrint) -> None:
    other = make_master(master.seed + 1, pattern=master.pattern)
    both = fill_silhouette(master.silhouette) & fill_silhouette(other.silhouette)
    correlation = np.corrcoef(master.relief[both].astype(float), other.relief[both].astype(float))[0, 1]
    assert abs(correlation) < 0.3
    assert digest(other) != digest(master)


@pytest.mark.parametrize("pattern", list(PatternClass))
def test_minutiae_are_many_and_lie_along_the_ridges(
    masters: dict[PatternClass, MasterPrint], pattern: PatternClass
) -> None:
    master = masters[pattern]
    minutiae = master.minutiae
    assert minutiae.dtype == MINUTIA_DTYPE
    assert 35 <= len(minutiae) <= 110
    assert 0.25 < (minutiae["type"] == MinutiaType.RIDGE_ENDING).mean() < 0.8
    along_rad = minutiae["angle"] * (2 * np.pi / ANGLE_UNITS)
    ridge_rad = master.orientation_rad[minutiae["y_px"], minutiae["x_px"]].astype(float)
    difference = (along_rad - ridge_rad + np.pi / 2) % np.pi - np.pi / 2
    assert np.abs(difference).max() <= np.pi / ANGLE_UNITS + 0.002
    # Neither direction along the ridge is preferred.
    assert 0.2 < (minutiae["angle"] < ANGLE_UNITS // 2).mean() < 0.8
    with pytest.raises(ValueError, match="read-only"):
        minutiae["angle"] = 0


def test_picture_is_nearly_binary_with_dark_ridges(master: MasterPrint) -> None:
    skin = fill_silhouette(master.silhouette)
    grey = master.pixels[skin]
    assert master.pixels.dtype == np.uint8
    assert master.pixels.shape == (560, 416)
    assert (master.pixels[~skin] == 255).all()
    assert ((grey < 32) | (grey > 223)).mean() > 0.7
    assert 0.4 < (grey < 128).mean() < 0.6
    assert (grey[master.relief[skin] > 0.5] == 0).all()


def test_negative_seed_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="seed is -1, expected 0 or more"):
        make_master(-1)


@pytest.mark.parametrize("pattern", list(PatternClass))
def test_ridges_fill_the_whole_fingertip(
    masters: dict[PatternClass, MasterPrint], pattern: PatternClass
) -> None:
    master = masters[pattern]
    skin = fill_silhouette(master.silhouette)
    mean_square = cv2.blur(master.relief.astype(np.float32) ** 2, (19, 19))
    inner = cv2.erode(skin.astype(np.uint8), np.ones((21, 21), np.uint8)) > 0
    assert mean_square[inner].min() > 0.1
