"""The hull's half-planes hold every point and touch the outermost ones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.strategies import COORDINATES, examples
from naive.hull import is_on_a_line, naive_hull
from vantay.fingerprint.comparison.hull import hull_half_planes, hulls_of_many

points = st.sampled_from(sorted(COORDINATES)).flatmap(
    lambda name: st.lists(st.tuples(COORDINATES[name], COORDINATES[name]), min_size=1, max_size=30)
)


def half_planes(places: list[tuple[int, int]]) -> list[tuple[float, float, float]]:
    x, y = np.array(places, np.float32).reshape(-1, 2).T
    return [(float(a), float(b), float(d)) for a, b, d in hull_half_planes(x, y)]


def outside_px(planes: list[tuple[float, float, float]], x: float, y: float) -> float:
    return max(nx * x + ny * y - d for nx, ny, d in planes)


@given(points)
@examples(100)
def test_every_point_lies_inside_and_every_edge_touches_one(places: list[tuple[int, int]]) -> None:
    planes = half_planes(places)
    for nx, ny, d in planes:
        assert math.hypot(nx, ny) == pytest.approx(1, abs=1e-6)
        # float32 at 16383 px resolves 0.001 px; a point's box is 0.02 px wide
        assert max(nx * x + ny * y - d for x, y in places) == pytest.approx(0, abs=0.02)


@given(points, points)
@examples(100)
def test_a_mean_of_points_lies_inside(places: list[tuple[int, int]], others: list[tuple[int, int]]) -> None:
    x, y = np.mean(places, axis=0)
    assert outside_px(half_planes(places), float(x), float(y)) <= 0.01
    x, y = np.mean(places + others, axis=0)
    assert outside_px(half_planes(places + others), float(x), float(y)) <= 0.01


@given(points)
@examples(100)
def test_edges_are_the_ways_that_have_all_points_on_their_left(places: list[tuple[int, int]]) -> None:
    if is_on_a_line(places):
        return
    expected, planes = sorted(naive_hull(places)), sorted(half_planes(places))
    assert len(planes) == len(expected)
    # float32 at 16383 px resolves 0.001 px
    np.testing.assert_allclose(planes, expected, rtol=2e-7, atol=1e-3)


@given(st.lists(st.just([]) | points, max_size=6))
@examples(40)
def test_hulls_of_many_are_those_of_each(sets: list[list[tuple[int, int]]]) -> None:
    x, y = np.array([place for places in sets for place in places], np.float32).reshape(-1, 2).T
    offsets = np.cumsum([0, *(len(places) for places in sets)])
    planes, start = hulls_of_many(x, y, offsets)
    assert start[0] == 0
    assert start[-1] == planes.shape[0]
    for t, places in enumerate(sets):
        expected = np.array(half_planes(places), np.float32).reshape(-1, 3)
        np.testing.assert_array_equal(planes[start[t] : start[t + 1]], expected)


def test_a_point_outside_an_edge_is_as_far_outside_as_it_is() -> None:
    square = [(0, 0), (10, 0), (10, 10), (0, 10), (5, 5)]
    assert outside_px(half_planes(square), 13.0, 5.0) == pytest.approx(3)
    assert outside_px(half_planes(square), 5.0, -2.5) == pytest.approx(2.5)
    assert outside_px(half_planes(square), 5.0, 8.0) == pytest.approx(-2)


@pytest.mark.parametrize("places", [[(7, 9)], [(7, 9)] * 3, [(0, 0), (30, 40)], [(0, 0), (3, 4), (30, 40)]])
def test_a_point_or_a_line_has_a_narrow_inside(places: list[tuple[int, int]]) -> None:
    planes = half_planes(places)
    (x0, y0), (x1, y1) = places[0], places[-1]
    assert len(planes) == 4
    assert outside_px(planes, (x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx(-0.01, abs=1e-3)
    assert outside_px(planes, x0 - 8.0, y0 + 6.0) > 7


def test_no_points_have_no_half_planes() -> None:
    none = np.empty(0, np.float32)
    assert hull_half_planes(none, none).shape == (0, 3)
