"""A prepared template holds its minutiae in order of direction; a pack holds its templates unchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.strategies import examples, odd_templates, random_print, template
from naive.cylinders import Minutia, naive_neighbours
from vantay.errors import InvalidTemplate
from vantay.fingerprint.comparison import (
    PARAMETER_HASH,
    PreparedTemplate,
    TemplatePack,
    prepare,
    prepare_each,
)
from vantay.fingerprint.comparison.ordering import in_prepared_order, prepared_order
from vantay.fingerprint.comparison.parameters import LANES, PARAMETERS
from vantay.fingerprint.comparison.prepared import prepare_many
from vantay.types import MINUTIA_DTYPE, FingerTemplate

Columns = tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]


@given(odd_templates())
@examples(60)
def test_columns_are_the_minutiae_in_order_of_direction(source: FingerTemplate) -> None:
    prepared, n = prepare(source), source.n_minutiae
    rows = source.minutiae[prepared.order]
    assert prepared.n_minutiae == n
    assert sorted(prepared.order) == list(range(n))
    assert np.all(np.diff(prepared.angle[:n].astype(int)) >= 0)
    np.testing.assert_array_equal(prepared.angle[:n], rows["angle"])
    np.testing.assert_array_equal(prepared.minutiae[0, :n], rows["x_px"])
    np.testing.assert_array_equal(prepared.minutiae[1, :n], -rows["y_px"].astype(float))
    radians = rows["angle"] * (2 * np.pi / 256)
    np.testing.assert_allclose(prepared.minutiae[2, :n], np.cos(radians), atol=1e-6)
    np.testing.assert_allclose(prepared.minutiae[3, :n], np.sin(radians), atol=1e-6)
    unreported = PARAMETERS.alignment.unreported_quality
    expected = [q / 100 if q else unreported for q in rows["quality"]]
    np.testing.assert_allclose(prepared.minutiae[4, :n], expected, rtol=1e-6)


@given(odd_templates())
@examples(60)
def test_columns_are_filled_up_far_away_and_empty(source: FingerTemplate) -> None:
    prepared, n = prepare(source), source.n_minutiae
    width = prepared.angle.shape[0]
    assert width % LANES == 0
    assert n <= width < n + LANES
    assert np.all(np.abs(prepared.minutiae[:2, n:]) >= 1e6)
    assert not prepared.words[:, n:].any()
    assert not prepared.ones[n:].any()
    assert not prepared.minutiae[4, n:].any()


@given(odd_templates())
@examples(60)
def test_ones_are_counted_and_valid_are_those_with_neighbours(source: FingerTemplate) -> None:
    prepared = prepare(source)
    counted = [sum(int(w).bit_count() for w in column) for column in prepared.words.T]
    assert prepared.ones.tolist() == counted
    m = source.minutiae
    plain: list[Minutia] = [(int(r["x_px"]), -int(r["y_px"]), int(r["angle"])) for r in m]
    n_neighbours = [len(naive_neighbours(plain, i, PARAMETERS.cylinder)) for i in range(len(plain))]
    at_most = sum(n >= PARAMETERS.cylinder.min_neighbours for n in n_neighbours)
    assert prepared.n_valid == np.count_nonzero(prepared.ones) <= at_most


@given(st.lists(odd_templates(max_size=20), max_size=5))
@examples(40)
def test_a_pack_holds_its_templates(sources: list[FingerTemplate]) -> None:
    templates = [prepare(source) for source in sources]
    pack = TemplatePack.of(templates)
    assert len(pack) == len(templates)
    assert pack.start[0] == pack.hull_start[0] == 0
    for t, one in enumerate(templates):
        _assert_is_at(pack, t, one)


def _assert_is_at(pack: TemplatePack, t: int, one: PreparedTemplate) -> None:
    s, e = pack.start[t], pack.start[t + 1]
    assert (pack.n_minutiae[t], pack.n_valid[t]) == (one.n_minutiae, one.n_valid)
    np.testing.assert_array_equal(pack.minutiae[5 * s : 5 * e].reshape(5, -1), one.minutiae)
    np.testing.assert_array_equal(pack.words[6 * s : 6 * e].reshape(6, -1), one.words)
    np.testing.assert_array_equal(pack.angle[s:e], one.angle)
    np.testing.assert_array_equal(pack.ones[s:e], one.ones)
    np.testing.assert_array_equal(pack.hull[pack.hull_start[t] : pack.hull_start[t + 1]], one.hull)


def test_an_empty_template_is_prepared_to_nothing() -> None:
    prepared = prepare(template([]))
    assert (prepared.n_minutiae, prepared.n_valid) == (0, 0)
    assert prepared.minutiae.shape == (5, 0)
    assert prepared.hull.shape == (0, 3)
    assert prepared.parameter_hash == PARAMETER_HASH


def columns_of(sources: list[FingerTemplate]) -> tuple[Columns, npt.NDArray[np.int64]]:
    """Position, angle and quality of all minutiae, one template after another."""
    minutiae = np.concatenate([np.empty(0, MINUTIA_DTYPE), *(source.minutiae for source in sources)])
    offsets = np.cumsum([0, *(source.n_minutiae for source in sources)])
    x, y, angle, quality = (minutiae[name] for name in ("x_px", "y_px", "angle", "quality"))
    return (x, y, angle, quality), offsets


@given(odd_templates())
@examples(60)
def test_order_is_by_direction_then_place_then_quality(source: FingerTemplate) -> None:
    m = source.minutiae
    expected = sorted(range(m.shape[0]), key=lambda i: tuple(m[["angle", "x_px", "y_px", "quality"]][i]))
    assert prepared_order(m).tolist() == expected


@given(st.lists(odd_templates(), max_size=5))
@examples(40)
def test_many_are_sorted_as_each_is(sources: list[FingerTemplate]) -> None:
    columns, offsets = columns_of(sources)
    together = in_prepared_order(*columns, offsets)
    by_itself = [
        prepared_order(source.minutiae) + first for source, first in zip(sources, offsets, strict=False)
    ]
    order = np.concatenate([np.empty(0, np.int32), *by_itself]).astype(int)
    for k, column in enumerate(columns):
        assert together[k].dtype == column.dtype
        np.testing.assert_array_equal(together[k], column[order])


@given(st.lists(odd_templates(), max_size=5))
@examples(40)
def test_prepared_together_is_prepared_one_by_one(sources: list[FingerTemplate]) -> None:
    columns, offsets = columns_of(sources)
    together = prepare_many(*in_prepared_order(*columns, offsets), offsets)
    one_by_one = TemplatePack.of([prepare(source) for source in sources])
    for name in TemplatePack.__slots__:
        found, expected = getattr(together, name), getattr(one_by_one, name)
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert found.tobytes() == expected.tobytes(), name


@given(st.lists(odd_templates(), max_size=5))
@examples(40)
def test_each_of_several_is_prepared_as_alone(sources: list[FingerTemplate]) -> None:
    for source, one in zip(sources, prepare_each(sources), strict=True):
        alone = prepare(source)
        for name in ("minutiae", "angle", "words", "ones", "hull", "order"):
            found, expected = getattr(one, name), getattr(alone, name)
            assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
            assert found.flags.c_contiguous
            assert found.tobytes() == expected.tobytes()
        assert (one.n_minutiae, one.n_valid) == (alone.n_minutiae, alone.n_valid)


def test_columns_that_do_not_go_together_are_refused() -> None:
    (x, y, angle, quality), offsets = columns_of([random_print(1), random_print(2)])
    x, y, angle, quality = in_prepared_order(x, y, angle, quality, offsets)
    for wrong in ([0, 40, 79], [1, 40, 80], [0, 50, 40, 80]):
        with pytest.raises(InvalidTemplate, match="columns of minutiae"):
            prepare_many(x, y, angle, quality, np.array(wrong))
    with pytest.raises(InvalidTemplate, match="columns of minutiae"):
        prepare_many(x, y[:-1], angle, quality, offsets)
    with pytest.raises(InvalidTemplate, match="ascend in direction"):
        prepare_many(x, y, angle[::-1], quality, offsets)
    first = np.zeros(256, np.int64)
    with pytest.raises(InvalidTemplate, match="256 of a template"):
        prepare_many(x[first], y[first], angle[first], quality[first], np.array([0, 256]))
