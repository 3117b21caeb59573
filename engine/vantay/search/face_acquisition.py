"""What a caller gives for the face becomes a template."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from PIL import UnidentifiedImageError

from vantay.errors import ExtractionFailed, InvalidSample
from vantay.face.extraction import FaceExtractor
from vantay.face.image import read_face_image
from vantay.types import FaceImage, FaceTemplate

FaceSource: TypeAlias = Path | str | bytes | FaceImage | FaceTemplate


def read_face(source: FaceSource) -> FaceImage | FaceTemplate | InvalidSample:
    """Read a photo, without looking for the face.

    Returns
    -------
    FaceImage, FaceTemplate or InvalidSample
        A template is given back as it is; an error tells of a photo that is damaged or outside the limits.

    Raises
    ------
    InvalidSample
        If the file is missing or no image at all: that is the caller's mistake.
    """
    if isinstance(source, FaceImage | FaceTemplate):
        return source
    try:
        return read_face_image(source)
    except InvalidSample as error:
        is_no_file = not isinstance(source, bytes) and not Path(source).is_file()
        if is_no_file or isinstance(error.__cause__, UnidentifiedImageError):
            raise InvalidSample(f"face: {error}") from error
        return error


def extract_face(image: FaceImage, extractor: Callable[[], FaceExtractor]) -> FaceTemplate | ExtractionFailed:
    """Make the template of a photo, or tell why there is none.

    Raises
    ------
    ModelUnavailable
        If the extractor cannot be made.
    """
    try:
        return extractor().extract(image)
    except ExtractionFailed as error:
        return error
