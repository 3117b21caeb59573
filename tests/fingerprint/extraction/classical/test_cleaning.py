"""Which nodes are artefacts, and how sure the others are."""

from __future__ import annotations

import math
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from naive.facing_endings import facing
from naive.nearest_candidates import nearest
from vantay.fingerprint.extraction.classical.cleaning import find_artefacts
from vantay.fingerprint.extraction.classical.direction import measure_directions
from vantay.fingerprint.extraction.classical.foreground import Foreground
from vantay.fingerprint.extraction.classical.parameters import CleaningParameters, ReliabilityParameters
from vantay.fingerprint.extraction.classical.reliability import RidgeSignal, _nearest_kernel, rate_minutiae
from vantay.fingerprint.extraction.classical.skeleton_graph import SkeletonGraph, trace_skeleton

PARAMETERS = CleaningParameters()
points = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=25)
angles = st.integers(0, 255).map(lambda unit: unit * 2 * math.pi / 256)


def _endings(places: list[tuple[int, int]]) -> SkeletonGraph:
    n = len(places)
    x = np.array([place[0] for place in places], np.int32)
    y = np.array([place[1] for place in places], np.int32)
    none = np.full((n, 3), -1, np.int32)
    return SkeletonGraph(x, y, np.ones(n, np.int32), none * 0, none, np.zeros((n, 3, 2), np.int32))


def _foreground(mask: npt.NDArray[np.uint8]) -> Foreground:
    framed = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    border_px = framed[1:-1, 1:-1].astype(np.float32)
    return Foreground(mask.astype(np.float32), mask, border_px, 0, 0)


def _everywhere(shape: tuple[int, ...]) -> Foreground:
    """No border anywhere near."""
    mask = np.ones(shape, np.uint8)
    far = np.full(shape, 100, np.float32)
    return Foreground(mask.astype(np.float32), mask, far, 0, 0)


def _artefacts(skeleton: npt.NDArray[np.uint8]) -> tuple[SkeletonGraph, npt.NDArray[np.bool_]]:
    graph = trace_skeleton(skeleton, PARAMETERS)
    return graph, find_artefacts(graph, measure_directions(graph), _everywhere(skeleton.shape), PARAMETERS)


@given(st.lists(st.tuples(st.integers(20, 60), st.integers(20, 60), angles), max_size=20))
@settings(max_examples=80, deadline=None)
def test_facing_endings_are_those_found_pair_by_pair(endings: list[tuple[int, int, float]]) -> None:
    endings = sorted(set(endings), key=lambda ending: ending[1])
    assume(len({ending[:2] for ending in endings}) == len(endings))
    graph = _endings([(x, y) for x, y, _ in endings])
    direction = np.array([angle for *_, angle in endings])
    found = find_artefacts(graph, direction, _everywhere((80, 80)), PARAMETERS)
    expected = facing(
        endings,
        PARAMETERS.break_px,
        math.degrees(math.acos(-PARAMETERS.break_max_turn_cos)),
        math.degrees(math.acos(PARAMETERS.break_min_behind_cos)),
    )
    assert set(np.flatnonzero(found).tolist()) == expected


def test_broken_ridge_is_an_artefact_and_a_wide_gap_is_none() -> None:
    skeleton = np.zeros((60, 100), np.uint8)
    skeleton[20, 5:50] = skeleton[20, 56:95] = 1
    skeleton[40, 5:40] = skeleton[40, 60:95] = 1
    graph, artefact = _artefacts(skeleton)
    inner = (graph.x_px > 10) & (graph.x_px < 90)
    assert artefact[inner & (graph.y_px == 20)].tolist() == [True, True]
    assert artefact[inner & (graph.y_px == 40)].tolist() == [False, False]


def test_sweat_pore_is_an_artefact() -> None:
    skeleton = np.zeros((60, 100), np.uint8)
    skeleton[30, 5:40] = skeleton[30, 50:95] = 1
    skeleton[26, 44:46] = skeleton[34, 44:46] = 1
    for step in range(4):
        skeleton[[30 - step, 30 + step], 40 + step] = 1
        skeleton[[30 - step, 30 + step], 49 - step] = 1
    graph, artefact = _artefacts(skeleton)
    assert (graph.degree == 3).sum() == 2
    assert artefact[graph.degree == 3].all()


def test_node_at_the_border_is_an_artefact() -> None:
    graph = _endings([(40, 2), (40, 4), (40, 40)])
    upright = np.full(3, np.pi / 2)
    whole = _foreground(np.ones((80, 80), np.uint8))
    assert find_artefacts(graph, upright, whole, PARAMETERS).tolist() == [True, False, False]


def test_ending_of_a_ridge_on_its_way_out_is_an_artefact() -> None:
    graph = _endings([(8, 40), (8, 60)])
    into_and_out_of_the_print = np.array([0, np.pi])
    whole = _foreground(np.ones((80, 80), np.uint8))
    assert find_artefacts(graph, into_and_out_of_the_print, whole, PARAMETERS).tolist() == [True, False]


@pytest.mark.parametrize("angle_deg", range(0, 360, 45))
def test_direction_of_an_ending_points_along_its_ridge(angle_deg: int) -> None:
    skeleton = np.zeros((80, 80), np.uint8)
    dx = round(math.cos(math.radians(angle_deg)) * 1.2)
    dy = -round(math.sin(math.radians(angle_deg)) * 1.2)
    for step in range(30):
        skeleton[40 + step * dy, 40 + step * dx] = 1
    graph = trace_skeleton(skeleton, PARAMETERS)
    at_start = np.flatnonzero((graph.x_px == 40) & (graph.y_px == 40))
    assert math.degrees(measure_directions(graph)[at_start].item()) == pytest.approx(angle_deg, abs=0.1)


def test_direction_of_a_bifurcation_points_between_its_branches() -> None:
    skeleton = np.zeros((80, 80), np.uint8)
    skeleton[40, 5:41] = 1
    for step in range(1, 30):
        skeleton[40 - step // 2, 40 + step] = skeleton[40 + step // 2, 40 + step] = 1
    graph = trace_skeleton(skeleton, PARAMETERS)
    fork = measure_directions(graph)[graph.degree == 3].item()
    assert math.cos(fork) > 0.99


@given(points)
@settings(max_examples=60, deadline=None)
def test_nearest_distances_are_those_of_sorting_all(places: list[tuple[int, int]]) -> None:
    places = sorted(places, key=lambda place: place[1])
    xy = np.array(places, np.int32).reshape(-1, 2)
    found = np.full((len(places), 4), 1e6)
    _nearest_kernel(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), 30.0, found)
    np.testing.assert_allclose(found, np.array(nearest(places, 4, 30.0, 1e6)).reshape(-1, 4))


def test_quality_grows_with_ridge_signal_and_distance_from_the_border() -> None:
    graph = replace(_endings([(20, 20), (20, 100), (100, 20), (100, 100)]))
    candidates = np.arange(4)
    length = np.where(np.arange(3) == 0, 14, 0).astype(np.int32)
    graph = replace(graph, length_px=np.tile(length, (4, 1)))
    share = np.full((32, 32), 0.2, np.float32)
    share[:, 16:] = 0.6
    signal = RidgeSignal(share, np.zeros_like(share), 4)
    border_px = np.array([5, 30, 5, 30], np.float32)
    weak_edge, weak, clear_edge, clear = rate_minutiae(
        graph, candidates, border_px, signal, ReliabilityParameters()
    ).tolist()
    assert 1 <= weak_edge < weak < clear <= 100
    assert weak_edge < clear_edge < clear
