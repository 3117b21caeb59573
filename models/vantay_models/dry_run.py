"""Try an embedding model on drawn faces, to see whether it does what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from vantay_models.dlib.pattern import DrawnFace, draw_face
from vantay_models.entry import ImageInput, Layout, ModelEntry, PixelType
from vantay_models.errors import ModelError, ModelFileError, ModelRejected
from vantay_models.preprocessing import prepare_batch
from vantay_models.session import open_session

ONNX_TYPES = {PixelType.FLOAT32: "tensor(float)", PixelType.UINT8: "tensor(uint8)"}

SAME_VALUE = 1e-4
"""A value of an embedding may differ by this share of the largest, alone and in a batch."""


def dry_run(data: bytes, entry: ModelEntry) -> ModelEntry:
    """Run an embedding on two drawn faces.

    Parameters
    ----------
    data : bytes
        The ONNX file.
    entry : ModelEntry
        What is said of it: a face embedding with an image of fixed size.

    Returns
    -------
    ModelEntry
        The same with the names of input and output filled in, and with batches of one if it takes no more.

    Raises
    ------
    ModelRejected
        If the file is no model, its input has another name, type or shape, or its output is not of the
        dimension, not finite, not the same twice, or the same for different faces.
    """
    image = entry.image
    if image is None or image.width_px is None or image.height_px is None or entry.dimension is None:
        raise ModelRejected(f"the model {entry.name} is no embedding of images of a fixed size")
    try:
        session = open_session(data)
    except ModelFileError as error:
        raise ModelRejected(str(error)) from error
    image = replace(image, name=_input_name(session, image))
    output = _output_name(session, entry.output_name)
    faces = _draw_faces(image.height_px or 0, image.width_px or 0)
    alone = [_embed(session, output, image, face[None], entry.dimension) for face in faces]
    _check_values(session, output, image, faces, alone)
    batch = image.max_batch if _takes_batches(session, output, image, faces, alone) else 1
    return replace(entry, image=replace(image, max_batch=batch), output_name=output)


def _draw_faces(height_px: int, width_px: int) -> npt.NDArray[np.uint8]:
    size = min(height_px, width_px)
    middle = (width_px / 2, height_px / 2)
    drawn = (DrawnFace(*middle, 0.7 * size), DrawnFace(*middle, 0.6 * size, tilt_rad=0.3, brightness=0.6))
    return np.stack([draw_face(height_px, width_px, face) for face in drawn])


def _input_name(session: onnxruntime.InferenceSession, image: ImageInput) -> str:
    """Return the name of the one input, whose type and shape fit."""
    inputs = session.get_inputs()
    if len(inputs) != 1 or image.name not in {None, inputs[0].name}:
        names = ", ".join(value.name for value in inputs)
        wanted = image.name or "of any name"
        raise ModelRejected(f"the model has the inputs {names}, expected one, {wanted}")
    size = (image.height_px, image.width_px)
    expected = (3, *size) if image.layout is Layout.NCHW else (*size, 3)
    shape = inputs[0].shape
    fits = len(shape) == 4 and all(
        isinstance(found, str) or found in {None, wanted}
        for found, wanted in zip(shape[1:], expected, strict=True)
    )
    if not fits or inputs[0].type != ONNX_TYPES[image.pixel_type]:
        raise ModelRejected(
            f"the input {inputs[0].name} is {inputs[0].type} {shape}, "
            f"expected {ONNX_TYPES[image.pixel_type]} of (batch, {', '.join(map(str, expected))})"
        )
    return str(inputs[0].name)


def _output_name(session: onnxruntime.InferenceSession, name: str | None) -> str:
    names = [value.name for value in session.get_outputs()]
    if name is not None and name not in names:
        raise ModelRejected(f"the model has the outputs {', '.join(names)}, expected {name}")
    return str(name or names[0])


def _embed(
    session: onnxruntime.InferenceSession,
    output: str,
    image: ImageInput,
    faces: npt.NDArray[np.uint8],
    dimension: int | None,
) -> npt.NDArray[Any]:
    """Return the (n, dimension) embeddings of faces."""
    try:
        (found,) = session.run([output], {image.name: prepare_batch(faces, image)})
    except Exception as error:
        raise ModelRejected(f"the model fails on a sample: {str(error).splitlines()[0]}") from error
    if dimension is not None and found.shape != (len(faces), dimension):
        raise ModelRejected(
            f"the output {output} is {found.shape} for {len(faces)} images, "
            f"expected ({len(faces)}, {dimension})"
        )
    return np.asarray(found)


def _check_values(
    session: onnxruntime.InferenceSession,
    output: str,
    image: ImageInput,
    faces: npt.NDArray[np.uint8],
    alone: list[npt.NDArray[Any]],
) -> None:
    if not all(np.isfinite(embedding).all() for embedding in alone):
        raise ModelRejected("the model gives values that are not finite")
    if not np.array_equal(_embed(session, output, image, faces[:1], None), alone[0]):
        raise ModelRejected("the model gives other values for the same image the second time")
    if _are_alike(alone[0], alone[1]):
        raise ModelRejected("the model gives the same values for different images")


def _takes_batches(
    session: onnxruntime.InferenceSession,
    output: str,
    image: ImageInput,
    faces: npt.NDArray[np.uint8],
    alone: list[npt.NDArray[Any]],
) -> bool:
    try:
        together = _embed(session, output, image, faces, alone[0].shape[1])
    except ModelError:
        return False
    return _are_alike(together, np.concatenate(alone))


def _are_alike(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> bool:
    largest = float(np.abs(other).max(initial=0))
    return bool(np.abs(one - other).max(initial=0) <= SAME_VALUE * largest)
