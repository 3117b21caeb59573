"""One process writes the files of an index; others only read them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from vantay.errors import StoreUnavailable

FILE_NAME = "lock"


class FolderLock:
    """A lock on a folder, held until `release`, `close` or the end of the process, however it ends.

    Parameters
    ----------
    folder : Path
        Made if it is not there, for its owner only.

    Raises
    ------
    StoreUnavailable
        If it cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None
        self.is_held = False
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"index folder {folder} cannot be written: {error.strerror}") from error

    def take(self) -> bool:
        """Take the lock if nobody has it; tell whether it is held now. Never held again once closed.

        Raises
        ------
        StoreUnavailable
            If the file system knows no locks.
        """
        if not self.is_held and self._descriptor is not None:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError as error:
                raise StoreUnavailable(
                    f"index folder {self._folder} cannot be locked: {error.strerror}"
                ) from error
            self.is_held = True
        return self.is_held

    def release(self) -> None:
        """Give the lock back; it may be taken again."""
        if self.is_held and self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.is_held = False

    def close(self) -> None:
        """Give the lock back for good."""
        self.release()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
