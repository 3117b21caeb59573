"""Reliability: how likely a candidate is to be a real minutia."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.extraction.classical.parameters import LogisticTerm, ReliabilityParameters
from vantay.fingerprint.extraction.classical.skeleton_graph import SkeletonGraph

_FAR_PX = 1e6
_TINY = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class RidgeSignal:
    """Local energies, one value a cell.

    Attributes
    ----------
    ridge_share : (h, w) float32
        Share of the local contrast that the enhanced image explains.
    log_contrast : (h, w) float32
        Logarithm of the local contrast.
    cell_px : int
        Side of a cell.
    """

    ridge_share: npt.NDArray[np.float32]
    log_contrast: npt.NDArray[np.float32]
    cell_px: int


def measure_ridge_signal(
    image: npt.NDArray[np.float32],
    enhanced: npt.NDArray[np.float32],
    cell_px: int,
    parameters: ReliabilityParameters,
) -> RidgeSignal:
    """Compare the energy of the enhanced image with that of the image.

    Parameters
    ----------
    image, enhanced : (h, w) float32
        Local contrast before and after enhancement.
    cell_px : int
        Side of a cell of the result.
    parameters : ReliabilityParameters
        Constants.

    Returns
    -------
    RidgeSignal
        Maps of (h / cell, w / cell) cells.
    """
    before = _local_power(image, cell_px, parameters.sigma_cells)
    after = _local_power(enhanced, cell_px, parameters.sigma_cells)
    return RidgeSignal(after / (before + _TINY), np.log(before + _TINY), cell_px)


def _local_power(image: npt.NDArray[np.float32], cell_px: int, sigma_cells: float) -> npt.NDArray[np.float32]:
    size = (image.shape[1] // cell_px, image.shape[0] // cell_px)
    power = cv2.resize(image * image, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(power, (0, 0), sigma_cells).astype(np.float32, copy=False)


def rate_minutiae(
    graph: SkeletonGraph,
    candidates: npt.NDArray[np.intp],
    border_distance_px: npt.NDArray[np.float32],
    signal: RidgeSignal,
    parameters: ReliabilityParameters,
) -> npt.NDArray[np.uint8]:
    """Rate candidates by what is around them.

    Parameters
    ----------
    graph : SkeletonGraph
        n nodes.
    candidates : (m,) intp
        Those to rate, ascending.
    border_distance_px : (n,) float32
        Distance of each node to the border of the foreground.
    signal : RidgeSignal
        Local energies.
    parameters : ReliabilityParameters
        Constants.

    Returns
    -------
    (m,) uint8
        Quality 1..100, about the percentage of such candidates that are real.
    """
    x, y = graph.x_px[candidates], graph.y_px[candidates]
    cells = (y // signal.cell_px, x // signal.cell_px)
    nearest = np.full((candidates.size, 4), _FAR_PX)
    _nearest_kernel(x, y, parameters.fourth_nearest_px.ceiling, nearest)
    length = np.where(graph.length_px > 0, graph.length_px, np.iinfo(np.int32).max)[candidates]
    total = (
        _term(signal.ridge_share[cells], parameters.ridge_share)
        + _term(signal.log_contrast[cells], parameters.log_contrast)
        + _term(border_distance_px[candidates], parameters.border_px)
        + _term(nearest[:, 0], parameters.nearest_px)
        + _term(nearest[:, 3], parameters.fourth_nearest_px)
        + _term(length.min(axis=1), parameters.branch_px)
    )
    probability = 1 / (1 + np.exp(-(total + parameters.bias)))
    return np.clip(np.rint(100 * probability), 1, 100).astype(np.uint8)


def _term(values: npt.NDArray[np.generic], term: LogisticTerm) -> npt.NDArray[np.float64]:
    clipped = np.minimum(values.astype(np.float64), term.ceiling)
    return term.weight * (clipped - term.typical) / term.spread


@njit(cache=True, nogil=True)
def _nearest_kernel(
    x_px: npt.NDArray[np.int32],
    y_px: npt.NDArray[np.int32],
    limit_px: float,
    nearest: npt.NDArray[np.float64],
) -> None:
    """Distances to the nearest others, ascending, up to the limit. Candidates come in order of rows."""
    k_last = nearest.shape[1] - 1
    for a in range(x_px.size):
        for step in (-1, 1):
            b = a + step
            while 0 <= b < x_px.size and abs(y_px[b] - y_px[a]) <= min(limit_px, nearest[a, k_last]):
                distance = np.hypot(np.float64(x_px[b] - x_px[a]), np.float64(y_px[b] - y_px[a]))
                b += step
                if distance > limit_px or distance >= nearest[a, k_last]:
                    continue
                k = k_last
                while k > 0 and nearest[a, k - 1] > distance:
                    nearest[a, k] = nearest[a, k - 1]
                    k -= 1
                nearest[a, k] = distance
