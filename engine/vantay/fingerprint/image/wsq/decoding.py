"""Coefficients of a WSQ file to grey values: dequantisation and the inverse wavelet transform."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample
from vantay.fingerprint.image.wsq.huffman import decode_coefficients
from vantay.fingerprint.image.wsq.segments import WsqFile
from vantay.fingerprint.image.wsq.subbands import Region, SubbandTree, make_subband_tree


def decode_wsq(file: WsqFile, name: str) -> npt.NDArray[np.uint8]:
    """Decode the image of a file whose segments were read.

    Parameters
    ----------
    file : WsqFile
        From `read_wsq_segments`; its size is to be checked before.
    name : str
        What error messages call it.

    Returns
    -------
    (h, w) uint8
        Grey values.

    Raises
    ------
    InvalidSample
        If the codes do not give the coefficients that the size calls for, or the tables overflow.
    """
    tree = make_subband_tree(file.width_px, file.height_px)
    plane = _dequantise(file, tree, name)
    with np.errstate(over="ignore", invalid="ignore"):
        for region in reversed(tree.splits):
            _join_quarters(plane, region, file)
        grey = plane * np.float32(file.scale) + np.float32(file.shift)
    if not np.isfinite(grey).all():
        raise InvalidSample(f"{name}: WSQ tables give grey values beyond any number, expected 0 to 255")
    pixels: npt.NDArray[np.uint8] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return pixels


def _dequantise(file: WsqFile, tree: SubbandTree, name: str) -> npt.NDArray[np.float32]:
    """Coefficients at their places in the transformed image, zero where a subband is not in the file."""
    coded = [
        i for i, region in enumerate(tree.subbands) if file.bins[i] > 0 and region.width and region.height
    ]
    sizes = [tree.subbands[i].width * tree.subbands[i].height for i in coded]
    quantised = decode_coefficients(file.blocks, sum(sizes), name)
    plane = np.zeros((file.height_px, file.width_px), np.float32)
    for i, values in zip(coded, np.split(quantised, np.cumsum(sizes)[:-1]), strict=True):
        region = tree.subbands[i]
        magnitude = file.bins[i] * (np.abs(values) - file.bin_centre) + file.zero_bins[i] / 2.0
        coefficients = np.where(values == 0, 0.0, np.sign(values) * magnitude)
        plane[region.y : region.y + region.height, region.x : region.x + region.width] = coefficients.reshape(
            region.height, region.width
        )
    return plane


def _join_quarters(plane: npt.NDArray[np.float32], region: Region, file: WsqFile) -> None:
    """Replace the four quarters of a region by the band they were made from."""
    if region.width == 0 or region.height == 0:
        return
    view = plane[region.y : region.y + region.height, region.x : region.x + region.width]
    rows_joined = _join_halves(view, file, inverted=region.y_inverted)
    view[:] = _join_halves(rows_joined.T, file, inverted=region.x_inverted).T


def _join_halves(band: npt.NDArray[np.float32], file: WsqFile, *, inverted: bool) -> npt.NDArray[np.float32]:
    """Synthesise along the first axis: low-pass samples belong at even places, high-pass at odd ones."""
    n_low = (band.shape[0] + 1) // 2
    low_start = band.shape[0] - n_low if inverted else 0
    high_start = 0 if inverted else n_low
    low, high = np.zeros_like(band), np.zeros_like(band)
    low[0::2] = band[low_start : low_start + n_low]
    high[1::2] = band[high_start : high_start + band.shape[0] - n_low]
    # Reflection about the end samples keeps even places even, as the specification's extension does.
    smooth = cv2.filter2D(low, -1, file.low_filter, borderType=cv2.BORDER_REFLECT_101)
    detail = cv2.filter2D(high, -1, file.high_filter, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(smooth + detail, dtype=np.float32)
