"""The marker segments of a WSQ file: sizes, tables, comments, blocks of codes."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample
from vantay.fingerprint.image.wsq.huffman import HuffmanTable, read_huffman_tables

WSQ_MAGIC = b"\xff\xa0"
N_SUBBANDS = 64

_END_OF_IMAGE = 0xA1
_START_OF_FRAME = 0xA2
_START_OF_BLOCK = 0xA3
_TRANSFORM_TABLE = 0xA4
_QUANTISATION_TABLE = 0xA5
_HUFFMAN_TABLE = 0xA6
_COMMENT = 0xA8
_MAX_FILTER_TAPS = 31
"""The specification's filters have 9 and 7 taps."""
_PPI_IN_COMMENT = re.compile(rb"^PPI[ \t]+(\d{1,5})", re.MULTILINE)


def _nothing() -> npt.NDArray[np.float32]:
    return np.zeros(0, np.float32)


@dataclass(slots=True)
class WsqFile:
    """What the segments of one file say.

    Attributes
    ----------
    width_px, height_px : int
        Size of the image, from the frame header.
    shift, scale : float
        Grey value = coefficient · scale + shift, after the inverse transform.
    low_filter, high_filter : (n, 1) float32
        Synthesis filters, odd length, centre in the middle.
    bin_centre : float
        Where in a quantisation bin its value lies.
    bins, zero_bins : (64,) float32
        Width of the quantisation bins and of the bin around zero for each subband; a bin of width 0 means
        that the subband is not in the file.
    blocks : list of (HuffmanTable, bytes)
        Coded coefficients, byte stuffing removed.
    ppi : float or None
        What a NIST comment says.
    """

    width_px: int = 0
    height_px: int = 0
    shift: float = 0.0
    scale: float = 0.0
    low_filter: npt.NDArray[np.float32] = field(default_factory=_nothing)
    high_filter: npt.NDArray[np.float32] = field(default_factory=_nothing)
    bin_centre: float = 0.0
    bins: npt.NDArray[np.float32] = field(default_factory=_nothing)
    zero_bins: npt.NDArray[np.float32] = field(default_factory=_nothing)
    huffman_tables: dict[int, HuffmanTable] = field(default_factory=dict)
    blocks: list[tuple[HuffmanTable, bytes]] = field(default_factory=list)
    ppi: float | None = None


def read_wsq_segments(data: bytes, name: str) -> WsqFile:
    """Read all segments of a file, without decoding any coefficient.

    Parameters
    ----------
    data : bytes
        A whole file.
    name : str
        What error messages call it.

    Raises
    ------
    InvalidSample
        If a segment is cut off, unknown, contradicts itself or is missing.
    """
    if not data.startswith(WSQ_MAGIC):
        raise InvalidSample(f"{name}: starts with {data[:2].hex() or 'nothing'}, expected ffa0 (WSQ)")
    file = WsqFile()
    offset = 2
    while True:
        marker, payload, offset = _next_segment(data, offset, name)
        if marker == _END_OF_IMAGE:
            break
        if marker == _START_OF_BLOCK:
            offset = _read_block(file, payload, data, offset, name)
        else:
            _SEGMENT_READERS[marker](file, payload, name)
    return _complete(file, name)


def _next_segment(data: bytes, offset: int, name: str) -> tuple[int, bytes, int]:
    """Marker, content without its length field, and where the next segment starts."""
    if len(data) < offset + 2:
        raise InvalidSample(
            f"{name}: WSQ ends at byte {len(data)} without an end marker, the file is cut off"
        )
    marker = data[offset + 1]
    if data[offset] != 0xFF or (
        marker not in _SEGMENT_READERS and marker not in {_END_OF_IMAGE, _START_OF_BLOCK}
    ):
        raise InvalidSample(
            f"{name}: WSQ has {data[offset : offset + 2].hex()} at byte {offset}, expected a marker"
        )
    if marker == _END_OF_IMAGE:
        return marker, b"", offset + 2
    length = int.from_bytes(data[offset + 2 : offset + 4], "big")
    end = offset + 2 + length
    if length < 2 or end > len(data):
        raise InvalidSample(
            f"{name}: WSQ segment {marker:#x} at byte {offset} has length {length}, "
            f"expected 2 to {len(data) - offset - 2}"
        )
    return marker, data[offset + 4 : end], end


def _unpack(layout: str, payload: bytes, what: str, name: str) -> tuple[int, ...]:
    if len(payload) != struct.calcsize(layout):
        raise InvalidSample(
            f"{name}: WSQ {what} has {len(payload)} bytes, expected {struct.calcsize(layout)}"
        )
    return struct.unpack(layout, payload)


def _decimal(value: int, exponent: int) -> float:
    """Move the decimal point of a whole number to the left, as all of the format's fractions are stored."""
    return value / 10.0**exponent


def _read_frame_header(file: WsqFile, payload: bytes, name: str) -> None:
    fields = _unpack(">BBHHBHBHBH", payload, "frame header", name)
    _black, _white, height_px, width_px, shift_exponent, shift, scale_exponent, scale = fields[:8]
    if file.width_px:
        raise InvalidSample(f"{name}: WSQ has two frame headers, expected one")
    if width_px == 0 or height_px == 0:
        raise InvalidSample(f"{name}: WSQ size is {width_px}×{height_px} px, expected at least 1×1")
    file.width_px, file.height_px = width_px, height_px
    file.shift, file.scale = _decimal(shift, shift_exponent), _decimal(scale, scale_exponent)


def _read_transform_table(file: WsqFile, payload: bytes, name: str) -> None:
    """Analysis filters are in the file; the synthesis filters are each other's mirror with signs in turn."""
    if len(payload) < 2:
        raise InvalidSample(f"{name}: WSQ transform table has {len(payload)} bytes, expected at least 2")
    n_low, n_high = payload[0], payload[1]
    for n_taps in (n_low, n_high):
        if n_taps % 2 == 0 or n_taps > _MAX_FILTER_TAPS:
            raise InvalidSample(
                f"{name}: WSQ filter has {n_taps} taps, expected an odd number to {_MAX_FILTER_TAPS}"
            )
    n_low_half, n_high_half = n_low // 2 + 1, n_high // 2 + 1
    values = _unpack(f">{'BBI' * (n_low_half + n_high_half)}", payload[2:], "transform table", name)
    halves = np.array(
        [(-1 if values[i] else 1) * _decimal(values[i + 2], values[i + 1]) for i in range(0, len(values), 3)],
        dtype=np.float64,
    )
    file.high_filter = _mirrored(halves[:n_low_half])
    file.low_filter = _mirrored(halves[n_low_half:])


def _mirrored(half: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Centre-first half of an analysis filter to the synthesis filter of the other band."""
    signed = half * (-1.0) ** np.arange(half.size)
    return np.concatenate([signed[:0:-1], signed]).astype(np.float32)[:, np.newaxis]


def _read_quantisation_table(file: WsqFile, payload: bytes, name: str) -> None:
    values = _unpack(f">BH{'BHBH' * N_SUBBANDS}", payload, "quantisation table", name)
    file.bin_centre = _decimal(values[1], values[0])
    decimals = np.array([_decimal(values[i + 1], values[i]) for i in range(2, len(values), 2)])
    file.bins, file.zero_bins = decimals[0::2].astype(np.float32), decimals[1::2].astype(np.float32)


def _read_huffman_segment(file: WsqFile, payload: bytes, name: str) -> None:
    file.huffman_tables.update(read_huffman_tables(payload, name))


def _read_comment(file: WsqFile, payload: bytes, name: str) -> None:  # noqa: ARG001
    found = _PPI_IN_COMMENT.search(payload) if payload.startswith(b"NIST_COM") else None
    if found:
        file.ppi = float(found.group(1))


_SEGMENT_READERS: dict[int, Callable[[WsqFile, bytes, str], None]] = {
    _START_OF_FRAME: _read_frame_header,
    _TRANSFORM_TABLE: _read_transform_table,
    _QUANTISATION_TABLE: _read_quantisation_table,
    _HUFFMAN_TABLE: _read_huffman_segment,
    _COMMENT: _read_comment,
}


def _read_block(file: WsqFile, payload: bytes, data: bytes, offset: int, name: str) -> int:
    """Keep the codes up to the next marker together with the table they are coded with."""
    (table_id,) = _unpack(">B", payload, "block header", name)
    table = file.huffman_tables.get(table_id)
    if table is None:
        raise InvalidSample(
            f"{name}: WSQ block names Huffman table {table_id}, "
            f"expected one of {sorted(file.huffman_tables) or 'those before it (none)'}"
        )
    end = offset
    while True:
        end = data.find(b"\xff", end)
        if end < 0 or end + 1 >= len(data):
            raise InvalidSample(f"{name}: WSQ ends within a block of codes, the file is cut off")
        if data[end + 1] != 0:
            break
        end += 2
    # A table may be redefined for the next block, so each block keeps its own.
    file.blocks.append((table, data[offset:end].replace(b"\xff\x00", b"\xff")))
    return end


def _complete(file: WsqFile, name: str) -> WsqFile:
    missing = [
        what
        for what, there in (
            ("frame header", file.width_px > 0),
            ("transform table", file.low_filter.size > 0),
            ("quantisation table", file.bins.size > 0),
            ("block of codes", bool(file.blocks)),
        )
        if not there
    ]
    if missing:
        raise InvalidSample(f"{name}: WSQ has no {', no '.join(missing)}")
    return file
