"""What a path holds for a load: which reader fits, how much there is, and how to know it again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from vantay.errors import InvalidSample
from vantay.transfer.bulk_source import read_bulk_subjects
from vantay.transfer.manifest import check_manifest, read_manifest_subjects
from vantay.transfer.pending import PendingSubject
from vantay.transfer.sample_source import is_template_folder, read_sample_subjects, read_template_files
from vantay_datasets.bulk import is_bulk_path, read_checked_rows
from vantay_datasets.source import open_source

_EDGE_BYTES = 1 << 20
_BLOCK_BYTES = 1 << 20


class Reader(StrEnum):
    """What reads a source."""

    BULK = "bulk"
    MANIFEST = "manifest"
    TEMPLATE_FILES = "template files"
    SAMPLES = "samples"


_READERS: dict[Reader, Callable[[Path, int], Iterator[PendingSubject]]] = {
    Reader.BULK: read_bulk_subjects,
    Reader.MANIFEST: read_manifest_subjects,
    Reader.TEMPLATE_FILES: read_template_files,
    Reader.SAMPLES: read_sample_subjects,
}


class LoadSource(NamedTuple):
    """A file or folder to load.

    Attributes
    ----------
    path : Path
    reader : Reader
    digest : str
        Differs when the source does: of the size, the time of the last change and both ends of a file; of
        the names, sizes and times of all files of a folder.
    """

    path: Path
    reader: Reader
    digest: str

    def subjects(self, after_row: int = 0) -> Iterator[PendingSubject]:
        """Read the subjects behind a row; `InvalidSample` if the source cannot be read to its end."""
        try:
            yield from _READERS[self.reader](self.path, after_row)
        except OSError as error:
            raise InvalidSample(f"{self.path}: cannot be read on, {error.strerror or error}") from error

    def n_rows(self) -> int | None:
        """Tell how many rows or samples there are, about; None if only reading tells."""
        return _count_rows(self.path, self.reader)


def find_source(path: Path) -> LoadSource:
    """Find out what a path holds.

    Raises
    ------
    InvalidSample, UnsupportedFormatVersion
        If it is missing, or nothing that can be loaded.
    """
    reader = _reader_of(path)
    try:
        return LoadSource(path, reader, _digest(path))
    except OSError as error:
        raise InvalidSample(f"{path}: cannot be read, {error.strerror or error}") from error


def _reader_of(path: Path) -> Reader:
    if not path.exists():
        raise InvalidSample(f"{path}: no such file or folder")
    if path.is_dir():
        return Reader.TEMPLATE_FILES if is_template_folder(path) else _known_to_open_source(path)
    if is_bulk_path(path):
        next(read_checked_rows(path), None)  # its version and columns
        return Reader.BULK
    if path.suffix.lower() == ".csv":
        check_manifest(path)
        return Reader.MANIFEST
    return _known_to_open_source(path)


def _known_to_open_source(path: Path) -> Reader:
    if next(open_source(path).samples, None) is None:
        raise InvalidSample(
            f"{path}: no sample found, expected a subfolder a subject, or files that are read"
        )
    return Reader.SAMPLES


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, file in _files_of(path):
        status = file.stat()
        digest.update(repr((name, status.st_size, status.st_mtime_ns)).encode())
    if path.is_file():
        with path.open("rb") as opened:
            digest.update(opened.read(_EDGE_BYTES))
            opened.seek(max(path.stat().st_size - _EDGE_BYTES, 0))
            digest.update(opened.read(_EDGE_BYTES))
    return digest.hexdigest()


def _files_of(path: Path) -> Iterator[tuple[str, Path]]:
    """Give the files of a source in a fixed order, with names that do not tell where it lies."""
    if path.is_file():
        yield "", path
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            yield file.relative_to(path).as_posix(), file


def _count_rows(path: Path, reader: Reader) -> int | None:
    if path.is_dir():
        return sum(1 for _ in _files_of(path))
    if reader is Reader.SAMPLES:
        return None
    if path.suffix.lower() == ".parquet":
        try:
            return int(pq.read_metadata(path).num_rows)
        except (pa.ArrowException, OSError):  # reading it will tell what is wrong
            return None
    with path.open("rb") as file:
        n_lines = sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
    return max(n_lines - 1, 0)  # the first tells the version or the columns
