"""A whole file as bytes, and never more of it than a reader is ready for."""

from __future__ import annotations

from pathlib import Path

from vantay.errors import InvalidSample


def read_file_bytes(path: Path, *, max_bytes: int) -> bytes:
    """Read a file whole.

    Raises
    ------
    InvalidSample
        If it cannot be read, or is larger than `max_bytes`, of which at most one byte more is read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        raise InvalidSample(f"{path}: cannot be read, {error.strerror or error}") from error
    if len(data) > max_bytes:
        raise InvalidSample(f"{path}: more than {max_bytes >> 20} MiB, expected at most that")
    return data
