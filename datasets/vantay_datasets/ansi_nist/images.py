"""Images of fingers, palms and faces: record types 3, 4, 10, 13, 14 and 15."""

from __future__ import annotations

from dataclasses import dataclass

from vantay.errors import InvalidSample
from vantay.types import FingerPosition
from vantay_datasets.ansi_nist.fixed_record import FixedRecord, read_fixed_fingerprint
from vantay_datasets.ansi_nist.scale import ppi_of_field
from vantay_datasets.ansi_nist.tagged_record import DATA_FIELD, TaggedRecord, shown
from vantay_datasets.encoded_image import encode_raw_pixels, image_format
from vantay_datasets.friction_ridge_position import Place, place_of
from vantay_datasets.sample import Modality

FACE_TYPE = 10
FIXED_IMAGE_TYPES = (3, 4)
TAGGED_IMAGE_TYPES = (10, 13, 14, 15)
_WIDTH, _HEIGHT, _COMPRESSION, _DEPTH_OR_COLOURS, _POSITION, _AMPUTATED = 6, 7, 11, 12, 13, 18
_KIND_OF_IMAGE = 3
_DESIGNATION = 2
_MAX_DESIGNATION = 99
_MAX_SIDE_PX = 99_999
_MAX_POSITIONS = 10
_CHANNELS_BY_COLOURS = {"GRAY": 1, "RGB": 3, "SRGB": 3}
_RAW = ("NONE", "0")
_RAW_CODE = 0
_PPI_PER_PIXEL_A_MM = 25.4
_MIN_SCANNING_PPI, _LOW_PPI = 500.0, 250.0
_SCANNING_RESOLUTION, _TRANSMITTING_RESOLUTION = 11, 12


@dataclass(frozen=True, slots=True, eq=False)
class RecordImage:
    """The image of a record.

    Attributes
    ----------
    modality : Modality
        Finger or face.
    place : Place
        Which finger, or which part of a hand.
    image : bytes
        An encoded image.
    width_px, height_px : int
        As the record says.
    ppi : float, optional
        None where the record gives no scale.
    designation : int
        Field IDC, which records of minutiae share.
    """

    modality: Modality
    place: Place
    image: bytes
    width_px: int
    height_px: int
    ppi: float | None
    designation: int


def read_fixed_image(record: FixedRecord, header: TaggedRecord) -> RecordImage:
    """Read a record of type 3 or 4; its resolution may stand in the header.

    Raises
    ------
    InvalidSample
        If a field or the image cannot be used.
    """
    fields = read_fixed_fingerprint(record)
    is_low = record.record_type == FIXED_IMAGE_TYPES[0]
    ppi = _LOW_PPI if is_low else _MIN_SCANNING_PPI
    if fields.is_native_resolution:
        number = _TRANSMITTING_RESOLUTION if is_low else _SCANNING_RESOLUTION
        ppi = _px_per_mm(header, number) * _PPI_PER_PIXEL_A_MM
    name = f"{record.name}, field {record.record_type}"
    place = place_of(fields.positions, f"{name}.004")
    if fields.compression == _RAW_CODE:
        size = (fields.width_px, fields.height_px)
        image = encode_raw_pixels(fields.image, *size, n_channels=1, ppi=ppi, name=f"{name}.009")
    else:
        image = _known_image(fields.image, f"{name}.009")
    return RecordImage(
        Modality.FINGER, place, image, fields.width_px, fields.height_px, ppi, fields.designation
    )


def read_tagged_image(record: TaggedRecord) -> RecordImage | None:
    """Read a record of type 10, 13, 14 or 15.

    Returns
    -------
    RecordImage or None
        None where the record is of a finger that is not there (amputated, bandaged), or of type 10 and of no
        face: scars, marks and tattoos are passed over.

    Raises
    ------
    InvalidSample
        If a field or the image cannot be used.
    """
    is_face = record.record_type == FACE_TYPE
    if is_face and record.text(_KIND_OF_IMAGE).upper() != "FACE":
        return None
    if not record.has(DATA_FIELD) and record.has(_AMPUTATED):
        return None
    width_px, height_px = (record.number(field, 1, _MAX_SIDE_PX) for field in (_WIDTH, _HEIGHT))
    ppi = ppi_of_field(record)
    return RecordImage(
        modality=Modality.FACE if is_face else Modality.FINGER,
        place=(FingerPosition.UNKNOWN, None) if is_face else _place(record),
        image=_image(record, width_px, height_px, ppi),
        width_px=width_px,
        height_px=height_px,
        ppi=ppi,
        designation=record.number(_DESIGNATION, 0, _MAX_DESIGNATION),
    )


def _place(record: TaggedRecord) -> Place:
    listed = record.subfields(_POSITION, at_most=_MAX_POSITIONS, items_at_most=2)
    codes = tuple(record.parse_number(_POSITION, items[0], 0, 255) for items in listed)
    return place_of(codes, f"{record.name}, field {record.record_type}.013")


def _image(record: TaggedRecord, width_px: int, height_px: int, ppi: float | None) -> bytes:
    name = f"{record.name}, field {record.record_type}.999"
    data = record.fields.get(DATA_FIELD, b"")
    if record.text(_COMPRESSION).upper() not in _RAW:
        return _known_image(data, name)
    n_channels = _n_channels(record)
    return encode_raw_pixels(data, width_px, height_px, n_channels=n_channels, ppi=ppi, name=name)


def _n_channels(record: TaggedRecord) -> int:
    if record.record_type != FACE_TYPE:
        record.number(_DEPTH_OR_COLOURS, 8, 8)
        return 1
    colours = record.text(_DEPTH_OR_COLOURS).upper()
    if colours not in _CHANNELS_BY_COLOURS:
        expected = ", ".join(_CHANNELS_BY_COLOURS)
        record.refuse(_DEPTH_OR_COLOURS, f"is {colours[:40]!r}, expected {expected} for raw pixels")
    return _CHANNELS_BY_COLOURS[colours]


def _known_image(data: bytes, name: str) -> bytes:
    if image_format(data) is None:
        begin = shown(data[:8])
        raise InvalidSample(f"{name}: begins with {begin}, expected WSQ, JPEG, JPEG 2000 or PNG")
    return data


def _px_per_mm(header: TaggedRecord, number: int) -> float:
    text = header.text(number)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 1000:
        header.refuse(number, f"is {text[:40]!r}, expected pixels per millimetre, as 19.69")
    return value
