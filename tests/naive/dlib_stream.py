"""dlib's serialisation, written: the counterpart of the reader, from the format's description."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def write_integer(value: int) -> bytes:
    size = max(1, (abs(value).bit_length() + 7) // 8)
    sign = 0x80 if value < 0 else 0
    return bytes([size | sign]) + abs(value).to_bytes(size, "little")


def write_number(value: float) -> bytes:
    mantissa, exponent = math.frexp(value)
    return write_integer(int(mantissa * 2**53)) + write_integer(exponent - 53)


def write_text(text: str) -> bytes:
    return write_integer(len(text)) + text.encode("latin-1")


def write_tensor(values: npt.ArrayLike) -> bytes:
    array = np.asarray(values, np.float32)
    shape = (*array.shape, *(1,) * (4 - array.ndim))
    return b"".join(map(write_integer, (2, *shape))) + array.astype("<f4").tobytes()


def write_column(values: npt.ArrayLike) -> bytes:
    array = np.asarray(values, np.float32)
    numbers = b"".join(write_number(float(value)) for value in array)
    return write_integer(-array.size) + write_integer(-1) + numbers


def _part(*shape: int) -> bytes:
    return b"".join(map(write_integer, (1, *shape)))


def _multipliers() -> bytes:
    return write_number(1.0) * 3 + write_number(0.0)


def _window(size: tuple[int, int], stride: tuple[int, int], padding: tuple[int, int]) -> bytes:
    return b"".join(map(write_integer, (*size, *stride, *padding)))


def write_convolution(
    kernel: Floats, bias: Floats, stride: tuple[int, int] = (1, 1), padding: tuple[int, int] = (0, 0)
) -> bytes:
    n_out, _, height, width = kernel.shape
    values = np.concatenate([kernel.ravel(), bias]).reshape(-1, 1, 1, 1)
    return b"".join(
        (
            write_text("con_4"),
            write_tensor(values),
            write_integer(n_out),
            _window((height, width), stride, padding),
            _part(*kernel.shape),
            _part(1, n_out, 1, 1),
            _multipliers(),
        )
    )


def write_scaling(factor: Floats, addend: Floats) -> bytes:
    values = np.concatenate([factor, addend]).reshape(1, -1, 1, 1)
    parts = _part(1, factor.size, 1, 1) * 2
    return write_text("affine_") + write_tensor(values) + parts + write_integer(0)


def write_normalisation(gamma: Floats, beta: Floats, mean: Floats, variance: Floats, epsilon: float) -> bytes:
    shape = (1, gamma.size, 1, 1)
    tensors = [np.zeros_like(mean), np.ones_like(mean), mean, variance]
    return b"".join(
        (
            write_text("bn_con2"),
            write_tensor(np.concatenate([gamma, beta]).reshape(-1, 1, 1, 1)),
            _part(*shape) * 2,
            *(write_tensor(values.reshape(shape)) for values in tensors),
            write_integer(100),
            write_integer(100),
            _multipliers(),
            write_number(epsilon),
        )
    )


def write_pooling(kind: str, size: tuple[int, int], stride: tuple[int, int]) -> bytes:
    return write_text(kind) + _window(size, stride, (0, 0))


def write_product(matrix: Floats) -> bytes:
    n_in, n_out = matrix.shape
    return b"".join(
        (
            write_text("fc_2"),
            write_integer(n_out),
            write_integer(n_in),
            write_tensor(matrix),
            _part(n_in, n_out, 1, 1),
            _part(0, 0, 0, 0),
            write_integer(0),
            _multipliers(),
        )
    )


RECTIFIER, ADD_PREVIOUS = write_text("relu_"), write_text("add_prev_")


def write_network(layers: list[bytes | None], *, is_detector: bool) -> bytes:
    """Write a network whose layers are given from first to last; None is a mark."""
    if is_detector:
        losses = (1.0, 1.0, 0.5, 0.25, 1.0, 0.5, 1.0)
        loss = write_text("loss_mmod_") + b"".join(map(write_integer, (1, 80, 80)))
        loss += b"".join(map(write_number, losses))
        pixels = write_text("input_rgb_image_pyramid")
    else:
        loss = write_text("loss_metric_2") + write_number(0.04) + write_number(0.6)
        pixels = write_text("input_rgb_image_sized")
    means = b"".join(map(write_number, (120.0, 110.0, 100.0)))
    size = b"" if is_detector else write_integer(150) * 2
    nesting = b"".join(write_integer(1 if layer is None else 2) for layer in reversed(layers[1:]))
    empty = write_tensor(np.zeros((0, 0, 0, 0)))
    state = b"110" + empty * 3
    first, *rest = layers
    assert first is not None
    values = first + state + write_integer(1)
    values += b"".join(b"" if layer is None else layer + state for layer in rest)
    return write_integer(1) + loss + nesting + write_integer(3) + pixels + means + size + values
