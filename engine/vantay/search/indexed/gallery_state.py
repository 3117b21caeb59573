"""`GalleryState`: what those who follow the store and those who write files share of one gallery."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

from vantay.index.manifest import Manifest
from vantay.search.indexed.living_parts import LivingParts
from vantay.search.indexed.snapshot import IndexSnapshot

NEVER = -1


@dataclass(slots=True, eq=False)
class GalleryState:
    """A gallery as it is now.

    Whoever takes several of its locks, and that of upkeep, does so in the order upkeep, `following`, `lock`.

    Attributes
    ----------
    lock : Lock
        Held to look at what follows together, or to change it; never while anything is computed or read.
    following : Lock
        Held by who brings the store's changes into `living`, or puts another one in its place.
    living : LivingParts
        The parts; what is in them changes under `lock`.
    snapshot : IndexSnapshot
        What searches see. It may be read without a lock.
    complete_through : int
        Change of the store up to which the snapshot has all there was when it was made. The number of a
        snapshot of which that is not known says less: who changed again meanwhile may be missing.
    manifest : Manifest
        The files that count.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    following: threading.Lock = field(default_factory=threading.Lock)
    living: LivingParts = field(default_factory=LivingParts)
    snapshot: IndexSnapshot = field(default_factory=lambda: IndexSnapshot(0, ()))
    complete_through: int = NEVER
    manifest: Manifest = field(default_factory=lambda: Manifest("", ""))

    def show_followed(self) -> IndexSnapshot:
        """Show what is there once the store was followed to its end; under `lock`."""
        self.snapshot = self.living.snapshot()
        self.complete_through = self.living.sequence
        return self.snapshot

    def show_merged(self) -> None:
        """Show the same people in other parts; under `lock`."""
        self.snapshot = replace(self.living.snapshot(), sequence=self.snapshot.sequence)

    def put(self, living: LivingParts, manifest: Manifest) -> None:
        """Put other parts in the place of all; under `following`, or before anybody knows of the state."""
        with self.lock:
            self.living, self.manifest = living, manifest
            self.snapshot = living.snapshot()
            self.complete_through = NEVER

    def n_unwritten(self) -> int:
        """Count rows in memory, or changes that no file has: an erasure is a change without a row."""
        with self.lock:
            return max(self.living.sequence - self.manifest.sequence, self.living.n_rows_in_memory)
