"""The skeleton as a graph: which of its pixels are nodes, and where their branches lead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.extraction.classical.parameters import CleaningParameters

N_BRANCHES = 3
NO_NODE = -1


@dataclass(frozen=True, slots=True, eq=False)
class SkeletonGraph:
    """Endings and bifurcations of a skeleton and what is around them.

    Attributes
    ----------
    x_px, y_px : (n,) int32
        Position of the node.
    degree : (n,) int32
        Branches that leave the node: 1 for an ending, 3 for a bifurcation (also where four ridges meet).
    length_px : (n, 3) int32
        Steps along each branch, at most ``trace_px``; 0 where there is no such branch.
    neighbour : (n, 3) int32
        Node at the end of the branch, -1 where none was met.
    offset_px : (n, 3, 2) int32
        x and y of the end of the branch relative to the node.
    """

    x_px: npt.NDArray[np.int32]
    y_px: npt.NDArray[np.int32]
    degree: npt.NDArray[np.int32]
    length_px: npt.NDArray[np.int32]
    neighbour: npt.NDArray[np.int32]
    offset_px: npt.NDArray[np.int32]


def trace_skeleton(skeleton: npt.NDArray[np.uint8], parameters: CleaningParameters) -> SkeletonGraph:
    """Prune spurs and dust off a skeleton, find its nodes and follow their branches.

    Parameters
    ----------
    skeleton : (h, w) uint8
        1 on lines of one pixel, 0 elsewhere and on the border; spurs and islands are deleted from it.
    parameters : CleaningParameters
        Constants.

    Returns
    -------
    SkeletonGraph
        Nodes in the order of their rows.

    References
    ----------
    Crossing number: D. Rutovitz, "Pattern recognition", Journal of the Royal Statistical Society A 129(4),
    1966, doi:10.2307/2982255.
    """
    width = skeleton.shape[1]
    ring = np.array([-width, -width + 1, 1, width + 1, width, width - 1, -1, -width - 1], dtype=np.int64)
    flat = skeleton.reshape(-1)
    line = np.flatnonzero(flat)
    # Where a spur is gone, what were two branches are one, and so may be short enough to go as well.
    for _ in range(2):
        pixels, degree, node_at = _nodes(flat, line, ring)
        _prune_kernel(flat, ring, pixels, degree, node_at, parameters.spur_px, parameters.island_px)
    pixels, degree, node_at = _nodes(flat, line, ring)
    shape = (pixels.size, N_BRANCHES)
    length, neighbour = np.zeros(shape, np.int32), np.full(shape, NO_NODE, np.int32)
    offset = np.zeros((*shape, 2), np.int32)
    reach = np.zeros(shape, np.int64)
    _trace_kernel(flat, ring, pixels, node_at, parameters.trace_px, length, neighbour, reach)
    reached = length > 0
    ends = np.where(reached, reach, pixels[:, None])
    y, x = np.divmod(pixels, width)
    end_y, end_x = np.divmod(ends, width)
    offset[..., 0], offset[..., 1] = end_x - x[:, None], end_y - y[:, None]
    return SkeletonGraph(x.astype(np.int32), y.astype(np.int32), degree, length, neighbour, offset)


def _nodes(
    flat: npt.NDArray[np.uint8], line: npt.NDArray[np.int64], ring: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Pixels and degrees of the nodes, and the node at each pixel."""
    degrees = np.zeros(line.size, np.int32)
    _degree_kernel(flat, line, ring, degrees)
    is_node = (degrees == 1) | (degrees == N_BRANCHES)
    pixels = line[is_node]
    node_at = np.full(flat.size, NO_NODE, np.int32)
    node_at[pixels] = np.arange(pixels.size, dtype=np.int32)
    return pixels, degrees[is_node], node_at


@njit(cache=True, nogil=True)
def _degree_kernel(
    flat: npt.NDArray[np.uint8],
    line: npt.NDArray[np.int64],
    ring: npt.NDArray[np.int64],
    degrees: npt.NDArray[np.int32],
) -> None:
    """Count the runs of neighbours around each pixel, at most three; isolated pixels vanish."""
    for k in range(line.size):
        i = line[k]
        if flat[i] == 0:
            continue
        runs = 0
        for r in range(8):
            if flat[i + ring[r]] == 0 and flat[i + ring[(r + 1) & 7]] == 1:
                runs += 1
        degrees[k] = min(runs, 3)


@njit(cache=True, nogil=True)
def _next_run(flat: npt.NDArray[np.uint8], ring: npt.NDArray[np.int64], i: int, r: int) -> int:
    """Ring index where the next run of neighbours clockwise from r (not r's own) starts, or -1."""
    k = 0
    while k < 8 and flat[i + ring[(r + k) & 7]] == 1:
        k += 1
    while k < 8 and flat[i + ring[(r + k) & 7]] == 0:
        k += 1
    if k == 8:
        return -1
    found = (r + k) & 7
    # Odd ring indices are diagonal; the pixel beside it, where set, is nearer.
    if found & 1 and flat[i + ring[(found + 1) & 7]] == 1:
        found = (found + 1) & 7
    return found


@njit(cache=True, nogil=True)
def _walk(
    flat: npt.NDArray[np.uint8],
    ring: npt.NDArray[np.int64],
    node_at: npt.NDArray[np.int32],
    start: int,
    r: int,
    path: npt.NDArray[np.int64],
) -> int:
    """Follow the branch that leaves by ring index r to a node or the end of ``path``; the number of steps."""
    i = start + ring[r]
    path[0] = i
    n = 1
    while n < path.size and node_at[i] < 0:
        r = _next_run(flat, ring, i, (r + 4) & 7)
        if r < 0:
            break
        i += ring[r]
        path[n] = i
        n += 1
    return n


@njit(cache=True, nogil=True)
def _prune_kernel(
    flat: npt.NDArray[np.uint8],
    ring: npt.NDArray[np.int64],
    pixels: npt.NDArray[np.int64],
    degree: npt.NDArray[np.int32],
    node_at: npt.NDArray[np.int32],
    spur_px: int,
    island_px: int,
) -> None:
    path = np.empty(max(spur_px, island_px, 1), np.int64)
    for node in range(pixels.size):
        i = pixels[node]
        if degree[node] != 1 or flat[i] == 0:
            continue
        # The one run of an ending: the next one after a neighbour that is not set.
        r = 0
        while flat[i + ring[r]] == 1:
            r += 1
        r = _next_run(flat, ring, i, r)
        if r < 0:
            continue
        n = _walk(flat, ring, node_at, i, r, path)
        other = node_at[path[n - 1]]
        if other < 0:
            continue
        is_island = degree[other] == 1 and n <= island_px
        is_spur = degree[other] > 1 and n <= spur_px
        if is_island or is_spur:
            flat[i] = 0
            for k in range(n if is_island else n - 1):
                flat[path[k]] = 0


@njit(cache=True, nogil=True)
def _trace_kernel(
    flat: npt.NDArray[np.uint8],
    ring: npt.NDArray[np.int64],
    pixels: npt.NDArray[np.int64],
    node_at: npt.NDArray[np.int32],
    trace_px: int,
    length: npt.NDArray[np.int32],
    neighbour: npt.NDArray[np.int32],
    reach: npt.NDArray[np.int64],
) -> None:
    path = np.empty(trace_px, np.int64)
    for node in range(pixels.size):
        i = pixels[node]
        branch = 0
        for r in range(8):
            if branch == 3 or flat[i + ring[r]] == 1 or flat[i + ring[(r + 1) & 7]] == 0:
                continue
            start = _next_run(flat, ring, i, r)
            if start < 0:
                continue
            n = _walk(flat, ring, node_at, i, start, path)
            length[node, branch] = n
            neighbour[node, branch] = node_at[path[n - 1]]
            reach[node, branch] = path[n - 1]
            branch += 1
