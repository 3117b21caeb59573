"""`Upkeep`: merges the parts of a gallery, in memory and in files, and writes them, while searches go on."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import StorageError, StoreUnavailable
from vantay.index.folder_lock import FolderLock
from vantay.index.manifest import Manifest
from vantay.search.indexed.following import check_not_ahead, follow
from vantay.search.indexed.gallery_state import GalleryState
from vantay.search.indexed.living_parts import LivingPart, LivingParts, new_part
from vantay.search.indexed.merging import joined, merge_parts
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.segment_files import SegmentFiles
from vantay.store import Store

_LOGGER = logging.getLogger(__name__)

Bools = npt.NDArray[np.bool_]
Frozen = Sequence[tuple[LivingPart, Bools]]
"""Parts, and which of their rows lived when a merge of them began."""

PAGE_SUBJECTS = 2000
"""Read from the store at once: their prepared templates take some 70 MB while a part is built."""

CROWDED = 2
"""Times more small parts than upkeep leaves: then nobody does the upkeep, and a search does it itself."""


class Upkeep:
    """Upkeep of one gallery, by one thread at a time.

    Parameters
    ----------
    store : Store
        Whom the gallery follows.
    folder : Path, optional
        Where its files are; neither read nor made before it is asked for.
    state : GalleryState
        The gallery.
    """

    def __init__(self, store: Store, folder: Path | None, state: GalleryState) -> None:
        self._store = store
        self._state = state
        self._maintenance = threading.Lock()
        self._lock_file: FolderLock | None = None
        self._is_closed = False
        self._has_warned = False
        self.files = SegmentFiles(folder, store.store_id) if folder else None

    def close(self) -> None:
        """Let others write the folder; nothing is written any more."""
        with self._maintenance:
            self._is_closed = True
            if self._lock_file:
                self._lock_file.close()

    def load(self) -> None:
        """Map the files there are, for a gallery that nobody uses yet."""
        if self.files:
            self._state.put(*self._loaded(self.files))

    def start_anew(self) -> None:
        """Forget everything, and write a manifest of nothing.

        Raises
        ------
        StoreUnavailable
            If another process writes the folder, or it cannot be written.
        """
        with self._maintenance:
            manifest = Manifest("", "")
            if self.files:
                if not self._takes_lock(self.files):
                    raise StoreUnavailable(f"index {self.files.folder} is in use by another process")
                self.files.start_anew()
                manifest = self.files.write_manifest(0, ())
            with self._state.following:
                self._state.put(LivingParts(), manifest)

    def maintain(self, min_rows: int) -> bool:
        """Merge what is in memory, or write it, and merge files; tell whether anything was written."""
        with self._maintenance:
            written = self.files is not None and self._maintain_files(self.files, max(min_rows, 1))
            self._join_memory(1)
            return written

    def join_memory(self) -> None:
        """Merge parts in memory of about one size."""
        with self._maintenance:
            self._join_memory(1)

    def join_crowded(self) -> None:
        """Merge them if they are far too many, and nobody is at it."""
        with self._state.lock:
            is_crowded = bool(self._state.living.worth_joining(CROWDED))
        if is_crowded and self._maintenance.acquire(blocking=False):
            try:
                self._join_memory(CROWDED)
            finally:
                self._maintenance.release()

    def compact(self) -> bool:
        """Write all there is into one file without the rows of anyone erased; tell whether it was done."""
        with self._maintenance:
            if self.files is None or not self._owns_files(self.files):
                return False
            self._flush(self.files, 1)
            with self._state.lock:
                frozen = [(part, part.alive) for part in self._state.living.in_files]
            if len(frozen) > 1 or any(not alive.all() for _, alive in frozen):
                self._write_merged(self.files, frozen, self._state.manifest.sequence)
            return True

    def _maintain_files(self, files: SegmentFiles, min_rows: int) -> bool:
        if not self._owns_files(files):
            self._take_over(files)
            self._warn_of_rows(files, min_rows)
            return False
        written = self._flush(files, min_rows)
        while self._compact(files):
            written = True
        return written

    # Whose the files are

    def _takes_lock(self, files: SegmentFiles) -> bool:
        if self._is_closed:
            return False
        self._lock_file = self._lock_file or FolderLock(files.folder)
        return self._lock_file.take()

    def _owns_files(self, files: SegmentFiles) -> bool:
        """Take the lock of the folder; who had it may have written another manifest, and left files."""
        if self._lock_file is not None and self._lock_file.is_held:
            return True
        if not self._takes_lock(files):
            return False
        try:
            self._take_over(files)
        except BaseException:
            if self._lock_file is not None:
                self._lock_file.release()
            raise
        files.remove_others(self._state.manifest.files)
        return True

    def _warn_of_rows(self, files: SegmentFiles, min_rows: int) -> None:
        """Tell once that memory grows here, where it would be written if nobody else were writing."""
        if self._has_warned or (n_rows := self._state.n_unwritten()) < min_rows:
            return
        self._has_warned = True
        _LOGGER.warning(
            "another process writes the index in %s and has not yet written %d subjects that are kept in "
            "memory here; processes that run for long need an index_folder each",
            files.folder,
            n_rows,
        )

    def _take_over(self, files: SegmentFiles) -> None:
        """Map the files of a newer manifest, and bring them as far as searches have come.

        Searches go on in what there was, and do not derive again what no file has yet.
        """
        if files.read() == self._state.manifest:
            return
        living, manifest = self._loaded(files)
        follow(self._store, living, contextlib.nullcontext(), PAGE_SUBJECTS)
        with self._state.following:
            self._state.put(living, manifest)

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
        check_not_ahead(manifest.sequence, self._store.sequence())
        living = LivingParts(manifest.sequence)
        for entry in manifest.segments:
            file, alive = files.open_segment(entry)
            living.add(LivingPart(GalleryPart.of(file.arrays, str(file.path)), alive, file, entry, alive))
        return living

    # Merging and writing

    def _join_memory(self, slack: int) -> None:
        """Merge parts in memory; they are read where they are, and replaced when the merged one is there."""
        while True:
            with self._state.lock:
                frozen = [(part, part.alive) for part in self._state.living.worth_joining(slack)]
            if not frozen:
                return
            living = [(part.part, alive) for part, alive in frozen if alive.any()]
            self._replace(frozen, new_part(joined(merge_parts(living))) if living else None)

    def _replace(self, frozen: Frozen, new: LivingPart | None) -> Frozen:
        """Put a merged part in the place of its parts; give the parts in files there are then."""
        with self._state.lock:
            living = self._state.living
            if new is not None:
                new.alive = living.still_alive(frozen)
            living.replace([part for part, _ in frozen], new)
            self._state.show_merged()
            return [(part, part.alive) for part in living.in_files]

    def _flush(self, files: SegmentFiles, min_rows: int) -> bool:
        if self._state.n_unwritten() < min_rows:
            return False
        with self._state.lock:
            sequence = self._state.living.sequence
            frozen = [(part, part.alive) for part in self._state.living.in_memory]
        self._write_merged(files, frozen, sequence)
        return True

    def _compact(self, files: SegmentFiles) -> bool:
        """Merge the files of one tier, or one that is mostly dead, into one."""
        with self._state.lock:
            frozen = [(part, part.alive) for part in self._state.living.worth_merging()]
        if not frozen:
            return False
        self._write_merged(files, frozen, self._state.manifest.sequence)
        return True

    def _write_merged(self, files: SegmentFiles, frozen: Frozen, sequence: int) -> None:
        """Write parts as one segment, and a manifest; all changes up to `sequence` are in files then."""
        living = [(part.part, alive) for part, alive in frozen if alive.any()]
        new: LivingPart | None = None
        if living:
            entry = files.write_segment(merge_parts(living))
            file, alive = files.open_segment(entry)
            new = LivingPart(GalleryPart.of(file.arrays, str(file.path)), alive, file, entry)
        # Who changed after `sequence` may be dead here already, and comes again when that is followed
        named = self._replace(frozen, new)
        self._write_manifest(files, named, sequence)

    def _write_manifest(self, files: SegmentFiles, named: Frozen, sequence: int) -> None:
        for part, alive in named:
            if part.entry is not None and alive is not part.written_alive:
                part.entry = files.write_dead(part.entry, alive)
                part.written_alive = alive
        entries = tuple(part.entry for part, _ in named if part.entry is not None)
        self._state.manifest = files.write_manifest(sequence, entries)
