"""Numbers by address."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.population.random_stream import RandomStream, open_stream

INDICES = np.arange(20_000, dtype=np.uint64)


def test_words_continue_the_published_sequence() -> None:
    # SplitMix64 from seed 1234567: the first numbers that its public test vectors list
    start = RandomStream(0)
    mixed = start.words(np.zeros(1, np.uint64), 3)[0]
    expected, state = [], 0
    for _ in range(3):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        expected.append(z ^ (z >> 31))
    assert mixed.tolist() == expected
    assert expected[0] == 0xE220A8397B1DCDAF  # known first output of SplitMix64 with seed 0


def test_numbers_of_an_index_do_not_depend_on_the_others() -> None:
    stream = open_stream(7, "test")
    whole = stream.normals(INDICES, 5)
    np.testing.assert_array_equal(stream.normals(INDICES[[11, 3]], 5), whole[[11, 3]])
    np.testing.assert_array_equal(stream.words(INDICES, 2), stream.words(INDICES, 9)[:, :2])


def test_uniform_and_normal_numbers_are_distributed_so() -> None:
    stream = open_stream(7, "test")
    assert kstest(stream.uniform(INDICES), "uniform").pvalue > 0.001
    normals = stream.normals(INDICES, 3)
    assert kstest(normals.ravel(), "norm").pvalue > 0.001
    assert np.abs(np.corrcoef(normals.T) - np.eye(3)).max() < 0.03


def test_streams_of_other_seeds_and_purposes_have_nothing_in_common() -> None:
    base = open_stream(7, "test").uniform(INDICES)
    for other in (open_stream(8, "test"), open_stream(7, "test2")):
        assert abs(np.corrcoef(base, other.uniform(INDICES))[0, 1]) < 0.03


def test_choices_follow_the_shares() -> None:
    chosen = open_stream(7, "test").choices(INDICES, [1, 2, 1])
    shares = np.bincount(chosen, minlength=3) / INDICES.size
    np.testing.assert_allclose(shares, [0.25, 0.5, 0.25], atol=0.015)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_stream_refuses_a_seed_out_of_range(seed: int) -> None:
    with pytest.raises(InvalidSetting, match="expected 0 to"):
        open_stream(seed, "test")
