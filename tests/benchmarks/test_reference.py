"""The pieces of work that benchmarks are judged by are the same in each process."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.harness import reference
from benchmarks.harness.reference import CACHE_LINE_BYTES, Reference, reference_call


def test_words_begin_at_a_line_of_the_cache() -> None:
    assert reference._words().ctypes.data % 64 == 0


@pytest.mark.parametrize("n_words", [1, 7, 8, 2048])
def test_room_is_given_at_a_line_of_the_cache_wherever_numpy_puts_it(n_words: int) -> None:
    kept = [reference._at_cache_line(n_words) for _ in range(20)]
    assert {len(words) for words in kept} == {n_words}
    assert {words.ctypes.data % CACHE_LINE_BYTES for words in kept} == {0}


def test_ones_are_counted_as_python_counts_them() -> None:
    words = np.array([0, 1, (1 << 64) - 1, 0x0123456789ABCDEF], dtype=np.uint64)
    masks = [(sweep * 0x9E3779B97F4A7C15) % (1 << 64) for sweep in range(3)]
    expected = sum((int(word) ^ mask).bit_count() for mask in masks for word in words)
    assert reference.popcount_kernel(words, 3) == expected


def test_each_reference_does_the_same_work_at_each_call() -> None:
    for kind in (Reference.INTEGER, Reference.INTERPRETER):
        call = reference_call(kind)
        assert call() == call() != 0
    reference_call(Reference.MEMORY)()
    source, target = reference._buffers()
    assert np.array_equal(source, target)
