"""The export: the record as a bulk file, a page of subjects at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import EncounterNotFound, GalleryNotFound, StoreUnavailable
from vantay.store import Store, StoredImage, SubjectState, SubjectStatus, refuse_irreplaceable
from vantay.transfer.export_rows import subject_rows
from vantay_datasets.bulk import BulkWriter

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What was written.

    Attributes
    ----------
    path : Path
    n_subjects, n_rows : int
        Subjects that can be found, and rows.
    n_erased : int
        Tombstones, of erased and of merged subjects.
    changed : tuple of str
        Subjects that changed after they were written, up to a thousand: the file has them as they were.
    """

    path: Path
    n_subjects: int
    n_rows: int
    n_erased: int
    changed: tuple[str, ...]


MAX_CHANGED_TOLD = 1000


def export_store(
    store: Store,
    path: Path,
    *,
    galleries: Collection[str] = (),
    with_images: bool = False,
    advance: Callable[[int], None] = lambda _n: None,
) -> ExportSummary:
    """Write the record as a bulk file.

    Parameters
    ----------
    store : Store
    path : Path
        ``.parquet``, or JSON lines in ``.jsonl``. Appears when all is written; only its owner may read it,
        for what it holds is not encrypted.
    galleries : collection of str
        If given, only subjects that are in one of them.
    with_images : bool
        Whether images that were kept are written too.
    advance : callable
        Called with the number of subjects read, after each page.

    Raises
    ------
    InvalidSample
        If the path's suffix is another, or the store holds what the schema of bulk files cannot.
    CallerError
        If the path is that of a database or a key.
    GalleryNotFound
        If there is no such gallery.
    StoreUnavailable
        If the file cannot be written.
    StorageError
        One of its kinds, if the store cannot be read.

    Notes
    -----
    Memory is that of a page, and a bit of each subject. Subjects that change meanwhile are written once.
    """
    refuse_irreplaceable(path)
    wanted = _wanted_galleries(store, galleries)
    partial = path.with_name(path.name + ".part")
    try:
        with _removed_if_it_fails(partial), BulkWriter(path) as writer:
            partial.chmod(_OWNER_ONLY)
            export = _Export(store, writer, wanted, with_images=with_images)
            for page in store.pages_since(0, with_documents=True):
                for state in page.subjects:
                    export.add(state)
                advance(len(page.subjects))
    except OSError as error:
        raise StoreUnavailable(f"{path}: cannot be written, {error.strerror or error}") from error
    return ExportSummary(
        path, export.n_subjects, writer.n_rows, export.n_erased, tuple(export.changed)[:MAX_CHANGED_TOLD]
    )


@contextlib.contextmanager
def _removed_if_it_fails(partial: Path) -> Iterator[None]:
    """Leave no half export: what it holds is not encrypted."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


class _Export:
    """What was written so far."""

    def __init__(
        self, store: Store, writer: BulkWriter, galleries: frozenset[str], *, with_images: bool
    ) -> None:
        self._store = store
        self._writer = writer
        self._galleries = galleries
        self._images_of = self._images if with_images else None
        self._seen = bytearray()
        self.n_subjects = self.n_erased = 0
        self.changed: dict[str, None] = {}

    def add(self, state: SubjectState) -> None:
        """Write a subject, unless it was written, or is not wanted."""
        if self._was_seen(state.number):
            self.changed[state.subject_id] = None
            return
        if self._galleries and self._galleries.isdisjoint(state.galleries):
            return
        self._see(state.number)
        self._writer.write(subject_rows(state, self._images_of))
        if state.status in {SubjectStatus.ACTIVE, SubjectStatus.LOCKED}:
            self.n_subjects += 1
        else:
            self.n_erased += 1

    def _was_seen(self, number: int) -> bool:
        return number >> 3 < len(self._seen) and bool(self._seen[number >> 3] & 1 << (number & 7))

    def _see(self, number: int) -> None:
        missing = (number >> 3) + 1 - len(self._seen)
        if missing > 0:
            self._seen += bytes(missing)
        self._seen[number >> 3] |= 1 << (number & 7)

    def _images(self, encounter_id: str) -> list[StoredImage]:
        try:
            return self._store.images(encounter_id)
        except EncounterNotFound:  # erased since the page was read
            return []


def _wanted_galleries(store: Store, galleries: Collection[str]) -> frozenset[str]:
    there = store.galleries() if galleries else {}
    for name in galleries:
        if name not in there:
            raise GalleryNotFound(f"no gallery {name!r}, expected one of: {', '.join(there) or 'none yet'}")
    return frozenset(galleries)
