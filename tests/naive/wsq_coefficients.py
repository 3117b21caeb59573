"""Coefficients of a WSQ block, bit by bit through a dictionary of codes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice


def canonical_codes(counts: bytes, symbols: bytes) -> dict[str, int]:
    """Codes as strings of 0 and 1: counted up within a length, with a zero put behind at the next length."""
    codes: dict[str, int] = {}
    code, place = 0, 0
    for n_bits, count in enumerate(counts, start=1):
        for _ in range(count):
            codes[format(code, f"0{n_bits}b")] = symbols[place]
            code += 1
            place += 1
        code *= 2
    return codes


def decode_block(codes: dict[str, int], block: bytes, n_left: int) -> list[int] | None:
    """Coefficients of one block, at most ``n_left``; None for what no encoder writes."""
    bits = iter("".join(format(byte, "08b") for byte in block))
    coefficients: list[int] = []
    while len(coefficients) < n_left:
        word = ""
        while word not in codes:
            bit = next(bits, None)
            if bit is None:
                return coefficients
            word += bit
            if len(word) == 16 and word not in codes:
                return None
        values = _values_of(codes[word], bits)
        if values is None or len(coefficients) + len(values) > n_left:
            return None
        coefficients += values
    return coefficients


def _values_of(symbol: int, bits: Iterator[str]) -> list[int] | None:
    if symbol in {0, 255}:
        return None
    if symbol <= 100:
        return [0] * symbol
    if symbol >= 107:
        return [symbol - 180]
    n_bits = 16 if symbol in {103, 104, 106} else 8
    word = "".join(islice(bits, n_bits))
    if len(word) < n_bits:
        return None
    number = int(word, 2)
    if symbol in {105, 106}:
        return [0] * number
    return [-number if symbol in {102, 104} else number]
