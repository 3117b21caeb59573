"""Big-endian numbers from and to bytes; no read beyond the end, no write of a number that does not fit."""

from __future__ import annotations

from vantay.errors import InvalidTemplate


class BytesReader:
    """Reads a record from its start to its end.

    Parameters
    ----------
    data : bytes
        The record.
    name : str
        What error messages call it, for instance its format.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self.offset = 0

    @property
    def n_left(self) -> int:
        """Bytes that were not read yet."""
        return len(self._data) - self.offset

    def take(self, n_bytes: int, what: str) -> bytes:
        """Read bytes as they are; InvalidTemplate where there are not so many left."""
        if n_bytes > self.n_left:
            raise InvalidTemplate(
                f"{self._name}: {self.n_left} bytes left at byte {self.offset}, "
                f"expected {n_bytes} for {what}; the record is cut off"
            )
        taken = self._data[self.offset : self.offset + n_bytes]
        self.offset += n_bytes
        return taken

    def number(self, n_bytes: int, what: str) -> int:
        """Read an unsigned number."""
        return int.from_bytes(self.take(n_bytes, what), "big")

    def expect_end(self) -> None:
        """Raise InvalidTemplate if anything is left."""
        if self.n_left:
            raise InvalidTemplate(
                f"{self._name}: {self.n_left} bytes too many, expected the end at byte {self.offset}"
            )


class BytesWriter:
    """Collects a record.

    Parameters
    ----------
    name : str
        What error messages call it.
    """

    def __init__(self, name: str) -> None:
        self._parts = bytearray()
        self._name = name

    def number(self, value: int, n_bytes: int, what: str) -> None:
        """Write an unsigned number; InvalidTemplate where it does not fit."""
        high = (1 << (8 * n_bytes)) - 1
        if not 0 <= value <= high:
            raise InvalidTemplate(f"{self._name}: {what} is {value}, expected 0 to {high}")
        self._parts += value.to_bytes(n_bytes, "big")

    def raw(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._parts += data

    def finish(self) -> bytes:
        """All that was written."""
        return bytes(self._parts)


def check_bits(value: int, n_bits: int, what: str, name: str) -> int:
    """Give back a number that fits into so many bits; InvalidTemplate where it does not."""
    if not 0 <= value < 1 << n_bits:
        raise InvalidTemplate(f"{name}: {what} is {value}, expected 0 to {(1 << n_bits) - 1}")
    return value
