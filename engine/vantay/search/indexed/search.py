"""1:N by stages: codes of everyone, sketches of thousands, comparison of a few.

Each stage reads more of fewer subjects. What the first two lose, nobody finds again: how many they keep was
chosen by measurement (docs/search.md), and `vantay.search.identify` over a `Gallery` compares everyone.
"""

from __future__ import annotations

from dataclasses import replace

from vantay.errors import CallerError, IncompatibleTemplate
from vantay.face.comparison import stack_vectors
from vantay.search.exhaustive import IdentifyResult, identify_with, nobody_comparable
from vantay.search.fusion import identification_threshold
from vantay.search.indexed.few_compared import gallery_of
from vantay.search.indexed.listed import Bools, n_listed, n_marked
from vantay.search.indexed.probe import IndexProbe, Place, has_wanted
from vantay.search.indexed.shortlist import ShortlistSizes, shortlist, shortlist_sizes
from vantay.search.indexed.sketching import best_by_sketch
from vantay.search.indexed.snapshot import EVERYONE, IndexSnapshot, SearchFilter
from vantay.search.stage_times import StageTimes
from vantay.search.workers import ALONE, Workers

__all__ = [
    "IndexProbe",
    "Place",
    "ShortlistSizes",
    "gallery_of",
    "identify_indexed",
    "shortlist_sizes",
]


def identify_indexed(
    probe: IndexProbe,
    snapshot: IndexSnapshot,
    *,
    search_filter: SearchFilter = EVERYONE,
    sizes: ShortlistSizes | None = None,
    max_candidates: int = 10,
    target_fpir: float = 1e-3,
    workers: Workers = ALONE,
) -> IdentifyResult:
    """Search a gallery by stages.

    Parameters
    ----------
    probe : IndexProbe
        The fingers and the face asked about.
    snapshot : IndexSnapshot
        Whom to search.
    search_filter : SearchFilter
        Whom of them.
    sizes : ShortlistSizes, optional
        By the number of samples if not given.
    max_candidates : int
        How many to return at most, ≥ 1.
    target_fpir : float
        Wanted rate of searches of unknown people that find somebody, in (0, 1].
    workers : Workers
        Who compute; the result does not depend on them.

    Returns
    -------
    IdentifyResult
        With scores as `vantay.search.identify` gives them, to the bit; time and number of subjects of each
        stage.

    Raises
    ------
    CallerError
        If the rate or the number of candidates is out of range.
    IncompatibleTemplate
        If the filter lets people through, but nobody with a finger of the probe or a face; if the enrolled
        faces are of another model than the probe's.
    """
    if max_candidates < 1:
        raise CallerError(f"max_candidates is {max_candidates}, expected at least 1")
    _check_face_model(probe, snapshot)
    times = StageTimes()
    sizes = sizes or shortlist_sizes(probe.n_samples)
    sizes = replace(sizes, compared=max(sizes.compared, max_candidates))
    with times.stage("filter"):
        allowed = _allowed(probe, snapshot, search_filter)
        searched = [
            rows & has_wanted(probe, part) for part, rows in zip(snapshot.parts, allowed, strict=True)
        ]
        n_allowed, n_searched = n_marked(allowed), n_marked(searched)
    if n_allowed and not n_searched:
        raise IncompatibleTemplate(
            nobody_comparable(tuple(probe.fingers), n_allowed, has_face=probe.face is not None)
        )
    with times.stage("codes"):
        listed = shortlist(probe, snapshot, searched, sizes, workers)
    with times.stage("sketches"):
        best = best_by_sketch(probe, snapshot, listed, sizes.compared, workers)
    with times.stage("compare"):
        few = gallery_of(probe, snapshot, best, workers)
        prepared = {position: finger.prepared for position, finger in probe.fingers.items()}
        result = identify_with(workers, prepared, probe.face, few, max_candidates, target_fpir)
    counts = {"searched": n_searched, "sketched": n_listed(listed), "compared": n_listed(best)}
    threshold = identification_threshold(target_fpir, n_searched)
    return replace(result, n_searched=n_searched, threshold=threshold, timings_ms=times.ms, counts=counts)


def _check_face_model(probe: IndexProbe, snapshot: IndexSnapshot) -> None:
    """Refuse a face of another model than those enrolled; faces of the dead may be of any."""
    for part in snapshot.parts:
        if probe.face is not None and part.face is not None:
            stack_vectors([probe.face.template], like=part.face)


def _allowed(probe: IndexProbe, snapshot: IndexSnapshot, search_filter: SearchFilter) -> list[Bools]:
    """Tell which rows of each part are searched: all that the filter lets through but the probe's own."""
    allowed = [part.allowed(search_filter) for part in snapshot.parts]
    if probe.own_place is not None:
        number, row = probe.own_place
        allowed[number] = allowed[number].copy()
        allowed[number][row] = False
    return allowed
