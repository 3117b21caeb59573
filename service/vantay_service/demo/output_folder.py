"""The folder that the demo writes to: one of its own, never one that holds somebody's files."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vantay.errors import InvalidSetting

MARKER = "MADE-BY-VANTAY-DEMO.txt"
_MARKER_TEXT = "vantay demo made this folder; its next run replaces the service and the page in it.\n"


@contextmanager
def claimed_folder(folder: Path) -> Iterator[None]:
    """Make `folder` the demo's own, and this run's until it ends: it may overwrite what is there.

    Parameters
    ----------
    folder : Path
        Made with its parents if it is missing.

    Raises
    ------
    InvalidSetting
        If it holds files and no demo made it, told by `MARKER`, or if another demo is at work in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    if not marker.is_file():
        if any(folder.iterdir()):
            raise InvalidSetting(
                f"{folder}: holds files and was not made by the demo (there is no {MARKER}), "
                "expected a new or empty folder, or that of an earlier demo"
            )
        marker.write_text(_MARKER_TEXT, encoding="utf-8")
    with marker.open(encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InvalidSetting(
                f"{folder}: another demo is at work in it, expected a folder of its own"
            ) from error
        yield
