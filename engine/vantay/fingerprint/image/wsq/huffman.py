"""Huffman tables of WSQ files, and the coefficients coded with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from vantay.errors import InvalidSample

_MAX_CODE_BITS = 16


@dataclass(frozen=True, slots=True, eq=False)
class HuffmanTable:
    """A canonical Huffman code.

    Attributes
    ----------
    codes : (17, 3) int32
        For each code length 1..16: its first code, how many there are, and where their values start.
    values : (256,) uint8
        The symbols in order of their codes.
    """

    codes: npt.NDArray[np.int32]
    values: npt.NDArray[np.uint8]


def read_huffman_tables(payload: bytes, name: str) -> dict[int, HuffmanTable]:
    """Read the tables of one segment by their number.

    Raises
    ------
    InvalidSample
        If a table is cut off, has more than 256 values, or codes that are not prefix-free.
    """
    tables: dict[int, HuffmanTable] = {}
    offset = 0
    while offset < len(payload):
        counts = payload[offset + 1 : offset + 1 + _MAX_CODE_BITS]
        start = offset + 1 + _MAX_CODE_BITS
        n_values = sum(counts)
        if len(counts) < _MAX_CODE_BITS or n_values > 256 or start + n_values > len(payload):
            raise InvalidSample(
                f"{name}: WSQ Huffman table of {n_values} values in {len(payload)} bytes, "
                "expected at most 256 values and all of them there"
            )
        tables[payload[offset]] = _make_table(counts, payload[start : start + n_values], name)
        offset = start + n_values
    return tables


def _make_table(counts: bytes, symbols: bytes, name: str) -> HuffmanTable:
    codes = np.zeros((_MAX_CODE_BITS + 1, 3), np.int32)
    code = n_values = 0
    for n_bits, n_codes in enumerate(counts, start=1):
        codes[n_bits] = code, n_codes, n_values
        code += n_codes
        n_values += n_codes
        if code > 1 << n_bits:
            raise InvalidSample(
                f"{name}: WSQ Huffman table has more codes of {n_bits} bits than there can be"
            )
        code <<= 1
    values = np.zeros(256, np.uint8)
    values[: len(symbols)] = np.frombuffer(symbols, np.uint8)
    return HuffmanTable(codes, values)


def decode_coefficients(
    blocks: list[tuple[HuffmanTable, bytes]], n_coefficients: int, name: str
) -> npt.NDArray[np.int32]:
    """Decode the blocks of a file one after the other.

    Parameters
    ----------
    blocks : list of (HuffmanTable, bytes)
        Codes without byte stuffing.
    n_coefficients : int
        How many the subbands of the file hold in total.
    name : str
        What error messages call the file.

    Returns
    -------
    (n_coefficients,) int32
        Quantised coefficients, subband by subband.

    Raises
    ------
    InvalidSample
        If the blocks hold an unknown code, or more or fewer coefficients.
    """
    coefficients = np.zeros(n_coefficients, np.int32)
    n_done = 0
    for table, codes in blocks:
        n_done = _decode_block_kernel(
            np.frombuffer(codes, np.uint8), table.codes, table.values, coefficients, n_done
        )
        if n_done < 0:
            raise InvalidSample(f"{name}: WSQ block has an unknown code or more coefficients than the image")
    if n_done != n_coefficients:
        raise InvalidSample(f"{name}: WSQ has {n_done} coefficients, expected {n_coefficients}")
    return coefficients


@njit(cache=True, nogil=True)
def _bits_kernel(codes: npt.NDArray[np.uint8], bit: int, n_bits: int) -> int:
    """Read the next bits as a number, or −1 where the block ends before."""
    if bit + n_bits > codes.shape[0] * 8:
        return -1
    value = 0
    for i in range(bit, bit + n_bits):
        value = (value << 1) | ((int(codes[i >> 3]) >> (7 - (i & 7))) & 1)
    return value


@njit(cache=True, nogil=True)
def _symbol_kernel(
    codes: npt.NDArray[np.uint8], bit: int, code_table: npt.NDArray[np.int32]
) -> tuple[int, int]:
    """Read one code: its place among the values and the next bit, or −1 (end of block), −2 (no such code)."""
    code = 0
    for n_bits in range(1, 17):
        if bit >= codes.shape[0] * 8:
            return -1, bit
        code = (code << 1) | ((int(codes[bit >> 3]) >> (7 - (bit & 7))) & 1)
        bit += 1
        place = code - int(code_table[n_bits, 0])
        if place < code_table[n_bits, 1]:
            return int(code_table[n_bits, 2]) + place, bit
    return -2, bit


@njit(cache=True, nogil=True)
def _decode_block_kernel(
    codes: npt.NDArray[np.uint8],
    code_table: npt.NDArray[np.int32],
    values: npt.NDArray[np.uint8],
    out: npt.NDArray[np.int32],
    n_done: int,
) -> int:
    """Append a block's coefficients to ``out``; their new number, or −1 for what cannot be.

    Symbols: 1..100 a run of so many zeros; 101, 102 a positive or negative value in the next 8 bits; 103, 104
    in the next 16; 105, 106 a run of zeros whose length is in the next 8 or 16; 107..254 the values −73..74.
    """
    bit = 0
    while n_done < out.shape[0]:
        place, bit = _symbol_kernel(codes, bit, code_table)
        if place == -1:
            return n_done  # the fill bits at the end of a block are no code
        if place < 0:
            return -1
        symbol = int(values[place])
        run, value = 0, symbol - 180
        if symbol in (0, 255):
            return -1
        if symbol <= 100:
            run = symbol
        elif symbol <= 106:
            n_extra = 16 if symbol in (103, 104, 106) else 8
            extra = _bits_kernel(codes, bit, n_extra)
            bit += n_extra
            if extra < 0:
                return -1
            run = extra if symbol >= 105 else 0
            value = -extra if symbol in (102, 104) else extra
        if symbol <= 100 or symbol in (105, 106):
            if n_done + run > out.shape[0]:
                return -1
            n_done += run  # they are zero already
        else:
            out[n_done] = value
            n_done += 1
    return n_done
