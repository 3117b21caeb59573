"""What the published network gives for a few drawn patterns, and the proof that a graph gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt
import onnxruntime

from vantay_models.errors import ModelFileError

THRESHOLD = 0.1
"""Lowest quality of the minutiae in the stored outputs."""

TOLERANCE = 1e-3
"""Largest difference of a probability, and of a direction in radians, between a graph and the original."""

FILE = "reference.npz"


@dataclass(frozen=True, eq=False)
class Reference:
    """One pattern and what the original gives for it.

    Attributes
    ----------
    image : (h, w) uint8
    position : (h, w) float16
        Probability of a minutia at each pixel.
    minutiae : (n, 5) float32
        x and y in pixels, direction in radians, probability of an ending, quality; by rows from the top.
    """

    image: npt.NDArray[np.uint8]
    position: npt.NDArray[np.float16]
    minutiae: npt.NDArray[np.float32]


def read_references() -> list[Reference]:
    """Return the stored outputs of the original network."""
    with resources.files("vantay_models.leader").joinpath(FILE).open("rb") as file, np.load(file) as arrays:
        return [
            Reference(arrays[f"image_{i}"], arrays[f"position_{i}"], arrays[f"minutiae_{i}"])
            for i in range(int(arrays["n"]))
        ]


def prove(data: bytes) -> None:
    """Check that a fast graph gives the stored outputs.

    Parameters
    ----------
    data : bytes
        The ONNX file.

    Raises
    ------
    ModelFileError
        If a minutia is missing or surplus, or a value is off by more than `TOLERANCE`.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    for number, reference in enumerate(read_references()):
        worst = _largest_difference(session, reference)
        if not worst <= TOLERANCE:
            raise ModelFileError(
                f"the graph of LEADER differs from the stored output {number} by {worst:.2g}, "
                f"expected at most {TOLERANCE:g}: does this machine compute wrongly with this onnxruntime?"
            )


def _largest_difference(session: onnxruntime.InferenceSession, reference: Reference) -> float:
    feed = {"image": reference.image[None, None], "threshold": np.array([THRESHOLD], np.float32)}
    place, quality, attributes, position = session.run(["place", "quality", "attributes", "position"], feed)
    expected = reference.minutiae
    if place.shape[0] != expected.shape[0] or np.any(place[:, :0:-1] != expected[:, :2]):
        return np.inf
    turn = np.arctan2(attributes[:, 1], attributes[:, 0]) - expected[:, 2]
    ending = 1 / (1 + np.exp(-attributes[:, 2]))
    differences = (
        position[0, 0] - reference.position.astype(np.float32),
        np.angle(np.exp(1j * turn)),
        ending - expected[:, 3],
        quality - expected[:, 4],
    )
    return max(float(np.abs(difference).max(initial=0)) for difference in differences)
