"""What callers may rely on: one answer whatever the pack, order, thread or call before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison import plain_columns
from fingerprint.comparison.strategies import (
    another_impression,
    examples,
    full_print,
    moved,
    odd_templates,
    random_print,
    small_prints,
    template,
)
from naive.evidence import naive_paired_similarity
from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison import (
    PreparedTemplate,
    TemplatePack,
    compare,
    compare_each,
    compare_many,
    prepare,
)
from vantay.fingerprint.comparison.stages import CHUNK
from vantay.types import FingerTemplate


def score(probe: FingerTemplate, reference: FingerTemplate) -> float:
    return compare(prepare(probe), prepare(reference)).score


def score_bytes(probe: PreparedTemplate, references: list[PreparedTemplate]) -> bytes:
    return np.array([compare(probe, reference).score for reference in references], np.float32).tobytes()


@pytest.fixture(scope="module")
def crowd() -> list[PreparedTemplate]:
    """More templates than a chunk holds, of many sizes; the first 20 are impressions of prints 0 to 19."""
    mated = [another_impression(random_print(seed), seed) for seed in range(20)]
    others = [random_print(100 + seed, seed % 50, side_px=350) for seed in range(CHUNK)]
    return [prepare(t) for t in mated + others]


@given(odd_templates(), st.lists(odd_templates(), max_size=6), st.randoms(use_true_random=False))
@examples(80)
def test_one_to_many_gives_the_bytes_of_one_to_one(
    probe_template: FingerTemplate, templates: list[FingerTemplate], random: st.DataObject
) -> None:
    probe, references = prepare(probe_template), [prepare(t) for t in [probe_template, *templates]]
    scores = compare_many(probe, TemplatePack.of(references))
    assert scores.dtype == np.float32
    assert scores.tobytes() == score_bytes(probe, references)
    assert np.all(np.isfinite(scores))
    assert np.all(scores >= 0)


@pytest.mark.slow_without_jit
def test_pack_order_subset_and_chunks_change_no_byte(crowd: list[PreparedTemplate]) -> None:
    probe, pack = prepare(random_print(3)), TemplatePack.of(crowd)
    expected = compare_many(probe, pack)
    assert len(crowd) > CHUNK
    assert expected.tobytes() == score_bytes(probe, crowd)
    order = np.random.default_rng(1).permutation(len(crowd)).astype(np.int64)
    shuffled = TemplatePack.of([crowd[k] for k in order])
    assert compare_many(probe, shuffled).tobytes() == expected[order].tobytes()
    assert compare_many(probe, pack, order).tobytes() == expected[order].tobytes()
    subset = np.concatenate([order[:7], order[:7], [3]])
    assert compare_many(probe, pack, subset).tobytes() == expected[subset].tobytes()


def test_several_fingers_at_once_score_as_each_alone(crowd: list[PreparedTemplate]) -> None:
    tasks = [(crowd[k], TemplatePack.of(crowd[k : k + n])) for k, n in ((0, 5), (3, 0), (7, 1), (1, 9))]
    scores = compare_each(tasks)
    assert [some.tobytes() for some in scores] == [compare_many(*task).tobytes() for task in tasks]
    assert compare_each([]) == []


def test_nothing_to_compare_with_gives_no_scores() -> None:
    probe, pack = prepare(random_print(3, 8)), TemplatePack.of([prepare(random_print(4, 8))])
    assert compare_many(probe, TemplatePack.of([])).shape == (0,)
    assert compare_many(probe, pack, np.empty(0, np.int64)).shape == (0,)


@pytest.mark.slow_without_jit
def test_calls_leave_nothing_behind(crowd: list[PreparedTemplate]) -> None:
    probes = [prepare(random_print(seed)) for seed in range(4)] + [
        prepare(full_print(5)),
        prepare(template([])),
    ]
    alone = [compare_many(probe, TemplatePack.of(crowd[:30])).tobytes() for probe in probes]
    for _ in range(2):
        for k in (4, 0, 5, 1, 4, 3, 2):
            assert compare_many(probes[k], TemplatePack.of(crowd[:30])).tobytes() == alone[k]


@pytest.mark.slow_without_jit  # numpy's settings for warnings do not reach other threads
def test_threads_give_the_bytes_of_one_thread(crowd: list[PreparedTemplate]) -> None:
    pack = TemplatePack.of(crowd)
    probes = [prepare(random_print(seed)) for seed in range(8)]
    expected = [compare_many(probe, pack).tobytes() for probe in probes]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda probe: compare_many(probe, pack).tobytes(), probes * 3))
    assert found == expected * 3


def frozen(prepared: PreparedTemplate) -> PreparedTemplate:
    names = ("minutiae", "angle", "words", "ones", "hull", "order")
    copies = {name: getattr(prepared, name).copy() for name in names}
    for array in copies.values():
        array.flags.writeable = False
    return replace(prepared, **copies)


@pytest.mark.slow_without_jit
def test_read_only_arrays_are_compared_alike() -> None:
    source = random_print(1, 20)
    probe, reference = prepare(source), prepare(another_impression(source, 1))
    expected = compare_many(probe, TemplatePack.of([reference]))
    pack = TemplatePack.of([reference])
    for field in fields(pack):
        array = getattr(pack, field.name)
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    assert compare_many(frozen(probe), pack).tobytes() == expected.tobytes()
    assert expected[0] > 0


def test_comparing_changes_neither_template() -> None:
    source = random_print(1, 13, side_px=130)
    probe, reference = prepare(source), prepare(another_impression(source, 1))
    before = [frozen(probe), frozen(reference)]
    compare(probe, reference)
    for after, copy in zip((probe, reference), before, strict=True):
        for name in ("minutiae", "angle", "words", "ones", "hull", "order"):
            np.testing.assert_array_equal(getattr(after, name), getattr(copy, name))


def test_templates_of_other_parameters_are_refused() -> None:
    ours = prepare(random_print(1, 8))
    theirs = replace(ours, parameter_hash="0" * 64)
    for probe, reference, name in ((theirs, ours, "probe"), (ours, theirs, "reference")):
        with pytest.raises(IncompatibleTemplate, match=f"{name}.*000000000000.*{ours.parameter_hash[:12]}"):
            compare(probe, reference)


def test_one_to_many_refuses_templates_of_other_parameters() -> None:
    ours = prepare(random_print(1, 8))
    theirs = replace(ours, parameter_hash="0" * 64)
    with pytest.raises(IncompatibleTemplate):
        compare_many(theirs, TemplatePack.of([ours]))
    with pytest.raises(IncompatibleTemplate):
        compare_many(ours, TemplatePack.of([ours, theirs]))


@given(odd_templates(), odd_templates())
@examples(150)
def test_pairs_are_one_to_one_indices_into_both_templates(a: FingerTemplate, b: FingerTemplate) -> None:
    comparison = compare(prepare(a), prepare(b))
    pairs = comparison.pairs
    assert pairs.dtype == np.int32
    assert pairs.shape == (int(comparison.evidence["n_pairs"]), 2)
    for column, n in ((0, a.n_minutiae), (1, b.n_minutiae)):
        assert len(set(pairs[:, column].tolist())) == len(pairs)
        assert np.all((pairs[:, column] >= 0) & (pairs[:, column] < n))


def test_pairs_name_the_same_minutiae_in_both_templates() -> None:
    source = random_print(1, 14, side_px=150)
    shuffled = np.random.default_rng(1).permutation(14)
    impression = moved(FingerTemplate(source.minutiae[shuffled], 500, 500), 5, -7)
    pairs = compare(prepare(source), prepare(impression)).pairs
    assert len(pairs) == 14
    np.testing.assert_array_equal(pairs[:, 0], shuffled[pairs[:, 1]])


def contributions(
    probe: PreparedTemplate, reference: PreparedTemplate, pairs: npt.NDArray[np.int32]
) -> list[float]:
    """What each pair adds to the score, in the order of the pairs."""
    bits = (plain_columns.cylinders(probe), plain_columns.cylinders(reference))
    weights = (
        [w for *_, w in plain_columns.minutiae(probe)],
        [w for *_, w in plain_columns.minutiae(reference)],
    )
    columns = (np.argsort(probe.order), np.argsort(reference.order))
    return [naive_paired_similarity({columns[0][i]: columns[1][j]}, bits, weights) for i, j in pairs]


def assert_best_first(probe: FingerTemplate, reference: FingerTemplate) -> None:
    a, b = prepare(probe), prepare(reference)
    comparison = compare(a, b)
    added = contributions(a, b, comparison.pairs)
    assert len(added) > 3
    assert np.all(np.diff(added) <= 1e-5)
    assert sum(added) == pytest.approx(comparison.evidence["paired_similarity"], rel=1e-5)


def test_pairs_come_in_the_order_of_what_they_add_to_the_score() -> None:
    for finger, impression in zip(*small_prints(), strict=True):
        assert_best_first(finger, impression)


def test_pairs_without_a_cylinder_come_last() -> None:
    places = [(190, 80), (0, 0), (60, 20), (20, 70), (80, 80), (30, 30)]  # the first has no neighbours
    source = template([(300 + x, 300 + y, 17 * k, 1, 50) for k, (x, y) in enumerate(places)])
    assert_best_first(source, source)


@pytest.mark.slow_without_jit
def test_a_finger_is_most_like_its_own_impressions(crowd: list[PreparedTemplate]) -> None:
    pack = TemplatePack.of(crowd)
    for finger in range(20):
        probe = prepare(random_print(finger))
        scores = compare_many(probe, pack)
        assert np.argmax(scores) == finger
        assert scores[finger] > 60 > np.delete(scores, finger).max()
        assert compare(probe, probe).score > scores[finger]


def test_a_template_is_most_like_itself() -> None:
    fingers, _ = small_prints()
    pack = TemplatePack.of([prepare(finger) for finger in fingers])
    for k, finger in enumerate(fingers[:3]):
        assert np.argmax(compare_many(prepare(finger), pack)) == k


@pytest.mark.parametrize("n", range(3))
def test_fewer_than_three_minutiae_score_nothing(n: int) -> None:
    few = template([(300 + 30 * k, 300 + 10 * k, 40 * k, 1, 90) for k in range(n)])
    for other in (few, random_print(1, 10, side_px=120), template([])):
        for probe, reference in ((few, other), (other, few)):
            assert score(probe, reference) == 0
            assert compare(prepare(probe), prepare(reference)).pairs.shape == (0, 2)


@pytest.mark.slow_without_jit
@pytest.mark.parametrize(("n", "side_px"), [(3, 80), (5, 150), (8, 200), (12, 200), (20, 250), (40, 300)])
def test_strangers_score_high_no_more_often_than_a_score_promises(n: int, side_px: int) -> None:
    strangers = [prepare(random_print(5000 + seed, n, side_px=side_px)) for seed in range(400)]
    pack = TemplatePack.of(strangers)
    table = np.array([compare_many(probe, pack) for probe in strangers[:100]])
    table[np.arange(100), np.arange(100)] = 0
    for promised, threshold in ((1e-2, 20), (1e-3, 30)):
        # 39,900 comparisons, of which each print takes part in many: chance may double the rate
        assert np.mean(table >= threshold) <= 2 * promised


@pytest.mark.slow_without_jit
def test_the_largest_templates_are_compared() -> None:
    crowded, wide = prepare(full_print(1)), prepare(full_print(2))
    assert compare(crowded, crowded).score > 100 > compare(crowded, wide).score
    assert compare_many(crowded, TemplatePack.of([crowded, wide] * 3))[::2] == pytest.approx(
        [compare(crowded, crowded).score] * 3
    )
    lattice = template((9 * (k % 16), 9 * (k // 16), 0, 1, 1) for k in range(255))
    at_one_place = template([(50, 50, 0, 1, 100)] * 255)
    for hostile in (lattice, at_one_place):
        assert np.isfinite(score(hostile, hostile))
        assert np.isfinite(compare(crowded, prepare(hostile)).score)
