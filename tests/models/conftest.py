"""LEADER's weights and graphs, read and written once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from absence import skip_or_fail
from vantay_models.build import find_source
from vantay_models.errors import ModelSourceError
from vantay_models.leader.graph import write_fast_graph
from vantay_models.leader.plain import write_plain_graph
from vantay_models.leader.weights import Weights, read_weights
from vantay_models.manifest import read_manifest

Run = Callable[..., list[npt.NDArray[np.float32]]]


@pytest.fixture(scope="session")
def weights_file() -> Path:
    try:
        return find_source(read_manifest()["leader"])
    except ModelSourceError as error:
        skip_or_fail(str(error))


@pytest.fixture(scope="session")
def weights(weights_file: Path) -> Weights:
    return read_weights(weights_file)


def open_session(data: bytes, n_threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="session")
def fast_bytes(weights: Weights) -> bytes:
    return bytes(write_fast_graph(weights).SerializeToString())


@pytest.fixture(scope="session")
def fast(fast_bytes: bytes) -> onnxruntime.InferenceSession:
    return open_session(fast_bytes)


@pytest.fixture(scope="session")
def plain(weights: Weights) -> onnxruntime.InferenceSession:
    return open_session(write_plain_graph(weights).SerializeToString())
