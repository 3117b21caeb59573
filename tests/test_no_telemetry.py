"""Nothing is sent anywhere: the inference runtime is told so before it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import {module}
import onnxruntime
import numpy, onnx, onnx.helper as h
value = h.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])
graph = h.make_graph([h.make_node("Identity", ["x"], ["y"])], "g", [value],
                     [h.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [1])])
model = h.make_model(graph, opset_imports=[h.make_opsetid("", 20)], ir_version=10)
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
session.run(None, {{"x": numpy.zeros(1, numpy.float32)}})
"""


def run(program: str, **environment: str) -> str:
    # Without a home the runtime's telemetry complains that it cannot keep the number of its device.
    nowhere = {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull, "XDG_STATE_HOME": os.devnull}
    # Continuous integration and unit tests switch it off too, which would hide what is tested here.
    kept = {k: v for k, v in os.environ.items() if k not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=kept | nowhere | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


@pytest.mark.parametrize("module", ["vantay", "vantay_models"])
def test_the_inference_runtime_keeps_its_telemetry_off(module: str) -> None:
    assert "elemetry" not in run(PROGRAM.format(module=module))


def test_it_stays_off_where_somebody_switched_it_on() -> None:
    assert "elemetry" not in run(PROGRAM.format(module="vantay"), ORT_DISABLE_TELEMETRY="0")
