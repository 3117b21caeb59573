"""Write ONNX nodes one after the other: a thin layer over the ``onnx`` package.

`GraphWriter` keeps the nodes and constants of one graph and gives each value a name; the graphs themselves,
`plain` and `graph`, are functions that call it and so read like the network.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 10

Attribute = int | float | str | Sequence[int]


class GraphWriter:
    """Collects the nodes of one graph.

    A value is known by its name, a str, as ONNX has it.
    """

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._initializers: list[onnx.TensorProto] = []

    def node(self, operator: str, *inputs: str, **attributes: Attribute) -> str:
        """Append a node with one output and return that output's name."""
        return self.nodes(operator, *inputs, n_outputs=1, **attributes)[0]

    def nodes(self, operator: str, *inputs: str, n_outputs: int, **attributes: Attribute) -> list[str]:
        """Append a node with several outputs and return their names."""
        name = f"{operator}_{len(self._nodes)}"
        outputs = [name] if n_outputs == 1 else [f"{name}_{index}" for index in range(n_outputs)]
        node = helper.make_node(operator, inputs, outputs, name, **attributes)  # type: ignore[arg-type]
        self._nodes.append(node)
        return outputs

    def constant(self, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> str:
        """Return the name of a constant, the same one for the same values."""
        array = np.ascontiguousarray(values, dtype).reshape(np.shape(values))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            self._constants[key] = f"constant_{len(self._constants)}"
            self._initializers.append(numpy_helper.from_array(array, self._constants[key]))
        return self._constants[key]

    def rename(self, value: str, name: str) -> str:
        """Give a value the name that a graph output shall have."""
        self._nodes.append(helper.make_node("Identity", [value], [name], name=name))
        return name

    def model(
        self, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto], name: str
    ) -> onnx.ModelProto:
        """Return the checked model of all nodes so far."""
        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._initializers)
        model = helper.make_model(
            graph,
            producer_name="vantay_models",
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        onnx.checker.check_model(model)
        return model


def value_info(name: str, shape: Sequence[int | str]) -> onnx.ValueInfoProto:
    """Describe a float32 input or output; a str in ``shape`` names a dimension that varies."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
