from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.random_fingers import capture_again, make_finger
from vantay.errors import InvalidSetting
from vantay.evaluation.fidelity import LOWEST_LOG_ODDS, PrintSet, distances, ks_distance, measure_prints
from vantay.evaluation.fidelity_synthetic import face_cosines, make_print_sets
from vantay.evaluation.fvc import FvcSet
from vantay.evaluation.impressions import Impression
from vantay.fingerprint.comparison import compare, prepare
from vantay.types import MINUTIA_DTYPE, FingerTemplate
from vantay_datasets.fvc import FvcImage
from vantay_datasets.synthetic.minutiae import TemplateLevel

NUMBERS = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


@given(NUMBERS, NUMBERS)
def test_ks_distance_is_the_largest_gap_between_the_shares_below(one: list[int], other: list[int]) -> None:
    gaps = [
        abs(sum(v <= place for v in one) / len(one) - sum(v <= place for v in other) / len(other))
        for place in {*one, *other}
    ]
    assert ks_distance(one, other) == pytest.approx(max(gaps))
    assert ks_distance(one, one) == 0.0


def test_ks_distance_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidSetting, match="samples of 0 and 1 values"):
        ks_distance([], [1.0])


def _prints() -> PrintSet:
    fingers = [make_finger(seed) for seed in (1, 2, 3)]
    templates = [t for finger in fingers for t in (finger, capture_again(finger, 7))]
    return PrintSet([1, 1, 2, 2, 3, 3], templates, n_failed=2)


def test_measures_are_those_of_each_impression_and_each_pair() -> None:
    prints = _prints()
    measures = measure_prints([prints])
    found = measures.distributions
    assert found["n_minutiae"].tolist() == [t.n_minutiae for t in prints.templates]
    assert found["quality"].tolist() == [60, 55] * 3
    assert (found["mated_scores"].size, found["non_mated_scores"].size) == (3, 12)
    first, second = (prepare(t) for t in prints.templates[:2])
    comparison = compare(first, second)
    assert found["mated_scores"][0] == pytest.approx(comparison.score)
    assert found["mated_log_odds"][0] == pytest.approx(comparison.evidence["log_odds"], rel=1e-5)
    assert found["non_mated_log_odds"].min() >= LOWEST_LOG_ODDS
    assert measures.fte == 2 / 8
    assert measures.curve().fnmr[-1] == 1.0


def _square(side_px: int) -> FingerTemplate:
    minutiae = np.zeros(4, MINUTIA_DTYPE)
    minutiae["x_px"], minutiae["y_px"] = [10, 10, 10 + side_px, 10 + side_px], [10, 10 + side_px] * 2
    return FingerTemplate(minutiae, 300, 300)


def test_density_and_neighbours_are_in_their_units() -> None:
    """50 px are 2.54 mm: four minutiae on a square of 6.4516 mm², each 50 px from two others."""
    found = measure_prints([PrintSet([1, 1, 2], [_square(50)] * 3)]).distributions
    assert found["density"] == pytest.approx([4 / 2.54**2] * 3)
    assert found["nearest_neighbour_px"].tolist() == [50.0] * 12


def test_prints_of_different_sets_are_not_compared() -> None:
    alone = measure_prints([_prints()]).distributions
    twice = measure_prints([_prints(), _prints()]).distributions
    assert twice["non_mated_scores"].tolist() == alone["non_mated_scores"].tolist() * 2
    assert all(one.ks == 0.0 for one in distances(alone, twice).values())


@pytest.mark.parametrize("fingers", [[1, 1], [1, 2]])
def test_sets_without_a_kind_of_comparison_are_refused(fingers: list[int]) -> None:
    with pytest.raises(InvalidSetting, match="no mated or no non-mated comparison"):
        measure_prints([PrintSet(fingers, [make_finger(1), make_finger(2)])])


def test_images_without_a_template_are_counted() -> None:
    images = tuple(FvcImage(finger, 1, Path(f"{finger}_1.tif")) for finger in (1, 2))
    impressions = [
        Impression(images[0].path, make_finger(1), "", 1.0),
        Impression(images[1].path, None, "wet", 1.0),
    ]
    prints = PrintSet.of_images(FvcSet("s", images, 500.0), impressions)
    assert (list(prints.fingers), len(prints.templates), prints.n_failed) == ([1], 1, 1)


def test_synthetic_sets_have_the_shape_of_real_ones_and_depend_on_the_seed_alone() -> None:
    one, other = make_print_sets(2, TemplateLevel.FVC_HARD, seed=3)
    assert len(one.templates) == 80
    assert [one.fingers.count(finger) for finger in range(10)] == [8] * 10
    assert one.templates[0] == make_print_sets(1, TemplateLevel.FVC_HARD, seed=3)[0].templates[0]
    assert one.templates[0] != other.templates[0]
    assert one.templates[0] != one.templates[1]
    assert one.templates[0] != make_print_sets(1, TemplateLevel.FVC_HARD, seed=4)[0].templates[0]


def test_synthetic_faces_are_compared_each_with_each() -> None:
    cosines = face_cosines(20, 3)
    assert cosines["mated_cosines"].size == 20 * 3
    assert cosines["non_mated_cosines"].size == 60 * 59 // 2 - 60
    assert cosines["mated_cosines"].mean() > cosines["non_mated_cosines"].mean() + 0.02
