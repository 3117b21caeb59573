import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive.error_rates import naive_discard
from vantay.errors import InvalidSetting
from vantay.evaluation.error_discard import MAX_DISCARD, discard_curve
from vantay.evaluation.score_table import ImpressionName, ScoreTable


def _table(scores: list[float], qualities: list[float] | None) -> ScoreTable:
    """Mated comparisons with these scores, and one non-mated one that scores 0."""
    n = len(scores)
    return ScoreTable(
        name="test",
        probes=[ImpressionName("", 1, 1)] * (n + 1),
        candidates=[*[ImpressionName("", 1, 2)] * n, ImpressionName("", 2, 1)],
        scores=np.array([*scores, 0.0]),
        qualities=None if qualities is None else np.array([*qualities, 50.0]),
    )


mated_comparisons = st.lists(
    st.tuples(st.sampled_from([-1.0, 1.0]), st.integers(0, 5).map(float)), min_size=1, max_size=30
)


@given(mated_comparisons, st.floats(0.0, 1.0))
def test_curve_is_the_rate_of_what_remains(comparisons: list[tuple[float, float]], share: float) -> None:
    scores, qualities = (list(column) for column in zip(*comparisons, strict=True))
    curve = discard_curve(_table(scores, qualities), max_fmr=0.0)
    expected = naive_discard(qualities, [score < 0 for score in scores], share)
    assert curve.fnmr_at(share) == pytest.approx(expected)


@given(mated_comparisons)
def test_area_is_the_mean_of_the_curve(comparisons: list[tuple[float, float]]) -> None:
    scores, qualities = (list(column) for column in zip(*comparisons, strict=True))
    curve = discard_curve(_table(scores, qualities), max_fmr=0.0)
    shares = (np.arange(20_000) + 0.5) / 20_000 * MAX_DISCARD
    assert curve.area == pytest.approx(np.mean([curve.fnmr_at(share) for share in shares[::20]]), abs=5e-3)


def test_quality_that_knows_the_errors_removes_them_first() -> None:
    scores = [-1.0] * 2 + [1.0] * 8
    good = discard_curve(_table(scores, [10.0, 20.0, *[50.0 + i for i in range(8)]]), max_fmr=0.0)
    useless = discard_curve(_table(scores, [50.0] * 10), max_fmr=0.0)
    assert good.fnmr_at(0.0) == useless.fnmr_at(0.0) == 0.2
    assert good.fnmr_at(0.1) == pytest.approx(1 / 9)
    assert good.fnmr_at(0.2) == 0.0
    assert good.area < useless.area == pytest.approx(0.2)


def test_json_names_the_area_and_the_rates_at_a_few_shares() -> None:
    """Twenty mated comparisons; the two errors have the lowest and the third lowest quality."""
    scores = [-1.0, 1.0, -1.0, *[1.0] * 17]
    curve = discard_curve(_table(scores, [float(i) for i in range(20)]), max_fmr=0.0)
    document = curve.as_json()
    rates = {"0": 2 / 20, "0.05": 1 / 19, "0.1": 1 / 18, "0.2": 0.0, "0.3": 0.0}
    assert document == {"fmr": 0.0, "area": curve.area, "fnmr_at_discard": pytest.approx(rates)}


def test_scores_without_qualities_are_refused() -> None:
    with pytest.raises(InvalidSetting, match="no qualities"):
        discard_curve(_table([1.0], None), max_fmr=0.0)
