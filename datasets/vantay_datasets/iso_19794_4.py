"""Reader of finger image records: ISO/IEC 19794-4:2005 and :2011.

| | 2005 | 2011 |
|---|---|---|
| version | ``010`` | ``020`` |
| header | 32 bytes, with resolution, depth and compression of all images | 16 bytes |
| each image | 14 bytes, then its data | length, date, device, quality blocks, certification blocks, |
| | | then position, resolution, compression, size; then its data, then extended data |

All numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import InvalidSample
from vantay_datasets.encoded_image import encode_raw_pixels, image_format
from vantay_datasets.file_bytes import read_file_bytes
from vantay_datasets.friction_ridge_position import place_of
from vantay_datasets.sample import Modality, Sample, SampleOrError

MAX_FILE_BYTES = 256 << 20
MAX_IMAGES = 1000
"""Of a record of 2005, which counts its fingers in one byte and leaves the views of each open."""
_MAGIC = b"FIR\0"
_VERSION_2005, _VERSION_2011 = b"010\0", b"020\0"
_LENGTH_2005 = slice(8, 14)
_HEADER_2005 = struct.Struct(">4s4s6sHHBBHHHHBBH")
_IMAGE_2005 = struct.Struct(">IBBBBBHHB")
_HEADER_2011 = struct.Struct(">4s4sIHBB")
_START_2011 = struct.Struct(">I9sBHHB")
_IMAGE_2011 = struct.Struct(">BBBHHHHBBBHHI")
_QUALITY_BLOCK_BYTES, _CERTIFICATION_BLOCK_BYTES = 5, 3
_PER_INCH, _PER_CM = 1, 2
_PER_CM_AT_500_PPI = 197
_RAW, _PACKED = 0, 1
_GREY_BITS = 8
_MAX_ANISOTROPY = 0.01


@dataclass(frozen=True, slots=True)
class _Resolution:
    """Unit and resolution as in the record."""

    unit: int
    across: int
    down: int

    def ppi(self, name: str) -> float:
        """In pixels per inch; InvalidSample where it is none."""
        if self.unit not in (_PER_INCH, _PER_CM):
            raise InvalidSample(f"{name}: scale unit is {self.unit}, expected 1 (inch) or 2 (centimetre)")
        if self.across < 1 or abs(self.across - self.down) > _MAX_ANISOTROPY * self.across:
            raise InvalidSample(
                f"{name}: resolution is {self.across} × {self.down}, expected the same twice, over 0"
            )
        if self.unit == _PER_INCH:
            return float(self.across)
        return 500.0 if self.across == _PER_CM_AT_500_PPI else self.across * 2.54


@dataclass(frozen=True, slots=True, eq=False)
class _Image:
    """One image of a record, before anything of it was checked."""

    position: int
    resolution: _Resolution
    depth_bits: int
    compression: int
    width_px: int
    height_px: int
    data: bytes


def read_iso_19794_4(path: Path) -> Iterator[SampleOrError]:
    """Read the images of a finger image record.

    Parameters
    ----------
    path : Path
        A record; its version is recognised.

    Yields
    ------
    Sample or InvalidSample
        One an image: compressed ones (WSQ, JPEG, JPEG 2000, PNG) as they are, raw ones as PNG; or the error
        that says what of it cannot be used. Subject and encounter are named after the file. Slaps and palms
        are given whole, with `Sample.area`.

    Raises
    ------
    InvalidSample
        If the file cannot be read, is no such record, or its images do not fill it.
    """
    data = read_file_bytes(path, max_bytes=MAX_FILE_BYTES)
    for number, image in enumerate(_read_images(data, str(path)), start=1):
        name = f"{path}, image {number}"
        try:
            yield _sample_of(image, path, name)
        except InvalidSample as error:
            yield error


def is_iso_19794_4(data: bytes) -> bool:
    """Whether bytes begin as a finger image record does."""
    return data.startswith(_MAGIC)


def _read_images(data: bytes, name: str) -> list[_Image]:
    if not is_iso_19794_4(data):
        raise InvalidSample(f"{name}: begins with {data[:4].hex() or 'nothing'}, expected 46495200 (FIR)")
    version = data[4:8]
    if version == _VERSION_2005:
        return _read_2005(data, name)
    if version == _VERSION_2011:
        return _read_2011(data, name)
    raise InvalidSample(f"{name}: version is {version!r}, expected {_VERSION_2005!r} or {_VERSION_2011!r}")


def _read_2005(data: bytes, name: str) -> list[_Image]:
    header = _unpack(_HEADER_2005, data, 0, name)
    _check_length(int.from_bytes(data[_LENGTH_2005], "big"), len(data), name)
    n_stated, unit = header[5], header[6]
    resolution = _Resolution(unit, header[9], header[10])
    images: list[_Image] = []
    offset = _HEADER_2005.size
    while offset < len(data):
        if len(images) == MAX_IMAGES:
            raise InvalidSample(f"{name}: more than {MAX_IMAGES} images, expected fewer")
        image_name = f"{name}, image {len(images) + 1}"
        length, position, _, _, _, _, width_px, height_px, _ = _unpack(_IMAGE_2005, data, offset, image_name)
        end = _checked_end(offset, length, _IMAGE_2005.size, len(data), image_name)
        pixels = data[offset + _IMAGE_2005.size : end]
        images.append(_Image(position, resolution, header[11], header[12], width_px, height_px, pixels))
        offset = end
    # Some writers count images, some the fingers that they are of.
    if n_stated not in (len(images), len({image.position for image in images})) or not images:
        raise InvalidSample(f"{name}: says {n_stated} images, expected the {len(images)} that are there")
    return images


def _read_2011(data: bytes, name: str) -> list[_Image]:
    _, _, length, n_images, has_certificates, _ = _unpack(_HEADER_2011, data, 0, name)
    _check_length(length, len(data), name)
    images: list[_Image] = []
    offset = _HEADER_2011.size
    for number in range(1, n_images + 1):
        image, offset = _read_image_of_2011(
            data, offset, f"{name}, image {number}", has_certificates=bool(has_certificates)
        )
        images.append(image)
    if offset != len(data) or not images:
        raise InvalidSample(f"{name}: {len(data) - offset} bytes after {n_images} images, expected the end")
    return images


def _read_image_of_2011(data: bytes, offset: int, name: str, *, has_certificates: bool) -> tuple[_Image, int]:
    length, *_, n_quality_blocks = _unpack(_START_2011, data, offset, name)
    end = _checked_end(offset, length, _START_2011.size, len(data), name)
    at = offset + _START_2011.size + n_quality_blocks * _QUALITY_BLOCK_BYTES
    if has_certificates:
        n_certificates = data[at] if at < end else 0
        at += 1 + n_certificates * _CERTIFICATION_BLOCK_BYTES
    fields = _unpack(_IMAGE_2011, data[:end], at, name)
    position, _, unit, _, _, across, down, depth, compression, _, width_px, height_px, n_bytes = fields
    at += _IMAGE_2011.size
    if n_bytes > end - at:
        raise InvalidSample(f"{name}: {n_bytes} bytes of image, expected at most the {end - at} bytes left")
    resolution = _Resolution(unit, across, down)
    pixels = data[at : at + n_bytes]
    return _Image(position, resolution, depth, compression, width_px, height_px, pixels), end


def _sample_of(image: _Image, path: Path, name: str) -> Sample:
    ppi = image.resolution.ppi(name)
    position, area = place_of((image.position,), f"{name}: position")
    return Sample(
        subject_id=path.stem,
        encounter_id=path.stem,
        modality=Modality.FINGER,
        position=position,
        area=area,
        image=_encoded(image, ppi, name),
        ppi=ppi,
        source=name,
    )


def _encoded(image: _Image, ppi: float, name: str) -> bytes:
    if image.compression == _RAW:
        if image.depth_bits != _GREY_BITS:
            raise InvalidSample(f"{name}: {image.depth_bits} bits a pixel, expected {_GREY_BITS}")
        return encode_raw_pixels(
            image.data, image.width_px, image.height_px, n_channels=1, ppi=ppi, name=name
        )
    if image.compression == _PACKED:
        raise InvalidSample(f"{name}: bit-packed pixels, expected whole bytes or a compressed image")
    if image_format(image.data) is None:
        raise InvalidSample(
            f"{name}: begins with {image.data[:4].hex() or 'nothing'}, expected WSQ, JPEG, JPEG 2000 or PNG"
        )
    return image.data


def _unpack(layout: struct.Struct, data: bytes, offset: int, name: str) -> tuple[int, ...]:
    if offset + layout.size > len(data):
        raise InvalidSample(
            f"{name}: {max(len(data) - offset, 0)} bytes left, expected {layout.size} of header"
        )
    return layout.unpack_from(data, offset)


def _checked_end(offset: int, length: int, least: int, n_bytes: int, name: str) -> int:
    if not least <= length <= n_bytes - offset:
        raise InvalidSample(f"{name}: length is {length}, expected {least} to {n_bytes - offset} bytes")
    return offset + length


def _check_length(stated: int, n_bytes: int, name: str) -> None:
    if stated != n_bytes:
        raise InvalidSample(f"{name}: length field says {stated}, expected {n_bytes} bytes")
