"""The engine's index as a search to test: built straight from captures, block by block."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from vantay.evaluation.identification_figures import IdentificationFigures
from vantay.evaluation.identification_search import Capture, GallerySearch, Probe
from vantay.evaluation.open_set import NOT_LISTED
from vantay.search import IdentifyResult
from vantay.search.finger_pairing import comparable_positions
from vantay.search.indexed.building import SearchSubject, build_part
from vantay.search.indexed.finger_arrays import GalleryFinger
from vantay.search.indexed.merging import joined, merge_parts
from vantay.search.indexed.part import N_POSITIONS, GalleryPart
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart

BLOCK_SUBJECTS = 2000
"""Made ready at once: some 70 MB."""

PART_SUBJECTS = 32_000
"""Of a part of the gallery: as many as an engine keeps in memory before it writes them."""

N_CANDIDATES = 10
"""That a search by the index lists at most, as the engine's does. A longer list would make it compare more
people than it does in use, and lose fewer."""


def make_index(captures: Iterable[Capture], n_threads: int = 1) -> IndexSnapshot:
    """Build an index in memory.

    Parameters
    ----------
    captures : iterable of Capture
        One a subject, who may be without a sample; read once.
    n_threads : int
        Threads that prepare templates; the index does not depend on it.

    Returns
    -------
    IndexSnapshot
        In parts of `PART_SUBJECTS`.
    """
    parts: list[GalleryPart] = []
    blocks = build_blocks(captures, n_threads=n_threads)
    while some := list(islice(blocks, PART_SUBJECTS // BLOCK_SUBJECTS)):
        parts.append(some[0] if len(some) == 1 else _merged(some))
    return snapshot_of(parts)


def build_blocks(
    captures: Iterable[Capture], *, first_number: int = 0, n_threads: int = 1
) -> Iterator[GalleryPart]:
    """Build parts of `BLOCK_SUBJECTS` of captures, in their order.

    Parameters
    ----------
    captures : iterable of Capture
        One a subject.
    first_number : int
        Of the first subject; the next ones follow.
    n_threads : int
        Threads that prepare templates.
    """
    numbered = enumerate(captures, start=first_number)
    waiting: deque[Future[GalleryPart]] = deque()
    with ThreadPoolExecutor(n_threads) as pool:
        while block := list(islice(numbered, BLOCK_SUBJECTS)):
            waiting.append(pool.submit(_build_block, block))
            if len(waiting) > n_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _build_block(block: list[tuple[int, Capture]]) -> GalleryPart:
    return GalleryPart.of(build_part([_ready_subject(number, capture) for number, capture in block]))


def _ready_subject(number: int, capture: Capture) -> SearchSubject:
    fingers = [GalleryFinger(position, template) for position, template in capture.fingers.items()]
    faces = [] if capture.face is None else [capture.face]
    return SearchSubject(number, capture.subject_id, fingers=fingers, faces=faces)


def _merged(parts: list[GalleryPart]) -> GalleryPart:
    return GalleryPart.of(joined(merge_parts([(part, np.ones(part.n_rows, np.bool_)) for part in parts])))


def snapshot_of(parts: Iterable[GalleryPart]) -> IndexSnapshot:
    """Take parts, all of whose subjects live, as a gallery."""
    return IndexSnapshot(0, tuple(SnapshotPart(part, np.ones(part.n_rows, np.bool_)) for part in parts))


@dataclass(slots=True)
class IndexSearcher:
    """The engine's search by stages.

    Attributes
    ----------
    target_fpir : float
        Wanted rate of false positives; decides on the threshold, not on the candidates.
    n_threads : int
        Threads that build the index; a search is on one.
    index : callable
        How captures become an index, with so many threads.
    n_searches : int
        That were made of the gallery opened last.
    n_looked_at : dict of str to int
        Subjects that each stage of these searches looked at, all searches together.
    """

    target_fpir: float = 1e-3
    n_threads: int = 1
    index: Callable[[Iterable[Capture], int], IndexSnapshot] = field(default=make_index)
    name: str = "index"
    is_exhaustive: bool = False
    n_searches: int = field(default=0, init=False)
    n_looked_at: dict[str, int] = field(default_factory=dict, init=False)

    def open(self, captures: Iterable[Capture]) -> GallerySearch:
        """Build the index of captures, one a subject."""
        snapshot = self.index(captures, self.n_threads)
        enrolled = np.bitwise_or.reduce([np.bitwise_or.reduce(part.part.samples) for part in snapshot.parts])
        self.n_searches, self.n_looked_at = 0, {}

        def search(probe: Probe, max_candidates: int) -> IdentifyResult:
            if not enrolled & _comparable(probe):  # `identify_indexed` refuses what few may lack by chance
                return IdentifyResult((), 0, float("inf"))
            result = identify_indexed(
                IndexProbe(probe.fingers, probe.face),
                snapshot,
                max_candidates=min(max_candidates, N_CANDIDATES),
                target_fpir=self.target_fpir,
            )
            self._count(result)
            return result

        return search

    def _count(self, result: IdentifyResult) -> None:
        self.n_searches += 1
        for stage, n_subjects in result.counts.items():
            self.n_looked_at[stage] = self.n_looked_at.get(stage, 0) + n_subjects

    @property
    def mean_looked_at(self) -> dict[str, float]:
        """Subjects that each stage of a search looked at, on average."""
        return {stage: n / self.n_searches for stage, n in self.n_looked_at.items()}


def _comparable(probe: Probe) -> int:
    """Bits of the samples that a probe may be compared with, as in `GalleryPart.samples`."""
    positions = {p for position in probe.fingers for p in comparable_positions(position)}
    return sum(1 << int(p) for p in positions) | ((probe.face is not None) << N_POSITIONS)


@dataclass(frozen=True, slots=True)
class ShortlistLoss:
    """Whom the shortlist of a gallery lost.

    Attributes
    ----------
    n_subjects : int
        Of the gallery.
    n_found : int
        Mates whom the exhaustive search ranks first, at the threshold or above.
    n_lost : int
        Those of them that the search by the index does not list.
    """

    n_subjects: int
    n_found: int
    n_lost: int


def shortlist_losses(index: IdentificationFigures, exhaustive: IdentificationFigures) -> list[ShortlistLoss]:
    """Count the mates that shortlists lost, by gallery.

    Parameters
    ----------
    index, exhaustive : IdentificationFigures
        Of the same searches of the same galleries.
    """
    losses: list[ShortlistLoss] = []
    for by_index, by_everyone in zip(index.galleries, exhaustive.galleries, strict=True):
        exact, threshold = by_everyone.result, by_everyone.decision.threshold
        is_found = (exact.mate_ranks == 1) & (exact.mate_scores >= threshold)
        is_lost = is_found & (by_index.result.mate_ranks == NOT_LISTED)
        n_found, n_lost = int(np.count_nonzero(is_found)), int(np.count_nonzero(is_lost))
        losses.append(ShortlistLoss(exact.n_subjects, n_found, n_lost))
    return losses
