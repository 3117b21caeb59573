"""Image files to facial photos: everything that can be refused is, most of it before decoding."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from vantay.errors import InvalidSample
from vantay.face.image.colour import srgb_pixels
from vantay.face.image.iso_19794_5 import RECORD_MAGIC, photo_of_record
from vantay.face.image.limits import DEFAULT_LIMITS, FaceImageLimits, check_n_bytes, check_size
from vantay.types import FaceImage

_PILLOW_FORMATS = ("JPEG", "PNG", "JPEG2000")
_EXPECTED = "JPEG, PNG, JPEG 2000 or an ISO/IEC 19794-5 record"


def read_face_image(
    source: Path | str | bytes,
    *,
    name: str | None = None,
    limits: FaceImageLimits = DEFAULT_LIMITS,
) -> FaceImage:
    """Read a facial photo.

    Parameters
    ----------
    source : Path, str or bytes
        A file's path, or its content: JPEG, PNG, JPEG 2000, or a face record of ISO/IEC 19794-5:2005.
    name : str, optional
        What error messages call it; the path by default.
    limits : FaceImageLimits
        What to refuse.

    Returns
    -------
    FaceImage
        Upright, in sRGB.

    Raises
    ------
    InvalidSample
        If the source is no such image, is damaged, holds several images, or is outside the limits.

    Examples
    --------
    >>> read_face_image("portrait.jpg")  # doctest: +SKIP
    """
    if name is None:
        name = "image" if isinstance(source, bytes) else str(source)
    data = source if isinstance(source, bytes) else _read_file(Path(source), name, limits)
    check_n_bytes(name, len(data), _EXPECTED, limits)
    if data.startswith(RECORD_MAGIC):
        data = photo_of_record(data, name)
    with _open_picture(data, name, limits) as picture:
        check_size(name, *picture.size, limits)
        n_frames = _n_frames(picture, name)
        if n_frames != 1:
            raise InvalidSample(f"{name}: holds {n_frames} images, expected one")
        try:
            picture.load()
            pixels = srgb_pixels(picture, name)
        except InvalidSample:
            raise
        except Exception as error:
            raise _damaged(name, picture.format, error) from error
    return FaceImage(pixels, name)


def _read_file(path: Path, name: str, limits: FaceImageLimits) -> bytes:
    try:
        if not path.is_file():
            what = "a directory" if path.is_dir() else "no file" if not path.exists() else "no regular file"
            raise InvalidSample(f"{name}: is {what}, expected an image file")
        check_n_bytes(name, path.stat().st_size, _EXPECTED, limits)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        raise InvalidSample(f"{name}: cannot be read, {error}") from error


def _open_picture(data: bytes, name: str, limits: FaceImageLimits) -> Image.Image:
    """Read the header, by the formats that a photo may come in and no others."""
    try:
        return Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS)
    except UnidentifiedImageError as error:
        raise InvalidSample(
            f"{name}: starts with {data[:4].hex()}, which is no image format that is read here, "
            f"expected {_EXPECTED}"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidSample(
            f"{name}: claims too many pixels, expected at most {limits.max_pixels}: {error}"
        ) from error
    except Exception as error:
        raise _damaged(name, None, error) from error


def _n_frames(picture: Image.Image, name: str) -> int:
    """Count the images of an animated PNG; a JPEG's further images are thumbnails and depth maps."""
    try:
        return int(getattr(picture, "n_frames", 1)) if picture.format == "PNG" else 1
    except Exception as error:
        raise _damaged(name, picture.format, error) from error


def _damaged(name: str, image_format: str | None, error: Exception) -> InvalidSample:
    """Wrap what a decoder says of damaged bytes; decoders raise errors of any type, so all are caught."""
    return InvalidSample(
        f"{name}: damaged {image_format or 'image'}, {type(error).__name__}: {error}, expected a whole file"
    )
