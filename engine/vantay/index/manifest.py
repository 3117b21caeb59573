"""Which files make up an index, as of which change of the store: one small file, replaced whole.

What the manifest does not name is not part of the index, whatever lies in the folder: a crash between the
writing of a segment and that of the manifest leaves a file that nobody reads and the next cleaning removes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from vantay.errors import DataCorruption, StoreUnavailable, UnsupportedFormatVersion
from vantay.index.array_file import replacing

FORMAT_VERSION = 1
FILE_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One segment of an index.

    Attributes
    ----------
    file : str
        Name of its file of arrays.
    n_rows : int
        Rows in it, dead ones too.
    dead_file : str
        Name of the file that tells which of its rows were dead when the manifest was written; empty for none.
    """

    file: str
    n_rows: int
    dead_file: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The state of an index.

    Attributes
    ----------
    store_id : str
        Which store it was derived from.
    parameters : str
        Hash of all parameters that went into it.
    sequence : int
        Last change of the store that it has.
    segments : tuple of SegmentEntry
        In the order in which their rows were added.
    next_number : int
        For the name of the next file: a name is used once.
    """

    store_id: str
    parameters: str
    sequence: int = 0
    segments: tuple[SegmentEntry, ...] = field(default=())
    next_number: int = 1

    @property
    def files(self) -> frozenset[str]:
        """Names of all files that belong to the index."""
        named = {name for entry in self.segments for name in (entry.file, entry.dead_file) if name}
        return frozenset(named | {FILE_NAME})


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None if there is none.

    Raises
    ------
    DataCorruption
        If it is damaged.
    UnsupportedFormatVersion
        If another version of the format wrote it.
    StoreUnavailable
        If it cannot be read.
    """
    path = folder / FILE_NAME
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be read: {error.strerror}") from error
    body, _, digest = text.rstrip(b"\n").rpartition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise DataCorruption(f"{path} does not have its checksum; rebuild the index")
    values: dict[str, Any] = json.loads(body)
    version = values.pop("format_version")
    if version != FORMAT_VERSION:
        raise UnsupportedFormatVersion(
            f"{path} has format version {version}, expected {FORMAT_VERSION}; rebuild the index"
        )
    return _manifest_of(values)


def _manifest_of(values: Mapping[str, Any]) -> Manifest:
    segments = tuple(SegmentEntry(**entry) for entry in values["segments"])
    return Manifest(**{**values, "segments": segments})


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of a folder, whole or not at all.

    Raises
    ------
    StoreUnavailable
        If the folder may not be written or the disk is full; the manifest before is still there.
    """
    body = json.dumps({"format_version": FORMAT_VERSION, **asdict(manifest)}, indent=1).encode()
    with replacing(folder / FILE_NAME) as file:
        file.write(body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n")
