from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vantay.errors import IncompatibleTemplate, InvalidTemplate, ModelUnavailable
from vantay.face.comparison import calibrated_scores, calibration_of, compare_faces, cosines, stack_vectors
from vantay.index import ExactFaceIndex
from vantay.types import FaceTemplate
from vantay_models.entry import Calibration

CALIBRATION = Calibration((0.0, 0.2, 0.5), (3.0, 20.0, 50.0), 90.0, "0" * 64, "a test")


def _template(seed: int, d: int = 64) -> FaceTemplate:
    vector = np.random.default_rng(seed).normal(size=d)
    return FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), "m", "1", 50)


def _vectors(seed: int, n: int, d: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def test_a_face_is_like_itself() -> None:
    comparison = compare_faces(_template(1), _template(1), CALIBRATION)
    assert comparison.cosine == pytest.approx(1, abs=1e-6)
    assert comparison.score == pytest.approx(50 + 0.5 * 90, abs=1e-3)


@given(st.integers(0, 99), st.integers(0, 99))
def test_comparison_is_symmetric_and_a_cosine(one: int, other: int) -> None:
    a, b = _template(one), _template(other)
    found = compare_faces(a, b, CALIBRATION)
    assert found == compare_faces(b, a, CALIBRATION)
    x, y = a.vector.astype(float), b.vector.astype(float)
    assert found.cosine == pytest.approx(x @ y / np.linalg.norm(x) / np.linalg.norm(y), abs=1e-6)


@pytest.mark.parametrize(
    "other", [replace(_template(2), model="other"), replace(_template(2), model_version="2")]
)
def test_templates_of_different_models_do_not_compare(other: FaceTemplate) -> None:
    with pytest.raises(IncompatibleTemplate, match="make both with one model"):
        compare_faces(_template(1), other, CALIBRATION)


def test_vectors_of_different_length_do_not_compare() -> None:
    with pytest.raises(IncompatibleTemplate, match="with 32 numbers"):
        stack_vectors([_template(1, 32)], like=_template(2))


def test_many_are_compared_as_one_by_one() -> None:
    probe, references = _template(0), [_template(seed) for seed in range(1, 20)]
    many = cosines(probe, stack_vectors(references, like=probe))
    singles = [compare_faces(probe, one, CALIBRATION).cosine for one in references]
    np.testing.assert_allclose(many, singles, atol=1e-6)


@pytest.mark.parametrize(
    ("cosine", "score"),
    [(-0.5, 0.0), (0.0, 3.0), (0.1, 11.5), (0.2, 20.0), (0.5, 50.0), (0.6, 59.0), (1.0, 95.0)],
)
def test_scores_go_through_the_knots_and_on_along_the_tail(cosine: float, score: float) -> None:
    assert calibrated_scores(np.array([cosine]), CALIBRATION)[0] == pytest.approx(score, abs=1e-4)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=9))
def test_scores_rise_with_cosines(values: list[float]) -> None:
    scores = calibrated_scores(np.sort(values), CALIBRATION)
    assert (np.diff(scores) >= 0).all()


def test_an_absent_model_has_no_calibration(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    with pytest.raises(ModelUnavailable, match="mobilefacenet"):
        calibration_of("mobilefacenet")


@pytest.mark.parametrize(
    ("vector", "message"),
    [
        (np.ones(4, np.float32) / 2, "float32 of shape"),
        (np.ones((2, 2), np.float16) / 2, "shape \\(2, 2\\)"),
        (np.empty(0, np.float16), "shape \\(0,\\)"),
        (np.ones(4, np.float16), "length 2, expected 1"),
        (np.full(4, np.nan, np.float16), "length nan"),
    ],
)
def test_what_is_no_unit_vector_is_no_template(vector: np.ndarray, message: str) -> None:
    with pytest.raises(InvalidTemplate, match=message):
        FaceTemplate(vector, "m")


def test_a_template_needs_a_model_and_a_quality_in_range() -> None:
    with pytest.raises(InvalidTemplate, match="names no model"):
        replace(_template(1), model="")
    with pytest.raises(InvalidTemplate, match="quality is 101"):
        replace(_template(1), quality=101)


def test_a_template_cannot_be_changed_and_does_not_follow_its_source() -> None:
    vector = _template(1).vector.copy()
    template = FaceTemplate(vector, "m", "1", 50)
    vector[0] = 0
    assert template == _template(1)
    assert template != _template(2)
    with pytest.raises(ValueError, match="read-only"):
        template.vector[0] = 0


def test_the_index_keeps_its_own_copy() -> None:
    vectors = _vectors(1, 5, 8)
    index = ExactFaceIndex.of(vectors)
    probe = vectors[3].copy()
    vectors[:] = 0
    assert index.cosines(probe)[3] == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("vectors", [np.ones(4, np.float32), np.ones((2, 0), np.float32)])
def test_what_is_no_matrix_is_not_indexed(vectors: np.ndarray) -> None:
    with pytest.raises(InvalidTemplate, match="expected"):
        ExactFaceIndex.of(vectors)


def test_numbers_that_are_not_finite_are_not_indexed() -> None:
    vectors = _vectors(1, 3, 4)
    vectors[2, 1] = np.inf
    with pytest.raises(InvalidTemplate, match="face vector 2 has a number that is not finite"):
        ExactFaceIndex.of(vectors)


@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 99))
def test_all_inner_products_are_those_of_a_matrix_product(n: int, d: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, d)).astype(np.float32)
    probe = rng.normal(size=d).astype(np.float32)
    found = ExactFaceIndex.of(vectors).cosines(probe)
    np.testing.assert_allclose(found, vectors.astype(np.float64) @ probe.astype(np.float64), atol=1e-4)


def test_inner_products_refuse_a_probe_of_another_length() -> None:
    with pytest.raises(InvalidTemplate, match=r"shape \(3,\)"):
        ExactFaceIndex.of(np.eye(4, dtype=np.float32)).cosines(np.zeros(3, np.float32))
    assert ExactFaceIndex.of(np.empty((0, 4), np.float32)).cosines(np.zeros(4, np.float32)).shape == (0,)
