"""Image files to finger images: everything that can be refused is, most of it before decoding."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from vantay.errors import InvalidSample
from vantay.fingerprint.image.grey import grey_pixels
from vantay.fingerprint.image.limits import (
    DEFAULT_LIMITS,
    ImageLimits,
    check_finger_image,
    check_ppi,
    check_size,
)
from vantay.fingerprint.image.resolution import DEFAULT_PPI, resolution_of
from vantay.fingerprint.image.wsq import WSQ_MAGIC, decode_wsq, read_wsq_segments
from vantay.types import FingerImage, FingerPosition

_PILLOW_FORMATS = ("PNG", "TIFF", "BMP", "JPEG", "JPEG2000", "PPM")
_EXPECTED = "PNG, TIFF, BMP, JPEG, JPEG 2000, PGM or WSQ"


def read_finger_image(
    source: Path | str | bytes,
    *,
    ppi: float | None = None,
    position: FingerPosition = FingerPosition.UNKNOWN,
    name: str | None = None,
    limits: ImageLimits = DEFAULT_LIMITS,
) -> FingerImage:
    """Read a fingerprint image.

    Parameters
    ----------
    source : Path, str or bytes
        A file's path, or its content: PNG, TIFF, BMP, JPEG, JPEG 2000, PGM or WSQ with one image.
    ppi : float, optional
        Its resolution; wins over what the file says. Where neither says, 500 is assumed.
    position : FingerPosition
        Which finger it shows.
    name : str, optional
        What error messages call it; the path by default.
    limits : ImageLimits
        What to refuse.

    Returns
    -------
    FingerImage
        Grey values and resolution as in the file.

    Raises
    ------
    InvalidSample
        If the source is no such image, is damaged, or is outside the limits.

    Examples
    --------
    >>> read_finger_image("right_index.png", position=FingerPosition.RIGHT_INDEX)  # doctest: +SKIP
    """
    if name is None:
        name = "image" if isinstance(source, bytes) else str(source)
    if ppi is not None:
        check_ppi(name, ppi, limits)
    data = source if isinstance(source, bytes) else _read_file(Path(source), name, limits)
    _check_n_bytes(len(data), name, limits)
    decode = _decode_wsq if data.startswith(WSQ_MAGIC) else _decode_with_pillow
    pixels, image_ppi = decode(data, ppi, name, limits)
    image = FingerImage(np.ascontiguousarray(pixels), image_ppi, position, name)
    check_finger_image(image, limits)
    return image


def _read_file(path: Path, name: str, limits: ImageLimits) -> bytes:
    try:
        if not path.is_file():
            what = "a directory" if path.is_dir() else "no file" if not path.exists() else "no regular file"
            raise InvalidSample(f"{name}: is {what}, expected an image file")
        _check_n_bytes(path.stat().st_size, name, limits)
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        raise InvalidSample(f"{name}: cannot be read, {error}") from error


def _check_n_bytes(n_bytes: int, name: str, limits: ImageLimits) -> None:
    if n_bytes == 0:
        raise InvalidSample(f"{name}: is empty, expected an image ({_EXPECTED})")
    if n_bytes > limits.max_file_bytes:
        raise InvalidSample(f"{name}: has {n_bytes} bytes, expected at most {limits.max_file_bytes}")


def _decode_wsq(
    data: bytes, ppi: float | None, name: str, limits: ImageLimits
) -> tuple[npt.NDArray[np.uint8], float]:
    file = read_wsq_segments(data, name)
    check_size(name, file.width_px, file.height_px, limits)
    image_ppi = ppi or file.ppi or DEFAULT_PPI
    check_ppi(name, image_ppi, limits)
    return decode_wsq(file, name), image_ppi


def _decode_with_pillow(
    data: bytes, ppi: float | None, name: str, limits: ImageLimits
) -> tuple[npt.NDArray[np.uint8], float]:
    with _open_picture(data, name) as picture:
        check_size(name, *picture.size, limits)
        n_frames = _n_frames(picture, name)
        if n_frames != 1:
            raise InvalidSample(f"{name}: holds {n_frames} images, expected one")
        image_ppi = ppi or resolution_of(picture, name) or DEFAULT_PPI
        check_ppi(name, image_ppi, limits)
        try:
            picture.load()
        except Exception as error:
            raise _damaged(name, picture.format, error) from error
        return grey_pixels(picture, name), image_ppi


def _open_picture(data: bytes, name: str) -> Image.Image:
    """Read the header, by the formats that a fingerprint may come in and no others."""
    try:
        return Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS)
    except UnidentifiedImageError as error:
        raise InvalidSample(
            f"{name}: starts with {data[:4].hex()}, which is no image format that is read here, "
            f"expected {_EXPECTED}"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InvalidSample(f"{name}: claims too many pixels, {error}") from error
    except Exception as error:
        raise _damaged(name, None, error) from error


def _n_frames(picture: Image.Image, name: str) -> int:
    try:
        return int(getattr(picture, "n_frames", 1))
    except Exception as error:
        raise _damaged(name, picture.format, error) from error


def _damaged(name: str, image_format: str | None, error: Exception) -> InvalidSample:
    """Wrap what a decoder says of damaged bytes; decoders raise errors of any type, so all are caught."""
    return InvalidSample(
        f"{name}: damaged {image_format or 'image'}, {type(error).__name__}: {error}, expected a whole file"
    )
