"""The code of a finger is the naive one, whoever else is coded with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprint.comparison.strategies import (
    another_impression,
    examples,
    odd_templates,
    random_print,
    template,
)
from naive.finger_code import naive_finger_code
from vantay.errors import InvalidTemplate
from vantay.fingerprint.comparison.ordering import in_prepared_order
from vantay.fingerprint.comparison.prepared import QUALITY, TABLES, prepare, prepare_with_values
from vantay.fingerprint.comparison.sketch import Sketches
from vantay.fingerprint.fixed_length import CODE_NUMBERS, code_tables, finger_code
from vantay.fingerprint.fixed_length.description import FINGERS_AT_ONCE, describe_fingers
from vantay.fingerprint.fixed_length.parameters import PARAMETERS
from vantay.fingerprint.fixed_length.pooling import pool_cylinders, project_cylinders
from vantay.types import MINUTIA_DTYPE, FingerTemplate

Float32s = npt.NDArray[np.float32]

ROUNDING = 1e-5


def described(source: FingerTemplate) -> tuple[Float32s, Float32s, Float32s]:
    """Values, turns and weights of the minutiae of a finger."""
    prepared, values = prepare_with_values(source)
    n = prepared.n_minutiae
    return values, TABLES.turns[prepared.angle[:n]], prepared.minutiae[QUALITY, :n]


def columns_of(sources: list[FingerTemplate]) -> tuple[Any, ...]:
    minutiae = np.concatenate([np.empty(0, MINUTIA_DTYPE), *(source.minutiae for source in sources)])
    offsets = np.cumsum([0, *(source.n_minutiae for source in sources)])
    x, y, angle, quality = (minutiae[name] for name in ("x_px", "y_px", "angle", "quality"))
    return (*in_prepared_order(x, y, angle, quality, offsets), offsets)


@given(odd_templates(max_size=12))
@examples(30)
def test_codes_are_the_naive_ones(source: FingerTemplate) -> None:
    values, turns, quality = described(source)
    expected = naive_finger_code(values.tolist(), turns.tolist(), quality.tolist(), code_tables(), PARAMETERS)
    np.testing.assert_allclose(finger_code(values, turns, quality), expected, atol=ROUNDING)


@pytest.mark.slow_without_jit
def test_the_code_of_a_print_is_the_naive_one() -> None:
    values, turns, quality = described(random_print(1))
    expected = naive_finger_code(values.tolist(), turns.tolist(), quality.tolist(), code_tables(), PARAMETERS)
    code = finger_code(values, turns, quality)
    np.testing.assert_allclose(code, expected, atol=ROUNDING)
    assert np.linalg.norm(code) == pytest.approx(1, abs=ROUNDING)


def test_a_finger_without_a_cylinder_has_a_code_of_zeros() -> None:
    for source in (template([]), template([(10, 10, 0, 1, 50), (300, 300, 9, 1, 50)])):
        code = finger_code(*described(source))
        assert code.shape == (CODE_NUMBERS,)
        assert not code.any()


@pytest.mark.slow_without_jit
def test_steps_one_by_one_pool_what_codes_are_made_of() -> None:
    values, turns, quality = described(random_print(2, 41))
    tables = code_tables()
    projected = project_cylinders(values, turns, tables)
    np.testing.assert_array_equal(np.isnan(projected).any(axis=1), ~values.any(axis=1))
    pooled = pool_cylinders(projected, quality, tables)
    whitened = (pooled - tables.code_mean).astype(np.float64) @ tables.code_projection
    expected = whitened / np.linalg.norm(whitened)
    np.testing.assert_allclose(finger_code(values, turns, quality), expected, atol=ROUNDING)


@given(st.lists(odd_templates(max_size=12), max_size=5))
@examples(20)
def test_described_together_is_described_one_by_one(sources: list[FingerTemplate]) -> None:
    found = describe_fingers(*columns_of(sources))
    _assert_described(found.sketches, found.codes, sources)


@pytest.mark.slow_without_jit
def test_a_batch_of_several_chunks_is_described_one_by_one() -> None:
    sources = [random_print(seed, 20 + seed % 7) for seed in range(2 * FINGERS_AT_ONCE + 3)]
    sources[FINGERS_AT_ONCE] = template([])
    found = describe_fingers(*columns_of(sources))
    _assert_described(found.sketches, found.codes, sources)


def _assert_described(sketches: Sketches, codes: Float32s, sources: list[FingerTemplate]) -> None:
    expected = Sketches.of([prepare(source) for source in sources])
    for name in Sketches.__slots__:
        np.testing.assert_array_equal(getattr(sketches, name), getattr(expected, name))
    assert codes.shape == (len(sources), CODE_NUMBERS)
    for code, source in zip(codes, sources, strict=True):
        assert code.tobytes() == finger_code(*described(source)).tobytes()


@pytest.mark.slow_without_jit
def test_codes_of_the_same_finger_are_more_alike_than_any_others() -> None:
    sources = [random_print(seed, 45) for seed in range(10)]
    first = np.stack([finger_code(*described(source)) for source in sources])
    again = [another_impression(source, seed, turn_units=4) for seed, source in enumerate(sources)]
    second = np.stack([finger_code(*described(source)) for source in again])
    assert np.argmax(first @ second.T, axis=1).tolist() == list(range(10))


def test_fingers_out_of_order_are_refused() -> None:
    x, y, angle, quality, offsets = columns_of([random_print(1, 10)])
    with pytest.raises(InvalidTemplate, match="ascend in direction"):
        describe_fingers(x, y, angle[::-1], quality, offsets)
