"""The fixture `measure`, one thread for everything, and models that are built or not."""

from __future__ import annotations

import os

THREAD_SETTINGS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
for setting in THREAD_SETTINGS:  # before numpy and numba are loaded, which read them once
    os.environ[setting] = "1"

import cv2  # noqa: E402
import pytest  # noqa: E402
from benchmarks.harness.measurement import Measure, marker_options  # noqa: E402
from benchmarks.harness.surroundings import describe_surroundings, kind_of  # noqa: E402
from pytest_benchmark.fixture import BenchmarkFixture  # noqa: E402

from vantay_models.registry import ModelState, list_models  # noqa: E402


def pytest_benchmark_generate_machine_info() -> dict[str, object]:
    """Tell pytest-benchmark of the machine what decides about times: it compares all that it is told."""
    return kind_of(describe_surroundings())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.benchmark(**marker_options()))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    cv2.setNumThreads(1)


@pytest.fixture
def measure(benchmark: BenchmarkFixture) -> Measure:
    """Measures a call between calls of its reference."""
    return Measure(benchmark)


@pytest.fixture
def leader_model() -> None:
    """Skips where the network for minutiae is not built."""
    _require("leader")


@pytest.fixture
def face_models() -> None:
    """Skips where the networks for faces are not built."""
    _require("dlib-face-detection", "dlib-face-landmarks", "dlib-face-embedding")


def _require(*names: str) -> None:
    ready = {status.entry.name for status in list_models() if status.state is ModelState.READY}
    if missing := [name for name in names if name not in ready]:
        pytest.skip(f"not built: {', '.join(missing)}; `vantay models build` does")
