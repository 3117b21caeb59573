"""`IndexedGallery`: derived search data of a store that follow it, in memory and in files."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from vantay.errors import StorageError
from vantay.index.manifest import SegmentEntry
from vantay.search.indexed import upkeep
from vantay.search.indexed.following import check_not_ahead, follow
from vantay.search.indexed.gallery_state import GalleryState
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.store import Store

Bools = npt.NDArray[np.bool_]

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
        Where to keep the index; only in memory if not given. Made when there is first something to write.
    anew : bool
        Whether to pass over what the folder holds, as `rebuild` does; for files that cannot be opened.

    Raises
    ------
    DataCorruption, UnsupportedFormatVersion
        If the files in the folder are damaged, another store's, ahead of this one, or made with other
        parameters; `anew` makes them anew.
    StoreUnavailable
        If a file cannot be read; with `anew`, if another process writes the folder, or it cannot be written.
    """

    def __init__(self, store: Store, folder: Path | None = None, *, anew: bool = False) -> None:
        self._store = store
        self._state = GalleryState()
        self._upkeep = upkeep.Upkeep(store, folder, self._state)
        try:
            if anew:
                self._upkeep.start_anew()
            else:
                self._upkeep.load()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let others write the folder; nothing is written any more."""
        self._upkeep.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def sequence(self) -> int:
        """Last change of the store that was followed."""
        return self._state.snapshot.sequence

    @property
    def written_sequence(self) -> int:
        """Last change of the store that the files have; 0 without files."""
        return self._state.manifest.sequence

    @property
    def segments(self) -> tuple[SegmentEntry, ...]:
        """The files of the index, as of `written_sequence`."""
        return self._state.manifest.segments

    @property
    def folder(self) -> Path | None:
        """Where the files are."""
        return self._upkeep.files.folder if self._upkeep.files else None

    def n_bytes_on_disk(self) -> int:
        """Size of the files that count."""
        return self._upkeep.files.n_bytes(self._state.manifest) if self._upkeep.files else 0

    def written_parts(self) -> list[tuple[GalleryPart, Bools]]:
        """Parts that are in files, and which of their rows live."""
        with self._state.lock:
            return [(part.part, part.alive) for part in self._state.living.in_files]

    # Following the store

    def refresh(self) -> IndexSnapshot:
        """Follow the store and return what is there now.

        It has every change that was committed before the call. Who calls while another follows waits for the
        changes before its own call only, and while nothing has changed waits for nobody. What would fill the
        memory is written on the way, if there is a folder that may be written.

        Raises
        ------
        DataCorruption
            If a stored record is damaged. Leaving it out in silence could turn a known person into a new one;
            the message names the encounter, and erasing the subject makes the store searchable again.
            If the store has not come as far as the index: it is an older copy.
        """
        snapshot = self._state.snapshot
        reached = self._store.sequence()
        check_not_ahead(snapshot.sequence, reached)
        if snapshot.sequence == reached:
            return snapshot
        may_pause = self._upkeep.files is not None
        while (followed := self._followed(reached, may_pause=may_pause)) is None:
            may_pause = self._make_room()
        self._upkeep.join_crowded()
        return followed

    def _followed(self, reached: int, *, may_pause: bool) -> IndexSnapshot | None:
        """Follow the store unless somebody else has meanwhile; None if memory is full on the way."""
        state = self._state
        with state.following:
            if state.complete_through >= reached:
                return state.snapshot
            is_full = self._is_full if may_pause else lambda: False
            if not follow(self._store, state.living, state.lock, upkeep.PAGE_SUBJECTS, is_full):
                return None
            with state.lock:
                return state.show_followed()

    def _is_full(self) -> bool:
        with self._state.lock:
            return self._state.living.n_rows_in_memory >= FLUSH_ROWS

    def _make_room(self) -> bool:
        """Write what is in memory; tell whether there is room. No trouble with files stops a search."""
        with contextlib.suppress(StorageError):
            self.maintain(min_rows=FLUSH_ROWS)
        return not self._is_full()

    # Upkeep

    @property
    def wants_upkeep(self) -> bool:
        """Whether there is something for `keep_up` to do."""
        return self._wants_writing or self._wants_joining

    @property
    def _wants_writing(self) -> bool:
        return self._upkeep.files is not None and self._state.n_unwritten() >= FLUSH_ROWS

    @property
    def _wants_joining(self) -> bool:
        with self._state.lock:
            return bool(self._state.living.worth_joining())

    def keep_up(self) -> None:
        """Merge what is in memory, and write it if there is enough; as `maintain`, now and then."""
        self._upkeep.join_memory()
        if self._wants_writing:
            self.maintain()

    @property
    def n_unwritten(self) -> int:
        """Rows in memory, or changes that were followed and no file has, whichever are more."""
        return self._state.n_unwritten()

    def maintain(self, *, min_rows: int = FLUSH_ROWS) -> bool:
        """Write what is in memory into files, and merge files; tell whether anything was written.

        Searches and enrolments go on meanwhile. While another process is the one that writes the folder, its
        files are taken over instead. Without a folder, parts in memory are merged.

        Parameters
        ----------
        min_rows : int
            Rows in memory, or changes of the store that no file has, from which on they are written.

        Raises
        ------
        StoreUnavailable
            If the folder cannot be written or the disk is full; searches go on, nothing is lost.
        """
        return self._upkeep.maintain(min_rows)

    def compact(self) -> bool:
        """Write all there is into one file without the rows of anyone erased; tell whether it was done.

        Raises
        ------
        StoreUnavailable
            As `maintain`.
        """
        return self._upkeep.compact()

    def rebuild(self) -> None:
        """Forget everything derived and make it anew from the store; searches wait until it is done.

        Raises
        ------
        StoreUnavailable
            If another process writes the folder, or it cannot be written.
        """
        self._upkeep.start_anew()
        self.refresh()
        self.maintain(min_rows=1)

    def verify(self) -> int:
        """Read every file of the index whole and compare it with its checksums; give the number of files.

        Raises
        ------
        DataCorruption
            If one has changed since it was written; the message names file and array.
        """
        with self._state.lock:
            files = [part.file for part in self._state.living.in_files if part.file is not None]
        for file in files:
            file.verify()
        return len(files)
