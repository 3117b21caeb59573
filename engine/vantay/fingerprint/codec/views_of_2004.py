"""Views as ANSI INCITS 378-2004 and ISO/IEC 19794-2:2005 have them in common."""

from __future__ import annotations

from collections.abc import Sequence

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec.bytes_reader import BytesReader, BytesWriter, check_bits
from vantay.fingerprint.codec.extended_data import (
    AreaLengths,
    ExtendedLayout,
    read_extended_data,
    write_extended_data,
)
from vantay.fingerprint.codec.minutiae import read_minutiae, write_minutiae, write_n_minutiae
from vantay.fingerprint.codec.record import FingerRecord, FingerView, QualityBlock


def read_geometry_and_views(
    reader: BytesReader, *, layout: ExtendedLayout, lengths: AreaLengths
) -> tuple[FingerView, ...]:
    """Read from the image size, which the header states once for all views, to the end of the record.

    Raises
    ------
    InvalidTemplate
        If the record ends before its views do, goes on behind them, or has none.
    """
    geometry = tuple(
        reader.number(2, what) for what in ("image width", "image height", "x resolution", "y resolution")
    )
    n_views = reader.number(1, "number of views")
    reader.number(1, "reserved byte")
    if n_views == 0:
        raise InvalidTemplate("record has 0 finger views, expected at least 1")
    views = tuple(_read_view(reader, geometry, layout=layout, lengths=lengths) for _ in range(n_views))
    reader.expect_end()
    return views


def _read_view(
    reader: BytesReader, geometry: Sequence[int], *, layout: ExtendedLayout, lengths: AreaLengths
) -> FingerView:
    position = reader.number(1, "finger position")
    view_and_impression = reader.number(1, "view number and impression type")
    quality = reader.number(1, "finger quality")
    minutiae = read_minutiae(reader, reader.number(1, "number of minutiae"))
    areas, stated_length = read_extended_data(reader, layout, lengths)
    width_px, height_px, x_per_cm, y_per_cm = geometry
    return FingerView(
        position=position,
        minutiae=minutiae,
        width_px=width_px,
        height_px=height_px,
        x_per_cm=x_per_cm,
        y_per_cm=y_per_cm,
        view_number=view_and_impression >> 4,
        impression_type=view_and_impression & 0x0F,
        quality_blocks=(QualityBlock(quality),),
        extended_data=areas,
        stated_extended_length=stated_length,
    )


def write_geometry_and_views(writer: BytesWriter, record: FingerRecord, layout: ExtendedLayout) -> None:
    """Write what `read_geometry_and_views` reads.

    Raises
    ------
    InvalidTemplate
        If there are no views, or they come from images of different size or resolution.
    """
    name = record.record_format.value
    geometries = {(view.width_px, view.height_px, view.x_per_cm, view.y_per_cm) for view in record.views}
    if len(geometries) != 1:
        raise InvalidTemplate(
            f"{name}: {len(record.views)} views with {len(geometries)} image sizes or resolutions, "
            "expected at least one view and the same size and resolution for all"
        )
    for value in geometries.pop():
        writer.number(value, 2, "image size or resolution")
    writer.number(len(record.views), 1, "number of views")
    writer.number(0, 1, "reserved byte")
    for view in record.views:
        _write_view(writer, view, layout, name)


def _write_view(writer: BytesWriter, view: FingerView, layout: ExtendedLayout, name: str) -> None:
    writer.number(view.position, 1, "finger position")
    view_number = check_bits(view.view_number, 4, "view number", name)
    writer.number(
        view_number << 4 | check_bits(view.impression_type, 4, "impression type", name), 1, "view number"
    )
    writer.number(view.quality_blocks[0].score if view.quality_blocks else 0, 1, "finger quality")
    write_n_minutiae(writer, view.minutiae)
    write_minutiae(writer, view.minutiae)
    write_extended_data(writer, view, layout)
