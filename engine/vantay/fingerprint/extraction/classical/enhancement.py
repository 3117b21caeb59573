"""Contextual enhancement: only ridges that run with the local flow are let through."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.fingerprint.extraction.classical.filter_bank import CENTRE, TAPS, make_filter_bank
from vantay.fingerprint.extraction.classical.flow import RidgeFlow
from vantay.fingerprint.extraction.classical.parameters import EnhancementParameters, FlowParameters


def enhance_ridges(
    image: npt.NDArray[np.float32],
    mask: npt.NDArray[np.uint8],
    flow: RidgeFlow,
    flow_parameters: FlowParameters,
    parameters: EnhancementParameters,
) -> npt.NDArray[np.float32]:
    """Filter each pixel with the Gabor filter of its own orientation and period.

    Parameters
    ----------
    image : (h, w) float32
        Local contrast with mean 0.
    mask : (h, w) uint8
        1 on the finger.
    flow : RidgeFlow
        Orientation and period in cells.
    flow_parameters, parameters : FlowParameters, EnhancementParameters
        Constants.

    Returns
    -------
    (h, w) float32
        Negative on ridges, positive in valleys, 0 outside of the mask.
    """
    bank = make_filter_bank(flow_parameters, parameters)
    size = (image.shape[1], image.shape[0])
    # Vectors at twice the angle may be interpolated; angles, which jump from π to 0, may not.
    double_angle = cv2.phase(cv2.resize(flow.cos2, size), cv2.resize(flow.sin2, size))
    orientations = np.rint(double_angle * np.float32(bank.shape[1] / (2 * np.pi))).astype(np.uint8)
    orientations[orientations == bank.shape[1]] = 0
    span_px = flow_parameters.period_max_px - flow_parameters.period_min_px
    steps = (flow.period_px - flow_parameters.period_min_px) * np.float32((bank.shape[0] - 1) / span_px)
    periods = np.rint(cv2.resize(steps, size)).astype(np.uint8)
    before, after = CENTRE, TAPS - 1 - CENTRE
    padded = cv2.copyMakeBorder(image, before, after, before, after, cv2.BORDER_REFLECT_101)
    enhanced = np.empty(image.shape, np.float32)
    _filter_kernel(padded.astype(np.float32, copy=False), mask, orientations, periods, bank, enhanced)
    return enhanced


# Sums may be reordered into vectors; nothing else of IEEE arithmetic is given up.
@njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})
def _filter_kernel(
    padded: npt.NDArray[np.float32],
    mask: npt.NDArray[np.uint8],
    orientations: npt.NDArray[np.uint8],
    periods: npt.NDArray[np.uint8],
    bank: npt.NDArray[np.float32],
    enhanced: npt.NDArray[np.float32],
) -> None:
    height, width = mask.shape
    # Unsigned bounds spare the test for negative indices, and columns outside rows inside let LLVM keep a
    # row of sixteen sums in a register: fifteen times faster than the obvious order.
    taps = np.uintp(TAPS)
    for y in range(np.uintp(height)):
        for x in range(np.uintp(width)):
            if mask[y, x] == 0:
                enhanced[y, x] = 0
                continue
            period = np.uintp(periods[y, x])
            orientation = np.uintp(orientations[y, x])
            total = np.float32(0)
            for j in range(taps):
                column = np.float32(0)
                for i in range(taps):
                    column += bank[period, orientation, i, j] * padded[y + i, x + j]
                total += column
            enhanced[y, x] = total
