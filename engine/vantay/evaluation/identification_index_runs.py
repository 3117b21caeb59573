"""Searches of an index by several kinds of probes: what they found and lost, and the time they took."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from vantay.evaluation.identification import FINGERS, Subjects
from vantay.evaluation.identification_index import N_CANDIDATES
from vantay.evaluation.identification_search import Capture, ExhaustiveSearcher, Probe
from vantay.evaluation.open_set import NOBODY, NOT_LISTED, OpenSetResult
from vantay.search import IdentifyResult
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.types import FingerPosition

KINDS: Mapping[str, tuple[tuple[FingerPosition, ...], bool]] = {
    "ten + face": (FINGERS[10], True),
    "ten": (FINGERS[10], False),
    "four": (FINGERS[4], False),
    "two": (FINGERS[2], False),
    "one": (FINGERS[1], False),
    "face": ((), True),
}
"""Kinds of probes: which fingers, and whether the face."""

N_WARM = 5
"""Searches before those that are timed: they compile, and bring what every search reads into memory."""


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """Who is searched for.

    Attributes
    ----------
    subjects : Subjects
        Enrolled by their first encounters, searched with their second ones.
    n_subjects : int
        Of the gallery; half of the searches are of some of them, at equal distances.
    first_stranger : int
        The other half are of subjects from this one on.
    n_searches : int
        Of each half.
    """

    subjects: Subjects
    n_subjects: int
    first_stranger: int
    n_searches: int

    def mates(self) -> list[int]:
        """Which of the enrolled subjects are searched for."""
        n = min(self.n_searches, self.n_subjects)
        return [i * self.n_subjects // n for i in range(n)]

    def probes(self, kind: str) -> Iterator[tuple[Capture, int | None]]:
        """Make the probes of a kind, and say which enrolled subject each is of."""
        strangers = range(self.first_stranger, self.first_stranger + self.n_searches)
        for number, mate in chain(((i, i) for i in self.mates()), ((i, None) for i in strangers)):
            yield restricted(next(self.subjects.captures(number, number + 1, 1)), kind), mate


def score_alone(subjects: Subjects, probe: Probe, mate: int, kind: str) -> float:
    """Compare a probe with its enrolled mate; in a gallery of any size the score is the same."""
    enrolled = restricted(next(subjects.captures(mate, mate + 1, 0)), kind)
    found = ExhaustiveSearcher().open([enrolled])(probe, 1).candidates
    return found[0].score if found else NOBODY


def restricted(capture: Capture, kind: str) -> Capture:
    """Leave of a capture what a kind of probe has."""
    positions, has_face = KINDS[kind]
    fingers = {p: capture.fingers[p] for p in positions if p in capture.fingers}
    return replace(capture, fingers=fingers, face=capture.face if has_face else None)


@dataclass(frozen=True, slots=True, eq=False)
class IndexRun:
    """What the searches of one kind gave.

    Attributes
    ----------
    result : OpenSetResult
        What they listed, and the time of each stage.
    processor_ms : (s,) float64
        Of each search.
    n_lost : int
        Mates that no search lists, though the comparison with them alone reaches the threshold: an exhaustive
        search would have listed them.
    mean_looked_at : dict of str to float
        Subjects that each stage looked at.
    """

    result: OpenSetResult
    processor_ms: npt.NDArray[np.float64]
    n_lost: int
    mean_looked_at: Mapping[str, float]


def search_index(
    snapshot: IndexSnapshot,
    plan: SearchPlan,
    kind: str,
    target_fpir: float = 1e-3,
    *,
    n_warm: int = N_WARM,
) -> IndexRun:
    """Make all searches of one kind.

    Parameters
    ----------
    snapshot : IndexSnapshot
        The gallery, of the subjects that the plan says.
    plan : SearchPlan
        Who is searched for. A probe without a sample lists nobody.
    kind : str
        One of `KINDS`.
    target_fpir : float
        That decides on the threshold.
    n_warm : int
        Searches made before those that count.
    """
    run = _Run(snapshot, plan, target_fpir)
    for (capture, _), _ in zip(plan.probes(kind), range(n_warm), strict=False):
        run.answer(capture)
    for capture, mate in plan.probes(kind):
        run.search(capture, mate, kind)
    return run.finished()


class _Run:
    """Searches made so far."""

    def __init__(self, snapshot: IndexSnapshot, plan: SearchPlan, target_fpir: float) -> None:
        self._snapshot = snapshot
        self._plan = plan
        self._target_fpir = target_fpir
        self._mates: list[tuple[float, int]] = []
        self._non_mated: list[npt.NDArray[np.float64]] = []
        self._processor_ms: list[float] = []
        self._stage_ms: list[Mapping[str, float]] = []
        self._looked_at: Counter[str] = Counter()
        self._n_lost = 0

    def answer(self, capture: Capture) -> tuple[Probe, IdentifyResult, float] | None:
        """Search for a capture; give the processor time too."""
        if capture.is_empty:
            return None
        probe = Probe.of(capture)
        start = time.thread_time()
        result = identify_indexed(
            IndexProbe(probe.fingers, probe.face),
            self._snapshot,
            max_candidates=N_CANDIDATES,
            target_fpir=self._target_fpir,
        )
        return probe, result, (time.thread_time() - start) * 1e3

    def search(self, capture: Capture, mate: int | None, kind: str) -> None:
        """Search for a capture and keep what came of it."""
        answered = self.answer(capture)
        found: list[tuple[str, float]] = []
        if answered is not None:
            probe, result, processor_ms = answered
            found = [(candidate.subject_id, candidate.score) for candidate in result.candidates]
            self._processor_ms.append(processor_ms)
            self._stage_ms.append(result.timings_ms)
            self._looked_at.update(result.counts)
        if mate is None:
            scores = np.full(N_CANDIDATES, NOBODY)
            scores[: len(found)] = [score for _, score in found]
            self._non_mated.append(scores)
            return
        places = {subject_id: (score, rank) for rank, (subject_id, score) in enumerate(found, start=1)}
        self._mates.append(places.get(capture.subject_id, (NOBODY, NOT_LISTED)))
        if answered is not None and capture.subject_id not in places:
            self._n_lost += score_alone(self._plan.subjects, probe, mate, kind) >= result.threshold

    def finished(self) -> IndexRun:
        """Put everything together."""
        n_made = len(self._processor_ms)
        stages = self._stage_ms[0] if self._stage_ms else {}
        result = OpenSetResult(
            self._snapshot.n_subjects,
            np.array([score for score, _ in self._mates]),
            np.array([rank for _, rank in self._mates], np.int64),
            np.stack(self._non_mated),
            {stage: np.array([ms[stage] for ms in self._stage_ms]) for stage in stages},
        )
        looked_at = {stage: n / n_made for stage, n in self._looked_at.items()}
        return IndexRun(result, np.array(self._processor_ms), self._n_lost, looked_at)
