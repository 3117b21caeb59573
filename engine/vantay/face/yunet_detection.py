"""Faces and landmarks by YuNet: boxes and points from its maps of scores and offsets.

References
----------
W. Wu, H. Peng, S. Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence Research 20,
2023, doi:10.1007/s11633-023-1423-y: section 3, an anchor-free head at strides 8, 16 and 32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay.face.detection import Box, DetectedFace, Pixels, shrink
from vantay.face.session import Float32s, Session
from vantay_models.entry import LandmarkKind

STRIDES_PX = (8, 16, 32)


@dataclass(frozen=True, slots=True)
class YunetParameters:
    """What is not decided by the network's weights.

    Attributes
    ----------
    score_threshold : float
        Lowest score in (0, 1] of a face. Good portraits were measured to score 0.94; at an eighth of their
        light, or with the eyes 9 px apart, most still score above 0.8, some 0.5.
    largest_union_share : float
        Two boxes are one face if their intersection is a larger share of their union; from its program.
    max_side_px : int
        Larger images are shrunk to this longer side. Faces of 10 to 300 px are what it has learnt.
    """

    score_threshold: float = 0.6
    largest_union_share: float = 0.3
    max_side_px: int = 640


class YunetDetector:
    """Finds faces with YuNet.

    Parameters
    ----------
    session : Session
        Of the network with inputs of any size.
    parameters : YunetParameters, optional
        Other than the default.
    """

    name = "yunet"
    version = "1"
    kind = LandmarkKind.EYES_NOSE_MOUTH

    def __init__(self, session: Session, parameters: YunetParameters | None = None) -> None:
        self.parameters = parameters or YunetParameters()
        self._session = session

    def detect(self, pixels: Pixels) -> list[DetectedFace]:
        """Find the faces in an image.

        Parameters
        ----------
        pixels : (h, w, 3) uint8
            Red, green, blue.

        Returns
        -------
        list of DetectedFace
            Best score first.
        """
        shrunk, growth = shrink(pixels, self.parameters.max_side_px)
        batch = _to_batch(shrunk)
        rows = decode_maps(self._session.run(batch), batch.shape[3], self.parameters.score_threshold)
        kept = suppress(rows, self.parameters.largest_union_share)
        return [_to_face(row).grown(growth) for row in kept]


def decode_maps(
    maps: Mapping[str, Float32s], width_px: int, score_threshold: float
) -> npt.NDArray[np.float64]:
    """Read faces off the maps of one image.

    Parameters
    ----------
    maps : mapping of str to (1, cells, k) float32
        ``cls_8``, ``obj_8`` (k = 1), ``bbox_8`` (k = 4), ``kps_8`` (k = 10), and the same for 16 and 32.
    width_px : int
        Width of the image that the network saw, a multiple of 32.
    score_threshold : float
        Lowest score.

    Returns
    -------
    (n, 15) float64
        Left, top, width, height; x, y of five landmarks; score. Pixels of what the network saw.
    """
    return np.concatenate([_decode_stride(maps, s, width_px // s, score_threshold) for s in STRIDES_PX])


def _decode_stride(
    maps: Mapping[str, Float32s], stride_px: int, n_columns: int, score_threshold: float
) -> npt.NDArray[np.float64]:
    faceness = maps[f"cls_{stride_px}"][0, :, 0].clip(0, 1) * maps[f"obj_{stride_px}"][0, :, 0].clip(0, 1)
    score = np.sqrt(faceness, dtype=np.float64)
    cells = np.flatnonzero(score >= score_threshold)
    place = np.column_stack([cells % n_columns, cells // n_columns]).astype(np.float64)
    box = maps[f"bbox_{stride_px}"][0, cells].astype(np.float64)
    points = maps[f"kps_{stride_px}"][0, cells].astype(np.float64).reshape(-1, 5, 2)
    centre = (place + box[:, :2]) * stride_px
    size = np.exp(box[:, 2:]) * stride_px
    landmarks = (place[:, np.newaxis] + points) * stride_px
    return np.column_stack([centre - size / 2, size, landmarks.reshape(-1, 10), score[cells]])


def suppress(rows: npt.NDArray[np.float64], largest_union_share: float) -> npt.NDArray[np.float64]:
    """Keep, from the best score down, what does not lie on a better box.

    Parameters
    ----------
    rows : (n, 15) float64
        As `decode_maps` gives them.
    largest_union_share : float
        The largest share of the union of two boxes that their intersection may be.

    Returns
    -------
    (k, 15) float64
        By descending score.
    """
    left = rows[np.argsort(-rows[:, 14], kind="stable")]
    kept = []
    while len(left):
        kept.append(left[0])
        left = left[_union_shares(left[0], left) <= largest_union_share]
    return np.array(kept).reshape(-1, 15)


def _union_shares(one: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low = np.maximum(one[:2], others[:, :2])
    high = np.minimum(one[:2] + one[2:4], others[:, :2] + others[:, 2:4])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    return np.asarray(shared / (one[2] * one[3] + others[:, 2] * others[:, 3] - shared))


def _to_batch(pixels: Pixels) -> Float32s:
    """Give (1, 3, h, w) blue, green, red 0 to 255, black to the right and below up to multiples of 32."""
    height, width = pixels.shape[:2]
    coarsest = STRIDES_PX[-1]
    batch = np.zeros((1, 3, -(-height // coarsest) * coarsest, -(-width // coarsest) * coarsest), np.float32)
    batch[0, :, :height, :width] = pixels[:, :, ::-1].transpose(2, 0, 1)
    return batch


def _to_face(row: npt.NDArray[np.float64]) -> DetectedFace:
    left, top, width, height = row[:4].tolist()
    points = row[4:14].reshape(5, 2)
    return DetectedFace(Box(left, top, width, height), points, LandmarkKind.EYES_NOSE_MOUTH, float(row[14]))
