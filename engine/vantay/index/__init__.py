"""Search structures derived from the record: who is near a probe, without comparing everyone in full."""

from vantay.index.exact_face import ExactFaceIndex

__all__ = ["ExactFaceIndex"]
