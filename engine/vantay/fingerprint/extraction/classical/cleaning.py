"""Cleaning: which nodes of the skeleton are no minutiae."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.extraction.classical.foreground import Foreground
from vantay.fingerprint.extraction.classical.parameters import CleaningParameters
from vantay.fingerprint.extraction.classical.skeleton_graph import N_BRANCHES, NO_NODE, SkeletonGraph


def find_artefacts(
    graph: SkeletonGraph,
    direction_rad: npt.NDArray[np.float64],
    foreground: Foreground,
    parameters: CleaningParameters,
) -> npt.NDArray[np.bool_]:
    """Tell the nodes that come from the border, bridges, sweat pores and broken ridges.

    Parameters
    ----------
    graph : SkeletonGraph
        n nodes.
    direction_rad : (n,) float64
        Their directions.
    foreground : Foreground
        Where the finger is.
    parameters : CleaningParameters
        Constants.

    Returns
    -------
    (n,) bool
        True for artefacts.
    """
    unit = np.stack([np.cos(direction_rad), -np.sin(direction_rad)], axis=1)
    artefact = _at_the_border(graph, unit, foreground, parameters)
    artefact |= _bridges_and_lakes(graph, parameters)
    is_ending = (graph.degree == 1) & ~artefact
    faces = np.zeros(artefact.shape, np.bool_)
    limits = (parameters.break_px, parameters.break_max_turn_cos, parameters.break_min_behind_cos)
    _facing_kernel(graph.x_px, graph.y_px, unit, is_ending, limits, faces)
    return artefact | faces


def _at_the_border(
    graph: SkeletonGraph,
    unit: npt.NDArray[np.float64],
    foreground: Foreground,
    parameters: CleaningParameters,
) -> npt.NDArray[np.bool_]:
    """Nodes very near the border, and endings of ridges that would soon have crossed it."""
    height, width = foreground.mask.shape
    ahead_x = np.rint(graph.x_px - parameters.border_ahead_px * unit[:, 0]).astype(np.intp)
    ahead_y = np.rint(graph.y_px - parameters.border_ahead_px * unit[:, 1]).astype(np.intp)
    leaves = (ahead_x < 0) | (ahead_x >= width) | (ahead_y < 0) | (ahead_y >= height)
    leaves |= foreground.mask[ahead_y.clip(0, height - 1), ahead_x.clip(0, width - 1)] == 0
    is_near: npt.NDArray[np.bool_] = foreground.border_px[graph.y_px, graph.x_px] < parameters.border_px
    result: npt.NDArray[np.bool_] = is_near | (leaves & (graph.degree == 1))
    return result


def _bridges_and_lakes(graph: SkeletonGraph, parameters: CleaningParameters) -> npt.NDArray[np.bool_]:
    """Bifurcations that are joined by a very short branch, or by two branches of which one is short."""
    neighbour = graph.neighbour
    joined = (neighbour != NO_NODE) & (graph.degree == N_BRANCHES)[:, None]
    joined &= graph.degree[neighbour] == N_BRANCHES
    is_bridge = joined & (graph.length_px <= parameters.bridge_px)
    same = neighbour[:, :, None] == neighbour[:, None, :]
    is_lake = joined & (same.sum(axis=2) > 1) & (graph.length_px <= parameters.lake_px)
    result: npt.NDArray[np.bool_] = (is_bridge | is_lake).any(axis=1)
    # A walk may see its node from one side only, when a third ridge touches there: both ends go.
    result[neighbour[is_bridge | is_lake]] = True
    return result


@njit(cache=True, nogil=True)
def _facing_kernel(
    x_px: npt.NDArray[np.int32],
    y_px: npt.NDArray[np.int32],
    unit: npt.NDArray[np.float64],
    is_ending: npt.NDArray[np.bool_],
    limits: tuple[float, float, float],
    faces: npt.NDArray[np.bool_],
) -> None:
    """Mark endings that face another one across a small gap. Nodes come in the order of their rows."""
    break_px, max_turn_cos, min_behind_cos = limits
    for a in range(x_px.size):
        if not is_ending[a]:
            continue
        for b in range(a + 1, x_px.size):
            dy = y_px[b] - y_px[a]
            if dy > break_px:
                break
            dx = x_px[b] - x_px[a]
            distance = np.sqrt(np.float64(dx * dx + dy * dy))
            if not is_ending[b] or distance > break_px:
                continue
            if unit[a, 0] * unit[b, 0] + unit[a, 1] * unit[b, 1] > max_turn_cos:
                continue
            behind_a = -(unit[a, 0] * dx + unit[a, 1] * dy)
            behind_b = unit[b, 0] * dx + unit[b, 1] * dy
            if min(behind_a, behind_b) >= min_behind_cos * distance:
                faces[a] = faces[b] = True
