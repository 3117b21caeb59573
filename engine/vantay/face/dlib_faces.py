"""Faces with landmarks as dlib finds them: boxes of its detector, points of its regression trees."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vantay.face.detection import Box, DetectedFace, Pixels
from vantay.face.dlib_detection import FaceBox, find_faces
from vantay.face.dlib_pyramid import MIN_SIDE_PX
from vantay.face.landmark_trees import LandmarkTrees, find_landmarks
from vantay.face.session import Float32s, Session
from vantay_models.entry import LandmarkKind


@dataclass(frozen=True, slots=True)
class DlibParameters:
    """What is not decided by the models.

    Attributes
    ----------
    least_side_px, max_side_px : int
        Smaller photos are enlarged, larger ones are shrunk to this longer side. The detector knows faces
        from 80 px, so a face is found from a sixth of the side at the least and an eighth at the most; its
        time grows with the area.
    """

    least_side_px: int = 480
    max_side_px: int = 640


class DlibDetector:
    """Finds faces with dlib's models.

    Parameters
    ----------
    session : Session
        The detector.
    trees : LandmarkTrees
        The landmark predictor.
    parameters : DlibParameters, optional
        Other than the default.
    """

    name = "dlib"
    version = "1"
    kind = LandmarkKind.EYE_CORNERS_NOSE

    def __init__(
        self, session: Session, trees: LandmarkTrees, parameters: DlibParameters | None = None
    ) -> None:
        self.parameters = parameters or DlibParameters()
        self._session = session
        self._trees = trees

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
        height, width = pixels.shape[:2]
        longer = max(height, width)
        wanted = min(max(longer, self.parameters.least_side_px), self.parameters.max_side_px)
        size = max(1, round(width * wanted / longer)), max(1, round(height * wanted / longer))
        if min(size) < MIN_SIDE_PX:  # a strip, too thin for any face
            return []
        method = cv2.INTER_LINEAR if wanted > longer else cv2.INTER_AREA
        resized = np.asarray(cv2.resize(pixels, size, interpolation=method), np.uint8)
        growth = np.array([width / size[0], height / size[1]])
        return [self._face(resized, box).grown(growth) for box in find_faces(resized, self._score_map)]

    def _score_map(self, tile: Float32s) -> Float32s:
        return self._session.run_one(tile)

    def _face(self, pixels: Pixels, found: FaceBox) -> DetectedFace:
        landmarks = find_landmarks(pixels, found[:4], self._trees).astype(np.float64)
        width, height = found.right_px + 1 - found.left_px, found.bottom_px + 1 - found.top_px
        box = Box(float(found.left_px), float(found.top_px), float(width), float(height))
        return DetectedFace(box, landmarks, self.kind, found.score)
