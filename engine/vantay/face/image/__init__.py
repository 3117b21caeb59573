"""From bytes to upright sRGB pixels; what cannot become them is refused.

One file a step: `reader` opens files, `limits` says what is refused, `iso_19794_5` finds the photo in a face
record, `colour` interprets what was opened.
"""

from vantay.face.image.limits import FaceImageLimits
from vantay.face.image.reader import read_face_image

__all__ = ["FaceImageLimits", "read_face_image"]
