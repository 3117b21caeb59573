from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from naive import synthetic_minutiae as naive
from vantay.errors import InvalidSetting
from vantay.fingerprint.comparison import TemplatePack, compare_many, prepare
from vantay.fingerprint.quality import QualityComponents, QualityParameters, quality_from_components
from vantay.types import FingerPosition
from vantay_datasets.synthetic.minutiae import (
    LEVELS,
    ImpressionBatch,
    LevelParameters,
    TemplateLevel,
    make_finger_impression,
    make_finger_minutiae,
    make_impressions,
)

N_IMPRESSIONS = 4


def _some(n: int, part: slice = slice(None)) -> ImpressionBatch:
    rng = np.random.default_rng(8)
    seeds, touches = rng.integers(0, 2**64, (2, n), np.uint64)
    positions, ages = rng.integers(0, 11, n).astype(np.uint8), rng.uniform(5, 80, n)
    return make_impressions(seeds[part], positions[part], ages[part], touches[part], TemplateLevel.FVC_HARD)


def _concatenated(parts: list[ImpressionBatch]) -> npt.NDArray[np.void]:
    return np.concatenate([part.minutiae for part in parts])


def test_any_slices_give_the_same_bytes() -> None:
    whole = _some(700)
    for cuts in ((0, 1, 700), (0, 350, 511, 513, 700)):
        parts = [_some(700, slice(*pair)) for pair in pairwise(cuts)]
        assert _concatenated(parts).tobytes() == whole.minutiae.tobytes()
        assert np.concatenate([part.quality for part in parts]).tobytes() == whole.quality.tobytes()


def test_threads_give_the_same_bytes() -> None:
    slices = [slice(start, start + 50) for start in range(0, 400, 50)]
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda part: _some(400, part), slices))
    assert _concatenated(parts).tobytes() == _some(400).minutiae.tobytes()


@pytest.mark.parametrize("level", list(TemplateLevel))
def test_one_impression_is_the_same_as_in_a_batch(level: TemplateLevel) -> None:
    master = make_finger_minutiae(77, FingerPosition.LEFT_THUMB, age_years=9)
    alone = make_finger_impression(master, 5, level)
    one = np.array([77], np.uint64), np.array([6], np.uint8), np.array([9.0]), np.array([5], np.uint64)
    assert make_impressions(*one, level).template(0) == alone
    assert (alone.extractor, len(alone.extractor_version)) == ("synthetic", 12)


def test_without_noise_an_impression_is_the_master_moved(exact: LevelParameters) -> None:
    for turn in (0.0, 0.03, -0.2):
        turned = exact._replace(impression=exact.impression._replace(rotation_turns=turn))
        master = make_finger_minutiae(21, FingerPosition.RIGHT_INDEX)
        template = make_finger_impression(master, 4, parameters=turned)
        assert template.n_minutiae == master.points.shape[0]
        found = template.minutiae["x_px"] - 600 + 1j * (600.0 - template.minutiae["y_px"])
        real_turn = ((template.minutiae["angle"] / 256 - master.points[:, 2] + 0.5) % 1 - 0.5).mean()
        expected = naive.moved((master.points[:, 0] + 1j * master.points[:, 1]).tolist(), real_turn, 0)
        assert np.abs(found - np.array(expected)).max() < 2.0


def test_impressions_differ_and_different_fingers_more(batch: ImpressionBatch) -> None:
    prepared = [prepare(batch.template(i)) for i in range(len(batch))]
    pack = TemplatePack.of(prepared)
    scores = np.array([compare_many(probe, pack) for probe in prepared])
    finger = np.arange(len(batch)) // N_IMPRESSIONS
    mated = (finger[:, None] == finger) & ~np.eye(len(batch), dtype=bool)
    assert np.median(scores[mated]) > 60
    assert np.mean(scores[mated] < 20) < 0.15
    assert np.mean(scores[finger[:, None] != finger] >= 20) < 0.01


def test_counts_distances_and_qualities_are_those_of_prints(batch: ImpressionBatch) -> None:
    templates = [batch.template(i) for i in range(len(batch))]
    counts = np.array([template.n_minutiae for template in templates])
    assert 34 < counts.mean() < 48
    assert 8 < counts.std() < 20
    nearest = np.concatenate([_nearest(template.minutiae) for template in templates])
    assert 19 < np.median(nearest) < 25
    assert nearest.min() >= 8
    assert 85 < np.median(batch.minutiae["quality"]) <= 96
    assert batch.minutiae["quality"].min() >= 30


def _nearest(minutiae: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
    places = np.stack([minutiae["x_px"], minutiae["y_px"]], axis=1).astype(np.float64)
    distance = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    np.fill_diagonal(distance, np.inf)
    nearest: npt.NDArray[np.float64] = distance.min(axis=1)
    return nearest


def test_quality_is_that_of_the_engine_where_the_image_is_typical() -> None:
    level = LEVELS[TemplateLevel.FVC_HARD]
    plain = level._replace(impression=level.impression._replace(quality_shift=0.0, quality_noise=0.0))
    p = QualityParameters()
    typical = (p.foreground_cm2.typical, p.clarity.typical, p.contrast.typical)
    for seed in range(30):
        master = make_finger_minutiae(seed, FingerPosition.RIGHT_INDEX)
        template = make_finger_impression(master, seed, parameters=plain)
        x, y = (template.minutiae[name].astype(np.float64) for name in ("x_px", "y_px"))
        sound = template.minutiae["quality"][np.hypot(x - x.mean(), y - y.mean()) <= p.centre_radius_px] / 100
        expected = quality_from_components(
            QualityComponents(*typical, float(sound.sum()), float(sound.mean()))
        )
        assert abs(template.quality - expected) <= 1


def test_live_scans_are_better_than_hard_ones() -> None:
    n = 200
    seeds = np.random.default_rng(5).integers(0, 2**64, n, np.uint64)
    fingers = seeds, np.full(n, 2, np.uint8), np.full(n, 30.0), seeds[::-1].copy()
    live, hard = (make_impressions(*fingers, level) for level in TemplateLevel)
    assert live.quality.mean() > hard.quality.mean()
    assert live.version != hard.version


def test_small_children_give_worse_prints() -> None:
    n = 200
    seeds = np.random.default_rng(6).integers(0, 2**64, n, np.uint64)
    qualities = [
        make_impressions(seeds, np.full(n, 2, np.uint8), np.full(n, age), seeds[::-1].copy()).minutiae[
            "quality"
        ]
        for age in (2.0, 5.0, 30.0)
    ]
    means = [quality.mean() for quality in qualities]
    assert means == sorted(means)


def test_no_fingers_give_an_empty_batch() -> None:
    none = np.array([], np.uint64)
    batch = make_impressions(none, none.astype(np.uint8), none.astype(np.float64), none)
    assert (len(batch), batch.minutiae.size, batch.offsets.tolist()) == (0, 0, [0])


def test_refuses_seeds_out_of_range_and_too_few_of_them() -> None:
    master = make_finger_minutiae(1, FingerPosition.RIGHT_INDEX)
    with pytest.raises(InvalidSetting, match="seed"):
        make_finger_impression(master, -1)
    two = np.array([1, 2], np.uint64)
    with pytest.raises(InvalidSetting, match="impression seeds"):
        make_impressions(two, np.array([1, 1], np.uint8), [30.0, 30.0], two[:1])
