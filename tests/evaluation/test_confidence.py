from itertools import combinations

import numpy as np
import pytest

from naive.error_rates import naive_equal_error_rate
from vantay.errors import InvalidSetting
from vantay.evaluation.confidence import bootstrap_interval
from vantay.evaluation.error_rates import equal_error_rate
from vantay.evaluation.score_table import ImpressionName, ScoreTable


def _table(n_fingers: int, separation: float, seed: int = 0, set_name: str = "") -> ScoreTable:
    """Each finger with 4 impressions has a level of its own: its mated scores rise and fall together."""
    rng = np.random.default_rng(seed)
    level = rng.normal(size=n_fingers)
    names = [ImpressionName(set_name, f, i) for f in range(n_fingers) for i in range(4)]
    pairs = list(combinations(names, 2))
    scores = [
        rng.normal(scale=0.3) + (separation + level[a.finger] if a.finger == b.finger else 0.0)
        for a, b in pairs
    ]
    return ScoreTable("test", [a for a, _ in pairs], [b for _, b in pairs], np.array(scores))


def test_interval_holds_the_rate_itself() -> None:
    table = _table(20, separation=1.0)
    low, high = bootstrap_interval(table, equal_error_rate, n_replicates=300)
    assert 0.0 <= low < equal_error_rate(table.curve()) < high <= 1.0


def test_interval_is_the_same_for_the_same_seed() -> None:
    table = _table(6, separation=1.0)
    first, again, other = (
        bootstrap_interval(table, equal_error_rate, n_replicates=50, seed=s) for s in (5, 5, 6)
    )
    assert first == again
    assert first != other


def test_more_fingers_give_a_narrower_interval() -> None:
    widths = []
    for n_fingers in (5, 60):
        low, high = bootstrap_interval(_table(n_fingers, separation=1.0), equal_error_rate, n_replicates=200)
        widths.append(high - low)
    assert widths[1] < 0.8 * widths[0]


def test_counting_weights_equals_copying_fingers() -> None:
    """A replicate must be the rate of a data set in which fingers really stand as often as drawn."""
    table = _table(3, separation=0.5)
    rng = np.random.default_rng(3)
    comparisons = list(zip(table.probes, table.candidates, table.scores, strict=True))
    expected = []
    for _ in range(400):
        times = rng.multinomial(3, [1 / 3] * 3)
        mated: list[float] = []
        non_mated: list[float] = []
        for probe, candidate, score in comparisons:
            if probe.finger == candidate.finger:
                mated += [score] * int(times[probe.finger])
            else:
                non_mated += [score] * int(times[probe.finger] * times[candidate.finger])
        if non_mated:
            expected.append(naive_equal_error_rate(mated, non_mated))
    low, high = bootstrap_interval(table, equal_error_rate, n_replicates=len(expected), seed=3)
    assert low == pytest.approx(np.percentile(expected, 2.5), abs=1e-9)
    assert high == pytest.approx(np.percentile(expected, 97.5), abs=1e-9)


def test_a_single_finger_is_refused() -> None:
    one = ImpressionName("a", 1, 1)
    other_set = [ImpressionName("b", f, 1) for f in (1, 2)]
    table = ScoreTable(
        "test", [one, other_set[0]], [one._replace(impression=2), other_set[1]], np.array([2.0, 1.0])
    )
    with pytest.raises(InvalidSetting, match="a set of one finger"):
        bootstrap_interval(table, equal_error_rate)


def test_fingers_of_one_subject_are_drawn_together() -> None:
    """Three subjects of two fingers each: a replicate is what people drawn so often would give."""

    def subject_of(name: ImpressionName) -> int:
        return name.finger // 2

    table = _table(6, separation=0.5)
    rng = np.random.default_rng(3)
    comparisons = list(zip(table.probes, table.candidates, table.scores, strict=True))
    expected = []
    for _ in range(200):
        times = rng.multinomial(3, [1 / 3] * 3)
        mated: list[float] = []
        non_mated: list[float] = []
        for probe, candidate, score in comparisons:
            a, b = subject_of(probe), subject_of(candidate)
            copies = int(times[a] if a == b else times[a] * times[b])
            (mated if probe.finger == candidate.finger else non_mated).extend([score] * copies)
        expected.append(naive_equal_error_rate(mated, non_mated))
    low, high = bootstrap_interval(
        table, equal_error_rate, subject_of=subject_of, n_replicates=len(expected), seed=3
    )
    assert low == pytest.approx(np.percentile(expected, 2.5), abs=1e-9)
    assert high == pytest.approx(np.percentile(expected, 97.5), abs=1e-9)


def test_correlated_fingers_of_a_subject_widen_the_interval() -> None:
    """Four fingers a subject that rise and fall together are worth little more than one."""
    rng = np.random.default_rng(8)
    level = np.repeat(rng.normal(size=12), 4)
    names = [ImpressionName("", f, i) for f in range(48) for i in range(2)]
    pairs = list(combinations(names, 2))
    scores = [
        rng.normal(scale=0.3) + (1.0 + level[a.finger] if a.finger == b.finger else 0.0) for a, b in pairs
    ]
    table = ScoreTable("test", [a for a, _ in pairs], [b for _, b in pairs], np.array(scores))
    by_finger = bootstrap_interval(table, equal_error_rate, n_replicates=100)
    by_subject = bootstrap_interval(
        table, equal_error_rate, subject_of=lambda name: name.finger // 4, n_replicates=100
    )
    assert by_subject.high - by_subject.low > 1.3 * (by_finger.high - by_finger.low)
