"""The fit of the face model: it tells what agrees from what does not, and finds back what was put in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vantay.errors import InvalidSetting
from vantay.evaluation import face_population_fit, face_population_shape
from vantay.evaluation.face_population_fit import COUNTER_EER, EAST_ASIAN_EER, fit_face_parameters
from vantay.evaluation.face_population_shape import (
    FaceSet,
    agreement,
    equal_error_rate_of,
    face_set,
    simulate,
)
from vantay.evaluation.faces import evaluate_faces, open_face_folders
from vantay.face.extraction import make_face_extractor
from vantay_datasets.synthetic.face_vectors import DLIB_FACES, FaceLevel

COUNTS = np.full(60, 2)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_population_shape, "N_COMPARED", 300)
    monkeypatch.setattr(face_population_shape, "N_SPECTRUM", 20)


def test_agreement_is_good_with_faces_of_the_same_parameters() -> None:
    found = agreement(DLIB_FACES, simulate(DLIB_FACES, COUNTS, 77))
    assert found["ks_non_mated"] < 0.1
    assert found["ks_mated"] < 0.2
    assert found["n_mated"] == COUNTS.size


def test_agreement_notices_other_parameters() -> None:
    other = replace(DLIB_FACES, within_variance=0.03, between_variance=0.1)
    found = agreement(DLIB_FACES, simulate(other, COUNTS, 77))
    assert found["ks_mated"] > 0.5
    assert found["ks_non_mated"] > 0.2


def test_fit_finds_variances_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_population_fit, "N_STEPS", 60)
    monkeypatch.setattr(face_population_fit, "N_REPLICATES", 2)
    monkeypatch.setattr(face_population_fit, "N_CHECKED", 400)
    found = fit_face_parameters(simulate(DLIB_FACES, COUNTS, 77))
    assert found.within_variance == pytest.approx(DLIB_FACES.within_variance, rel=0.25)
    assert found.mean_length == pytest.approx(DLIB_FACES.mean_length, rel=0.03)
    assert found.between_variance == pytest.approx(DLIB_FACES.between_variance, rel=0.2)


def test_levels_and_regions_have_the_error_rates_that_were_measured() -> None:
    counts = np.full(2000, 2)
    counter = simulate(DLIB_FACES, counts, 5, level=FaceLevel.COUNTER)
    asian = simulate(DLIB_FACES, counts, 5, level=FaceLevel.COUNTER, region="east-asia")
    assert equal_error_rate_of(counter) == pytest.approx(COUNTER_EER, abs=0.003)
    assert equal_error_rate_of(asian) == pytest.approx(EAST_ASIAN_EER, abs=0.01)


def test_fit_refuses_too_few_people() -> None:
    with pytest.raises(InvalidSetting, match="people with two photos"):
        fit_face_parameters(simulate(DLIB_FACES, np.full(10, 2), 1))


def test_people_with_one_photo_give_no_pair() -> None:
    faces = FaceSet(np.eye(4, 128), np.array([0, 1, 1, 2]))
    assert faces.pairs.tolist() == [[1, 2]]


@pytest.mark.eval_data
def test_shipped_parameters_agree_with_real_faces(
    eval_data: Path, built_models: Path, tmp_path: Path
) -> None:
    # some of the people that the parameters were fitted to: the program prints the figures for all
    for folder in sorted((eval_data / "faces" / "london").iterdir())[:24]:
        (tmp_path / folder.name).symlink_to(folder)
    faces = face_set(evaluate_faces(open_face_folders([tmp_path]), make_face_extractor("dlib")))
    found = agreement(DLIB_FACES, faces)
    assert found["ks_non_mated"] < 0.15
    assert found["ks_mated"] < 0.3
