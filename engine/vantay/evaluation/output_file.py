"""Refusing, before the work, what could not be written after it."""

from __future__ import annotations

import os
from pathlib import Path

from vantay.errors import InvalidSetting


def check_output_file(path: Path) -> None:
    """Refuse a file that cannot be written.

    Parameters
    ----------
    path : Path
        There already or not.

    Raises
    ------
    InvalidSetting
        If it is a folder, its folder is missing, or there is no permission.
    """
    folder = path.parent
    if path.is_dir():
        raise InvalidSetting(f"{path}: is a folder, expected a file to write")
    if not folder.is_dir():
        raise InvalidSetting(f"{path}: there is no folder {folder}, expected one to write into")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InvalidSetting(f"{path}: no permission to write it")
