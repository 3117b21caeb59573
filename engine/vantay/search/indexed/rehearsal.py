"""A search among people who do not exist: what searches compile is there before the first caller comes.

A server that starts on an empty database has nobody to try a search on, and would compile its kernels while
the first officer waits: half a minute where none are cached.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vantay.search.exhaustive import IdentifyResult
from vantay.search.indexed.building import SearchSubject, build_part, ready_finger
from vantay.search.indexed.finger_arrays import GalleryFinger
from vantay.search.indexed.merging import joined, merge_parts
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.search import IndexProbe, ShortlistSizes, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot, SnapshotPart
from vantay.types import MINUTIA_DTYPE, FingerPosition, FingerTemplate

_POSITIONS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
_N_PEOPLE = 6
_SIZES = ShortlistSizes(coarse=5, sketched=4, compared=2)
"""Each stage leaves somebody out, so that none is passed over."""

_N_MINUTIAE, _SIDE_PX, _MARGIN_PX = 30, 300, 20


def rehearse_search() -> IdentifyResult:
    """Search among made-up people, some in memory and some as if in a file: kernels tell these apart."""
    people = [_made_up_person(number) for number in range(_N_PEOPLE)]
    in_memory, others = (GalleryPart.of(build_part(some)) for some in (people[::2], people[1::2]))
    snapshot = IndexSnapshot(0, (_shown(in_memory), _shown(_as_in_a_file([others]))))
    probe = {position: ready_finger(made_up_finger(0, position), position) for position in _POSITIONS}
    return identify_indexed(IndexProbe(probe), snapshot, sizes=_SIZES, max_candidates=1)


def made_up_finger(seed: int, position: FingerPosition) -> FingerTemplate:
    """Scatter minutiae over a finger; always the same of a seed and a position."""
    generator = np.random.default_rng([seed, int(position)])
    minutiae = np.zeros(_N_MINUTIAE, MINUTIA_DTYPE)
    for name in ("x_px", "y_px"):
        minutiae[name] = generator.integers(_MARGIN_PX, _SIDE_PX - _MARGIN_PX, _N_MINUTIAE)
    minutiae["angle"] = generator.integers(0, 256, _N_MINUTIAE)
    minutiae["type"] = 1
    minutiae["quality"] = 80
    return FingerTemplate(minutiae, _SIDE_PX, _SIDE_PX, position, 80)


def _made_up_person(number: int) -> SearchSubject:
    fingers = [GalleryFinger(position, made_up_finger(number, position)) for position in _POSITIONS]
    return SearchSubject(number, f"nobody-{number}", fingers=fingers)


def _as_in_a_file(parts: Sequence[GalleryPart]) -> GalleryPart:
    """Merge parts into one that may be read only, as files are."""
    arrays = joined(merge_parts([(part, np.ones(part.n_rows, np.bool_)) for part in parts]))
    for array in arrays.values():
        array.flags.writeable = False
    return GalleryPart.of(arrays)


def _shown(part: GalleryPart) -> SnapshotPart:
    return SnapshotPart(part, np.ones(part.n_rows, np.bool_))
