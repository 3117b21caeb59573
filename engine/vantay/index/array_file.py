"""One immutable file of named arrays, memory-mapped: what derived search data are kept in.

::

    magic, format version, length of the header          16 bytes, little-endian
    header: kind, parameters, arrays with their places    JSON
    SHA-256 of all before                                 32 bytes
    arrays, each at a multiple of 64 bytes

A file is written under another name, brought to the disk, and renamed: it is there whole or not at all. The
header is checked whenever a file is opened, and says how long the file must be; the arrays have a CRC each,
which `ArrayFile.verify` checks.
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
_MAX_HEADER_BYTES = 1 << 20
_VERIFIED_AT_ONCE_BYTES = 1 << 22

Pieces = Sequence[npt.NDArray[Any]]
"""An array in parts that follow each other along the first axis: files are merged without holding them."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """Where an array stands."""

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
            if _crc32_of([self.arrays[name]]) != self._crc32[name]:
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
    arrays : mapping of str to sequence of ndarray
        Each in one or more pieces of one dtype, alike but for the first axis.

    Raises
    ------
    StoreUnavailable
        If the folder is missing, may not be written, or the disk is full; nothing is left behind.
    """
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            _write(file, kind, parameters, arrays)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that a rename outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(file: BinaryIO, kind: str, parameters: str, arrays: Mapping[str, Pieces]) -> None:
    entries = [_entry(name, pieces) for name, pieces in arrays.items()]
    at = _aligned(len(_head(kind, parameters, entries)))
    placed = []
    for entry, pieces in zip(entries, arrays.values(), strict=True):
        placed.append(_Entry(entry.name, entry.dtype, entry.shape, at, entry.crc32))
        file.seek(at)
        file.writelines(memoryview(np.ascontiguousarray(piece)).cast("B") for piece in pieces)
        at = _aligned(at + entry.n_bytes)
    file.truncate(at)
    file.seek(0)
    file.write(_head(kind, parameters, placed))


def _entry(name: str, pieces: Pieces) -> _Entry:
    first = pieces[0]
    shape = (sum(piece.shape[0] for piece in pieces), *first.shape[1:])
    fields = first.dtype.fields
    dtype = [[field, kind.str] for field, (kind, *_) in fields.items()] if fields else first.dtype.str
    return _Entry(name, dtype, shape, _MAX_OFFSET, _crc32_of(pieces))


_MAX_OFFSET = 10**15
"""Stands for an offset until it is known: as many digits as any, so that the header only gets shorter."""


def _head(kind: str, parameters: str, entries: Sequence[_Entry]) -> bytes:
    header = json.dumps(
        {"kind": kind, "parameters": parameters, "arrays": [asdict(entry) for entry in entries]}
    ).encode()
    head = _PREAMBLE.pack(MAGIC, FORMAT_VERSION, len(header)) + header
    return head + hashlib.sha256(head).digest()


def _aligned(offset: int) -> int:
    return -(-offset // ALIGNMENT_BYTES) * ALIGNMENT_BYTES


def _crc32_of(pieces: Pieces) -> int:
    crc32 = 0
    for piece in pieces:
        for block in _blocks(piece):
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
    expected_bytes = max((_aligned(entry.offset + entry.n_bytes) for entry in entries), default=n_bytes)
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
    text = file.read(min(n_header, _MAX_HEADER_BYTES))
    if hashlib.sha256(preamble + text).digest() != file.read(_DIGEST_BYTES):
        raise DataCorruption(f"{path}: the header does not have its checksum; rebuild the index")
    header: dict[str, Any] = json.loads(text)
    return header


def _mapped(buffer: mmap.mmap, entry: _Entry) -> npt.NDArray[Any]:
    if entry.n_bytes == 0:
        return np.empty(entry.shape, entry.numpy_dtype)
    flat = np.frombuffer(buffer, entry.numpy_dtype, math.prod(entry.shape), entry.offset)
    return flat.reshape(entry.shape)
