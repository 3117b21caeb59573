"""Make a model's input from aligned images, as its manifest entry says."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vantay_models.entry import ColorOrder, ImageInput, Layout, PixelType


def prepare_batch(images: npt.NDArray[np.uint8], spec: ImageInput) -> npt.NDArray[Any]:
    """Return the input for a batch of images.

    Parameters
    ----------
    images : (n, h, w, 3) uint8
        Red, green, blue; of the size that the model wants.
    spec : ImageInput
        What the model wants.

    Returns
    -------
    (n, 3, h, w) or (n, h, w, 3), float32 or uint8

    Raises
    ------
    ValueError
        If the images have another size or type.
    """
    _check_images(images, spec)
    ordered = images[..., ::-1] if spec.color_order is ColorOrder.BGR else images
    if spec.layout is Layout.NCHW:
        ordered = ordered.transpose(0, 3, 1, 2)
    if spec.pixel_type is PixelType.UINT8:
        return np.ascontiguousarray(ordered)
    shape = (1, 3, 1, 1) if spec.layout is Layout.NCHW else (1, 1, 1, 3)
    mean, scale = (np.array(values, np.float32).reshape(shape) for values in (spec.mean, spec.scale))
    return np.ascontiguousarray((ordered.astype(np.float32) - mean) * scale)


def _check_images(images: npt.NDArray[np.uint8], spec: ImageInput) -> None:
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 3:
        raise ValueError(f"images of {images.shape} {images.dtype}, expected (n, height, width, 3) uint8")
    for found, wanted in zip(images.shape[1:3], (spec.height_px, spec.width_px), strict=True):
        if found % spec.multiple_px or wanted not in {None, found}:
            raise ValueError(
                f"images of {images.shape[2]} × {images.shape[1]} px, expected "
                f"{spec.width_px or 'any'} × {spec.height_px or 'any'}, multiples of {spec.multiple_px}"
            )
