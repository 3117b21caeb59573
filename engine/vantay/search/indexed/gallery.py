"""`IndexedGallery`: derived search data of a store that follow it, in memory and in files."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import StoreUnavailable
from vantay.index.array_file import ArrayFile
from vantay.index.folder_lock import FolderLock
from vantay.index.manifest import Manifest, SegmentEntry
from vantay.search.indexed.building import build_part, is_searched, make_ready
from vantay.search.indexed.face_space import FaceSpace
from vantay.search.indexed.merging import joined, merge_parts
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart
from vantay.store import Store, SubjectState

Bools = npt.NDArray[np.bool_]

PAGE_SUBJECTS = 2000
"""Read from the store at once: their prepared templates take some 70 MB while a part is built."""

MERGE_PARTS = 8
"""Parts of about one size that are merged into one: a gallery of n subjects has 8·log8(n) at most."""

FLUSH_ROWS = 32_768
"""Rows in memory from which on `maintain` writes them into a file: about 600 MB."""

_NOWHERE = -1


@dataclass(slots=True, eq=False)
class _Part:
    """A part of the gallery as it is now."""

    identifier: int
    part: GalleryPart
    alive: Bools
    file: ArrayFile | None = None
    entry: SegmentEntry | None = None

    @property
    def tier(self) -> int:
        """Parts of one tier are merged with each other."""
        return int(np.log(max(self.part.n_rows, 1)) / np.log(MERGE_PARTS))


class _Places:
    """Where each subject of the store lives: the part and the row, by the store's number of the subject."""

    def __init__(self) -> None:
        self._part = np.full(1024, _NOWHERE, np.int32)
        self._row = np.zeros(1024, np.int32)

    def set(self, numbers: npt.NDArray[np.int64], part: int, rows: npt.NDArray[np.int64]) -> None:
        """Move subjects to rows of a part."""
        if numbers.size and numbers.max() >= self._part.shape[0]:
            more = int(max(numbers.max() + 1, 2 * self._part.shape[0])) - self._part.shape[0]
            self._part = np.concatenate([self._part, np.full(more, _NOWHERE, np.int32)])
            self._row = np.concatenate([self._row, np.zeros(more, np.int32)])
        self._part[numbers], self._row[numbers] = part, rows

    def pop(self, number: int) -> tuple[int, int] | None:
        """Forget where a subject lives, and tell where it was."""
        if number >= self._part.shape[0] or self._part[number] == _NOWHERE:
            return None
        place = int(self._part[number]), int(self._row[number])
        self._part[number] = _NOWHERE
        return place

    def are_at(self, numbers: npt.NDArray[np.int64], part: int, rows: npt.NDArray[np.int64]) -> Bools:
        """Tell which subjects still live in these rows of a part."""
        here: Bools = (self._part[numbers] == part) & (self._row[numbers] == rows)
        return here


class IndexedGallery:
    """Derived search data of all subjects of a store.

    `refresh` brings them up to the store's change sequence, also for what other engines wrote, and gives a
    snapshot that any number of threads may search while the gallery moves on. With a folder, what was derived
    is kept there: the next engine maps it, and reads from the store only what came after. One process at a
    time writes the folder; others read it and keep what came after in memory.

    Parameters
    ----------
    store : Store
        Whom to follow.
    folder : Path, optional
        Where to keep the index; only in memory if not given.

    Raises
    ------
    DataCorruption, UnsupportedFormatVersion
        If the files in the folder are damaged, another store's, or made with other parameters; `rebuild`
        makes them anew.
    StoreUnavailable
        If the folder cannot be read or written.
    """

    def __init__(self, store: Store, folder: Path | None = None) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._maintenance = threading.Lock()
        self._identifiers = itertools.count()
        self._lock_file = FolderLock(folder) if folder else None
        self._files = SegmentFiles(folder, store.store_id) if folder else None
        self._forget()
        if self._files:
            self._load(self._files)

    def _forget(self) -> None:
        self._parts: list[_Part] = []
        self._places = _Places()
        self._sequence = 0
        self._manifest = self._files and Manifest(self._store.store_id, self._files.parameters)
        self._snapshot = IndexSnapshot(0, ())

    def close(self) -> None:
        """Let others write the folder."""
        with self._maintenance:
            if self._lock_file:
                self._lock_file.release()

    # Following the store

    def refresh(self) -> IndexSnapshot:
        """Follow the store and return what is there now.

        Raises
        ------
        DataCorruption
            If a stored record is damaged. Leaving it out in silence could turn a known person into a new one;
            the message names the encounter, and erasing the subject makes the store searchable again.
        """
        with self._lock:
            if self._store.sequence() != self._sequence:
                for page in self._store.pages_since(self._sequence, limit=PAGE_SUBJECTS):
                    self._apply(page.subjects)
                    self._sequence = page.sequence
                self._merge_small()
                self._take_snapshot()
            return self._snapshot

    def _apply(self, states: Sequence[SubjectState]) -> None:
        subjects = [make_ready(state) for state in states if is_searched(state)]
        arrays = build_part(subjects, face_space=self._face_space()) if subjects else None
        for state in states:
            self._kill(state.number)
        if arrays is not None:
            part = GalleryPart.of(arrays)
            self._settle(_Part(next(self._identifiers), part, np.ones(part.n_rows, np.bool_)))

    def _kill(self, number: int) -> None:
        place = self._places.pop(number)
        if place is not None:
            owner = next(part for part in self._parts if part.identifier == place[0])
            owner.alive = owner.alive.copy()  # snapshots keep the one before
            owner.alive[place[1]] = False

    def _settle(self, part: _Part) -> None:
        self._parts.append(part)
        rows = np.flatnonzero(part.alive)
        self._places.set(part.part.arrays["number"][rows], part.identifier, rows)

    def _face_space(self) -> FaceSpace | None:
        with_faces = [part.part for part in self._parts if part.part.has_faces]
        return max(with_faces, key=lambda part: part.n_rows).face_space() if with_faces else None

    def _take_snapshot(self) -> None:
        self._parts = [part for part in self._parts if part.alive.any() or part.entry]
        shown = tuple(SnapshotPart(part.part, part.alive) for part in self._parts if part.alive.any())
        self._snapshot = IndexSnapshot(self._sequence, shown)

    def _merge_small(self) -> None:
        """Merge parts in memory of one tier, smallest first."""
        while True:
            tiers: dict[int, list[_Part]] = {}
            for part in self._parts:
                if part.file is None:
                    tiers.setdefault(part.tier, []).append(part)
            full = [parts for _, parts in sorted(tiers.items()) if len(parts) >= MERGE_PARTS]
            if not full:
                return
            self._replace(full[0], self._merged_in_memory(full[0]))

    def _merged_in_memory(self, parts: Sequence[_Part]) -> _Part | None:
        living = [(part.part, part.alive) for part in parts if part.alive.any()]
        if not living:
            return None
        merged = GalleryPart.of(joined(merge_parts(living)))
        return _Part(next(self._identifiers), merged, np.ones(merged.n_rows, np.bool_))

    def _replace(self, old: Sequence[_Part], new: _Part | None) -> None:
        self._parts = [part for part in self._parts if part not in old]
        if new is not None:
            self._settle(new)

    # Files

    def _load(self, files: SegmentFiles) -> None:
        manifest = files.read()
        for entry in manifest.segments:
            file, alive = files.open_segment(entry)
            self._settle(_Part(next(self._identifiers), GalleryPart.of(file.arrays), alive, file, entry))
        self._manifest, self._sequence = manifest, manifest.sequence
        self._take_snapshot()

    def maintain(self, *, min_rows: int = FLUSH_ROWS) -> bool:
        """Write what is in memory into files, and merge files; tell whether anything was written.

        Searches and enrolments go on meanwhile. Does nothing without a folder, or while another process is
        the one that writes it.

        Parameters
        ----------
        min_rows : int
            Rows in memory from which on they are written.

        Raises
        ------
        StoreUnavailable
            If the folder cannot be written or the disk is full; searches go on, nothing is lost.
        """
        if self._files is None or self._lock_file is None:
            return False
        with self._maintenance:
            if not self._own_files(self._files, self._lock_file):
                return False
            written = self._flush(self._files, min_rows)
            while self._compact(self._files):
                written = True
            return written

    def _own_files(self, files: SegmentFiles, lock_file: FolderLock) -> bool:
        """Take the lock of the folder; whoever had it before may have written another manifest."""
        if lock_file.is_held:
            return True
        if not lock_file.take():
            return False
        if files.read() != self._manifest:
            with self._lock:
                self._forget()
                self._load(files)
        return True

    def _flush(self, files: SegmentFiles, min_rows: int) -> bool:
        with self._lock:
            parts = [part for part in self._parts if part.file is None]
            sequence = self._sequence
            if sum(int(part.alive.sum()) for part in parts) < max(min_rows, 1):
                return False
            frozen = [(part, part.alive) for part in parts]
        self._write_merged(files, frozen, sequence)
        return True

    def _compact(self, files: SegmentFiles) -> bool:
        """Merge the files of one tier, or one that is mostly dead, into one."""
        with self._lock:
            chosen = self._worth_merging()
            frozen = [(part, part.alive) for part in chosen]
        if not frozen:
            return False
        self._write_merged(files, frozen, None)
        return True

    def _worth_merging(self) -> list[_Part]:
        on_disk = [part for part in self._parts if part.file is not None]
        mostly_dead = [part for part in on_disk if 2 * int(part.alive.sum()) < part.part.n_rows]
        tiers: dict[int, list[_Part]] = {}
        for part in on_disk:
            tiers.setdefault(part.tier, []).append(part)
        full = [parts for _, parts in sorted(tiers.items()) if len(parts) >= MERGE_PARTS]
        return full[0] if full else mostly_dead[:1]

    def _write_merged(
        self, files: SegmentFiles, frozen: Sequence[tuple[_Part, Bools]], sequence: int | None
    ) -> None:
        """Write parts as one segment; `sequence` is where memory was when they are all that is in it."""
        manifest = self._manifest or files.read()
        living = [(part.part, alive) for part, alive in frozen if alive.any()]
        new: _Part | None = None
        if living:
            manifest, entry = files.write_segment(manifest, merge_parts(living))
            file, _ = files.open_segment(entry)
            part = GalleryPart.of(file.arrays)
            new = _Part(next(self._identifiers), part, np.ones(part.n_rows, np.bool_), file, entry)
        with self._lock:
            if new is not None:
                self._keep_deaths(frozen, new)
            self._replace([part for part, _ in frozen], None)
            if new is not None:
                self._settle(new)
            self._write_manifest(files, manifest, sequence)
            self._take_snapshot()

    def _keep_deaths(self, frozen: Sequence[tuple[_Part, Bools]], new: _Part) -> None:
        """Mark those dead in a merged part who died, or moved on, while it was written."""
        first = 0
        for part, alive in frozen:
            rows = np.flatnonzero(alive)
            numbers = part.part.arrays["number"][rows]
            new.alive[first : first + rows.size] = self._places.are_at(numbers, part.identifier, rows)
            first += rows.size

    def _write_manifest(self, files: SegmentFiles, manifest: Manifest, sequence: int | None) -> None:
        """Name the segments that there are. Marks of dead rows go with the manifest's own sequence."""
        entries = []
        for part in self._parts:
            if part.entry is not None:
                manifest, part.entry = files.write_dead(manifest, part.entry, part.alive)
                entries.append(part.entry)
        reached = manifest.sequence if sequence is None else sequence
        self._manifest = replace(manifest, sequence=reached, segments=tuple(entries))
        files.write_manifest(self._manifest)

    def rebuild(self) -> None:
        """Forget everything derived and make it anew from the store.

        Raises
        ------
        StoreUnavailable
            If another process writes the folder, or it cannot be written.
        """
        with self._maintenance, self._lock:
            if self._files and self._lock_file:
                if not self._lock_file.take():
                    raise StoreUnavailable(f"index {self._files.folder} is in use by another process")
                self._forget()
                self._files.write_manifest(Manifest(self._store.store_id, self._files.parameters))
            self._forget()
        self.refresh()
        self.maintain(min_rows=1)

    def verify(self) -> int:
        """Read every file of the index whole and compare it with its checksums; give the number of files.

        Raises
        ------
        DataCorruption
            If one has changed since it was written; the message names file and array.
        """
        with self._lock:
            files = [part.file for part in self._parts if part.file is not None]
        for file in files:
            file.verify()
        return len(files)
