"""The kernels' parts against their slow, obvious versions."""

from __future__ import annotations

import math
from itertools import islice

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import synthetic_minutiae as naive
from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint.pattern import class_shares
from vantay_datasets.synthetic.minutiae import MasterParameters, impression_kernel, master_kernel
from vantay_datasets.synthetic.minutiae.classes import CLASS_TABLES, PATTERNS
from vantay_datasets.synthetic.minutiae.impression import _LOGITS

KERNELS = [master_kernel, impression_kernel]
Floats = npt.NDArray[np.float64]
Words = st.integers(0, 2**64 - 1)
Places = st.floats(-300, 300)


@pytest.mark.parametrize("kernel", KERNELS)
@settings(deadline=None)
@given(seed=Words, name=Words)
def test_streams_are_those_of_splitmix64(kernel: object, seed: int, name: int) -> None:
    state = np.zeros(1, np.uint64)
    kernel._open(state, np.uint64(seed), np.uint64(name))  # type: ignore[attr-defined]
    drawn = [int(kernel._next(state)) for _ in range(5)]  # type: ignore[attr-defined]
    assert drawn == list(islice(naive.words(seed, name), 5))


@pytest.mark.parametrize("kernel", KERNELS)
@settings(deadline=None)
@given(seed=Words)
def test_uniform_and_normal_numbers_follow_from_the_words(kernel: object, seed: int) -> None:
    state = np.zeros(1, np.uint64)
    kernel._open(state, np.uint64(seed), np.uint64(1))  # type: ignore[attr-defined]
    words = list(islice(naive.words(seed, 1), 3))
    assert kernel._uniform(state) == (words[0] >> 11) / 2**53  # type: ignore[attr-defined]
    assert kernel._normal(state) == pytest.approx(naive.near_normal(*words[1:]), abs=1e-6)  # type: ignore[attr-defined]


def test_normal_numbers_have_mean_0_deviation_1_and_normal_quantiles() -> None:
    state = np.zeros(1, np.uint64)
    master_kernel._open(state, np.uint64(5), np.uint64(1))
    drawn = np.array([master_kernel._normal(state) for _ in range(40_000)])
    assert drawn.mean() == pytest.approx(0, abs=0.02)
    assert drawn.std() == pytest.approx(1, abs=0.02)
    assert np.percentile(drawn, [2.5, 97.5]) == pytest.approx([-1.96, 1.96], abs=0.05)


@pytest.mark.parametrize("kernel", KERNELS)
@settings(deadline=None)
@given(turns=st.floats(-50, 50))
def test_cosine_is_within_a_millionth(kernel: object, turns: float) -> None:
    assert kernel._cos(turns) == pytest.approx(math.cos(2 * math.pi * turns), abs=1e-6)  # type: ignore[attr-defined]


@settings(deadline=None)
@given(x=Places, y=Places)
def test_angle_is_that_of_the_vector(x: float, y: float) -> None:
    gap = master_kernel._angle(y, x) - math.atan2(y, x) / (2 * math.pi) if x or y else 0.0
    assert abs(gap - round(gap)) < 1e-5


@settings(deadline=None)
@given(x=Places, y=Places, spots=st.lists(st.tuples(st.sampled_from([-1, 1]), Places, Places), max_size=4))
def test_orientation_without_bends_is_the_zero_pole_model(
    x: float, y: float, spots: list[tuple[int, float, float]]
) -> None:
    table = np.zeros((4, master_kernel._NODES + master_kernel.N_NODES))
    for row, spot in zip(table, spots, strict=False):
        row[:3] = spot
    traits = np.zeros(master_kernel._N_TRAITS)
    traits[master_kernel._WIDTH] = 170.0
    parameters = MasterParameters(noise_turns=0.0)
    waves = np.zeros((master_kernel.N_WAVES, 3))
    found = master_kernel._orientation(x, y, (parameters, traits, table, waves), -1)
    gap = found - naive.zero_pole_orientation(x, y, [naive.Spot(*spot) for spot in spots])
    assert abs(gap - round(2 * gap) / 2) < 5e-5


@settings(deadline=None)
@given(logit=st.floats(-12, 12))
def test_percentages_are_rounded_logistic_values(logit: float) -> None:
    near_a_step = np.abs(_LOGITS - logit).min() < 1e-8
    assert near_a_step or impression_kernel._percent(logit, _LOGITS) == naive.rounded_percentage(logit)


@settings(deadline=None)
@given(intensity=st.floats(-4, 4), position=st.sampled_from(FingerPosition))
def test_classes_lie_at_their_quantiles(intensity: float, position: FingerPosition) -> None:
    limits, codes = CLASS_TABLES[0][position], CLASS_TABLES[1][position]
    shares = [class_shares(position)[PATTERNS[code]] for code in codes]
    near_a_limit = np.abs(limits - intensity).min() < 1e-6
    assert near_a_limit or int(np.sum(intensity >= limits)) == naive.ranked_class(intensity, shares)


@pytest.mark.parametrize("pattern", range(len(PATTERNS)))
@settings(deadline=None)
@given(seed=Words, x=Places, y=Places)
def test_orientation_is_the_zero_pole_model_with_what_is_added_to_it(
    pattern: int, seed: int, x: float, y: float
) -> None:
    k, parameters = master_kernel, MasterParameters(noise_turns=0.0)
    state, traits = np.zeros(1, np.uint64), np.zeros(master_kernel._N_TRAITS, np.float64)
    spots = np.zeros((4, k._NODES + k.N_NODES), np.float64)
    waves = np.zeros((k.N_WAVES, 3), np.float64)
    k._open(state, np.uint64(seed), np.uint64(1))
    k._draw_traits(state, pattern, 1.0, parameters, traits)
    k._draw_spots(state, CLASS_TABLES[2][pattern], parameters, traits, spots)
    k._open_loops(parameters, traits, spots, waves)
    gap = k._orientation(x, y, (parameters, traits, spots, waves), -1)
    gap -= naive.orientation(x, y, _as_naive(parameters, traits, spots[spots[:, k._SIGN] != 0]))
    assert abs(gap - round(2 * gap) / 2) < 1e-4


def _as_naive(parameters: MasterParameters, traits: Floats, spots: Floats) -> naive.Field:
    k, p = master_kernel, parameters
    return naive.Field(
        spots=[naive.Spot(*spot[: k._SY + 1]) for spot in spots],
        bends=spots[:, k._NODES :].tolist(),
        tip_bend=traits[k._BEND],
        tip_px=(p.bend_px, p.bend_growth, p.tip_fade_px),
        rise=(traits[k._RISE], traits[k._RISE_Y], traits[k._RISE_H], traits[k._WIDTH]),
        twist=(traits[k._TWIST], complex(traits[k._TX], traits[k._TY]), p.twist_reach_px),
        hairpins=[
            (p.hairpin if spot[k._SIGN] > 0 else 0.0, spot[k._REACH], spot[k._OPENING]) for spot in spots
        ],
    )
