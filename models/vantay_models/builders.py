"""What turns the weights in a Python package into a model file, for each model that is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

LEADER_BUILDER = "leader 2"
"""Version of the writer of LEADER's graph, raised with every change of it: older files are made anew."""


class Builder(NamedTuple):
    """A version, raised with every change of the file, and what makes the proven bytes of that file."""

    version: str
    make: Callable[[Path], bytes]


# The writers need packages that only building needs: at run time the model file is enough. So each is
# imported where it is used.


def _make_leader(source: Path) -> bytes:
    from vantay_models.leader.graph import write_fast_graph  # noqa: PLC0415
    from vantay_models.leader.reference import prove  # noqa: PLC0415
    from vantay_models.leader.weights import read_weights  # noqa: PLC0415

    data: bytes = write_fast_graph(read_weights(source)).SerializeToString()
    prove(data)
    return data


def _make_face_detection(source: Path) -> bytes:
    from vantay_models.dlib.detector import write_detector  # noqa: PLC0415
    from vantay_models.dlib.network import read_network  # noqa: PLC0415
    from vantay_models.dlib.reference import prove_detector  # noqa: PLC0415

    data: bytes = write_detector(read_network(source.read_bytes(), source.name)).SerializeToString()
    prove_detector(data)
    return data


def _make_face_landmarks(source: Path) -> bytes:
    from vantay_models.dlib.landmark_trees import read_landmark_trees  # noqa: PLC0415
    from vantay_models.dlib.reference import prove_landmarks  # noqa: PLC0415

    data = read_landmark_trees(source.read_bytes(), source.name).to_bytes()
    prove_landmarks(data)
    return data


def _make_face_embedding(source: Path) -> bytes:
    from vantay_models.dlib.embedding import write_embedding  # noqa: PLC0415
    from vantay_models.dlib.network import read_network  # noqa: PLC0415
    from vantay_models.dlib.reference import prove_embedding  # noqa: PLC0415

    data: bytes = write_embedding(read_network(source.read_bytes(), source.name)).SerializeToString()
    prove_embedding(data)
    return data


BUILDERS = {
    "leader": Builder(LEADER_BUILDER, _make_leader),
    "dlib-face-detection": Builder("dlib-face-detection 1", _make_face_detection),
    "dlib-face-landmarks": Builder("dlib-face-landmarks 1", _make_face_landmarks),
    "dlib-face-embedding": Builder("dlib-face-embedding 1", _make_face_embedding),
}
"""By name in the manifest: every model there that has a package."""
