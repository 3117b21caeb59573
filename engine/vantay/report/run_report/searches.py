"""What came of each search, and which searches two runs decide differently."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from vantay.report.run_report.reading import FloatArray, Note, as_array, as_mapping

_HIT_RATE = re.compile(r"hit_rate_at_rank\.\d{1,9}")

Bools = npt.NDArray[np.bool_]


class PairedCounts(NamedTuple):
    """How often an event happened in two runs of the same trials.

    Attributes
    ----------
    n_both, n_old_only, n_new_only, n_neither : int
        Trials with the event in both runs, in one of them, in none.
    """

    n_both: int
    n_old_only: int
    n_new_only: int
    n_neither: int


@dataclass(frozen=True, slots=True, eq=False)
class GallerySearches:
    """All searches of one gallery.

    Attributes
    ----------
    mated_ids, non_mated_ids : tuple of str
        Who was searched for.
    ranks, scores : (m,) float64
        Of the mates; 0 and NaN where they are not listed.
    best_scores : (k,) float64
        Of each non-mated search; NaN where it lists nobody.
    """

    mated_ids: tuple[str, ...]
    non_mated_ids: tuple[str, ...]
    ranks: FloatArray
    scores: FloatArray
    best_scores: FloatArray

    def events(self, key: str, threshold: float | None) -> tuple[tuple[str, ...], Bools] | None:
        """Tell of which searches a rate is the share, and in which of them it happened.

        Parameters
        ----------
        key : str
            Of the figure, such as ``decision.fnir``.
        threshold : float or None
            That decides.

        Returns
        -------
        tuple or None
            Names of the searches and (n,) bool; None for a figure that is no such share.
        """
        if _HIT_RATE.fullmatch(key):
            rank = float(key.rpartition(".")[2])
            return self.mated_ids, (self.ranks >= 1) & (self.ranks <= rank)
        if threshold is None:
            return None
        with np.errstate(invalid="ignore"):
            if key == "decision.fnir":
                return self.mated_ids, ~(self.scores >= threshold)
            if key == "decision.fpir":
                return self.non_mated_ids, self.best_scores >= threshold
        return None


def read_searches(
    document: Mapping[str, object], source: str, notes: list[Note]
) -> dict[str, GallerySearches]:
    """Read the searches of a run file.

    Parameters
    ----------
    document : mapping
        What stands below ``searches``.
    source : str
        What error messages call the file.
    notes : list of Note
        Gets what is left out.

    Returns
    -------
    dict of str to GallerySearches
        By the size of the gallery, as in the file; a gallery whose lists do not fit each other is left out.

    Raises
    ------
    InvalidSetting
        If the galleries are no object.
    """
    mated, non_mated = _names(document.get("mated")), _names(document.get("non_mated"))
    found = {}
    for size, gallery in as_mapping(document, "galleries", source).items():
        searches = _gallery(gallery, mated, non_mated) if isinstance(gallery, dict) else None
        if searches is None:
            notes.append(Note(f"searches · {size}", "lists do not fit each other, left out"))
        else:
            found[size] = searches
    return found


def count_pairs(
    old: tuple[tuple[str, ...], Bools] | None, new: tuple[tuple[str, ...], Bools] | None
) -> PairedCounts | None:
    """Count an event in two runs, search by search; None where they are not of the same people."""
    if old is None or new is None or old[0] != new[0]:
        return None
    a, b = old[1], new[1]
    return PairedCounts(*(int(np.count_nonzero(cell)) for cell in (a & b, a & ~b, ~a & b, ~a & ~b)))


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def _gallery(
    gallery: Mapping[str, object], mated: tuple[str, ...], non_mated: tuple[str, ...]
) -> GallerySearches | None:
    ranks, scores, best = (as_array(gallery.get(key)) for key in ("ranks", "scores", "best_scores"))
    if ranks is None or scores is None or best is None:
        return None
    if ranks.size != scores.size or ranks.size > len(mated) or best.size != len(non_mated):
        return None
    return GallerySearches(mated[: ranks.size], non_mated, ranks, scores, best)
