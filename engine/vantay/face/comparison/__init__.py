"""How alike are two faces: cosine of unit vectors, calibrated to −10·log10(FMR)."""

from vantay.face.comparison.calibration import calibrated_scores, calibration_of
from vantay.face.comparison.compare import FaceComparison, compare_faces, cosines, stack_vectors

__all__ = [
    "FaceComparison",
    "calibrated_scores",
    "calibration_of",
    "compare_faces",
    "cosines",
    "stack_vectors",
]
