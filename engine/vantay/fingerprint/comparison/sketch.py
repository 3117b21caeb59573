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

from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int64s, Words
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.parameters import LANES, N_SECTIONS
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack
from vantay.fingerprint.comparison.stages import LOCAL_TABLES

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
        parts = [_best_columns(template) for template in templates]
        counts = [columns.size for columns in parts]
        pairs = list(zip(templates, parts, strict=True))
        return cls(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.concatenate([np.empty(0, np.uint64), *(t.words[:, columns].ravel() for t, columns in pairs)]),
            np.concatenate([np.empty(0, np.uint8), *(t.angle[columns] for t, columns in pairs)]),
        )


def _best_columns(template: PreparedTemplate) -> Int64s:
    """Columns of the cylinders of best quality, in their order."""
    columns = np.flatnonzero(template.ones[: template.n_minutiae])
    if columns.size > SKETCH_COLUMNS:
        quality = template.minutiae[4, columns]
        columns = np.sort(columns[np.argsort(-quality, kind="stable")[:SKETCH_COLUMNS]])
    return columns


def sketch_scores(probe: PreparedTemplate, sketches: Sketches, which: Int64s) -> Float32s:
    """Compare a prepared probe with some sketches by the local stage.

    Parameters
    ----------
    probe : PreparedTemplate
        The whole of it.
    sketches : Sketches
    which : (r,) int64
        Which of them.

    Returns
    -------
    (r,) float32
        Mean similarity of the few best pairs, 0..1.

    Raises
    ------
    IndexError
        If a sketch is not there.
    """
    if which.size and not 0 <= which.min() <= which.max() < len(sketches):
        raise IndexError(f"sketches {which.min()} to {which.max()}, expected 0 to {len(sketches) - 1}")
    pack = _unpacked(sketches, which)
    return local_scores(probe, pack, np.arange(which.size, dtype=np.int64), LOCAL_TABLES)


def _unpacked(sketches: Sketches, which: Int64s) -> TemplatePack:
    """Lay sketches out as the local stage wants them: columns in whole vectors, ones counted."""
    n_columns = sketches.start[which + 1] - sketches.start[which]
    start = np.zeros(which.size + 1, np.int64)
    np.cumsum(-(-n_columns // LANES) * LANES, out=start[1:])
    words = np.zeros(N_SECTIONS * start[-1], np.uint64)
    angle, ones = np.zeros(start[-1], np.uint8), np.zeros(start[-1], np.float32)
    _unpack_kernel((sketches.start, sketches.words, sketches.angle), which, start, (words, angle, ones))
    counts = n_columns.astype(np.int32)
    nothing, no_edges = np.empty(0, np.float32), np.empty((0, 3), np.float32)
    return TemplatePack(
        start, np.zeros(which.size + 1, np.int64), counts, counts, nothing, angle, words, ones, no_edges
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _popcount(word: np.uint64) -> np.uint64:
    # LLVM knows this pattern and emits vpopcntq where the machine has it.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@njit(cache=True, nogil=True, error_model="numpy")
def _unpack_kernel(sketches: Arrays, which: Int64s, start: Int64s, out: Arrays) -> None:
    from_start, from_words, from_angle = sketches
    words, angle, ones = out
    sections = np.uint64(N_SECTIONS)
    for r in range(which.shape[0]):
        source, n = (
            np.uint64(from_start[which[r]]),
            np.uint64(from_start[which[r] + 1] - from_start[which[r]]),
        )
        target, width = np.uint64(start[r]), np.uint64(start[r + 1] - start[r])
        for j in range(n):
            angle[target + j] = from_angle[source + j]
        for k in range(sections):
            for j in range(n):
                word = from_words[sections * source + k * n + j]
                words[sections * target + k * width + j] = word
                ones[target + j] += np.float32(np.int64(_popcount(word)))
