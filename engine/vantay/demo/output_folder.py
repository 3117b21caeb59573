"""The folder that the demo writes to: one of its own, never one that holds somebody's files."""

from __future__ import annotations

from pathlib import Path

from vantay.errors import InvalidSetting

MARKER = "MADE-BY-VANTAY-DEMO.txt"
_MARKER_TEXT = "vantay demo made this folder; its next run replaces the database and the page in it.\n"


def claim_folder(folder: Path) -> None:
    """Make `folder` the demo's own: from then on it may overwrite what is there.

    Parameters
    ----------
    folder : Path
        Made with its parents if it is missing.

    Raises
    ------
    InvalidSetting
        If it holds files and no demo made it, told by `MARKER`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    if marker.is_file():
        return
    if any(folder.iterdir()):
        raise InvalidSetting(
            f"{folder}: holds files and was not made by the demo (there is no {MARKER}), "
            "expected a new or empty folder, or that of an earlier demo"
        )
    marker.write_text(_MARKER_TEXT, encoding="utf-8")
