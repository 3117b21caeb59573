"""Faces at template level: unit vectors that behave like the embeddings of a network.

`FaceModel` turns normal numbers into vectors. Its parameters are a few numbers fitted to the embeddings of
real photos by ``python -m vantay.evaluation.face_population_fit``; no vector of anybody is in them.
"""

from vantay_datasets.synthetic.face_vectors.model import FaceModel
from vantay_datasets.synthetic.face_vectors.parameters import (
    DLIB_FACES,
    AgeingParameters,
    FaceLevel,
    FaceParameters,
    LikenessParameters,
)

__all__ = ["DLIB_FACES", "AgeingParameters", "FaceLevel", "FaceModel", "FaceParameters", "LikenessParameters"]
