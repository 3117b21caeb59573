"""Open-set 1:N test: enrol subjects, search with second encounters of them and with strangers.

One pass gives several sizes of gallery: the small ones are the first subjects of the large ones. An
exhaustive search is made block by block, so that only one block is in memory; other searches get a gallery of
each size.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.identification_search import Capture, GallerySearch, Probe, Searcher
from vantay.evaluation.open_set import NOBODY, NOT_LISTED, OpenSetResult
from vantay.types import FingerPosition

BLOCK_SUBJECTS = 5000
"""Searched at once: ten fingers of them take about 300 MB."""

LIST_LENGTH = 100
"""Candidates that a search lists."""

MIN_GALLERY = 10
"""Smaller galleries say nothing."""

_P = FingerPosition
FINGERS: dict[int, tuple[FingerPosition, ...]] = {
    1: (_P.RIGHT_INDEX,),
    2: (_P.RIGHT_INDEX, _P.LEFT_INDEX),
    4: (_P.RIGHT_INDEX, _P.RIGHT_MIDDLE, _P.RIGHT_RING, _P.RIGHT_LITTLE),
    10: tuple(position for position in _P if position is not _P.UNKNOWN),
}
"""By number: right index; both index fingers; a slap of the right hand; all."""


class Subjects(Protocol):
    """Where captures come from: subject i is the same whoever asks, and in whichever order."""

    def captures(self, first: int, last: int, encounter: int) -> Iterator[Capture]:
        """Make captures of subjects `first` to `last`, the last left out, at their n-th encounter, from 0."""


@dataclass(frozen=True, slots=True)
class IdentificationTask:
    """What to search for in what.

    Attributes
    ----------
    subjects : Subjects
        At least ``n_subjects + n_non_mated`` of them.
    n_subjects : int
        Enrolled by their first encounter: subjects 0, 1, ….
    n_mated : int
        Searches by the second encounter of enrolled subjects: 0, 1, …, so that small galleries have them too.
    n_non_mated : int
        Searches by the second encounter of subjects who are not enrolled: those after the enrolled ones.
    sizes : tuple of int
        Of the galleries, ascending, the last `n_subjects`.
    positions : tuple of FingerPosition
        Fingers to enrol and to search with.
    has_face : bool
        Whether faces are enrolled and searched with.
    list_length : int
        Candidates that a search lists.
    block_subjects : int
        How many subjects an exhaustive search sees at once; the result does not depend on it.

    Raises
    ------
    InvalidSetting
        If the numbers make no test.
    """

    subjects: Subjects
    n_subjects: int
    n_mated: int
    n_non_mated: int
    sizes: tuple[int, ...]
    positions: tuple[FingerPosition, ...]
    has_face: bool = False
    list_length: int = LIST_LENGTH
    block_subjects: int = BLOCK_SUBJECTS

    def __post_init__(self) -> None:
        if not 1 <= self.n_mated <= self.n_subjects:
            raise InvalidSetting(
                f"{self.n_mated} mated searches of {self.n_subjects} subjects, expected one or more, "
                "and at most one a subject"
            )
        if self.n_non_mated < 1:
            raise InvalidSetting(f"{self.n_non_mated} non-mated searches, expected one or more")
        if list(self.sizes) != sorted(set(self.sizes)) or self.sizes[-1:] != (self.n_subjects,):
            raise InvalidSetting(f"gallery sizes {self.sizes}, expected ascending up to {self.n_subjects}")
        if not self.positions and not self.has_face:
            raise InvalidSetting("no finger and no face, expected something to search with")

    def captures(self, first: int, last: int, encounter: int) -> Iterator[Capture]:
        """Make captures with the wanted samples only."""
        for capture in self.subjects.captures(first, last, encounter):
            fingers = {p: capture.fingers[p] for p in self.positions if p in capture.fingers}
            yield replace(capture, fingers=fingers, face=capture.face if self.has_face else None)


@dataclass(frozen=True, slots=True, eq=False)
class IdentificationResult:
    """What a test gave.

    Attributes
    ----------
    galleries : tuple of OpenSetResult
        By size.
    n_probes, n_empty_probes : int
        Searches, and those of them without any sample: failures to acquire.
    n_not_enrolled : int
        Subjects of the largest gallery without any sample: failures to enrol.
    n_prepared : int
        Templates of probes that were prepared.
    prepare_s : float
        Processor time of that.
    """

    galleries: tuple[OpenSetResult, ...]
    n_probes: int
    n_empty_probes: int
    n_not_enrolled: int
    n_prepared: int
    prepare_s: float


def nested_sizes(n_subjects: int) -> tuple[int, ...]:
    """Give the sizes of the galleries that one run measures: a hundredth, a tenth and all, from 10 on."""
    sizes = {n_subjects // 100, n_subjects // 10, n_subjects}
    return tuple(sorted(size for size in sizes if size >= min(MIN_GALLERY, n_subjects)))


def evaluate_identification(
    task: IdentificationTask, searcher: Searcher, *, advance: Callable[[int], None] = lambda _: None
) -> IdentificationResult:
    """Make all searches of a test.

    Parameters
    ----------
    task : IdentificationTask
        What to search for in what.
    searcher : Searcher
        How.
    advance : callable
        Called after each search with the number of subjects that were searched, for a progress bar.

    Returns
    -------
    IdentificationResult
        Lists by size of gallery, failures and times.
    """
    probes = _prepare_probes(task)
    lists = [_CandidateList() for _ in probes.searches]
    galleries: list[OpenSetResult] = []
    counter = _Counter()
    for first, last in _blocks(task, searcher):
        search = searcher.open(counter.count(task.captures(first, last, 0)))
        if not searcher.is_exhaustive:
            lists = [_CandidateList() for _ in probes.searches]
        if not galleries:
            _warm_up(search, probes)
        _search_block(search, probes, lists, task.list_length, lambda: advance(last - first))  # noqa: B023 - called within the loop
        if last in task.sizes:
            galleries.append(_result_of(task, last, probes, lists))
    return IdentificationResult(
        galleries=tuple(galleries),
        n_probes=len(probes.searches),
        n_empty_probes=sum(search is None for search in probes.searches),
        n_not_enrolled=counter.n_empty if searcher.is_exhaustive else counter.n_empty_last,
        n_prepared=probes.n_prepared,
        prepare_s=probes.prepare_s,
    )


@dataclass(frozen=True, slots=True)
class _Probes:
    """All searches, the mated ones first; None for those without a sample."""

    subject_ids: Sequence[str]
    searches: Sequence[Probe | None]
    n_prepared: int
    prepare_s: float


@dataclass(slots=True)
class _Counter:
    """Counts captures without a sample while they pass."""

    n_empty: int = 0
    n_empty_last: int = 0

    def count(self, captures: Iterable[Capture]) -> Iterator[Capture]:
        self.n_empty_last = 0
        for capture in captures:
            self.n_empty += capture.is_empty
            self.n_empty_last += capture.is_empty
            yield capture


class _CandidateList:
    """The best candidates of one search so far, and its times."""

    def __init__(self) -> None:
        self.candidates: list[tuple[float, str]] = []  # (−score, subject_id): sorted as `identify` does
        self.stage_ms: dict[str, float] = defaultdict(float)


def _prepare_probes(task: IdentificationTask) -> _Probes:
    subject_ids, searches, n_prepared, seconds = [], [], 0, 0.0
    stranger = task.n_subjects
    for first, last in ((0, task.n_mated), (stranger, stranger + task.n_non_mated)):
        for capture in task.captures(first, last, 1):
            start = time.process_time()
            searches.append(None if capture.is_empty else Probe.of(capture))
            seconds += time.process_time() - start
            n_prepared += len(capture.fingers)
            subject_ids.append(capture.subject_id)
    return _Probes(subject_ids, searches, n_prepared, seconds)


def _blocks(task: IdentificationTask, searcher: Searcher) -> Iterator[tuple[int, int]]:
    """First and end of blocks that meet every size; of whole galleries if the search is not exhaustive."""
    if not searcher.is_exhaustive:
        yield from ((0, size) for size in task.sizes)
        return
    first = 0
    for size in task.sizes:
        while first < size:
            last = min(first + task.block_subjects, size)
            yield first, last
            first = last


def _warm_up(search: GallerySearch, probes: _Probes) -> None:
    """Search once: what is compiled or loaded at the first call is no part of the times."""
    probe = next((one for one in probes.searches if one is not None), None)
    if probe is not None:
        search(probe, 1)


def _search_block(
    search: GallerySearch,
    probes: _Probes,
    lists: Sequence[_CandidateList],
    list_length: int,
    advance: Callable[[], None],
) -> None:
    for probe, found in zip(probes.searches, lists, strict=True):
        if probe is not None:
            answer = search(probe, list_length)
            fresh = [(-candidate.score, candidate.subject_id) for candidate in answer.candidates]
            found.candidates = sorted(found.candidates + fresh)[:list_length]
            for stage, ms in answer.timings_ms.items():
                found.stage_ms[stage] += ms
        advance()


def _result_of(
    task: IdentificationTask, size: int, probes: _Probes, lists: Sequence[_CandidateList]
) -> OpenSetResult:
    n_mated = min(task.n_mated, size)
    mated, non_mated = lists[:n_mated], lists[task.n_mated :]
    mates = [_mate_in(found, mate) for found, mate in zip(mated, probes.subject_ids, strict=False)]
    scores = np.full((len(non_mated), task.list_length), NOBODY)
    for row, found in enumerate(non_mated):
        scores[row, : len(found.candidates)] = [-negative for negative, _ in found.candidates]
    return OpenSetResult(
        n_subjects=size,
        mate_scores=np.array([score for score, _ in mates]),
        mate_ranks=np.array([rank for _, rank in mates], np.int64),
        non_mated=scores,
        stage_ms=_stage_times([*mated, *non_mated]),
    )


def _mate_in(found: _CandidateList, mate: str) -> tuple[float, int]:
    """Score and rank of the mate in a list."""
    for rank, (negative, subject_id) in enumerate(found.candidates, start=1):
        if subject_id == mate:
            return -negative, rank
    return NOBODY, NOT_LISTED


def _stage_times(lists: Sequence[_CandidateList]) -> dict[str, npt.NDArray[np.float64]]:
    """By stage, the time of each search that was made."""
    made = [found.stage_ms for found in lists if found.stage_ms]
    stages = list(dict.fromkeys(stage for times in made for stage in times))
    return {stage: np.array([times.get(stage, 0.0) for times in made]) for stage in stages}
