"""The parts of a gallery on disk: segments, marks of their dead rows, and the manifest that names them."""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
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
_SUFFIX = ".arrays"
_NUMBERED = re.compile(r"[a-z]+-(\d+)\.arrays")


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
        self._next_number = 1

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
                f"index {self.folder} was derived from store {manifest.store_id}, expected {self._store_id}: "
                "another database was here before, or this one took its place; make the index anew with "
                "`vantay index rebuild`, or keep it in a folder of its own by the setting index_folder"
            )
        if manifest.parameters != self.parameters:
            raise UnsupportedFormatVersion(
                f"index {self.folder} was made with parameters {manifest.parameters[:12]}, expected "
                f"{self.parameters[:12]}, those of this version; the next search makes the index anew, as "
                "`vantay index rebuild` does"
            )
        self._next_number = max(self._next_number, manifest.next_number)
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
        n_rows = file.arrays["number"].shape[0]
        if n_rows != entry.n_rows:
            raise DataCorruption(f"{file.path} has {n_rows} rows, expected {entry.n_rows}; rebuild the index")
        if not entry.dead_file:
            return file, np.ones(n_rows, np.bool_)
        marks = open_array_file(self.folder / entry.dead_file, _DEAD, self.parameters)
        marks.verify()
        if marks.arrays["dead"].shape != (n_rows,):
            raise DataCorruption(f"{marks.path} does not go with {entry.file}; rebuild the index")
        return file, ~marks.arrays["dead"]

    def write_segment(self, pieces: Mapping[str, Pieces]) -> SegmentEntry:
        """Write a segment; no manifest names it yet."""
        name = self._new_name("segment")
        write_array_file(self.folder / name, _SEGMENT, self.parameters, pieces)
        header = open_array_file(self.folder / name, _SEGMENT, self.parameters)
        return SegmentEntry(name, int(header.arrays["number"].shape[0]))

    def write_dead(self, entry: SegmentEntry, alive: Bools) -> SegmentEntry:
        """Write which rows of a segment are dead, if any; as `write_segment`."""
        if alive.all():
            return replace(entry, dead_file="")
        name = self._new_name("dead")
        write_array_file(self.folder / name, _DEAD, self.parameters, {"dead": [~alive]})
        return replace(entry, dead_file=name)

    def _new_name(self, kind: str) -> str:
        """Name a file as none was named before: who has an old one mapped, or named, must not get another."""
        name = f"{kind}-{self._next_number:06}{_SUFFIX}"
        self._next_number += 1
        return name

    def write_manifest(self, sequence: int, segments: Sequence[SegmentEntry]) -> Manifest:
        """Make these segments the ones that count, then remove all others."""
        manifest = Manifest(self._store_id, self.parameters, sequence, tuple(segments), self._next_number)
        write_manifest(self.folder, manifest)
        self.remove_others(manifest.files)
        return manifest

    def n_bytes(self, manifest: Manifest) -> int:
        """Size of the files that a manifest names, and of itself."""
        paths = [self.folder / name for name in manifest.files]
        return sum(path.stat().st_size for path in paths if path.exists())

    def start_anew(self) -> None:
        """Go on numbering behind all files that are there, whether or not the manifest can be read."""
        numbers = [int(found[1]) for path in self.folder.iterdir() if (found := _NUMBERED.match(path.name))]
        self._next_number = max([self._next_number, *(number + 1 for number in numbers)])

    def remove_others(self, named: Iterable[str]) -> None:
        """Remove files of an index that belong to none; a mapped one lives on for those who have it open."""
        keep = {*named, LOCK_FILE}
        with contextlib.suppress(OSError):  # what cannot be removed now is the next time
            for path in list(self.folder.iterdir()):
                if path.name not in keep and path.suffix in {_SUFFIX, ".tmp"}:
                    path.unlink(missing_ok=True)


_CHECKED_WHEN_OPENED = (
    "number",
    "id_start",
    "id_bytes",
    "status",
    "sex",
    "birth_year",
    "gallery_start",
    "gallery_row",
    "description",
    "position_start",
    "finger_row",
    "minutiae_start",
    "sketch_start",
    "face_row",
    "coarse",
    "deviation",
)
"""What every search reads, and what tells where the rest is: nothing is read beyond an array's end. The rest
is large, damage to it changes the scores of few, and `vantay index verify` finds it."""
