"""Tiny ONNX models and manifest entries, made by the tests."""

from __future__ import annotations

import hashlib

import numpy as np

from vantay_models.entry import ModelEntry, Purpose
from vantay_models.graph_writer import GraphWriter, value_info
from vantay_models.source import DownloadSource

SIZE, DIMENSION = 16, 4


def make_model(
    *,
    batch: int | str = "batch",
    dimension: int = DIMENSION,
    size: int | str = SIZE,
    operator: str = "Identity",
    is_constant: bool = False,
    is_random: bool = False,
    n_inputs: int = 1,
) -> bytes:
    """Make a model that multiplies an image of 3 × 16 × 16 values by a matrix."""
    writer = GraphWriter()
    matrix = np.random.default_rng(3).normal(size=(3 * SIZE * SIZE, dimension)) * (0 if is_constant else 1)
    rows = writer.node("Flatten", "image")
    value = writer.node(operator, writer.node("MatMul", rows, writer.constant(matrix)))
    if is_random:
        value = writer.node("Add", value, writer.node("RandomNormalLike", value))
    for number in range(1, n_inputs):
        value = writer.node("Add", value, f"more_{number}")
    writer.rename(value, "embedding")
    inputs = [value_info("image", (batch, 3, size, size))]
    inputs += [value_info(f"more_{number}", (1,)) for number in range(1, n_inputs)]
    return bytes(
        writer.model(inputs, [value_info("embedding", (batch, dimension))], "tiny").SerializeToString()
    )


def make_download_entry(data: bytes, *, url: str | None = "https://localhost/tiny.onnx") -> ModelEntry:
    """Make the manifest's entry of a model that is fetched."""
    digest = hashlib.sha256(data).hexdigest()
    return ModelEntry(
        name="tiny",
        purpose=Purpose.FACE_QUALITY,
        summary="does nothing",
        file="tiny-model.onnx",
        licence="CC0-1.0",
        reference="nowhere",
        training_data="none",
        input="image",
        output="embedding",
        download=DownloadSource("tiny.onnx", digest, len(data), "the tests", url),
    )
