"""The few best cylinders of a print, close together: what the local stage reads of everyone it looks at.

A prepared template takes about 75 bytes a minutia; of a million people's ten fingers that is more than a
machine's memory. A sketch keeps 49 bytes of each of the best minutiae only. Which prints deserve a full
comparison it tells as well as the whole (docs/search.md has the figures), and those few are prepared anew
from their minutiae.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int64s, Integer, Words
from vantay.fingerprint.comparison.parameters import N_SECTIONS
from vantay.fingerprint.comparison.prepared import QUALITY, PreparedTemplate
from vantay.fingerprint.comparison.sketch_kernel import SketchProbe, sketch_kernel
from vantay.fingerprint.comparison.stages import LOCAL_TABLES

__all__ = ["SKETCH_COLUMNS", "SketchProbe", "Sketches", "lay_out_probe", "sketch_scores"]

SKETCH_COLUMNS = 28
"""Cylinders of a sketch at most. On the FVC sets, 32 and more lose as few mated pairs as all do, 24 lose a
fifth more of the few that are lost; ten fingers of 28 leave room for the rest in 20 KB a subject."""


@dataclass(frozen=True, slots=True, eq=False)
class Sketches:
    """The sketches of t prints.

    Attributes
    ----------
    start : (t + 1,) int64
        First column of each.
    words : (6 · start[-1],) uint64
        Sketch t begins at 6 · start[t]: its six sections one after another.
    angle : (start[-1],) uint8
        Directions in units of 2π/256, ascending within a sketch.
    """

    start: Int64s
    words: Words
    angle: Bytes

    def __len__(self) -> int:
        return int(self.start.shape[0] - 1)

    @classmethod
    def of(cls, templates: Sequence[PreparedTemplate]) -> Sketches:
        """Sketch prepared templates."""
        return cls.of_columns(
            np.concatenate([np.empty(0, np.uint64), *(t.words.ravel() for t in templates)]),
            np.concatenate([np.empty(0, np.uint8), *(t.angle for t in templates)]),
            np.concatenate([np.empty(0, np.float32), *(t.minutiae[QUALITY] for t in templates)]),
            np.cumsum([0, *(t.angle.shape[0] for t in templates)]),
        )

    @classmethod
    def of_columns(cls, words: Words, angle: Bytes, quality: Float32s, start: Int64s) -> Sketches:
        """Sketch templates from the columns that their sketches need.

        Parameters
        ----------
        words : (6 · start[-1],) uint64
            From `build_cylinders_of_many`.
        angle : (start[-1],) uint8
            Directions in units of 2π/256.
        quality : (start[-1],) float32
            Weights of the minutiae.
        start : (t + 1,) int64
            First column of each template. Columns without a cylinder are passed over.

        Returns
        -------
        Sketches
            Of the cylinders of best quality, 28 of each at most; of equal ones those that come first.
        """
        room = int(np.minimum(np.diff(start), SKETCH_COLUMNS).sum())
        sketches = cls(np.zeros_like(start), np.empty(N_SECTIONS * room, np.uint64), np.empty(room, np.uint8))
        out = (sketches.start, sketches.words, sketches.angle)
        _sketch_kernel((words, angle, quality), start, SKETCH_COLUMNS, out)
        n_columns = int(sketches.start[-1])
        return cls(sketches.start, sketches.words[: N_SECTIONS * n_columns], sketches.angle[:n_columns])


def lay_out_probe(probe: PreparedTemplate) -> SketchProbe:
    """Lay a probe out once, for `sketch_scores` with many lists of sketches."""
    return SketchProbe(probe, LOCAL_TABLES.direction)


def sketch_scores(probe: PreparedTemplate | SketchProbe, sketches: Sketches, which: Int64s) -> Float32s:
    """Compare a prepared probe with some sketches by the local stage.

    Parameters
    ----------
    probe : PreparedTemplate or SketchProbe
        The whole of it, or what `lay_out_probe` made of that.
    sketches : Sketches
    which : (r,) int64
        Which of them.

    Returns
    -------
    (r,) float32
        Mean similarity of the few best pairs, 0..1: to the bit the `local_scores` of prints that have the
        sketches' minutiae only.

    Raises
    ------
    IndexError
        If a sketch is not there.
    """
    if which.size and not 0 <= which.min() <= which.max() < len(sketches):
        raise IndexError(f"sketches {which.min()} to {which.max()}, expected 0 to {len(sketches) - 1}")
    own = probe if isinstance(probe, SketchProbe) else lay_out_probe(probe)
    scores = np.zeros(which.size, np.float32)
    sketch_kernel(
        (own.words, own.ones, own.windows, own.n_valid),
        (sketches.start, sketches.words, sketches.angle),
        which,
        (LOCAL_TABLES.per_share, LOCAL_TABLES.similarity, LOCAL_TABLES.pair_counts),
        scores,
    )
    return scores


@njit(cache=True, nogil=True, error_model="numpy")
def _find_cylinders(words: Words, first: Integer, width: Integer, columns: Int64s) -> Integer:
    """Put the columns that have a cylinder into `columns`; return how many."""
    n = 0
    for j in range(width):
        bits = np.uint64(0)
        for k in range(N_SECTIONS):
            bits |= words[N_SECTIONS * first + k * width + j]
        columns[n] = j
        n += bits != np.uint64(0)
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_best(quality: Float32s, first: Integer, columns: Int64s, n: Integer, n_best: Integer) -> Integer:
    """Keep the columns of best quality, in their order; of equal ones those that come first."""
    n_better = np.zeros(n, np.int64)
    for a in range(n):
        own = quality[first + columns[a]]
        for b in range(n):
            other = quality[first + columns[b]]
            n_better[a] += (other > own) | ((other == own) & (b < a))
    kept = 0
    for a in range(n):
        columns[kept] = columns[a]
        kept += n_better[a] < n_best
    return kept


@njit(cache=True, nogil=True, error_model="numpy")
def _sketch_kernel(templates: Arrays, start: Int64s, n_best: Integer, out: Arrays) -> None:
    words, angle, quality = templates
    to_start, to_words, to_angle = out
    room = 0
    for t in range(start.shape[0] - 1):
        room = max(room, start[t + 1] - start[t])
    columns = np.empty(room + 1, np.int64)
    for t in range(start.shape[0] - 1):
        first, width, target = start[t], start[t + 1] - start[t], to_start[t]
        n = _find_cylinders(words, first, width, columns)
        if n > n_best:
            n = _keep_best(quality, first, columns, n, n_best)
        for j in range(n):
            to_angle[target + j] = angle[first + columns[j]]
            for k in range(N_SECTIONS):
                word = words[N_SECTIONS * first + k * width + columns[j]]
                to_words[N_SECTIONS * target + k * n + j] = word
        to_start[t + 1] = target + n
