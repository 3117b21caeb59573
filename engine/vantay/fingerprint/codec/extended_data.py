"""Extended data of a view: ridge counts, cores and deltas, and what vendors add."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter
from vantay.fingerprint.codec.record import ExtendedData, FingerView

RIDGE_COUNTS = 1
CORES_AND_DELTAS = 2
_AREA_HEADER_BYTES = 4
_COORDINATE_MASK = 0x3FFF
_ANGLE_BITS = 0x40
"""In the byte (ANSI) or the upper byte of x (ISO) that announces angles."""


@dataclass(frozen=True, slots=True)
class RidgeCount:
    """Ridges between two minutiae, by their index."""

    first: int
    second: int
    n_ridges: int


@dataclass(frozen=True, slots=True)
class RidgeCounts:
    """Ridge counts of a view; method 0 any pairs, 1 four neighbours by quadrant, 2 eight by octant."""

    method: int
    counts: tuple[RidgeCount, ...]


@dataclass(frozen=True, slots=True)
class SingularPoint:
    """A core with no angle or one, or a delta with none or three, in the record's units."""

    x: int
    y: int
    angles: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SingularPoints:
    """The cores and deltas of a view."""

    cores: tuple[SingularPoint, ...]
    deltas: tuple[SingularPoint, ...]


@dataclass(frozen=True, slots=True)
class ExtendedLayout:
    """How a format lays out extended data.

    Attributes
    ----------
    is_ansi : bool
        Angles of cores and deltas are announced once for all, not for each point.
    length_counts_header : bool
        The length of an area counts its type and length fields.
    """

    is_ansi: bool
    length_counts_header: bool


class AreaLengths(Enum):
    """What to believe of the lengths of areas.

    Writers disagree about the header, and NIST's samples miscount cores and deltas; as a record is refused if
    it does not add up to the byte, a reader can try one after the other.
    """

    AS_IN_FORMAT = "as the format says"
    OTHER_WAY = "counting the header where the format does not, or the reverse"
    FROM_POINTS = "counting the header; of cores and deltas by the number of points, which delimit themselves"


def read_extended_data(
    reader: BytesReader, layout: ExtendedLayout, lengths: AreaLengths
) -> tuple[tuple[ExtendedData, ...], int | None]:
    """Read all areas of a view.

    Returns
    -------
    areas : tuple of ExtendedData
        In order.
    stated_length : int or None
        The length field where it is not the sum of the areas.

    Raises
    ------
    InvalidTemplate
        If an area is cut off, or they do not add up to their stated length.
    """
    stated = reader.number(2, "length of extended data")
    start = reader.offset
    areas: list[ExtendedData] = []
    n_miscounted = 0
    while reader.offset - start < stated + n_miscounted:
        area, n_more = _read_area(reader, layout, lengths)
        areas.append(area)
        n_miscounted += n_more
    n_read = reader.offset - start
    if n_read != stated + n_miscounted:
        raise InvalidTemplate(f"extended data areas have {n_read} bytes, expected {stated}")
    return tuple(areas), None if stated == n_read else stated


def _read_area(reader: BytesReader, layout: ExtendedLayout, lengths: AreaLengths) -> tuple[ExtendedData, int]:
    """Read an area, and tell how many bytes more it has than its length says."""
    type_code = reader.number(2, "extended data type")
    stated = reader.number(2, "extended data length")
    counts_header = lengths is AreaLengths.FROM_POINTS or (
        layout.length_counts_header is (lengths is AreaLengths.AS_IN_FORMAT)
    )
    n_bytes = stated - (_AREA_HEADER_BYTES if counts_header else 0)
    if n_bytes < 0:
        raise InvalidTemplate(
            f"extended data {type_code:#06x} has length {stated}, expected at least {_AREA_HEADER_BYTES}"
        )
    n_more = 0
    if type_code == CORES_AND_DELTAS and lengths is AreaLengths.FROM_POINTS:
        n_more = _measure_singular_points(reader, is_ansi=layout.is_ansi) - n_bytes
    data = reader.take(n_bytes + n_more, f"extended data {type_code:#06x}")
    usual = _usual_length(data, layout)
    return ExtendedData(type_code, data, None if stated == usual else stated), n_more


def _usual_length(data: bytes, layout: ExtendedLayout) -> int:
    return len(data) + (_AREA_HEADER_BYTES if layout.length_counts_header else 0)


def write_extended_data(writer: BytesWriter, view: FingerView, layout: ExtendedLayout) -> None:
    """Write what `read_extended_data` reads.

    Raises
    ------
    InvalidTemplate
        If an area or all of them have more bytes than their length fields can say.
    """
    total = sum(_AREA_HEADER_BYTES + len(area.data) for area in view.extended_data)
    stated = view.stated_extended_length
    writer.number(total if stated is None else stated, 2, "length of extended data")
    for area in view.extended_data:
        writer.number(area.type_code, 2, "extended data type")
        usual = _usual_length(area.data, layout)
        writer.number(usual if area.stated_length is None else area.stated_length, 2, "extended data length")
        writer.raw(area.data)


def read_ridge_counts(data: bytes) -> RidgeCounts:
    """Decode an area of type 1; bytes after the last whole entry are no count.

    Raises
    ------
    InvalidTemplate
        If it does not even hold the method.
    """
    if not data:
        raise InvalidTemplate("ridge counts have 0 bytes, expected at least 1")
    n_counts = (len(data) - 1) // 3
    entries = (data[1 + 3 * i : 4 + 3 * i] for i in range(n_counts))
    return RidgeCounts(data[0], tuple(RidgeCount(*entry) for entry in entries))


def write_ridge_counts(ridge_counts: RidgeCounts) -> bytes:
    """Encode an area of type 1."""
    writer = BytesWriter("ridge counts")
    writer.number(ridge_counts.method, 1, "method")
    for count in ridge_counts.counts:
        for value in (count.first, count.second, count.n_ridges):
            writer.number(value, 1, "ridge count entry")
    return writer.finish()


def read_singular_points(data: bytes, *, is_ansi: bool) -> SingularPoints:
    """Decode an area of type 2.

    ANSI announces angles once for all cores and once for all deltas, ISO for each point.

    Raises
    ------
    InvalidTemplate
        If it is cut off.
    """
    reader = BytesReader(data, "cores and deltas")
    return _read_singular_points(reader, is_ansi=is_ansi)


def write_singular_points(points: SingularPoints, *, is_ansi: bool) -> bytes:
    """Encode an area of type 2.

    Raises
    ------
    InvalidTemplate
        For more than 15 cores or deltas, coordinates over 14 bits, or, in ANSI, angles for some points only.
    """
    writer = BytesWriter("cores and deltas")
    for group, n_angles in ((points.cores, 1), (points.deltas, 3)):
        _write_group(writer, group, n_angles, is_ansi=is_ansi)
    return writer.finish()


def _measure_singular_points(reader: BytesReader, *, is_ansi: bool) -> int:
    """Bytes of the cores and deltas that follow; the reader stays where it is."""
    start = reader.offset
    _read_singular_points(reader, is_ansi=is_ansi)
    n_bytes = reader.offset - start
    reader.offset = start
    return n_bytes


def _read_singular_points(reader: BytesReader, *, is_ansi: bool) -> SingularPoints:
    cores = _read_group(reader, 1, is_ansi=is_ansi)
    return SingularPoints(cores, _read_group(reader, 3, is_ansi=is_ansi))


def _read_group(reader: BytesReader, n_angles: int, *, is_ansi: bool) -> tuple[SingularPoint, ...]:
    announcement = reader.number(1, "number of cores or deltas")
    points = []
    for _ in range(announcement & 0x0F):
        x, y = reader.number(2, "x of a core or delta"), reader.number(2, "y of a core or delta")
        has_angles = (announcement if is_ansi else x >> 8) & _ANGLE_BITS
        angles = tuple(reader.take(n_angles, "angles of a core or delta")) if has_angles else ()
        points.append(SingularPoint(x & _COORDINATE_MASK, y & _COORDINATE_MASK, angles))
    return tuple(points)


def _write_group(
    writer: BytesWriter, points: tuple[SingularPoint, ...], n_angles: int, *, is_ansi: bool
) -> None:
    n_with_angles = sum(bool(point.angles) for point in points)
    if len(points) > 15 or any(len(point.angles) not in {0, n_angles} for point in points):
        raise InvalidTemplate(f"{len(points)} points, expected at most 15 with no angle or {n_angles} each")
    if is_ansi and n_with_angles not in {0, len(points)}:
        raise InvalidTemplate(
            f"{n_with_angles} of {len(points)} points have angles, expected all or none in ANSI records"
        )
    writer.number(len(points) | (_ANGLE_BITS if is_ansi and n_with_angles else 0), 1, "number of points")
    for point in points:
        if max(point.x, point.y) > _COORDINATE_MASK:
            raise InvalidTemplate(f"point ({point.x}, {point.y}), expected coordinates to {_COORDINATE_MASK}")
        flag = _ANGLE_BITS << 8 if point.angles and not is_ansi else 0
        writer.number(point.x | flag, 2, "x of a core or delta")
        writer.number(point.y, 2, "y of a core or delta")
        writer.raw(bytes(point.angles))
