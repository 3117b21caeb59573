"""The load: batches go into the store one after the other, and each is noted when it is on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import AlreadyEnrolled, InvalidSetting, VantayError
from vantay.settings import EngineSettings
from vantay.store import LoadResult, OnConflict, Store, SubjectStatus, refuse_irreplaceable
from vantay.transfer.load_lock import locked_load
from vantay.transfer.preparation import Batch, PreparedRow
from vantay.transfer.processes import iter_batches
from vantay.transfer.progress import LoadCounts, LoadProgress, progress_key
from vantay.transfer.rejects import Reject, RejectFile, reason_of
from vantay.transfer.sources import LoadSource

__all__ = ["LoadCounts", "LoadPlan", "LoadSummary", "load_sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """How to load.

    Attributes
    ----------
    on_conflict : OnConflict
        What to do with a subject that was in the store before.
    rejects : Path
        File for what cannot be loaded; replaced unless a load goes on.
    progress : Path, optional
        File that tells how far the load came; beside the database if not given, or in the current folder.
    n_workers : int
        Processes that make templates and check records; 1: all is done in this one.
    keep_images : bool
        Whether images go into the store too.
    create_galleries : bool
        Whether galleries that are named and not there are made.
    is_restart : bool
        Whether to begin anew, although a load of the same sources could go on.
    """

    on_conflict: OnConflict | str = OnConflict.FAIL
    rejects: Path
    progress: Path | None = None
    n_workers: int = 1
    keep_images: bool = False
    create_galleries: bool = False
    is_restart: bool = False


@dataclass(frozen=True, slots=True)
class LoadSummary:
    """What became of a load.

    Attributes
    ----------
    counts : LoadCounts
        Of the whole load, also what was done before it went on.
    is_resumed : bool
        Whether it went on where another one ended.
    rejects : Path
    """

    counts: LoadCounts
    is_resumed: bool
    rejects: Path


def load_sources(
    store: Store,
    sources: Sequence[LoadSource],
    plan: LoadPlan,
    settings: EngineSettings,
    *,
    advance: Callable[[LoadSource, int], None] = lambda _source, _row: None,
) -> LoadSummary:
    """Load files and folders into a store.

    Parameters
    ----------
    store : Store
    sources : sequence of LoadSource
        As `find_source` gives them.
    plan : LoadPlan
    settings : EngineSettings
        What makes templates of images.
    advance : callable
        Called with the source and the last row after each batch is on disk.

    Raises
    ------
    InvalidSample, UnsupportedFormatVersion
        If a source cannot be read to its end; what was read before is loaded.
    InvalidSetting
        If a load that goes on was begun with another plan, or if the file of progress or of rejects is in a
        source.
    CallerError
        If one of these two is a database or a key.
    ModelUnavailable, ExtractionFailed
        If there are images and no model, or the system ended a worker.
    StoreLocked
        If another process is at the same load.
    StorageError
        One of its kinds, if the store, or the file of progress or of rejects, cannot be written.
    """
    progress_path = plan.progress or _progress_path(store, sources)
    for written in (plan.rejects, progress_path):
        _check_is_apart(written, sources)
    refuse_irreplaceable(plan.rejects, progress_path)
    with locked_load(progress_path):
        return _load(store, sources, plan, settings, progress_path, advance)


def _load(
    store: Store,
    sources: Sequence[LoadSource],
    plan: LoadPlan,
    settings: EngineSettings,
    progress_path: Path,
    advance: Callable[[LoadSource, int], None],
) -> LoadSummary:
    progress, is_resumed = _begin(store, sources, plan, settings, progress_path)
    with RejectFile(plan.rejects, progress.rejects_bytes) as rejects:  # first: progress tells of it
        progress.write(progress_path)
        writer = _Writer(store, plan, progress, rejects, is_resumed=is_resumed)
        for index in range(progress.source_index, len(sources)):
            source = sources[index]
            batches = iter_batches(
                source, progress.row, settings, n_workers=plan.n_workers, keep_images=plan.keep_images
            )
            with closing(batches):
                for batch in batches:
                    writer.write(batch)
                    progress.row = batch.last_row
                    progress.write(progress_path)
                    advance(source, batch.last_row)
            progress.source_index, progress.row = index + 1, 0
            progress.write(progress_path)
    progress_path.unlink(missing_ok=True)
    if not progress.counts.n_rejects:
        plan.rejects.unlink(missing_ok=True)
    return LoadSummary(progress.counts, is_resumed, plan.rejects)


def _begin(
    store: Store, sources: Sequence[LoadSource], plan: LoadPlan, settings: EngineSettings, path: Path
) -> tuple[LoadProgress, bool]:
    key = progress_key(store.store_id, [source.digest for source in sources])
    said = {
        "on_conflict": str(OnConflict(plan.on_conflict)),
        "keep_images": str(plan.keep_images),
        "extractor": settings.extractor,
        "face_profile": settings.face_profile,
        "rejects": str(plan.rejects.resolve()),
    }
    before = None if plan.is_restart else LoadProgress.read(path)
    if before is None:
        return LoadProgress(key, said), False
    before.check(key, said, path)
    return before, True


def _check_is_apart(written: Path, sources: Sequence[LoadSource]) -> None:
    """Refuse to write into a source: it would be another one when the load goes on."""
    for source in sources:
        if written.resolve().is_relative_to(source.path.resolve()):
            raise InvalidSetting(f"{written} is in the source {source.path}: name a file elsewhere")


def _progress_path(store: Store, sources: Sequence[LoadSource]) -> Path:
    key = progress_key(store.store_id, [source.digest for source in sources])
    try:
        database = store.path
    except AttributeError:  # a PostgreSQL database is no file
        return Path(f"vantay-load-{key}.progress")
    return database.with_name(f"{database.name}.load-{key}.progress")


class _Writer:
    """Puts batches into the store, and what does not go there into the file of rejects."""

    def __init__(
        self, store: Store, plan: LoadPlan, progress: LoadProgress, rejects: RejectFile, *, is_resumed: bool
    ) -> None:
        self._store = store
        self._plan = plan
        self._progress = progress
        self._rejects = rejects
        self._may_be_repeated = is_resumed
        self._galleries = set(store.galleries())

    def write(self, batch: Batch) -> None:
        """Write a batch; when this returns it is on disk."""
        if self._plan.create_galleries:
            self._create_galleries(batch)
        enrolments = [row.enrolment for row in batch.rows]
        results = self._store.load(enrolments, on_conflict=self._plan.on_conflict) if enrolments else []
        pairs = list(zip(batch.rows, results, strict=True))
        if self._may_be_repeated:  # only the first batch can have been committed and not noted
            pairs = [(row, self._first_result(row, result)) for row, result in pairs]
            self._may_be_repeated = False
        refused = [_rejected(row, result.error) for row, result in pairs if result.error is not None]
        self._progress.rejects_bytes = self._rejects.write([*batch.rejects, *refused])
        _count(self._progress.counts, pairs, len(batch.rejects) + len(refused))

    def _create_galleries(self, batch: Batch) -> None:
        named = {name for row in batch.rows for name in row.enrolment.galleries}
        for name in sorted(named - self._galleries):
            self._store.create_gallery(name)
        self._galleries |= named

    def _first_result(self, row: PreparedRow, result: LoadResult) -> LoadResult:
        """Tell what became of a row the first time, where it was committed just before a kill."""
        if result.outcome != "skipped" and not isinstance(result.error, AlreadyEnrolled):
            return result
        subject = self._store.subject(result.subject_id)
        started_at = self._progress.started_at
        is_of_this_load = subject.created_at >= started_at
        if row.enrolment.encounter is None:
            return LoadResult(result.subject_id, None, "enrolled") if is_of_this_load else result
        encounter_id = row.enrolment.encounter.encounter_id
        recorded = [e.encounter_id for e in subject.encounters if e.recorded_at >= started_at]
        if encounter_id not in recorded:
            return result
        is_first = is_of_this_load and recorded[0] == encounter_id
        return LoadResult(result.subject_id, encounter_id, "enrolled" if is_first else "added")


def _count(counts: LoadCounts, pairs: Sequence[tuple[PreparedRow, LoadResult]], n_rejects: int) -> None:
    erased = SubjectStatus.ERASED
    outcomes = Counter((result.outcome, row.enrolment.status is erased) for row, result in pairs)
    counts.n_enrolled += outcomes["enrolled", False]
    counts.n_added += outcomes["added", False]
    counts.n_skipped += outcomes["skipped", False] + outcomes["skipped", True]
    counts.n_erased += outcomes["enrolled", True]
    counts.n_rejects += n_rejects


def _rejected(row: PreparedRow, error: VantayError) -> Reject:
    source, number = row.origin
    return Reject(source, number, None, row.enrolment.subject_id, reason_of(error), str(error))
