"""Read LEADER's weights from the HDF5 file of the pyfing package.

Keras stores layers by kind and order of depth (``conv2d_34``), which says nothing about their place in the
network. The tables below name each of them; reading fails if one is absent, left over or of another shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import h5py
import numpy as np
import numpy.typing as npt

from vantay_models.errors import ModelSourceError

FloatArray = npt.NDArray[np.float32]

N_LEVELS = 4
HEADS = ("position", "direction", "type")

_BOTTLENECKS = (
    *(f"refine_down_{level}" for level in range(N_LEVELS)),
    *(f"refine_up_{level}" for level in reversed(range(N_LEVELS))),
)
_CONTEXT = (
    *(f"context_down_{level}" for level in range(N_LEVELS)),
    *(f"context_up_{level}" for level in reversed(range(N_LEVELS))),
)

_CONVOLUTIONS = (
    *("stem_context_plain", "stem_context_dilated", "stem_detail_plain", "stem_detail_dilated"),
    *("attention_1", "attention_3", "attention_6", "attention_gate"),
    *(f"{block}_{part}" for block in _BOTTLENECKS for part in ("expand", "reduce", "adjust")),
    # The three heads interleave, because Keras sorts by distance from the output.
    *("position_expand", "position_reduce", "direction_expand", "position_adjust", "direction_reduce"),
    *("type_expand", "type_reduce", "direction_adjust", "position_mix", "type_adjust"),
    *("position_out", "direction_mix", "position_final", "type_mix", "direction_out"),
    *("blur", "direction_final", "type_out", "type_final"),
)
_NORMALISATIONS = (
    "stem_context",
    *_CONTEXT,
    "stem_detail",
    *_BOTTLENECKS,
    *HEADS,
    *(f"{head}_mix" for head in HEADS),
)


class Convolution(NamedTuple):
    """A convolution in ONNX layout.

    Attributes
    ----------
    kernel : (out, in / groups, h, w) float32
    bias : (out,) float32
    """

    kernel: FloatArray
    bias: FloatArray


class Normalisation(NamedTuple):
    """Scale and shift of a layer normalisation over channels, (c,) float32 each."""

    scale: FloatArray
    shift: FloatArray


@dataclass(frozen=True)
class Weights:
    """The trained values of LEADER by place in the network.

    Attributes
    ----------
    dense, depthwise : mapping of str to Convolution
        Ordinary convolutions; those that see each channel alone, kernel (c, 1, h, w).
    normalisations : mapping of str to Normalisation
    """

    dense: dict[str, Convolution]
    depthwise: dict[str, Convolution]
    normalisations: dict[str, Normalisation]


def read_weights(path: Path) -> Weights:
    """Read the weights file.

    Parameters
    ----------
    path : Path
        ``LEADER.weights.h5`` as published.

    Raises
    ------
    ModelSourceError
        If the file is no HDF5, or has other layers than LEADER.
    """
    try:
        with h5py.File(path) as file:
            layers = {name: _variables(group) for name, group in file["layers"].items() if len(group["vars"])}
    except (OSError, KeyError) as error:
        raise ModelSourceError(f"{path} is not readable as Keras weights: {error}") from error
    try:
        weights = _name_layers(layers)
    except (KeyError, ValueError) as error:
        raise ModelSourceError(f"{path} does not hold the layers of LEADER: {error}") from error
    if layers:
        raise ModelSourceError(f"{path} holds layers that LEADER has not: {', '.join(sorted(layers))}")
    return weights


def _variables(group: h5py.Group) -> list[FloatArray]:
    variables = group["vars"]
    return [np.asarray(variables[str(index)], np.float32) for index in range(len(variables))]


def _name_layers(layers: dict[str, list[FloatArray]]) -> Weights:
    """Take every layer out of ``layers`` under the name that the tables give it."""
    dense = {name: _dense(take) for name, take in _take(layers, "conv2d", _CONVOLUTIONS)}
    depthwise = {
        name: _depthwise(*take) for name, take in _take(layers, "depthwise_conv2d", (*_BOTTLENECKS, *HEADS))
    }
    for name, (spatial, pointwise, bias) in _take(layers, "separable_conv2d", _CONTEXT):
        depthwise[name] = _depthwise(spatial)
        dense[name] = _dense([pointwise, bias])
    normalisations = {
        name: Normalisation(*take) for name, take in _take(layers, "layer_normalization", _NORMALISATIONS)
    }
    return Weights(dense, depthwise, normalisations)


def _take(
    layers: dict[str, list[FloatArray]], kind: str, names: tuple[str, ...]
) -> Iterator[tuple[str, list[FloatArray]]]:
    for index, name in enumerate(names):
        yield name, layers.pop(f"{kind}_{index}" if index else kind)


def _dense(variables: list[FloatArray]) -> Convolution:
    """Turn a (h, w, in, out) kernel with or without bias into ONNX layout."""
    kernel = np.ascontiguousarray(variables[0].transpose(3, 2, 0, 1))
    bias = variables[1] if len(variables) > 1 else np.zeros(kernel.shape[0], np.float32)
    return Convolution(kernel, bias)


def _depthwise(kernel: FloatArray) -> Convolution:
    """Turn a (h, w, c, 1) kernel into ONNX layout."""
    return Convolution(
        np.ascontiguousarray(kernel.transpose(2, 3, 0, 1)), np.zeros(kernel.shape[2], np.float32)
    )
