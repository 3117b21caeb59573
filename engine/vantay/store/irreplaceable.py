"""What no output may take the place of: databases, and the keys without which they cannot be read.

One slip of the pen in the name of an output file would destroy everything, so the commands that write files
beside a database look first. What a file is, its first bytes tell: that also finds those of other databases,
and keys that lie elsewhere.
"""

from __future__ import annotations

import re
from pathlib import Path

from vantay.errors import CallerError, StoreUnavailable

_BEGINNINGS = {
    b"SQLite format 3\0": "a database",
    b"\x37\x7f\x06\x82": "the write-ahead log of a database",
    b"\x37\x7f\x06\x83": "the write-ahead log of a database",
    b"vantay-master-key": "a master key",
    b"-----BEGIN ": "a key or a certificate",
}
_BARE_KEY = re.compile(rb"[0-9a-fA-F]{64}\s*")
_LOOKED_AT_BYTES = 1024


def refuse_irreplaceable(*paths: Path) -> None:
    """Refuse to write over a database or a key.

    Parameters
    ----------
    *paths : Path
        Files that are to be written; those that are not there are all right.

    Raises
    ------
    CallerError
        If one is a database, or a key; the message names it.
    StoreUnavailable
        If one cannot be read, so that nobody knows what it is.
    """
    for path in paths:
        if (what := _irreplaceable(path)) is not None:
            raise CallerError(f"{path} is {what}, which is not written over: name another file")


def _irreplaceable(path: Path) -> str | None:
    try:
        if not path.is_file():  # reading a pipe or a device would wait
            return None
        with path.open("rb") as file:
            content = file.read(_LOOKED_AT_BYTES)
    except OSError as error:
        raise StoreUnavailable(f"{path}: cannot be read, {error.strerror or error}") from error
    if _BARE_KEY.fullmatch(content):
        return "a master key"
    return next((what for beginning, what in _BEGINNINGS.items() if content.startswith(beginning)), None)
