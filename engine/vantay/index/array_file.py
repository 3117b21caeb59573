"""One immutable file of named arrays, memory-mapped: what derived search data are kept in.

::

    magic, format version, length of the header          16 bytes, little-endian
    header: kind, parameters, arrays with their places    JSON
    SHA-256 of all before                                 32 bytes
    arrays, each at a multiple of 64 bytes

A file is written under another name, brought to the disk, and renamed: it is there whole or not at all. The
header is checked whenever a file is opened, and says how long the file must be; the arrays have a CRC each,
which `ArrayFile.verify` checks. Only the owner may read a file: it holds what was derived from people.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption, StoreUnavailable, UnsupportedFormatVersion

FORMAT_VERSION = 1
MAGIC = b"VANTAYAR"
ALIGNMENT_BYTES = 64
"""A cache line: no row of a kernel's first vector straddles two."""

_PREAMBLE = struct.Struct("<8sII")
_DIGEST_BYTES = 32
_HEAD_BYTES = 1 << 14
"""Kept free for the head, which is written last: some eighty arrays."""

_VERIFIED_AT_ONCE_BYTES = 1 << 22

Pieces = Iterable[npt.NDArray[Any]]
"""An array in parts that follow each other along the first axis. Each is looked at once, so that they may be
made one after another: files are merged without holding them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where an array stands in the file."""

    name: str
    dtype: str | list[list[str]]
    shape: tuple[int, ...]
    offset: int
    crc32: int

    @property
    def numpy_dtype(self) -> np.dtype[Any]:
        if isinstance(self.dtype, str):
            return np.dtype(self.dtype)
        return np.dtype([(name, kind) for name, kind in self.dtype])

    @property
    def n_bytes(self) -> int:
        return math.prod(self.shape) * self.numpy_dtype.itemsize


@dataclass(frozen=True, slots=True, eq=False)
class ArrayFile:
    """An open file of arrays. Make one with `open_array_file`.

    Attributes
    ----------
    path : Path
        The file.
    arrays : mapping of str to ndarray
        Read-only, mapped: a page is read when it is touched.
    """

    path: Path
    arrays: Mapping[str, npt.NDArray[Any]]
    _crc32: Mapping[str, int]

    def verify(self, names: Iterable[str] | None = None) -> None:
        """Read arrays whole and compare them with their checksums.

        Parameters
        ----------
        names : iterable of str, optional
            Which; all by default.

        Raises
        ------
        DataCorruption
            If one has changed since it was written; the message names file and array.
        """
        for name in self.arrays if names is None else names:
            if _crc32_of(self.arrays[name]) != self._crc32[name]:
                raise DataCorruption(
                    f"{self.path}: array {name} does not have its checksum; rebuild the index"
                )


def write_array_file(path: Path, kind: str, parameters: str, arrays: Mapping[str, Pieces]) -> None:
    """Write a file, whole or not at all.

    Parameters
    ----------
    path : Path
        Replaced if it is there.
    kind : str
        What the arrays are; a reader asks for it.
    parameters : str
        Hash of all that the arrays were made with.
    arrays : mapping of str to iterable of ndarray
        Each in one or more pieces of one dtype, alike but for the first axis.

    Raises
    ------
    ValueError
        If pieces of an array do not go together, or there are none.
    StoreUnavailable
        If the folder is missing, may not be written, or the disk is full; nothing is left behind.
    """
    with replacing(path) as file:
        _write(file, kind, parameters, arrays)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file under another name, and give it its own once it is on the disk.

    Raises
    ------
    StoreUnavailable
        If the folder is missing, may not be written, or the disk is full; what was there is still there.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb", opener=_open_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that a rename outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(file: BinaryIO, kind: str, parameters: str, arrays: Mapping[str, Pieces]) -> None:
    entries: list[_Entry] = []
    at = _HEAD_BYTES
    for name, pieces in arrays.items():
        file.seek(at)
        entries.append(_write_array(file, name, pieces, at))
        at = _aligned(at + entries[-1].n_bytes)
    file.truncate(at)
    head = _head(kind, parameters, entries)
    if len(head) > _HEAD_BYTES:
        raise ValueError(f"head of {len(head)} bytes, expected at most {_HEAD_BYTES}")
    file.seek(0)
    file.write(head)


def _write_array(file: BinaryIO, name: str, pieces: Pieces, offset: int) -> _Entry:
    crc32, n_rows = 0, 0
    first: npt.NDArray[Any] | None = None
    for piece in pieces:
        first = piece if first is None else first
        if (piece.dtype, piece.shape[1:]) != (first.dtype, first.shape[1:]):
            raise ValueError(
                f"{name}: a piece of {piece.dtype} {piece.shape} after {first.dtype} {first.shape}"
            )
        n_rows += piece.shape[0]
        for block in _blocks(piece):
            crc32 = zlib.crc32(block, crc32)
            file.write(block)
    if first is None:
        raise ValueError(f"{name} has no pieces, expected one at least")
    return _Entry(name, _described(first.dtype), (n_rows, *first.shape[1:]), offset, crc32)


def _described(dtype: np.dtype[Any]) -> str | list[list[str]]:
    return [[field, kind.str] for field, (kind, *_) in dtype.fields.items()] if dtype.fields else dtype.str


def _head(kind: str, parameters: str, entries: Sequence[_Entry]) -> bytes:
    header = json.dumps(
        {"kind": kind, "parameters": parameters, "arrays": [asdict(entry) for entry in entries]}
    ).encode()
    head = _PREAMBLE.pack(MAGIC, FORMAT_VERSION, len(header)) + header
    return head + hashlib.sha256(head).digest()


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def _crc32_of(array: npt.NDArray[Any]) -> int:
    crc32 = 0
    for block in _blocks(array):
        crc32 = zlib.crc32(block, crc32)
    return crc32


def _blocks(array: npt.NDArray[Any]) -> Iterator[memoryview]:
    whole = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    for first in range(0, whole.size, _VERIFIED_AT_ONCE_BYTES):
        yield whole[first : first + _VERIFIED_AT_ONCE_BYTES].data


def open_array_file(path: Path, kind: str, parameters: str) -> ArrayFile:
    """Map a file.

    Parameters
    ----------
    path : Path
        The file.
    kind, parameters : str
        What it must be, and with what it must have been made.

    Raises
    ------
    StoreUnavailable
        If it is missing or may not be read.
    DataCorruption
        If its header is damaged, it is of another kind, or it is shorter or longer than its header says.
    UnsupportedFormatVersion
        If another version of the format, or other parameters, wrote it.
    """
    try:
        with path.open("rb") as file:
            n_bytes = os.fstat(file.fileno()).st_size
            header = _read_header(path, file)
            buffer = mmap.mmap(file.fileno(), n_bytes, access=mmap.ACCESS_READ)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be read: {error.strerror}; rebuild the index") from error
    if header["kind"] != kind:
        raise DataCorruption(f"{path} holds {header['kind']!r}, expected {kind!r}; rebuild the index")
    if header["parameters"] != parameters:
        raise UnsupportedFormatVersion(
            f"{path} was made with parameters {header['parameters'][:12]}, expected {parameters[:12]}; "
            "rebuild the index"
        )
    entries = [_Entry(**{**entry, "shape": tuple(entry["shape"])}) for entry in header["arrays"]]
    expected_bytes = max((_aligned(e.offset + e.n_bytes) for e in entries), default=_HEAD_BYTES)
    if n_bytes != expected_bytes:
        raise DataCorruption(f"{path} has {n_bytes} bytes, expected {expected_bytes}; rebuild the index")
    arrays = {entry.name: _mapped(buffer, entry) for entry in entries}
    return ArrayFile(path, arrays, {entry.name: entry.crc32 for entry in entries})


def _read_header(path: Path, file: BinaryIO) -> dict[str, Any]:
    preamble = file.read(_PREAMBLE.size)
    if len(preamble) < _PREAMBLE.size or not preamble.startswith(MAGIC):
        raise DataCorruption(f"{path} is no file of search data; rebuild the index")
    _, version, n_header = _PREAMBLE.unpack(preamble)
    if version != FORMAT_VERSION:
        raise UnsupportedFormatVersion(
            f"{path} has format version {version}, expected {FORMAT_VERSION}; rebuild the index"
        )
    text = file.read(min(n_header, _HEAD_BYTES))
    if hashlib.sha256(preamble + text).digest() != file.read(_DIGEST_BYTES):
        raise DataCorruption(f"{path}: the header does not have its checksum; rebuild the index")
    header: dict[str, Any] = json.loads(text)
    return header


def _mapped(buffer: mmap.mmap, entry: _Entry) -> npt.NDArray[Any]:
    if entry.n_bytes == 0:
        return np.empty(entry.shape, entry.numpy_dtype)
    flat = np.frombuffer(buffer, entry.numpy_dtype, math.prod(entry.shape), entry.offset)
    return flat.reshape(entry.shape)
