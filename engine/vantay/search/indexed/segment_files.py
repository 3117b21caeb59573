"""The parts of a gallery on disk: segments, marks of their dead rows, and the manifest that names them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption, UnsupportedFormatVersion
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.fingerprint.comparison.sketch import SKETCH_COLUMNS
from vantay.fingerprint.fixed_length import code_tables
from vantay.index.array_file import ArrayFile, open_array_file, write_array_file
from vantay.index.folder_lock import FILE_NAME as LOCK_FILE
from vantay.index.manifest import Manifest, SegmentEntry, read_manifest, write_manifest
from vantay.search.indexed.layout import VECTOR_NUMBERS
from vantay.search.indexed.merging import Pieces

Bools = npt.NDArray[np.bool_]

LAYOUT_VERSION = 1
"""Raised whenever the arrays of a part change their names or their meaning."""

_SEGMENT, _DEAD = "gallery segment", "dead rows"


def index_parameters() -> str:
    """Hash of everything that derived search data depend on."""
    parts = (LAYOUT_VERSION, PARAMETER_HASH, code_tables().parameter_hash, SKETCH_COLUMNS, VECTOR_NUMBERS)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


class SegmentFiles:
    """The files of one index.

    Parameters
    ----------
    folder : Path
        Where they are.
    store_id : str
        The store that they must have been derived from.
    """

    def __init__(self, folder: Path, store_id: str) -> None:
        self.folder = folder
        self.parameters = index_parameters()
        self._store_id = store_id

    def read(self) -> Manifest:
        """Read the manifest; an empty one if there is none.

        Raises
        ------
        DataCorruption
            If it is damaged, or another store's.
        UnsupportedFormatVersion
            If the index was made with other parameters.
        """
        manifest = read_manifest(self.folder)
        if manifest is None:
            return Manifest(self._store_id, self.parameters)
        if manifest.store_id != self._store_id:
            raise DataCorruption(
                f"index {self.folder} was derived from store {manifest.store_id}, expected {self._store_id}; "
                "rebuild the index"
            )
        if manifest.parameters != self.parameters:
            raise UnsupportedFormatVersion(
                f"index {self.folder} was made with parameters {manifest.parameters[:12]}, expected "
                f"{self.parameters[:12]}; rebuild the index"
            )
        return manifest

    def open_segment(self, entry: SegmentEntry) -> tuple[ArrayFile, Bools]:
        """Map a segment and read which of its rows live.

        Raises
        ------
        DataCorruption, UnsupportedFormatVersion, StoreUnavailable
            As `open_array_file`; also if small arrays do not have their checksums, or the marks do not fit.
        """
        file = open_array_file(self.folder / entry.file, _SEGMENT, self.parameters)
        file.verify(_CHECKED_WHEN_OPENED)
        if not entry.dead_file:
            return file, np.ones(entry.n_rows, np.bool_)
        marks = open_array_file(self.folder / entry.dead_file, _DEAD, self.parameters)
        marks.verify()
        alive = ~marks.arrays["dead"]
        if alive.shape[0] != file.arrays["number"].shape[0]:
            raise DataCorruption(f"{entry.dead_file} does not go with {entry.file}; rebuild the index")
        return file, alive

    def write_segment(
        self, manifest: Manifest, pieces: Mapping[str, Pieces]
    ) -> tuple[Manifest, SegmentEntry]:
        """Write a segment; the manifest that comes back has its number used, but does not name it yet."""
        name = f"segment-{manifest.next_number:06}.arrays"
        write_array_file(self.folder / name, _SEGMENT, self.parameters, pieces)
        n_rows = sum(piece.shape[0] for piece in pieces["number"])
        return replace(manifest, next_number=manifest.next_number + 1), SegmentEntry(name, n_rows)

    def write_dead(
        self, manifest: Manifest, entry: SegmentEntry, alive: Bools
    ) -> tuple[Manifest, SegmentEntry]:
        """Write which rows of a segment are dead, if any; as `write_segment`."""
        if alive.all():
            return manifest, replace(entry, dead_file="")
        name = f"dead-{manifest.next_number:06}.arrays"
        write_array_file(self.folder / name, _DEAD, self.parameters, {"dead": [~alive]})
        return replace(manifest, next_number=manifest.next_number + 1), replace(entry, dead_file=name)

    def write_manifest(self, manifest: Manifest) -> None:
        """Make a manifest the one that counts, then remove what it does not name."""
        write_manifest(self.folder, manifest)
        self.remove_others(manifest.files)

    def remove_others(self, named: Iterable[str]) -> None:
        """Remove files of an index that belong to none; a mapped one lives on for those who have it open."""
        keep = {*named, LOCK_FILE}
        for path in self.folder.iterdir():
            if path.name not in keep and path.suffix in {".arrays", ".tmp"}:
                with contextlib.suppress(FileNotFoundError):
                    path.unlink()


_CHECKED_WHEN_OPENED = (
    "number",
    "id_start",
    "id_bytes",
    "finger_row",
    "position_start",
    "coarse",
    "description",
)
"""What every search reads; the rest is large, and checked by `vantay index verify`."""
