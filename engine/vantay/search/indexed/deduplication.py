"""Everyone against everyone: which subjects of a store seem to be one person.

Each subject is searched among all others, as `identify` would search it. Who changes meanwhile is searched
again in a further round, and so are the partners of those pairs that this puts in doubt; each round is short
against the one before. A run that was stopped goes on where it was, and one that was over takes only those
who have changed since.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vantay.errors import CallerError
from vantay.face.comparison import calibration_of
from vantay.search.fusion import FUSION_HASH, identification_threshold
from vantay.search.indexed.gallery import IndexedGallery
from vantay.search.indexed.living_rows import LivingRows
from vantay.search.indexed.pair_file import write_pairs
from vantay.search.indexed.pair_journal import FoundPair, PairJournal
from vantay.search.indexed.pair_search import PairSearch
from vantay.search.indexed.segment_files import index_parameters
from vantay.search.indexed.snapshot import IndexSnapshot, SearchFilter
from vantay.store import Store, refuse_irreplaceable
from vantay_models.entry import Calibration

BATCH_SUBJECTS = 128
"""Searched before it is noted: what a kill costs at most."""

MAX_ROUNDS = 4
"""Of one run. Where people change all the time, the last ones are left to the next run."""

JOURNAL_SUFFIX = ".progress"

Advance = Callable[[int, int], None]
"""Told how many subjects of a round were searched, and of how many."""


@dataclass(frozen=True, slots=True)
class DeduplicationPlan:
    """How to search.

    Attributes
    ----------
    target_fpir : float
        Wanted rate of searches of people who are there once that find somebody, in (0, 1].
    checks_sequence : bool
        Try swapped hands and turned ones for each subject that is not found: three times the work.
    max_candidates : int
        How many others one search finds at most, ≥ 1.
    n_threads : int
        Searches at once; the pairs do not depend on it.
    limit : int, optional
        Searches of this run at most, ≥ 1; the next run goes on.
    is_restart : bool
        Begin anew, whatever is there.
    status : str, optional
        Search subjects of this status alone, ``active`` or ``locked``, and among them.
    calibration : Calibration, optional
        Of the face model; that of the registry by default.

    Raises
    ------
    CallerError
        If a value is out of range.
    """

    target_fpir: float = 1e-3
    checks_sequence: bool = True
    max_candidates: int = 10
    n_threads: int = 1
    limit: int | None = None
    is_restart: bool = False
    status: str | None = None
    calibration: Calibration | None = None

    def __post_init__(self) -> None:
        identification_threshold(self.target_fpir, 1)  # refuses what is no rate
        for name in ("max_candidates", "n_threads", "limit"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise CallerError(f"{name} is {value}, expected at least 1")
        SearchFilter(status=self.status)  # refuses what is none

    def narrowed(self, snapshot: IndexSnapshot) -> IndexSnapshot:
        """Give the gallery of those who are searched."""
        return snapshot.narrowed(SearchFilter(status=self.status))


@dataclass(frozen=True, slots=True)
class DeduplicationSummary:
    """What a run found.

    Attributes
    ----------
    path : Path
        File of the pairs.
    n_subjects : int
        Subjects that can be found.
    n_searched : int
        Searches of this run, and of those before that it goes on from.
    n_pairs : int
        Pairs in the file.
    n_false_pairs_expected : float
        How many of them at most, on average, are of two persons, when nobody is there twice.
    n_left : int
        Subjects that are still to be searched, or to be searched again: 0 when it is done.
    is_resumed : bool
        Whether it went on from another run.
    """

    path: Path
    n_subjects: int
    n_searched: int
    n_pairs: int
    n_false_pairs_expected: float
    n_left: int
    is_resumed: bool


def deduplicate(
    store: Store,
    index: IndexedGallery,
    path: Path,
    plan: DeduplicationPlan,
    *,
    advance: Advance = lambda _n, _of: None,
) -> DeduplicationSummary:
    """Search every subject among all others, and write the pairs that seem to be one person.

    Parameters
    ----------
    store : Store
        Which the index follows.
    index : IndexedGallery
        Whom to search.
    path : Path
        File of the pairs, JSON lines: appears, or is replaced, when the run ends. How far it came stands
        beside it, in a file with ``.progress`` after its name.
    plan : DeduplicationPlan
    advance : callable
        Called after each batch with the subjects searched, and the subjects to search, of a round.

    Returns
    -------
    DeduplicationSummary
        Of n subjects, n · target_fpir pairs at most are false on average: each search has its chance to find
        a stranger. When both searches of a pair find each other, it is one pair, and they are half as many.

    Raises
    ------
    InvalidSetting
        If another run, of another store or by another plan, left its progress there.
    CallerError
        If the file of pairs is there without its progress: it is something else. If one of them is a
        database or a key.
    ModelUnavailable
        If the face model was never calibrated.
    DataCorruption
        If a record, the index or the progress is damaged.
    StoreUnavailable
        If a file cannot be written, or another process writes it.

    Notes
    -----
    Two subjects whose fingers are of the same person come out as one pair, with the better of the two scores.
    A pair of which one was erased, merged or changed after it was found is not written as it was found.
    """
    progress = path.with_name(path.name + JOURNAL_SUFFIX)
    if path.exists() and not progress.exists() and not plan.is_restart:
        raise CallerError(
            f"{path} is there, and {progress} is not: name another file, or begin the deduplication anew"
        )
    refuse_irreplaceable(path, progress)
    with PairJournal.open(progress, _header(store, plan), is_restart=plan.is_restart) as journal:
        run = _Run(store, index, plan, journal, advance)
        run.search_rounds()
        snapshot = plan.narrowed(index.refresh())
        pairs = _standing_pairs(journal, store, LivingRows.of(snapshot))
        write_pairs(path, pairs)
        return DeduplicationSummary(
            path,
            snapshot.n_subjects,
            journal.n_searched,
            len(pairs),
            min(journal.n_searched, snapshot.n_subjects) * plan.target_fpir,
            run.due(snapshot).numbers.size,
            journal.is_resumed,
        )


def _header(store: Store, plan: DeduplicationPlan) -> dict[str, object]:
    """Say what has to be the same when a run goes on."""
    return {
        "store_id": store.store_id,
        "index_parameters": index_parameters(),
        "fusion": FUSION_HASH,
        "target_fpir": plan.target_fpir,
        "checks_sequence": plan.checks_sequence,
        "max_candidates": plan.max_candidates,
        "status": plan.status,
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One run, from where the journal is."""

    store: Store
    index: IndexedGallery
    plan: DeduplicationPlan
    journal: PairJournal
    advance: Advance

    def search_rounds(self) -> None:
        """Search everyone, then those who changed meanwhile, and so on, as far as the limit goes."""
        left = self.plan.limit
        with ThreadPoolExecutor(self.plan.n_threads) as pool:
            for _ in range(MAX_ROUNDS):
                snapshot = self.plan.narrowed(self.index.refresh())
                due = self.due(snapshot)
                if not due.numbers.size and not self.journal.is_in_round:
                    return
                if not self.journal.is_in_round:
                    self.journal.begin_round(snapshot.sequence)
                self._search(pool, due.chosen(np.arange(due.numbers.size)[:left]), due.numbers.size)
                left = None if left is None else left - due.numbers.size
                if left is not None and left < 0:
                    return
                self.journal.end_round()
                if left == 0:
                    return

    def due(self, snapshot: IndexSnapshot) -> LivingRows:
        """Tell who is to be searched next: the rest of a round, or those of the next one."""
        journal = self.journal
        n_over = len(journal.begun_at) - journal.is_in_round
        everyone = LivingRows.of(snapshot)
        due = everyone if not n_over else everyone.named(self._in_doubt(journal.begun_at[n_over - 1]))
        return due.chosen(due.numbers > journal.searched_through) if journal.is_in_round else due

    def _in_doubt(self, sequence: int) -> set[str]:
        """Name who changed after a point, and who was paired with them."""
        changed = set(self.store.changes_since(sequence).subject_ids)
        pairs = [set(pair.subject_ids) for _, pair in self.journal.pairs]
        return changed.union(*(pair for pair in pairs if pair & changed))

    def _search(self, pool: ThreadPoolExecutor, due: LivingRows, n_due: int) -> None:
        calibration = _calibration(due.snapshot, self.plan)
        search = PairSearch(
            due.snapshot,
            calibration,
            is_thorough=len(self.journal.begun_at) > 1,
            checks_sequence=self.plan.checks_sequence,
            max_candidates=self.plan.max_candidates,
            target_fpir=self.plan.target_fpir,
        )
        for first in range(0, due.numbers.size, BATCH_SUBJECTS):
            batch = due.chosen(np.arange(due.numbers.size)[first : first + BATCH_SUBJECTS])
            found = pool.map(search.pairs_of, zip(batch.parts.tolist(), batch.rows.tolist(), strict=True))
            pairs = [pair for some in found for pair in some]
            self.journal.add_batch(int(batch.numbers[-1]), batch.numbers.size, due.snapshot.sequence, pairs)
            self.advance(first + batch.numbers.size, n_due)


def _calibration(snapshot: IndexSnapshot, plan: DeduplicationPlan) -> Calibration | None:
    face = next((part.face for part in snapshot.parts if part.face is not None), None)
    return None if face is None else plan.calibration or calibration_of(face.model)


def _standing_pairs(journal: PairJournal, store: Store, everyone: LivingRows) -> list[FoundPair]:
    """Pick the pairs whose members are there, unchanged since they were found; the best score of each."""
    changed = {
        sequence: set(store.changes_since(sequence).subject_ids)
        for sequence in {sequence for sequence, _ in journal.pairs}
    }
    there = set(everyone.named({name for _, pair in journal.pairs for name in pair.subject_ids}).ids())
    best: dict[tuple[str, str], FoundPair] = {}
    for sequence, pair in journal.pairs:
        ids = set(pair.subject_ids)
        if ids <= there and not ids & changed[sequence]:
            other = best.get(pair.subject_ids, pair)
            best[pair.subject_ids] = min(pair, other, key=lambda one: (-one.score, one.probe_id))
    return sorted(best.values(), key=lambda pair: (-pair.score, pair.subject_ids))
