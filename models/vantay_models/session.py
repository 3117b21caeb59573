"""Open an ONNX file for checks; the engine opens its own sessions."""

from __future__ import annotations

import onnxruntime

from vantay_models.errors import ModelFileError

LOG_FATAL_ONLY = 4


def open_session(data: bytes) -> onnxruntime.InferenceSession:
    """Return a session of one thread.

    Raises
    ------
    ModelFileError
        If the bytes are no ONNX model that ONNX Runtime can run.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = LOG_FATAL_ONLY
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise ModelFileError(f"the file is no model that ONNX Runtime can run: {reason}") from error
