"""Thinning and the graph of the skeleton against their slow versions."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from naive.ridge_thinning import thin
from naive.skeleton_graph import branches, degrees, pixels_of, prune_once
from vantay.fingerprint.extraction.classical.parameters import CleaningParameters
from vantay.fingerprint.extraction.classical.skeleton_graph import trace_skeleton
from vantay.fingerprint.extraction.classical.thinning import thin_ridges

binary_images = arrays.arrays(
    np.bool_, st.tuples(st.integers(3, 14), st.integers(3, 14)), elements=st.booleans()
)
AS_IT_IS = replace(CleaningParameters(), spur_px=0, island_px=0, trace_px=6)


def _framed(image: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    return np.pad(image[1:-1, 1:-1], 1).astype(np.uint8)


@given(binary_images)
@settings(max_examples=60, deadline=None)
def test_thinning_equals_guo_and_hall(image: npt.NDArray[np.bool_]) -> None:
    np.testing.assert_array_equal(thin_ridges(image) == 1, thin(image))


@given(binary_images)
@settings(max_examples=60, deadline=None)
def test_thinning_keeps_the_number_of_pieces(image: npt.NDArray[np.bool_]) -> None:
    before = cv2.connectedComponents(_framed(image), connectivity=8)[0]
    after = cv2.connectedComponents(thin_ridges(image), connectivity=8)[0]
    assert before == after


@given(binary_images, st.booleans())
@settings(max_examples=80, deadline=None)
def test_graph_equals_walks_over_sets_of_pixels(image: npt.NDArray[np.bool_], is_thinned: bool) -> None:
    skeleton = thin_ridges(image) if is_thinned else _framed(image)
    line = pixels_of(skeleton)
    expected = branches(line, AS_IT_IS.trace_px)
    graph = trace_skeleton(skeleton.copy(), AS_IT_IS)
    nodes = list(zip(graph.y_px.tolist(), graph.x_px.tolist(), strict=True))
    assert nodes == sorted(expected)
    degree = degrees(line)
    for k, node in enumerate(nodes):
        assert graph.degree[k] == degree[node]
        for branch, path in enumerate(expected[node]):
            assert graph.length_px[k, branch] == len(path)
            end = (path[-1][0] - node[0], path[-1][1] - node[1])
            assert (graph.offset_px[k, branch, 1], graph.offset_px[k, branch, 0]) == end
            met = graph.neighbour[k, branch]
            assert (nodes[met] if met >= 0 else None) == (path[-1] if path[-1] in expected else None)
        assert (graph.length_px[k, len(expected[node]) :] == 0).all()


@given(binary_images, st.integers(0, 6), st.integers(0, 6))
@settings(max_examples=80, deadline=None)
def test_pruning_equals_pruning_of_sets_of_pixels(
    image: npt.NDArray[np.bool_], spur_px: int, island_px: int
) -> None:
    skeleton = thin_ridges(image)
    expected = pixels_of(skeleton)
    for _ in range(2):
        expected = prune_once(expected, spur_px, island_px)
    trace_skeleton(skeleton, replace(AS_IT_IS, spur_px=spur_px, island_px=island_px))
    assert pixels_of(skeleton) == expected


def test_spur_is_pruned_and_fork_is_not() -> None:
    skeleton = np.zeros((40, 40), np.uint8)
    skeleton[20, 2:38] = 1
    skeleton[17:20, 10] = 1  # three steps: a spur
    skeleton[5:20, 25] = 1  # fifteen steps: a branch
    graph = trace_skeleton(skeleton, CleaningParameters())
    forks = graph.degree == 3
    assert list(zip(graph.x_px[forks], graph.y_px[forks], strict=True)) == [(25, 20)]
    assert skeleton[17:20, 10].sum() == 0


@pytest.mark.parametrize("length_px", [2, 12])
def test_short_ridge_between_two_endings_is_pruned(length_px: int) -> None:
    skeleton = np.zeros((10, 40), np.uint8)
    skeleton[5, 5 : 6 + length_px] = 1
    graph = trace_skeleton(skeleton, CleaningParameters())
    assert graph.degree.size == 0
    assert skeleton.sum() == 0
