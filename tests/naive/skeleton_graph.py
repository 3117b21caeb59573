"""Nodes and branches of a skeleton as sets of coordinates: no flat indices, no tables."""

from __future__ import annotations

from itertools import takewhile

import numpy as np
import numpy.typing as npt

Pixel = tuple[int, int]

_RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def runs_around(line: set[Pixel], pixel: Pixel) -> list[list[Pixel]]:
    """Maximal runs of line pixels in the ring of eight, clockwise from north; none in a full ring."""
    ring = [(pixel[0] + dy, pixel[1] + dx) for dy, dx in _RING]
    runs = []
    for k in range(8):
        if ring[k] in line or ring[(k + 1) % 8] not in line:
            continue
        clockwise = (ring[(k + 1 + step) % 8] for step in range(8))
        runs.append(list(takewhile(line.__contains__, clockwise)))
    return runs


def entrance(run: list[Pixel], pixel: Pixel) -> Pixel:
    """Where a walk goes on: the first of a run, or the second where the first is across a corner."""
    if len(run) > 1 and run[0][0] != pixel[0] and run[0][1] != pixel[1]:
        return run[1]
    return run[0]


def degrees(line: set[Pixel]) -> dict[Pixel, int]:
    """Number of runs around each pixel, at most three."""
    return {pixel: min(len(runs_around(line, pixel)), 3) for pixel in line}


def walk(line: set[Pixel], nodes: set[Pixel], start: Pixel, first: Pixel, n_max: int) -> list[Pixel]:
    """Pixels after ``start`` up to a node, the end of the line or ``n_max`` steps."""
    path = [first]
    before = start
    while len(path) < n_max and path[-1] not in nodes:
        here = path[-1]
        runs = runs_around(line, here)
        came_by = next((k for k, run in enumerate(runs) if before in run), 0)
        if len(runs) < 2:
            break
        before = here
        path.append(entrance(runs[(came_by + 1) % len(runs)], here))
    return path


def branches(line: set[Pixel], n_max: int) -> dict[Pixel, list[list[Pixel]]]:
    """The paths that leave each node, at most three."""
    nodes = {pixel for pixel, degree in degrees(line).items() if degree in {1, 3}}
    return {
        node: [walk(line, nodes, node, entrance(run, node), n_max) for run in runs_around(line, node)[:3]]
        for node in nodes
    }


def prune_once(line: set[Pixel], spur_px: int, island_px: int) -> set[Pixel]:
    """Without the endings whose branch soon meets a bifurcation (spurs) or another ending (islands)."""
    degree = degrees(line)
    nodes = {pixel for pixel in line if degree[pixel] in {1, 3}}
    left = set(line)
    for node in sorted(nodes):
        if degree[node] != 1 or node not in left:
            continue
        runs = runs_around(left, node)
        if not runs:
            continue
        path = walk(left, nodes, node, entrance(runs[0], node), max(spur_px, island_px))
        if path[-1] not in nodes:
            continue
        if degree[path[-1]] == 1 and len(path) <= island_px:
            left -= {node, *path}
        elif degree[path[-1]] == 3 and len(path) <= spur_px:
            left -= {node, *path[:-1]}
    return left


def pixels_of(image: npt.NDArray[np.generic]) -> set[Pixel]:
    """Coordinates of what is not zero."""
    return {(int(y), int(x)) for y, x in np.argwhere(image)}
