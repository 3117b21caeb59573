"""Builds ANSI/NIST-ITL transactions, sound ones and such as no sound program writes."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

GS, RS, US, FS = b"\x1d", b"\x1e", b"\x1f", b"\x1c"
Fields = dict[int, bytes]


def tagged(record_type: int, fields: Fields) -> bytes:
    body = GS.join(b"%d.%03d:%s" % (record_type, number, value) for number, value in fields.items()) + FS
    length = len(b"%d.001:" % record_type) + len(GS) + len(body)
    n_digits = next(n for n in range(1, 9) if len(str(length + n)) == n)
    return b"%d.001:%d" % (record_type, length + n_digits) + GS + body


def fixed(
    record_type: int,
    image: bytes,
    size: tuple[int, int],
    *,
    positions: Sequence[int] = (2,),
    is_native: bool = False,
    compression: int = 0,
    designation: int = 1,
) -> bytes:
    fingers = bytes([*positions, *[255] * (6 - len(positions))])
    sides = b"".join(side.to_bytes(2, "big") for side in size)
    body = bytes([designation, 0]) + fingers + bytes([is_native]) + sides + bytes([compression]) + image
    return (len(body) + 4).to_bytes(4, "big") + body


def transaction(*records: tuple[int, bytes], header: Fields | None = None) -> bytes:
    listed = [b"1" + US + b"%d" % len(records), *(b"%d" % kind + US + b"01" for kind, _ in records)]
    fields = {2: b"0500", 3: RS.join(listed), 9: b"visit-7", 11: b"19.69", 12: b"09.84"} | (header or {})
    return tagged(1, fields) + b"".join(record for _, record in records)


def png(width_px: int, height_px: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (width_px, height_px), 99).save(file, "PNG")
    return file.getvalue()


def image_fields(**changes: bytes) -> Fields:
    fields = {
        2: b"01", 6: b"20", 7: b"30", 8: b"1", 9: b"1000", 10: b"1000",
        11: b"PNG", 12: b"8", 13: b"3", 999: png(20, 30),
    }  # fmt: skip
    for name, value in changes.items():
        fields[int(name.removeprefix("f"))] = value
    return {number: value for number, value in sorted(fields.items()) if value}


def minutiae_fields(rows: Sequence[bytes], **changes: bytes) -> Fields:
    fields = {2: b"01", 4: b"U", 128: b"400", 129: b"600", 130: b"1", 131: b"1000", 132: b"1000", 134: b"7"}
    fields |= {135: b"80", 136: b"%d" % len(rows), 137: RS.join(rows)}
    for name, value in changes.items():
        fields[int(name.removeprefix("f"))] = value
    return {number: value for number, value in sorted(fields.items()) if value}


def m1_row(*items: int) -> bytes:
    return US.join(b"%d" % item for item in items)


M1_ROWS = (m1_row(1, 100, 200, 45, 1, 60), m1_row(2, 31, 41, 179, 2, 0))


def rich_transaction() -> bytes:
    efs = {2: b"03", 4: b"U", 300: b"5080" + US + b"7620", 331: US.join([b"25", b"50", b"90", b"E"])}
    old = {2: b"01", 4: b"S", 6: b"02", 10: b"1", 12: US.join([b"001", b"00510051090", b"0", b"A"])}
    return transaction(
        (2, tagged(2, {2: b"00"})),
        (4, fixed(4, bytes(600), (20, 30))),
        (9, tagged(9, minutiae_fields(M1_ROWS))),
        (9, tagged(9, efs)),
        (9, tagged(9, old)),
        (10, tagged(10, image_fields(f3=b"FACE"))),
        (14, tagged(14, image_fields(f11=b"NONE", f999=bytes(600)))),
    )
