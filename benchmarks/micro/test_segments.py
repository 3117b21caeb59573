"""Parts of an index: built from people, merged, searched."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.harness.reference import Reference
from benchmarks.micro.samples import POPULATION, people, search_subjects

from vantay.evaluation.identification_index import snapshot_of
from vantay.search.indexed.building import build_part, ready_finger
from vantay.search.indexed.merging import joined, merge_parts
from vantay.search.indexed.part import GalleryPart
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.types import FingerPosition

N_PEOPLE = 1000
N_BUILT = 200
N_SEARCHES = 4
INDEX_FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)
SEARCHED_WITH = {"ten": tuple(FingerPosition)[1:], "two": INDEX_FINGERS}
DATA = f"{POPULATION}, ten fingers and a face"


@cache
def part(n: int) -> GalleryPart:
    """Build a part once."""
    return GalleryPart.of(build_part(search_subjects(n)))


def test_build_part(measure: Measure) -> None:
    """People with templates to the arrays of a part."""
    measure(lambda: build_part(search_subjects(N_BUILT)), Work(DATA, N_BUILT, "subject"))


def test_merge_parts(measure: Measure) -> None:
    """Eight parts into one, every tenth row of them dead."""
    alive = np.arange(N_BUILT) % 10 > 0
    parts = [(part(N_BUILT), alive)] * 8
    measure(lambda: joined(merge_parts(parts)), Work(DATA, 8 * N_BUILT, "subject"), Reference.MEMORY)


@pytest.mark.parametrize("probe_name", SEARCHED_WITH)
def test_identify(measure: Measure, probe_name: str) -> None:
    """A whole search of a thousand by prepared templates of people who come again, without a face."""
    snapshot = snapshot_of([part(N_PEOPLE)])
    probes = [
        IndexProbe({p: ready_finger(t, p) for p, t in one.fingers.items() if p in SEARCHED_WITH[probe_name]})
        for one in people(N_SEARCHES, encounter=1)
    ]

    def search() -> None:
        for probe in probes:
            identify_indexed(probe, snapshot)

    measure(search, Work(DATA, N_SEARCHES, "search"))
