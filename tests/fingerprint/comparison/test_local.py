"""The local stage finds the pairs that a search through all pairs finds, with the likeness it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.plain_columns import directed_cylinders
from fingerprint.comparison.strategies import (
    another_impression,
    examples,
    full_print,
    odd_templates,
    random_print,
    template,
)
from naive.local_pairs import (
    graded_similarity,
    naive_candidates,
    naive_local_score,
    naive_pair_count,
    similarity_of_share,
)
from vantay.errors import InvalidSetting
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.local import LocalPairs, LocalTables, find_local_pairs, local_scores
from vantay.fingerprint.comparison.parameters import MAX_PAIRS, PARAMETERS, LocalParameters
from vantay.types import FingerTemplate

P = PARAMETERS.local
TABLES = LocalTables(P)
ROUNDING = 1e-5
"""Of a share of bits, in 32-bit arithmetic: which of two grades it falls into at a border."""


def find(probe: PreparedTemplate, reference: PreparedTemplate, parameters: LocalParameters = P) -> LocalPairs:
    tables = LocalTables(parameters)
    return find_local_pairs(probe, TemplatePack.of([reference]), np.zeros(1, np.int64), tables)


def found_similarities(pairs: LocalPairs) -> dict[tuple[int, int], float]:
    n = int(pairs.n_pairs[0])
    found = {
        (int(i), int(j)): float(s)
        for (i, j), s in zip(pairs.columns[0, :n], pairs.similarity[0, :n], strict=True)
    }
    assert len(found) == n, "a pair was found twice"
    return found


def assert_as_naive(
    probe: PreparedTemplate, reference: PreparedTemplate, parameters: LocalParameters = P
) -> int:
    pairs = find(probe, reference, parameters)
    found = found_similarities(pairs)
    shares = naive_candidates(directed_cylinders(probe), directed_cylinders(reference), parameters)
    lowest = {pair: graded_similarity(share + ROUNDING, P) for pair, share in shares.items()}
    highest = {pair: graded_similarity(max(share - ROUNDING, 0), P) for pair, share in shares.items()}
    for pair, similarity in found.items():
        assert lowest[pair] - 1e-6 <= similarity <= highest[pair] + 1e-6
    limit = min(probe.n_valid, reference.n_valid, MAX_PAIRS)
    passing = [pair for pair in shares if lowest[pair] >= P.min_similarity]
    assert len(found) >= min(limit, len(passing))
    assert len(found) <= limit
    worst = min(found.values(), default=0.0) if len(found) == limit else 1.0
    assert all(lowest[pair] <= worst + 1e-6 for pair in passing if pair not in found)
    n_score = naive_pair_count(probe.n_valid, reference.n_valid, P)
    at_least = naive_local_score([lowest[pair] for pair in passing], n_score)
    might_pass = [s for s in highest.values() if s >= P.min_similarity - 1e-6]
    assert at_least - 1e-5 <= pairs.score[0] <= naive_local_score(might_pass, n_score) + 1e-5
    return len(found)


@given(odd_templates(), odd_templates())
@examples(150)
def test_odd_templates_have_the_naive_pairs(a: FingerTemplate, b: FingerTemplate) -> None:
    assert_as_naive(prepare(a), prepare(b))


@given(odd_templates())
@examples(60)
def test_a_template_against_itself_has_the_naive_pairs(a: FingerTemplate) -> None:
    assert_as_naive(prepare(a), prepare(a))


@given(odd_templates(), st.lists(odd_templates(), max_size=5))
@examples(60)
def test_scores_alone_are_the_bytes_of_scores_with_pairs(a: FingerTemplate, b: list[FingerTemplate]) -> None:
    probe, pack = prepare(a), TemplatePack.of([prepare(t) for t in [a, *b]])
    references = np.arange(len(pack), dtype=np.int64)[::-1].copy()
    with_pairs = find_local_pairs(probe, pack, references, TABLES).score
    assert local_scores(probe, pack, references, TABLES).tobytes() == with_pairs.tobytes()


@pytest.mark.slow_without_jit
@pytest.mark.parametrize("seed", range(6))
def test_prints_have_the_naive_pairs(seed: int) -> None:
    probe = random_print(seed, 30 + 3 * seed)
    impression, stranger = another_impression(probe, seed), random_print(seed + 50, 60 - seed)
    assert assert_as_naive(prepare(probe), prepare(impression)) > 15
    assert assert_as_naive(prepare(probe), prepare(stranger)) > 0


@pytest.mark.slow_without_jit
@pytest.mark.parametrize("n", [1, 2, 3, 15, 16, 17, 31, 32, 33, 254, 255])
def test_windows_reach_to_the_last_column_of_any_width(n: int) -> None:
    probe, reference = prepare(random_print(n, 19)), prepare(random_print(n + 1, n, side_px=500))
    assert_as_naive(probe, reference)
    assert_as_naive(reference, probe)


@pytest.mark.slow_without_jit
def test_no_more_pairs_than_the_limit_are_kept_and_they_are_the_best() -> None:
    crowd = prepare(full_print(1))
    assert crowd.n_valid > MAX_PAIRS
    assert assert_as_naive(crowd, crowd) == MAX_PAIRS


def test_identical_cylinders_are_fully_alike() -> None:
    # far from each other, so that no other pair is alike
    clusters = template(
        (600 * k + dx, 600 * k + dy, 20 * k, 1, 50)
        for k in range(3)
        for dx, dy in ((0, 0), (40, 10), (9, 50))
    )
    pairs = found_similarities(find(prepare(clusters), prepare(clusters)))
    assert [pairs.get((i, i)) for i in range(9)] == [1.0] * 9


def test_directions_are_compared_around_the_circle() -> None:
    def turned_cluster(angle: int) -> PreparedTemplate:
        return prepare(template((300 + dx, 300 + dy, angle, 1, 50) for dx, dy in ((0, 0), (40, 10), (9, 50))))

    most = P.max_direction_difference
    for angle in (0, 1, 128, 255):
        near = find(turned_cluster(angle), turned_cluster((angle + most) % 256))
        far = find(turned_cluster(angle), turned_cluster((angle + most + 1) % 256))
        assert int(near.n_pairs[0]) == len(
            naive_passing(turned_cluster(angle), turned_cluster((angle + most) % 256))
        )
        assert far.n_pairs[0] == 0
        assert far.score[0] == 0


def naive_passing(probe: PreparedTemplate, reference: PreparedTemplate) -> list[float]:
    shares = naive_candidates(directed_cylinders(probe), directed_cylinders(reference), P)
    limit = min(probe.n_valid, reference.n_valid)
    passing = [s for s in shares.values() if graded_similarity(s, P) >= P.min_similarity]
    return sorted(passing)[:limit]


@pytest.mark.parametrize("direction", [-1, 128])
def test_windows_that_would_meet_behind_the_circle_are_refused(direction: int) -> None:
    with pytest.raises(InvalidSetting, match=f"max_direction_difference is {direction}, expected 0 to 127"):
        LocalTables(replace(P, max_direction_difference=direction))


@pytest.mark.slow_without_jit
@pytest.mark.parametrize("direction", [0, 1, 90, 127])
def test_windows_of_any_width_have_the_naive_pairs(direction: int) -> None:
    parameters = replace(P, max_direction_difference=direction)
    probe, reference = prepare(random_print(1, 61)), prepare(random_print(2, 60))
    assert assert_as_naive(probe, reference, parameters) >= bool(direction)


def test_grades_are_similarities_from_the_least_to_one() -> None:
    assert TABLES.similarity[255] == 1
    assert TABLES.similarity[128] == pytest.approx(P.min_similarity, abs=1e-6)
    assert np.all(np.diff(TABLES.similarity) > 0)
    step = 2 * (1 - P.min_similarity) ** 2 / 127
    for grade in range(128, 256):
        expected = similarity_of_share(step * (255 - grade))
        assert TABLES.similarity[grade] == pytest.approx(expected, abs=1e-6)


def test_pairs_that_make_a_score_follow_the_logistic_function() -> None:
    expected = [naive_pair_count(n, n + 7, P) for n in range(256)]
    assert TABLES.pair_counts.tolist() == expected
    assert (expected[0], expected[20], expected[255]) == (P.min_pairs, 8, P.max_pairs)
