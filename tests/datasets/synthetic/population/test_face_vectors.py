"""The face model: unit vectors whose cosines behave as stated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.face_vectors import DLIB_FACES, FaceLevel, FaceModel

N = 300


@pytest.fixture(scope="module")
def model() -> FaceModel:
    return FaceModel(DLIB_FACES)


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(5)


def _captures(
    model: FaceModel, people: npt.NDArray[np.float64], random: np.random.Generator, level: FaceLevel
) -> npt.NDArray[np.float16]:
    return model.captures(
        people, random.standard_normal(people.shape), random.standard_normal(len(people)), level
    )


def _non_mated(vectors: npt.NDArray[np.float16]) -> npt.NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return (wide @ wide.T)[np.triu_indices(len(wide), 1)]


def test_vectors_have_unit_length(model: FaceModel, random: np.random.Generator) -> None:
    people = model.people(random.standard_normal((N, model.n_normals)))
    vectors = _captures(model, people, random, FaceLevel.COUNTER)
    assert vectors.shape == (N, 128)
    assert vectors.dtype == np.float16
    np.testing.assert_allclose(np.linalg.norm(vectors.astype(np.float64), axis=1), 1, atol=1e-3)


def test_a_vector_does_not_depend_on_the_others(model: FaceModel, random: np.random.Generator) -> None:
    normals, more = random.standard_normal((2, N, model.n_normals))
    scales = random.standard_normal(N)
    whole = model.captures(model.people(normals), more, scales, FaceLevel.STUDIO)
    few = model.captures(model.people(normals[7:9]), more[7:9], scales[7:9], FaceLevel.STUDIO)
    np.testing.assert_array_equal(few, whole[7:9])


def test_captures_of_a_person_are_closer_than_people(model: FaceModel, random: np.random.Generator) -> None:
    people = model.people(random.standard_normal((N, model.n_normals)))
    means = {}
    for level in FaceLevel:
        first, second = (_captures(model, people, random, level).astype(np.float64) for _ in range(2))
        means[level] = np.einsum("ij,ij->i", first, second).mean()
        non_mated = _non_mated(first.astype(np.float16))
    assert means[FaceLevel.STUDIO] > means[FaceLevel.COUNTER] > non_mated.mean() + 3 * non_mated.std()


def test_people_of_one_region_are_more_alike(model: FaceModel, random: np.random.Generator) -> None:
    normals = random.standard_normal((N, model.n_normals))
    mixed = _captures(model, model.people(normals), random, FaceLevel.STUDIO)
    regions = ["east-asia"] * (N // 2) + ["nowhere"] * (N - N // 2)
    parted = _captures(model, model.people(normals, regions), random, FaceLevel.STUDIO)
    east, other = parted[: N // 2], parted[N // 2 :]
    assert _non_mated(east).mean() > _non_mated(mixed).mean() + 0.03
    assert abs(_non_mated(other).mean() - _non_mated(mixed).mean()) < 0.01
    across = east.astype(np.float64) @ other.astype(np.float64).T
    assert across.mean() < _non_mated(east).mean() - 0.03


def test_drift_grows_with_its_variance(model: FaceModel, random: np.random.Generator) -> None:
    people = model.people(random.standard_normal((N, model.n_normals)))
    steps = random.standard_normal((N, model.n_normals))
    drifts = [model.drift(steps, np.full(N, variance)) for variance in (0.0, 0.01, 0.04)]
    lengths = [np.mean(np.sum(drift**2, axis=1)) for drift in drifts]
    assert lengths[0] == 0
    assert lengths[1] == pytest.approx(0.01, rel=0.05)
    assert lengths[2] == pytest.approx(0.04, rel=0.05)
    assert drifts[1].shape == people.shape


def test_model_needs_dimensions() -> None:
    with pytest.raises(InvalidSetting, match="1 dimensions"):
        FaceModel(replace(DLIB_FACES, dimensions=1))


def test_another_parameter_is_another_version(model: FaceModel) -> None:
    assert FaceModel(DLIB_FACES).version == model.version
    assert FaceModel(replace(DLIB_FACES, within_spread=0.1)).version != model.version
