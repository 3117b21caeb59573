"""Files of an authority: written whole or not at all, keys for their owner alone, one writer at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vantay.errors import InvalidSetting

_PRIVATE = 0o600
_PUBLIC = 0o644
_OTHERS = 0o077


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Wait until no other program changes the folder, and keep others waiting meanwhile."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_whole(path: Path, data: bytes, *, is_private: bool = False) -> None:
    """Replace a file: readers see the old one or the new one, also after a power cut."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), _PRIVATE if is_private else _PUBLIC)
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def check_private(path: Path) -> None:
    """Refuse a private key that others than its owner may use.

    Raises
    ------
    InvalidSetting
        Naming the file and its permissions.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InvalidSetting(f"the private key {path} cannot be read: {error.strerror}") from error
    if mode & _OTHERS:
        raise InvalidSetting(
            f"the private key {path} has permissions {mode & 0o777:03o}, so others may use it: chmod 600 it"
        )


def _sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
