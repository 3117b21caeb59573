"""`Searcher`: answers 1:N searches of a store, by its index or by comparing everyone."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from vantay.errors import (
    CallerError,
    GalleryNotFound,
    StorageError,
    StoreUnavailable,
    UnsupportedFormatVersion,
)
from vantay.search.exhaustive import IdentifyResult, identify_with
from vantay.search.faces import FaceProbe
from vantay.search.gallery import Gallery
from vantay.search.indexed.building import SearchFinger, ready_fingers
from vantay.search.indexed.deduplication import DeduplicationPlan, DeduplicationSummary, deduplicate
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.search.indexed.sequence_check import check_sequence
from vantay.search.indexed.snapshot import EVERYONE, IndexSnapshot, SearchFilter
from vantay.search.stage_times import StageTimes
from vantay.search.workers import Workers
from vantay.store import Store
from vantay.types import FingerPosition, FingerTemplate

LOGGER = logging.getLogger(__name__)

KEPT_ON_CLOSE = 64
"""Subjects in memory from which on closing writes them into a file; fewer are sooner derived again."""


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search.

    Attributes
    ----------
    whom : SearchFilter
        Everyone by default.
    max_candidates : int
        How many to return at most, ≥ 1.
    target_fpir : float
        Wanted rate of searches of unknown people that find somebody, in (0, 1].
    is_exhaustive : bool
        Compare everyone in full: slow, and what the index is measured against.
    checks_sequence : bool
        Try swapped hands and turned ones when nobody is found.

    Raises
    ------
    CallerError
        If an exhaustive search is to leave somebody out.
    """

    whom: SearchFilter = EVERYONE
    max_candidates: int = 10
    target_fpir: float = 1e-3
    is_exhaustive: bool = False
    checks_sequence: bool = True

    def __post_init__(self) -> None:
        if self.is_exhaustive and not self.whom.is_everyone:
            raise CallerError("an exhaustive search compares everyone, expected no galleries and no filters")


class Searcher:
    """Searches of one store. Any number of threads may use it.

    Parameters
    ----------
    store : Store
        Whom to search.
    folder : Path, optional
        Where the index is kept; only in memory if not given.
    n_threads : int
        Threads of one search, and of all that run at once if these are fewer.
    """

    def __init__(self, store: Store, folder: Path | None, *, n_threads: int = 1) -> None:
        self._store = store
        self._folder = folder
        self._workers = Workers(n_threads)
        self._lock = threading.Lock()
        self._index: IndexedGallery | None = None
        self._everyone: Gallery | None = None
        self._upkeep: threading.Thread | None = None

    def search(
        self,
        fingers: Mapping[FingerPosition, FingerTemplate],
        face: FaceProbe | None,
        options: SearchOptions,
        times: StageTimes,
    ) -> IdentifyResult:
        """Search everyone who is enrolled, as of now, whoever enrolled them.

        Parameters
        ----------
        fingers : mapping of FingerPosition to FingerTemplate
            May be empty if there is a face.
        face : FaceProbe, optional
        options : SearchOptions
        times : StageTimes
            Told how long preparation and following the store took.

        Raises
        ------
        IncompatibleTemplate
            If people are enrolled, but nobody with a finger of the probe or a face.
        GalleryNotFound
            If there is no gallery of a name to search in.
        DataCorruption
            If a stored template, or a file of the index, is damaged.
        """
        with self._workers.calling():
            with times.stage("prepare"):
                ready = self._prepared(fingers)
            if options.is_exhaustive:
                return self._search_everyone(ready, face, options, times)
            with times.stage("follow_store"):
                index = self._searched_index
                snapshot = index.refresh()
                self._check_galleries(options.whom.galleries or (), snapshot)
                self._keep_up(index)
            return self._search_index(ready, face, options, snapshot)

    def _prepared(
        self, fingers: Mapping[FingerPosition, FingerTemplate]
    ) -> dict[FingerPosition, SearchFinger]:
        positions = [*fingers]
        made = self._workers.map(
            lambda some: ready_fingers({position: fingers[position] for position in positions[some]}),
            self._workers.pieces(len(positions), 1),
        )
        return {position: finger for some in made for position, finger in some.items()}

    def _check_galleries(self, names: Collection[str], snapshot: IndexSnapshot) -> None:
        """Refuse a gallery that is not there: a slip of the pen would make a known person unknown."""
        known = {name for part in snapshot.parts for name in part.part.gallery_names}
        if known.issuperset(names):
            return
        there = self._store.galleries()
        for name in names:
            if name not in there:
                raise GalleryNotFound(
                    f"no gallery {name!r}, expected one of: {', '.join(there) or 'none yet'}"
                )

    def _search_everyone(
        self,
        fingers: Mapping[FingerPosition, SearchFinger],
        face: FaceProbe | None,
        options: SearchOptions,
        times: StageTimes,
    ) -> IdentifyResult:
        with self._lock:
            self._everyone = self._everyone or Gallery(self._store)
        with times.stage("follow_store"):
            gallery = self._everyone.refresh()
        prepared = {position: finger.prepared for position, finger in fingers.items()}
        return identify_with(
            self._workers, prepared, face, gallery, options.max_candidates, options.target_fpir
        )

    def _search_index(
        self,
        fingers: Mapping[FingerPosition, SearchFinger],
        face: FaceProbe | None,
        options: SearchOptions,
        snapshot: IndexSnapshot,
    ) -> IdentifyResult:
        probe = IndexProbe(fingers, face)

        def search(laid: Mapping[FingerPosition, SearchFinger]) -> IdentifyResult:
            return identify_indexed(
                replace(probe, fingers=laid),
                snapshot,
                search_filter=options.whom,
                max_candidates=options.max_candidates,
                target_fpir=options.target_fpir,
                workers=self._workers,
            )

        found = search(fingers)
        return check_sequence(found, fingers, search) if options.checks_sequence and fingers else found

    @property
    def index(self) -> IndexedGallery:
        """The index, opened as it is when it is first asked for; looking at it changes nothing.

        Raises
        ------
        StorageError
            One of its kinds, if its files cannot be read, are damaged, another store's, or were made with
            other parameters.
        """
        with self._lock:
            self._index = self._index or IndexedGallery(self._store, self._folder)
            return self._index

    @property
    def _searched_index(self) -> IndexedGallery:
        """The index for searches: made anew if of other parameters, in memory only if it cannot be read."""
        with self._lock:
            self._index = self._index or self._open_index()
            return self._index

    def deduplicate(
        self, path: Path, plan: DeduplicationPlan, advance: Callable[[int, int], None]
    ) -> DeduplicationSummary:
        """Search every subject among all others; see `vantay.search.indexed.deduplication.deduplicate`."""
        return deduplicate(self._store, self._searched_index, path, plan, advance=advance)

    def rebuild_index(self) -> None:
        """Make the index anew, also one that cannot be opened; see `IndexedGallery.rebuild`."""
        with self._lock:
            if self._index is None:
                self._index = IndexedGallery(self._store, self._folder, anew=True)
        self._index.rebuild()

    @property
    def store_sequence(self) -> int:
        """Number of the store's last change."""
        return self._store.sequence()

    def _open_index(self) -> IndexedGallery:
        try:
            return IndexedGallery(self._store, self._folder)
        except UnsupportedFormatVersion as error:
            LOGGER.warning("%s: it is being rebuilt now", error)
            return IndexedGallery(self._store, self._folder, anew=True)
        except StoreUnavailable as error:
            LOGGER.warning("%s: the index is kept in memory only", error)
            return IndexedGallery(self._store, None)

    def _keep_up(self, index: IndexedGallery) -> None:
        """Merge what is in memory in the background, and write files when there is enough."""
        if self._upkeep is not None and self._upkeep.is_alive():
            return
        if index.wants_upkeep:
            name = "vantay-index-upkeep"
            self._upkeep = threading.Thread(target=_maintain, args=(index,), name=name, daemon=True)
            self._upkeep.start()

    def close(self) -> None:
        """Write what is worth keeping, and let others write the folder."""
        self._workers.close()
        if self._upkeep is not None:
            self._upkeep.join()
        if self._index is not None:
            if self._index.n_unwritten >= KEPT_ON_CLOSE:
                _maintain(self._index, KEPT_ON_CLOSE)
            self._index.close()


def _maintain(index: IndexedGallery, min_rows: int | None = None) -> None:
    """Do the upkeep that is due, or write so many rows; searches go on from memory if that fails."""
    try:
        if min_rows is None:
            index.keep_up()
        else:
            index.maintain(min_rows=min_rows)
    except StorageError as error:
        LOGGER.warning("index not written: %s", error)
