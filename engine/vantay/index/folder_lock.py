"""One process writes the files of an index; others only read them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from vantay.errors import StoreUnavailable

FILE_NAME = "lock"


class FolderLock:
    """A lock on a folder, held until `release` or the end of the process, however it ends.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Raises
    ------
    StoreUnavailable
        If it cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"index folder {folder} cannot be written: {error.strerror}") from error
        self.is_held = False

    def take(self) -> bool:
        """Take the lock if nobody has it; tell whether it is held now."""
        if not self.is_held:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            self.is_held = True
        return True

    def release(self) -> None:
        """Give the lock back; the object cannot be used after it."""
        os.close(self._descriptor)
        self.is_held = False
