"""`IndexCalls`: what an operator asks of the search index."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import StoreUnavailable
from vantay.search.indexed.deduplication import DeduplicationPlan, DeduplicationSummary
from vantay.search.searcher import Searcher


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What the files of an index hold.

    Attributes
    ----------
    folder : str
        Where they are; empty for an index that is only in memory.
    n_files : int
        Segments.
    n_subjects, n_dead : int
        Rows of people who are found, and of those who were erased or changed since.
    n_bytes : int
        Of all files that count.
    written_sequence, store_sequence : int
        Last change of the store that the files have, and last change of the store: a search makes up for the
        difference before it begins.
    """

    folder: str
    n_files: int
    n_subjects: int
    n_dead: int
    n_bytes: int
    written_sequence: int
    store_sequence: int


class IndexCalls(ABC):
    """Calls about the search index, which is derived from the database and can always be made anew."""

    @property
    @abstractmethod
    def _searcher(self) -> Searcher: ...

    def index_status(self) -> IndexStatus:
        """Tell what the files of the index hold, without bringing them up to date.

        Raises
        ------
        StorageError
            One of its kinds, if they cannot be opened.
        """
        index = self._searcher.index
        parts = index.written_parts()
        n_rows, n_alive = sum(part.n_rows for part, _ in parts), sum(int(alive.sum()) for _, alive in parts)
        return IndexStatus(
            folder=str(index.folder or ""),
            n_files=len(parts),
            n_subjects=n_alive,
            n_dead=n_rows - n_alive,
            n_bytes=index.n_bytes_on_disk(),
            written_sequence=index.written_sequence,
            store_sequence=self._searcher.store_sequence,
        )

    def verify_index(self) -> int:
        """Read every file of the index whole, compare it with its checksums, and tell how many there are.

        Raises
        ------
        DataCorruption
            If one is damaged; the message names it.
        """
        return self._searcher.index.verify()

    def rebuild_index(self) -> IndexStatus:
        """Make the index anew from the database, whatever its files hold; searches wait until it is done.

        Raises
        ------
        StoreUnavailable
            If another process writes it, or its folder cannot be written.
        """
        self._searcher.rebuild_index()
        return self.index_status()

    def compact_index(self) -> IndexStatus:
        """Bring the index up to date and into one file, without anything of people who were erased.

        Raises
        ------
        StoreUnavailable
            If another process writes it, or its folder cannot be written.
        """
        index = self._searcher.index
        index.refresh()
        if index.folder is not None and not index.compact():
            raise StoreUnavailable(f"index {index.folder} is in use by another process")
        return self.index_status()

    def deduplicate(
        self,
        path: Path,
        plan: DeduplicationPlan | None = None,
        *,
        advance: Callable[[int, int], None] = lambda _n, _of: None,
    ) -> DeduplicationSummary:
        """Search every subject among all others, and write the pairs that seem to be one person.

        A run that was stopped goes on where it was; one that was over takes only those who changed since.

        Parameters
        ----------
        path : Path
            File of the pairs, JSON lines; how far it came stands beside it, in a file with ``.progress``
            after its name.
        plan : DeduplicationPlan, optional
            How to search.
        advance : callable
            Called now and then with the subjects searched, and the subjects to search.

        Raises
        ------
        InvalidSetting
            If a run of another database, or by another plan, left its progress there.
        CallerError
            If the file of pairs is there without its progress: it is something else.
        ModelUnavailable
            If people have faces, and their model was never calibrated.
        StorageError
            One of its kinds, if the database, the index or a file of the result cannot be used.
        """
        return self._searcher.deduplicate(path, plan or DeduplicationPlan(), advance)
