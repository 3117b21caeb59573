"""Files that may be replaced while the service runs; a broken new one changes nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from vantay.errors import InvalidSetting

_Content = TypeVar("_Content")
_Stamp = tuple[tuple[int, int, int], ...]

_RECENT_NS = 2_000_000_000
"""A file may change twice within one tick of its clock: its time is believed when it is older than this."""

_logger = logging.getLogger(__name__)


class ChangingFile(Generic[_Content]):
    """What one or more files say together, read anew when one of them changes. Safe to use from any thread.

    Parameters
    ----------
    paths : sequence of Path
        The files; ``read`` gets their bytes in the same order.
    read : callable
        Makes the content of the bytes; raises `InvalidSetting` if they are not what they should be.
    what : str
        What the files are, for messages.
    interval_s : float
        How often to look at most.

    Raises
    ------
    InvalidSetting
        If the files cannot be read or used the first time. Later that is logged, and what they said before
        stays in force.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        read: Callable[[Sequence[bytes]], _Content],
        *,
        what: str,
        interval_s: float = 1.0,
    ) -> None:
        self._paths = tuple(paths)
        self._read = read
        self._what = what
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._complaint = ""
        self._stamp = self._stamp_of_files()
        self._bytes = self._bytes_of_files()
        self._content = read(self._bytes)
        self._look_at = time.monotonic() + interval_s

    def current(self) -> _Content:
        """Give what the files say now, or what they said when they were sound last."""
        if time.monotonic() < self._look_at:
            return self._content
        with self._lock:
            self._look()
            self._look_at = time.monotonic() + self._interval_s
            return self._content

    def _look(self) -> None:
        try:
            stamp = self._stamp_of_files()
            if stamp == self._stamp and not _is_recent(stamp):
                return
            self._stamp = stamp
            read = self._bytes_of_files()
            if read == self._bytes:
                return
            self._bytes = read  # before it is understood: what is broken is told once
            self._content = self._read(read)
        except InvalidSetting as error:
            self._complain(str(error))
        else:
            self._complaint = ""
            _logger.info("the %s was read anew", self._what)

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:  # once, not at every look
            _logger.error("the new %s cannot be used, the old one stays in force: %s", self._what, complaint)
        self._complaint = complaint

    def _stamp_of_files(self) -> _Stamp:
        try:
            found = [path.stat() for path in self._paths]
        except OSError as error:
            raise self._unreadable(error) from error
        return tuple((status.st_mtime_ns, status.st_size, status.st_ino) for status in found)

    def _bytes_of_files(self) -> tuple[bytes, ...]:
        try:
            return tuple(path.read_bytes() for path in self._paths)
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> InvalidSetting:
        return InvalidSetting(f"the {self._what} {error.filename} cannot be read: {error.strerror}")


def _is_recent(stamp: _Stamp) -> bool:
    now_ns = time.time_ns()
    return any(now_ns - modified_ns < _RECENT_NS for modified_ns, _, _ in stamp)
