"""A sketch holds the best cylinders of a print, and scores as the print would that has no others."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.strategies import (
    JIT,
    another_impression,
    examples,
    full_print,
    odd_templates,
    random_print,
)
from naive.sketch import naive_sketch_columns
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.sketch import SKETCH_COLUMNS, Sketches, lay_out_probe, sketch_scores
from vantay.fingerprint.comparison.stages import LOCAL_TABLES
from vantay.types import FingerTemplate


@cache
def crowded_print() -> FingerTemplate:
    return full_print(1) if JIT else random_print(1, 50)


def _assert_is_sketch(sketches: Sketches, t: int, template: PreparedTemplate) -> None:
    columns = naive_sketch_columns(template, SKETCH_COLUMNS)
    first, last = sketches.start[t], sketches.start[t + 1]
    words = sketches.words[6 * first : 6 * last].reshape(6, -1)
    np.testing.assert_array_equal(words, template.words[:, columns])
    np.testing.assert_array_equal(sketches.angle[first:last], template.angle[columns])


@given(st.lists(odd_templates(), max_size=5))
@examples(40)
def test_sketches_hold_the_best_cylinders(sources: list[FingerTemplate]) -> None:
    templates = [prepare(source) for source in (*sources, crowded_print())]
    sketches = Sketches.of(templates)
    assert len(sketches) == len(templates)
    assert sketches.start[0] == 0
    assert sketches.start[-1] == sketches.angle.size == sketches.words.size // 6
    for t, template in enumerate(templates):
        _assert_is_sketch(sketches, t, template)


def test_no_templates_have_no_sketches() -> None:
    sketches = Sketches.of([])
    assert len(sketches) == 0
    assert sketches.words.size == sketches.angle.size == 0


@given(odd_templates(), st.lists(odd_templates(max_size=SKETCH_COLUMNS), max_size=4))
@examples(60)
def test_sketch_scores_are_the_local_scores_of_small_prints(
    source: FingerTemplate, others: list[FingerTemplate]
) -> None:
    probe, references = prepare(source), [prepare(other) for other in (*others, source)]
    if source.n_minutiae > SKETCH_COLUMNS:
        references.pop()
    which = np.arange(len(references))[::-1].repeat(2)
    found = sketch_scores(probe, Sketches.of(references), which)
    expected = local_scores(probe, TemplatePack.of(references), which, LOCAL_TABLES)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("n", [27, 28])
def test_sketch_scores_of_prints_like_real_ones_are_their_local_scores(n: int) -> None:
    references = [prepare(another_impression(random_print(seed, n), seed)) for seed in range(8)]
    which = np.array([7, 0, 3, 3, 1], np.int64)
    for seed, n_minutiae in ((3, 20), (7, 45)):
        probe = prepare(random_print(seed, n_minutiae))
        found = sketch_scores(lay_out_probe(probe), Sketches.of(references), which)
        expected = local_scores(probe, TemplatePack.of(references), which, LOCAL_TABLES)
        np.testing.assert_array_equal(found, expected)
    assert found.max() > 0.3


def test_the_sketch_of_the_same_finger_scores_highest() -> None:
    sources = [random_print(seed, 60) for seed in range(12)]
    sketches = Sketches.of([prepare(source) for source in sources])
    for seed in (0, 5, 11):
        scores = sketch_scores(prepare(another_impression(sources[seed], seed)), sketches, np.arange(12))
        assert np.argmax(scores) == seed


@pytest.mark.parametrize("which", [[1], [-1], [0, 5]])
def test_a_sketch_that_is_not_there_is_refused(which: list[int]) -> None:
    prepared = prepare(random_print(1))
    with pytest.raises(IndexError, match="expected 0 to 0"):
        sketch_scores(prepared, Sketches.of([prepared]), np.array(which, np.int64))
