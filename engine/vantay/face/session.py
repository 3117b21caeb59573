"""Networks that run: the one place of faces that knows the inference runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from vantay.errors import InvalidSetting, ModelUnavailable

Float32s = npt.NDArray[np.float32]


class Session:
    """A network of an ONNX file; many threads may run it at once.

    Parameters
    ----------
    data : bytes
        Content of the file, whose checksum the caller has compared.
    name : str
        What error messages call the model.
    n_threads : int
        Threads of one run, from 1; results do not depend on it.

    Raises
    ------
    InvalidSetting
        If the number of threads is below 1.
    ModelUnavailable
        If the bytes are no network that the runtime accepts.
    """

    def __init__(self, data: bytes, name: str, *, n_threads: int = 1) -> None:
        if n_threads < 1:
            raise InvalidSetting(f"n_threads is {n_threads}, expected 1 or more")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Threads that spin between calls would take the core from the comparisons.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session: Any = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the runtime raises several types of its own without a common root
            raise ModelUnavailable(f"model {name} is no network that runs here: {error}") from error
        self.name = name
        self._input = self._session.get_inputs()[0]
        self._outputs = [output.name for output in self._session.get_outputs()]

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Sides of the first input, None where any size goes."""
        return tuple(side if isinstance(side, int) else None for side in self._input.shape)

    def run(self, batch: npt.NDArray[Any]) -> Mapping[str, Float32s]:
        """Run the network on its one input; gives its outputs by name."""
        values = self._session.run(self._outputs, {self._input.name: batch})
        return dict(zip(self._outputs, values, strict=True))

    def run_one(self, batch: npt.NDArray[Any], output: str | None = None) -> Float32s:
        """Run the network; gives one output, the first where none is named.

        A batch goes in pieces where the graph takes one image only.

        Raises
        ------
        ModelUnavailable
            If the network has no such output.
        """
        name = self._outputs[0] if output is None else output
        if name not in self._outputs:
            raise ModelUnavailable(
                f"model {self.name} has no output {name}, expected one of {', '.join(self._outputs)}"
            )
        if self.input_shape[0] in {None, len(batch)}:
            return self.run(batch)[name]
        return np.concatenate([self.run(one[np.newaxis])[name] for one in batch])
