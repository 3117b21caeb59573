"""A disk of a few megabytes that a test can fill, and set read-only, also for a superuser."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SIZE_BYTES = 8 << 20
FILLER = "filler"


@dataclass(frozen=True)
class SmallDisk:
    """A file system in memory.

    Attributes
    ----------
    folder : Path
        Where it is mounted.
    """

    folder: Path

    def fill(self, *, leave_bytes: int = 0) -> None:
        """Use all of the disk but so many bytes."""
        with (self.folder / FILLER).open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(max(file.tell() - leave_bytes, 0))

    def make_room(self) -> None:
        """Undo `fill`."""
        (self.folder / FILLER).unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nobody write for a while; no file may be open for writing."""
        self._remount("ro")
        try:
            yield
        finally:
            self._remount("rw")

    def _remount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True)


@contextmanager
def mounted(folder: Path) -> Iterator[SmallDisk | None]:
    """Mount a small disk; None where that is not allowed."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)]
    try:
        is_mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        is_mounted = False
    try:
        yield SmallDisk(folder) if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
