"""The faces of a population's encounters."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.face_vectors import (
    DLIB_FACES,
    AgeingParameters,
    FaceModel,
    LikenessParameters,
)
from vantay_datasets.synthetic.population.biographics import Biographics, encounter_days
from vantay_datasets.synthetic.population.documents import DAYS_PER_YEAR
from vantay_datasets.synthetic.population.nationalities import NATIONALITIES
from vantay_datasets.synthetic.population.options import FaceOptions
from vantay_datasets.synthetic.population.random_stream import Float64s, open_stream
from vantay_datasets.synthetic.population.relations import Relation, Relations

AGEING = AgeingParameters()
LIKENESS = LikenessParameters()

_BEST_QUALITY, _WORST_QUALITY, _QUALITY_PER_SCALE = 90.0, 30.0, 12.0
"""Quality of a capture that differs as usual from its person is 78, less where it differs more. Assumed."""


def face_vectors(
    seed: int, relations: Relations, biographics: Biographics, number: int, options: FaceOptions
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.uint8]]:
    """Make the faces of an encounter.

    Parameters
    ----------
    seed : int
        Of the population.
    relations, biographics : Relations, Biographics
        Of n subjects.
    number : int
        Of the encounter, from 0.
    options : FaceOptions
        Level of the captures, regions or none.

    Returns
    -------
    vectors : (n, 128) float16
        Of unit length.
    quality : (n,) uint8
        0 to 100.
    """
    model = _model()
    people = model.people(
        _person_normals(seed, relations, model), _regions(biographics) if options.has_regions else None
    )
    people = people + _aged(seed, relations, biographics, number, model)
    draws = open_stream(seed, f"face/{number}").normals(relations.index, model.n_normals + 1)
    vectors = model.captures(people, draws[:, 1:], draws[:, 0], options.level)
    quality = np.clip(_BEST_QUALITY - _QUALITY_PER_SCALE * np.exp(0.5 * draws[:, 0]), _WORST_QUALITY, 100)
    return vectors, quality.astype(np.uint8)


def model_version(options: FaceOptions) -> str:
    """Give the version that the templates name."""
    return options.model_version or _model().version


def effective_years(start_age: Float64s, end_age: Float64s, ageing: AgeingParameters = AGEING) -> Float64s:
    """Tell how many years of an adult's change lie between two ages, (n,): more in children."""
    return _years_lived(end_age, ageing) - _years_lived(start_age, ageing)


@functools.cache
def _model() -> FaceModel:
    return FaceModel(DLIB_FACES)


def _person_normals(seed: int, relations: Relations, model: FaceModel) -> Float64s:
    """Where people are: of partners who look alike a part is the same."""
    own = open_stream(seed, "face").normals(relations.body, model.n_normals)
    share = np.zeros(relations.kind.size)
    share[relations.kind == Relation.TWIN] = LIKENESS.twin
    share[relations.kind == Relation.LOOK_ALIKE] = LIKENESS.look_alike
    alike = np.flatnonzero(share)
    common = open_stream(seed, "likeness").normals(relations.leader[alike], model.n_normals)
    own[alike] = np.sqrt(share[alike])[:, None] * common + np.sqrt(1 - share[alike])[:, None] * own[alike]
    return own


def _regions(biographics: Biographics) -> npt.NDArray[np.str_]:
    names = np.array([one.region.value for one in NATIONALITIES])
    return np.asarray(names[biographics.born_as])


def _aged(
    seed: int, relations: Relations, biographics: Biographics, number: int, model: FaceModel
) -> Float64s | float:
    """How far faces have drifted since the first encounter of the person, whose record it may not be."""
    drift: Float64s | float = 0.0
    before = biographics.met_day
    for step in range(number + 1):
        day = encounter_days(seed, relations, biographics.first_day, step)
        start, end = ((one - biographics.birth) / DAYS_PER_YEAR for one in (before, day))
        variance = AGEING.variance_per_year * effective_years(start, end)
        moved = np.flatnonzero(variance)  # nobody but returned persons in step 0
        part = np.zeros((variance.size, model.n_normals))
        normals = open_stream(seed, f"ageing/{step}").normals(relations.index[moved], model.n_normals)
        part[moved] = model.drift(normals, variance[moved])
        drift, before = drift + part, day
    return drift


def _years_lived(age: Float64s, ageing: AgeingParameters) -> Float64s:
    """Integrate the speed of ageing from birth."""
    child = np.clip(age, 0, ageing.child_years)
    youth = np.clip(age, ageing.child_years, ageing.youth_years) - ageing.child_years
    adult = np.maximum(age - ageing.youth_years, 0)
    return np.asarray(ageing.child_factor * child + ageing.youth_factor * youth + adult)
