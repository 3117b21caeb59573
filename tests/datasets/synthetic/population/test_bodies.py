"""What the same body, a like one and the years do to comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

import numpy as np
import pytest

from vantay.fingerprint.comparison import compare, prepare
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.population import (
    FaceOptions,
    MistakeRates,
    Population,
    PopulationOptions,
    RelationRates,
)
from vantay_datasets.synthetic.population.faces import effective_years

N_PAIRS = 12
FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB)


@pytest.fixture(scope="module")
def related() -> Population:
    options = PopulationOptions(
        relations=RelationRates(twin=0.3, returning=0.3, look_alike=0.3), mistakes=MistakeRates(0, 0, 0)
    )
    return Population(21, 512, options=options)


def _pairs(population: Population, label: str) -> Iterator[tuple[int, int]]:
    for subject in population.subjects():
        partner = int(subject.labels.get(label, "s0-0").split("-")[1])
        if subject.index < partner:
            yield subject.index, partner


def _finger_scores(population: Population, label: str) -> list[float]:
    scores: list[float] = []
    for one, other in islice(_pairs(population, label), N_PAIRS):
        first, second = (_fingers(population, index) for index in (one, other))
        both = sorted(first.keys() & second.keys())
        scores += [compare(prepare(first[p]), prepare(second[p])).score for p in both]
    return scores


def _fingers(population: Population, index: int) -> Mapping[FingerPosition, FingerTemplate]:
    batch = population.encounters(index, index + 1, positions=FINGERS, with_faces=False)
    return batch.encounter(0).fingers


def _cosine(one: FaceTemplate | None, other: FaceTemplate | None) -> float:
    assert one is not None
    assert other is not None
    return float(one.vector.astype(np.float64) @ other.vector.astype(np.float64))


def _cosines(population: Population, label: str) -> list[float]:
    return [
        _cosine(population.encounter(one).face, population.encounter(other).face)
        for one, other in islice(_pairs(population, label), 4 * N_PAIRS)
    ]


def test_fingers_of_a_returning_person_mate_and_those_of_twins_do_not(related: Population) -> None:
    same, twins = (_finger_scores(related, label) for label in ("same_person_as", "twin_of"))
    assert np.median(same) > 60
    assert np.mean(np.array(same) > 30) > 0.85
    assert max(twins) < 40


def test_faces_are_alike_in_the_order_of_what_people_share(related: Population) -> None:
    by_label = {label: _cosines(related, label) for label in ("same_person_as", "twin_of", "looks_like")}
    faces = related.encounters(0, 100, positions=()).faces
    assert faces is not None
    strangers = (faces[:50].astype(np.float64) @ faces[50:].astype(np.float64).T).mean()
    medians = [float(np.median(by_label[label])) for label in ("twin_of", "looks_like")]
    assert medians[0] > medians[1] > strangers + 0.02
    # under another passport the face is one's own, some years older
    assert np.median(by_label["same_person_as"]) > medians[1]


def test_faces_drift_with_the_years_and_faster_in_children() -> None:
    options = PopulationOptions(relations=RelationRates(0, 0, 0), faces=FaceOptions(has_regions=False))
    population = Population(2, 3000, options=options)
    encounters = [
        np.concatenate(
            [b.faces for b in population.iter_encounters(number=k, positions=()) if b.faces is not None]
        )
        for k in range(4)
    ]
    first = encounters[0].astype(np.float64)
    cosines = [np.einsum("ij,ij->i", first, later.astype(np.float64)) for later in encounters[1:]]
    means = [one.mean() for one in cosines]
    assert means[0] > means[1] > means[2]
    at = population.encounters(0, 3000, positions=(), with_faces=False).captured_at
    births = np.array([np.datetime64(one.birth_date) for one in population.subjects()])
    is_child = (at.astype("datetime64[D]") - births).astype(int) < 10 * 365
    assert is_child.sum() > 100
    assert cosines[1][is_child].mean() < cosines[1][~is_child].mean() - 0.005


def test_years_of_children_count_more() -> None:
    ages = np.array([0.0, 11.0, 17.0, 40.0])
    np.testing.assert_allclose(effective_years(ages, ages + 1), [4, 4, 2, 1])
    np.testing.assert_allclose(effective_years(np.array([10.0]), np.array([20.0])), [8 + 12 + 2])


def test_face_templates_name_the_model_and_its_version() -> None:
    face = Population(1, 1).encounter(0).face
    assert face is not None
    assert face.model == "dlib-face-embedding"
    assert face.model_version.startswith("synthetic-")
    options = PopulationOptions(faces=FaceOptions(model="mine", model_version="7"))
    face = Population(1, 1, options=options).encounter(0).face
    assert face is not None
    assert (face.model, face.model_version) == ("mine", "7")
