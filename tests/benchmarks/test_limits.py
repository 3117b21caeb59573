"""The work of the hot paths is counted right, and the reference kernels do theirs."""

from __future__ import annotations

import itertools
import platform
from typing import cast

import numpy as np
import pytest
from benchmarks.harness.instructions import count_vector_popcounts
from benchmarks.harness.limit import Limit
from benchmarks.harness.limit_paths import count_near
from benchmarks.harness.reference import Reference, copy_memory, interpret, popcount_kernel, reference_call
from benchmarks.harness.surroundings import describe_surroundings
from benchmarks.limits import Reached, figures_of, table_of, words_of
from hypothesis import given, settings
from hypothesis import strategies as st

from vantay.fingerprint.comparison.stages import LOCAL_TABLES

angles = st.lists(st.integers(0, 255), max_size=12)


def naive_count_near(probe: list[int], reference: list[int]) -> int:
    n = 0
    for a, b in itertools.product(probe, reference):
        around = {abs(a - b + turn) for turn in (-256, 0, 256)}
        n += min(around) <= LOCAL_TABLES.direction
    return n


@given(probe=angles, reference=angles)
def test_near_directions_are_counted_around_the_circle(probe: list[int], reference: list[int]) -> None:
    found = count_near(np.array(probe, np.uint8), np.array(reference, np.uint8))
    assert found == naive_count_near(probe, reference)


@settings(deadline=None)
@given(words=st.lists(st.integers(0, 2**64 - 1), max_size=20), n_sweeps=st.integers(0, 3))
def test_popcount_kernel_counts_the_ones_of_all_combined_words(words: list[int], n_sweeps: int) -> None:
    masks = [sweep * 0x9E3779B97F4A7C15 % 2**64 for sweep in range(n_sweeps)]
    expected = sum((word ^ mask).bit_count() for word, mask in itertools.product(words, masks))
    assert int(popcount_kernel(np.array(words, np.uint64), n_sweeps)) == expected


def test_references_do_the_same_work_each_time() -> None:
    assert interpret() == interpret()
    copy_memory()
    for reference in Reference:
        call = reference_call(reference)
        assert call() == call()


def test_popcounts_of_a_kernel_are_counted_as_the_processor_has_them() -> None:
    popcount_kernel(np.zeros(4, np.uint64), 1)
    counts = count_vector_popcounts(popcount_kernel)
    has_vectors = "avx512_vpopcntdq" in cast("list[str]", describe_surroundings()["flags"])
    assert (counts["vpopcntq of 512 bits"] > 0) == has_vectors
    assert counts["cnt of 16 bytes"] == 0 or platform.machine() == "aarch64"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"a": 2, "b": 0, "c": 1}, "2 a, 1 c in the machine code"),
        ({"a": 0}, "no popcount instruction in the machine code"),
    ],
)
def test_instructions_in_words(counts: dict[str, int], words: str) -> None:
    assert words_of(counts) == words


def test_share_is_what_is_reached_over_what_there_is() -> None:
    half = Reached("a path", Limit.READ, 256.0, "vector", 10e9, 20e9)
    assert figures_of([half], {})["shares"]["a path, read from memory"]["share"] == 0.5
    assert list(table_of([half]).columns[5].cells) == ["50.0 %"]
