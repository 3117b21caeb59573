"""`IndexedGallery`: derived search data of a store that follow it, in memory and in files."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from vantay.errors import DataCorruption, StorageError, StoreUnavailable
from vantay.index.folder_lock import FolderLock
from vantay.index.manifest import Manifest, SegmentEntry
from vantay.search.indexed.living_parts import LivingPart, LivingParts
from vantay.search.indexed.merging import merge_parts
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.store import Store

Bools = npt.NDArray[np.bool_]

PAGE_SUBJECTS = 2000
"""Read from the store at once: their prepared templates take some 70 MB while a part is built."""

FLUSH_ROWS = 4096
"""Rows in memory from which on they are written into a file: about 80 MB. After a kill as many are derived
anew, in some seconds."""


class IndexedGallery:
    """Derived search data of all subjects of a store.

    `refresh` brings them up to the store's change sequence, also for what other engines wrote, and gives a
    snapshot that any number of threads may search while the gallery moves on. With a folder, what was derived
    is kept there: the next engine maps it and reads from the store only what came after. One process at a
    time writes the folder; others read it and keep what came after in memory.

    Parameters
    ----------
    store : Store
        Whom to follow.
    folder : Path, optional
        Where to keep the index; only in memory if not given.
    anew : bool
        Whether to pass over what the folder holds, as `rebuild` does; for files that cannot be opened.

    Raises
    ------
    DataCorruption, UnsupportedFormatVersion
        If the files in the folder are damaged, another store's, ahead of this one, or made with other
        parameters; `anew` makes them anew.
    StoreUnavailable
        If the folder cannot be read or written; with `anew`, if another process writes it.
    """

    def __init__(self, store: Store, folder: Path | None = None, *, anew: bool = False) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._maintenance = threading.Lock()
        self._files = SegmentFiles(folder, store.store_id) if folder else None
        self._living = LivingParts()
        self._manifest = Manifest("", "")
        self._lock_file = FolderLock(folder) if folder else None
        try:
            if anew:
                self._start_anew()
            elif self._files:
                self._living, self._manifest = self._loaded(self._files)
        except BaseException:
            self.close()
            raise
        self._snapshot = self._living.snapshot()

    def close(self) -> None:
        """Let others write the folder; nothing is written any more."""
        with self._maintenance:
            if self._lock_file:
                self._lock_file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sequence(self) -> int:
        """Last change of the store that was followed."""
        return self._snapshot.sequence

    @property
    def written_sequence(self) -> int:
        """Last change of the store that the files have; 0 without files."""
        return self._manifest.sequence

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The files of the index, as of `written_sequence`."""
        return self._manifest.segments

    @property
    def folder(self) -> Path | None:
        """Where the files are."""
        return self._files.folder if self._files else None

    def n_bytes_on_disk(self) -> int:
        """Size of the files that count."""
        return self._files.n_bytes(self._manifest) if self._files else 0

    def written_parts(self) -> list[tuple[GalleryPart, Bools]]:
        """Parts that are in files, and which of their rows live."""
        with self._lock:
            return [(part.part, part.alive) for part in self._living.in_files]

    @property
    def wants_upkeep(self) -> bool:
        """Whether enough has come since the last files were written for `maintain` to write."""
        with self._lock:
            return self._files is not None and self._n_unwritten() >= FLUSH_ROWS

    def _n_unwritten(self) -> int:
        """Rows in memory, or changes that no file has: an erasure is a change without a row."""
        return max(self._living.sequence - self._manifest.sequence, self._living.n_rows_in_memory)

    # Following the store

    def refresh(self) -> IndexSnapshot:
        """Follow the store and return what is there now.

        What would fill the memory is written on the way, if there is a folder that may be written.

        Raises
        ------
        DataCorruption
            If a stored record is damaged. Leaving it out in silence could turn a known person into a new one;
            the message names the encounter, and erasing the subject makes the store searchable again.
            If the store has not come as far as the index: it is an older copy.
        """
        may_pause = self._files is not None
        while True:
            with self._lock:
                if self._follow(may_pause=may_pause):
                    return self._snapshot
            may_pause = self._make_room()

    def _follow(self, *, may_pause: bool) -> bool:
        """Read pages until the store has no more, or memory is full; tell whether it has no more."""
        reached = self._store.sequence()
        _check_not_ahead(self._living.sequence, reached)
        if reached == self._living.sequence == self._snapshot.sequence:
            return True
        for page in self._store.pages_since(self._living.sequence, limit=PAGE_SUBJECTS):
            self._living.follow(page)
            if may_pause and self._living.n_rows_in_memory >= FLUSH_ROWS:
                return False
        self._snapshot = self._living.snapshot()
        return True

    def _make_room(self) -> bool:
        """Write what is in memory; tell whether there is room. No trouble with files stops a search."""
        with contextlib.suppress(StorageError):
            self.maintain(min_rows=FLUSH_ROWS)
        with self._lock:
            return self._living.n_rows_in_memory < FLUSH_ROWS

    # Files

    def _loaded(self, files: SegmentFiles) -> tuple[LivingParts, Manifest]:
        """Map what the manifest names; again if another process has replaced it meanwhile."""
        manifest = files.read()
        while True:
            try:
                return self._mapped(files, manifest), manifest
            except StorageError:
                newer = files.read()
                if newer == manifest:
                    raise
                manifest = newer

    def _mapped(self, files: SegmentFiles, manifest: Manifest) -> LivingParts:
        _check_not_ahead(manifest.sequence, self._store.sequence())
        living = LivingParts(manifest.sequence)
        for entry in manifest.segments:
            file, alive = files.open_segment(entry)
            living.add(LivingPart(GalleryPart.of(file.arrays, str(file.path)), alive, file, entry, alive))
        return living

    def maintain(self, *, min_rows: int = FLUSH_ROWS) -> bool:
        """Write what is in memory into files, and merge files; tell whether anything was written.

        Searches and enrolments go on meanwhile. While another process is the one that writes the folder, its
        files are taken over instead. Does nothing without a folder.

        Parameters
        ----------
        min_rows : int
            Rows in memory, or changes of the store that no file has, from which on they are written.

        Raises
        ------
        StoreUnavailable
            If the folder cannot be written or the disk is full; searches go on, nothing is lost.
        """
        with self._maintenance:
            if self._files is None or self._lock_file is None:
                return False
            if not self._own_files(self._files, self._lock_file):
                self._take_over(self._files)
                return False
            written = self._flush(self._files, max(min_rows, 1))
            while self._compact(self._files):
                written = True
            return written

    def compact(self) -> bool:
        """Write all there is into one file without the rows of anyone erased; tell whether it was done.

        Raises
        ------
        StoreUnavailable
            As `maintain`.
        """
        with self._maintenance:
            if (
                self._files is None
                or self._lock_file is None
                or not self._own_files(self._files, self._lock_file)
            ):
                return False
            self._flush(self._files, 1)
            with self._lock:
                frozen = [(part, part.alive) for part in self._living.in_files]
            if len(frozen) > 1 or any(not alive.all() for _, alive in frozen):
                self._write_merged(self._files, frozen, self._manifest.sequence)
            return True

    def _own_files(self, files: SegmentFiles, lock_file: FolderLock) -> bool:
        """Take the lock of the folder; who had it may have written another manifest, and left files."""
        if lock_file.is_held:
            return True
        if not lock_file.take():
            return False
        try:
            self._take_over(files)
        except BaseException:
            lock_file.release()
            raise
        files.remove_others(self._manifest.files)
        return True

    def _take_over(self, files: SegmentFiles) -> None:
        """Map the files of a newer manifest; what is in memory only is read from the store again."""
        if files.read() != self._manifest:
            living, manifest = self._loaded(files)
            with self._lock:
                self._living, self._manifest = living, manifest
                self._snapshot = living.snapshot()

    def _flush(self, files: SegmentFiles, min_rows: int) -> bool:
        with self._lock:
            if self._n_unwritten() < min_rows:
                return False
            sequence = self._living.sequence
            frozen = [(part, part.alive) for part in self._living.in_memory]
            for part, _ in frozen:
                part.is_being_written = True
        try:
            self._write_merged(files, frozen, sequence)
        finally:
            for part, _ in frozen:
                part.is_being_written = False
        return True

    def _compact(self, files: SegmentFiles) -> bool:
        """Merge the files of one tier, or one that is mostly dead, into one."""
        with self._lock:
            frozen = [(part, part.alive) for part in self._living.worth_merging()]
        if not frozen:
            return False
        self._write_merged(files, frozen, self._manifest.sequence)
        return True

    def _write_merged(
        self, files: SegmentFiles, frozen: Sequence[tuple[LivingPart, Bools]], sequence: int
    ) -> None:
        """Write parts as one segment, and a manifest; all changes up to `sequence` are in files then."""
        living = [(part.part, alive) for part, alive in frozen if alive.any()]
        new: LivingPart | None = None
        if living:
            entry = files.write_segment(merge_parts(living))
            file, alive = files.open_segment(entry)
            new = LivingPart(GalleryPart.of(file.arrays, str(file.path)), alive, file, entry)
        with self._lock:
            if new is not None:
                new.alive = self._living.still_alive(frozen)
            self._living.replace([part for part, _ in frozen], new)
            # Who changed after `sequence` may be dead here already, and comes again when that is followed
            named = [(part, part.alive) for part in self._living.in_files]
            self._snapshot = replace(self._living.snapshot(), sequence=self._snapshot.sequence)
        self._write_manifest(files, named, sequence)

    def _write_manifest(
        self, files: SegmentFiles, named: Sequence[tuple[LivingPart, Bools]], sequence: int
    ) -> None:
        for part, alive in named:
            if part.entry is not None and alive is not part.written_alive:
                part.entry = files.write_dead(part.entry, alive)
                part.written_alive = alive
        entries = tuple(part.entry for part, _ in named if part.entry is not None)
        self._manifest = files.write_manifest(sequence, entries)

    def rebuild(self) -> None:
        """Forget everything derived and make it anew from the store; searches wait until it is done.

        Raises
        ------
        StoreUnavailable
            If another process writes the folder, or it cannot be written.
        """
        self._start_anew()
        self.refresh()
        self.maintain(min_rows=1)

    def _start_anew(self) -> None:
        with self._maintenance:
            if self._files and self._lock_file:
                if not self._lock_file.take():
                    raise StoreUnavailable(f"index {self._files.folder} is in use by another process")
                self._files.start_anew()
                self._manifest = self._files.write_manifest(0, ())
            with self._lock:
                self._living = LivingParts()
                self._snapshot = self._living.snapshot()

    def verify(self) -> int:
        """Read every file of the index whole and compare it with its checksums; give the number of files.

        Raises
        ------
        DataCorruption
            If one has changed since it was written; the message names file and array.
        """
        with self._lock:
            files = [part.file for part in self._living.in_files if part.file is not None]
        for file in files:
            file.verify()
        return len(files)


def _check_not_ahead(followed: int, reached: int) -> None:
    if followed > reached:
        raise DataCorruption(
            f"the index has change {followed} of a store that has come to {reached}: the store is an older "
            "copy; rebuild the index"
        )
