"""Cylinders are MCC's, bit by bit, wherever a value is not within the tables' rounding of the threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from fingerprint.comparison.strategies import examples, moved, odd_templates, random_print, turned
from naive.cylinders import Minutia, naive_cell_values, naive_is_inside, naive_neighbours
from vantay.fingerprint.comparison.arrays import Words
from vantay.fingerprint.comparison.cylinders import CylinderTables, build_cylinders
from vantay.fingerprint.comparison.parameters import CELLS_PER_SIDE, N_SECTIONS, PARAMETERS
from vantay.types import FingerTemplate

P = PARAMETERS.cylinder
TABLES = CylinderTables(P)

ROUNDING = 0.04
"""Part of a value that rounding distances to 1/8 px may change: 1/16 px along each axis, a few σ out."""


def build(template: FingerTemplate) -> Words:
    m = template.minutiae
    x, y = m["x_px"].astype(np.float32), -m["y_px"].astype(np.float32)
    return build_cylinders(x, y, np.ascontiguousarray(m["angle"]), TABLES)


def plain(template: FingerTemplate) -> list[Minutia]:
    m = template.minutiae
    return [(float(x), -float(y), int(a)) for x, y, a in zip(m["x_px"], m["y_px"], m["angle"], strict=True)]


def differing_values(template: FingerTemplate) -> list[float]:
    """Values, as parts of the threshold, of the cells whose bit differs from the naive one."""
    words, minutiae = build(template), plain(template)
    found = []
    for i in range(len(minutiae)):
        values = naive_cell_values(minutiae, i, P)
        is_valid = len(naive_neighbours(minutiae, i, P)) >= P.min_neighbours
        for k in range(N_SECTIONS):
            for cell, value in enumerate(values[k]):
                inside = naive_is_inside(cell // CELLS_PER_SIDE, cell % CELLS_PER_SIDE, P.radius_px)
                expected = is_valid and inside and value >= P.bit_threshold
                if expected != bool(int(words[k, i]) >> cell & 1):
                    found.append(value / P.bit_threshold if is_valid and inside else np.inf)
    return found


@given(odd_templates(max_size=12))
@examples(40)
def test_bits_differ_from_the_naive_ones_only_next_to_the_threshold(template: FingerTemplate) -> None:
    for ratio in differing_values(template):
        assert ratio == pytest.approx(1, abs=ROUNDING)


@pytest.mark.slow_without_jit
def test_bits_of_a_print_are_the_naive_ones() -> None:
    template = random_print(1)
    differing = differing_values(template)
    n_bits = template.n_minutiae * N_SECTIONS * CELLS_PER_SIDE**2
    assert len(differing) <= 0.005 * n_bits
    assert differing == pytest.approx(np.ones(len(differing)), abs=ROUNDING)


def test_a_print_has_ones_and_zeros_in_every_section() -> None:
    words = build(random_print(2, 12, side_px=120))
    share = np.bitwise_count(words).sum(axis=1) / (52 * words.shape[1])
    assert np.all((share > 0.05) & (share < 0.95))


def test_too_few_neighbours_give_an_empty_cylinder() -> None:
    pair_and_loner = FingerTemplate(random_print(3, 3).minutiae, 500, 500).minutiae.copy()
    pair_and_loner["x_px"], pair_and_loner["y_px"] = [100, 120, 9000], [100, 110, 9000]
    assert not build(FingerTemplate(pair_and_loner, 500, 500)).any()
    pair_and_loner["x_px"], pair_and_loner["y_px"] = [100, 120, 130], [100, 110, 120]
    assert build(FingerTemplate(pair_and_loner, 500, 500)).any(axis=0).all()


def test_a_second_neighbour_counts_up_to_three_sigma_beyond_the_radius() -> None:
    reach_px = P.radius_px + 3 * P.sigma_px
    for distance_px, is_reached in ((int(reach_px), True), (int(reach_px) + 1, False)):
        m = random_print(3, 3).minutiae.copy()
        m["x_px"], m["y_px"] = [300, 330, 300 - distance_px], 300
        assert build(FingerTemplate(m, 700, 700))[:, 0].any() == is_reached


def test_cells_outside_the_radius_stay_zero() -> None:
    n_inside = sum(
        naive_is_inside(along, across, P.radius_px)
        for along in range(CELLS_PER_SIDE)
        for across in range(CELLS_PER_SIDE)
    )
    assert int(TABLES.inside).bit_count() == n_inside == 52
    assert not (build(random_print(4, 12, side_px=60)) & ~TABLES.inside).any()


def test_direction_weights_of_a_difference_sum_to_one() -> None:
    np.testing.assert_allclose(TABLES.direction_weight.sum(axis=1), 1, atol=1e-4)


@pytest.mark.parametrize(("x_px", "y_px"), [(1, 0), (0, 1), (777, 1234), (15000, 15000)])
def test_a_moved_print_has_the_same_cylinders(x_px: int, y_px: int) -> None:
    template = random_print(5, 12, side_px=120)
    np.testing.assert_array_equal(build(moved(template, x_px, y_px)), build(template))


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_print_turned_by_a_right_angle_has_nearly_the_same_cylinders(quarters: int) -> None:
    template = random_print(6, 12, side_px=120)
    differing = np.bitwise_count(build(turned(template, 64 * quarters)) ^ build(template)).sum()
    assert differing <= 0.001 * template.n_minutiae * 384
