"""Vectors of subjects: brute force is the oracle of the coarse search, plain sums that of the fine codes."""

from __future__ import annotations

from unittest import mock

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive.refined_scores import refined_scores
from vantay.errors import CallerError, DataCorruption
from vantay.index import subject_vectors
from vantay.index.subject_vectors import FINE_SPAN, SubjectVectors, encode_vectors, quantised

D, BLOCK = 64, 16
DEVIATION = 0.25
N = 3000

Floats = npt.NDArray[np.float32]


def random_vectors(n: int, seed: int = 1) -> Floats:
    """Draw vectors of four blocks, each one there three times of four."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(0, DEVIATION, (n, D)).astype(np.float32)
    missing = rng.random((n, D // BLOCK)) < 0.25
    vectors[np.repeat(missing, BLOCK, axis=1)] = 0
    return vectors


def encoded(vectors: Floats) -> SubjectVectors:
    return SubjectVectors.of(encode_vectors(quantised(vectors, DEVIATION), DEVIATION))


VECTORS = random_vectors(N)
SUBJECTS = encoded(VECTORS)


def as_bits(marks: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
    return np.packbits(marks, bitorder="little")


def test_coarse_search_finds_again_who_is_alike() -> None:
    rng = np.random.default_rng(2)
    n_lost = 0
    for row in range(0, N, 30):
        probe = VECTORS[row] + rng.normal(0, DEVIATION / 2, D).astype(np.float32)
        rows, _ = SUBJECTS.search(probe, 100)
        n_lost += row not in rows
    assert n_lost <= 2


def test_most_of_the_truly_best_are_among_the_coarse_best() -> None:
    recalls = []
    for probe in random_vectors(20, seed=3):
        best = np.argsort(-(VECTORS @ probe))[:50]
        rows, _ = SUBJECTS.search(probe, 500)
        recalls.append(np.isin(best, rows).mean())
    assert np.mean(recalls) > 0.95


def test_scores_fall_and_approximate_inner_products() -> None:
    probe = random_vectors(1, seed=4)[0]
    rows, scores = SUBJECTS.search(probe, N)
    assert sorted(rows) == list(range(N))
    assert np.all(np.diff(scores) <= 0)
    assert np.corrcoef(scores, VECTORS[rows] @ probe)[0, 1] > 0.75  # a bit a number: 0.8 in theory


@settings(max_examples=30, deadline=None)
@given(share=st.sampled_from([0.0, 0.001, 0.01, 0.3, 1.0]), seed=st.integers(0, 10**6))
def test_filtered_search_is_search_among_those_allowed(share: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    allowed = rng.random(N) < share
    probe = random_vectors(1, seed=seed)[0]
    all_rows, all_scores = SUBJECTS.search(probe, N)
    rows, scores = SUBJECTS.search(probe, 40, allowed=as_bits(allowed))
    assert allowed[rows].all()
    assert len(set(rows)) == len(rows) == min(40, allowed.sum())
    np.testing.assert_allclose(scores, all_scores[allowed[all_rows]][:40], atol=1e-5)


def test_blocks_that_are_not_there_add_nothing() -> None:
    """But for the rounding of the table of a probe, the same for everyone, in the coarse codes."""
    vectors = VECTORS[:50].copy()
    vectors[:, :BLOCK] = 0
    vectors[7] = 0
    subjects = encoded(vectors)
    probe = np.zeros(D, np.float32)
    probe[:BLOCK] = 1
    _, scores = subjects.search(probe, 50)
    assert np.ptp(scores) == 0
    assert abs(scores[0]) < 0.02
    assert not subjects.refine(probe, np.arange(50)).any()
    rows, scores = subjects.search(np.ones(D, np.float32), 50)
    assert abs(scores[rows == 7][0]) < 0.02 * np.abs(scores).max()
    assert subjects.refine(np.ones(D, np.float32), np.array([7]))[0] == 0


@settings(max_examples=50, deadline=None)
@given(
    n=st.integers(1, 20),
    blocks=st.lists(st.booleans(), min_size=4, max_size=4),
    seed=st.integers(0, 10**6),
)
def test_fine_scores_are_plain_sums(n: int, blocks: list[bool], seed: int) -> None:
    vectors = random_vectors(n, seed)
    probe = random_vectors(1, seed + 1)[0] * np.repeat(blocks, BLOCK).astype(np.float32)
    subjects = encoded(vectors)
    rows = np.random.default_rng(seed).integers(0, n, 2 * n)
    step = FINE_SPAN * DEVIATION / 127
    scores = subjects.refine(probe, rows)
    np.testing.assert_allclose(scores, refined_scores(probe, subjects.fine, rows, step), atol=1e-4)
    np.testing.assert_allclose(subjects.fine * step, vectors, atol=step * 0.51)


def test_fine_codes_cut_what_is_far_out() -> None:
    far = np.array([[100.0, -100.0, 0.0, FINE_SPAN * DEVIATION]], np.float32)
    assert quantised(far, DEVIATION).tolist() == [[127, -127, 0, 127]]


def test_codes_do_not_depend_on_who_else_is_there() -> None:
    """Files that were merged are the same as those that were made at once."""
    fine = quantised(random_vectors(40_000, seed=5), DEVIATION)
    together = encode_vectors(fine, DEVIATION)
    apart = SubjectVectors.of(encode_vectors(fine[20_000:], DEVIATION))
    probe = random_vectors(1, seed=6)[0]
    rows, scores = SubjectVectors.of(together).search(probe, 40_000)
    by_row = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    for row, score in zip(*apart.search(probe, 1000), strict=True):
        assert by_row[row + 20_000] == pytest.approx(score, abs=1e-5)


def test_nobody_is_found_among_nobody() -> None:
    nobody = encoded(np.empty((0, D), np.float32))
    rows, scores = nobody.search(np.ones(D, np.float32), 10)
    assert len(nobody) == rows.size == scores.size == 0


def test_wrong_lengths_and_rows_are_refused() -> None:
    short = np.zeros(D - 4, np.float32)
    with pytest.raises(CallerError, match="probe vector"):
        SUBJECTS.search(short, 1)
    with pytest.raises(CallerError, match="probe vector"):
        SUBJECTS.refine(short, np.array([0]))
    for row in (-1, N):
        with pytest.raises(CallerError, match="rows"):
            SUBJECTS.refine(np.zeros(D, np.float32), np.array([0, row]))


def test_codes_that_do_not_go_together_are_refused() -> None:
    arrays = encode_vectors(quantised(VECTORS[:10], DEVIATION), DEVIATION)
    with pytest.raises(DataCorruption, match="coarse codes"):
        SubjectVectors.of(arrays | {"fine": arrays["fine"][:9]})
    with pytest.raises(DataCorruption, match="cannot be read"):
        SubjectVectors.of(arrays | {"coarse": np.arange(200, dtype=np.uint8)})


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 700), seed=st.integers(0, 10**6), share=st.sampled_from([0.05, 0.5, 1.0]))
def test_slices_find_what_one_search_finds(n: int, seed: int, share: float) -> None:
    """To the bit, whatever is asked for: a search of one best too."""
    arrays = encode_vectors(quantised(random_vectors(n, seed), DEVIATION), DEVIATION)
    whole = SubjectVectors.of(arrays)
    with mock.patch.object(subject_vectors, "SLICE_ROWS", 64):
        cut = SubjectVectors.of(arrays)
    assert [rows.start for rows in cut.slices] == list(range(0, n, 64))
    probe = random_vectors(1, seed + 1)[0]
    allowed = np.random.default_rng(seed).random(n) < share
    rows, scores = whole.search(probe, n)
    of_row = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    for n_best in (1, 7, n):
        by_slices, their_scores = cut.search(probe, n_best, allowed=as_bits(allowed))
        assert allowed[by_slices].all()
        assert [of_row[row] for row in by_slices.tolist()] == their_scores.tolist()
        best = sorted((of_row[row] for row in np.flatnonzero(allowed)), reverse=True)[:n_best]
        assert their_scores.tolist() == best


@settings(max_examples=20, deadline=None)
@given(n=st.integers(1, 300), seed=st.integers(0, 10**6))
def test_a_view_finds_what_all_codes_find(n: int, seed: int) -> None:
    """To the bit, for a probe that is zero outside of it; another probe does without it."""
    arrays = encode_vectors(quantised(random_vectors(n, seed), DEVIATION), DEVIATION)
    d = arrays["fine"].shape[1]
    views = ((slice(8, 16),), (slice(0, 16), slice(d - 8, d)))
    with mock.patch.object(subject_vectors, "SLICE_ROWS", 64):
        viewed, whole = SubjectVectors.of(arrays, views), SubjectVectors.of(arrays)
    for kept in (*views, (slice(0, d),)):
        probe = np.zeros(d, np.float32)
        for numbers in kept:
            probe[numbers] = random_vectors(1, seed + 1)[0][numbers]
        rows, scores = viewed.search(probe, n)
        all_rows, all_scores = whole.search(probe, n)
        assert (rows.tolist(), scores.tolist()) == (all_rows.tolist(), all_scores.tolist())
