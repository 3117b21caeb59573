"""The direction of a minutia, from the course of its ridges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vantay.fingerprint.extraction.classical.skeleton_graph import N_BRANCHES, SkeletonGraph


def measure_directions(graph: SkeletonGraph) -> npt.NDArray[np.float64]:
    """Measure the direction of each node of a skeleton.

    Parameters
    ----------
    graph : SkeletonGraph
        Nodes with their branches.

    Returns
    -------
    (n,) float64
        Radians in [0, 2π), counter-clockwise from the positive x axis, y up. At an ending: from it along
        its ridge. At a bifurcation: from it into the valley between the two branches that lie closest
        together.

    References
    ----------
    ISO/IEC 19794-2:2005, clause 6, minutia direction.
    """
    vectors = graph.offset_px.astype(np.float64)
    norm = np.linalg.norm(vectors, axis=2, keepdims=True)
    units = vectors / np.maximum(norm, 1)
    direction = np.where((graph.degree == N_BRANCHES)[:, None], _into_the_fork(units), units[:, 0])
    return np.arctan2(-direction[:, 1], direction[:, 0]) % (2 * np.pi)


def _into_the_fork(units: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Sum of the two unit vectors with the smallest angle between them."""
    cosines = np.stack([(units[:, a] * units[:, b]).sum(axis=1) for a, b in ((1, 2), (0, 2), (0, 1))], axis=1)
    stem = cosines.argmax(axis=1)
    fork: npt.NDArray[np.float64] = units.sum(axis=1) - units[np.arange(stem.size), stem]
    return fork
