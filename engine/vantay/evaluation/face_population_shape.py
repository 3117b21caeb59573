"""What can be seen of embeddings of faces, real or synthetic, and how far two sets of them differ.

Spectra of few people in many dimensions are biased, so those of sets of the same size are compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import ks_2samp

from vantay.errors import InvalidSetting
from vantay.evaluation.faces import FaceResult
from vantay_datasets.synthetic.face_vectors import FaceLevel, FaceModel, FaceParameters

Float64s = npt.NDArray[np.float64]

N_SPECTRUM = 40
"""Variances compared, largest first: the rest is hardly more than rounding."""
SPECTRUM_WEIGHT = 0.3
"""Of the mean error of a spectrum's logarithm, beside KS distances."""
END_WEIGHT = 0.3
"""Of the error at the ends where mated and non-mated cosines meet: they decide searches."""
NON_MATED_ENDS = np.array([0.03, 0.01, 0.003, 0.001])
MATED_ENDS = np.array([0.1, 0.03])
"""Shares of comparisons beyond the quantiles that are looked at."""
N_COMPARED = 1000
"""People of the population whose cosines are compared with the real ones."""


N_REPEATED = 20
"""Sets of the real one's size."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceSet:
    """The embeddings of photos.

    Attributes
    ----------
    vectors : (n, d) float64
        Unit vectors.
    subjects : (n,) int64
        Whose.
    """

    vectors: Float64s
    subjects: npt.NDArray[np.int64]

    @property
    def pairs(self) -> npt.NDArray[np.int64]:
        """The first two photos of each subject with two or more, (k, 2)."""
        places = (np.flatnonzero(self.subjects == subject) for subject in np.unique(self.subjects))
        return np.array([place[:2] for place in places if place.size > 1], np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What the fit looks at.

    Attributes
    ----------
    mated, non_mated : (m,), (k,) float64
        Cosines.
    between, within : (N_SPECTRUM,) float64
        Variances of people, one photo each, and half of those of the differences of pairs; largest first.
    """

    mated: Float64s
    non_mated: Float64s
    between: Float64s
    within: Float64s


_ENDS: dict[str, Callable[[Shape], float]] = {
    "mated_least": lambda shape: float(shape.mated.min()),
    "mated_5_percent": lambda shape: float(np.quantile(shape.mated, 0.05)),
    "non_mated_99_percent": lambda shape: float(np.quantile(shape.non_mated, 0.99)),
    "non_mated_99_9_percent": lambda shape: float(np.quantile(shape.non_mated, 0.999)),
    "non_mated_most": lambda shape: float(shape.non_mated.max()),
}


def face_set(result: FaceResult) -> FaceSet:
    """Collect the embeddings of an evaluation's photos."""
    there = [k for k, one in enumerate(result.acquired) if one.template is not None]
    names = [result.task.photos[k].subject for k in there]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    templates = [result.acquired[k].template for k in there]
    vectors = np.array([t.vector for t in templates if t is not None], np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return FaceSet(vectors, np.array([numbers[name] for name in names], np.int64))


def shape_of(faces: FaceSet) -> Shape:
    """Measure what the fit looks at.

    Raises
    ------
    InvalidSetting
        If fewer than `N_SPECTRUM` subjects have two photos.
    """
    pairs = faces.pairs
    if len(pairs) <= N_SPECTRUM:
        raise InvalidSetting(f"{len(pairs)} people with two photos, expected more than {N_SPECTRUM}")
    cosines = faces.vectors @ faces.vectors.T
    first, second = np.triu_indices(len(cosines), 1)
    is_mated = faces.subjects[first] == faces.subjects[second]
    values = cosines[first, second]
    one_each = faces.vectors[np.unique(faces.subjects, return_index=True)[1]]
    differences = faces.vectors[pairs[:, 0]] - faces.vectors[pairs[:, 1]]
    return Shape(values[is_mated], values[~is_mated], _spectrum(one_each), _spectrum(differences) / 2)


def simulate(
    parameters: FaceParameters,
    counts: npt.NDArray[np.int64],
    seed: int,
    *,
    level: FaceLevel = FaceLevel.STUDIO,
    region: str | None = None,
) -> FaceSet:
    """Make as many photos of each of as many people as there really are.

    Parameters
    ----------
    parameters : FaceParameters
        To try.
    counts : (n,) int64
        Photos of each subject.
    seed : int
        The same seed draws the same normal numbers, so that only the parameters make a difference.
    level : FaceLevel
        Of the captures.
    region : str, optional
        Where all are from; mixed if not given.

    Returns
    -------
    FaceSet
        Not real at all.
    """
    model = FaceModel(parameters)
    random = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(counts.size), counts)
    regions = None if region is None else [region] * counts.size
    people = model.people(random.standard_normal((counts.size, model.n_normals)), regions)[subjects]
    normals = random.standard_normal((subjects.size, model.n_normals))
    vectors = model.captures(people, normals, random.standard_normal(subjects.size), level)
    return FaceSet(vectors.astype(np.float64), subjects)


def distance_of(one: Shape, other: Shape) -> float:
    """Measure how different two sets of faces are: cosines, all and those where both kinds meet; spectra."""
    spectra = _log_error(one.between, other.between) + _log_error(one.within, other.within)
    cosines = _ks(one.mated, other.mated) + _ks(one.non_mated, other.non_mated)
    ends = _end_error(one.non_mated, other.non_mated, 1 - NON_MATED_ENDS)
    ends += _end_error(one.mated, other.mated, MATED_ENDS)
    return cosines + SPECTRUM_WEIGHT * spectra + END_WEIGHT * ends


def _end_error(one: Float64s, other: Float64s, shares: Float64s) -> float:
    """Mean error of quantiles, in standard deviations."""
    errors = np.abs(np.quantile(one, shares) - np.quantile(other, shares))
    return float(np.mean(errors) / other.std())


def agreement(parameters: FaceParameters, faces: FaceSet) -> dict[str, float]:
    """Measure how well synthetic faces agree with real ones.

    Parameters
    ----------
    parameters : FaceParameters
        Of the synthetic faces.
    faces : FaceSet
        Real ones.

    Returns
    -------
    dict of str to float
        KS distances of a large synthetic set from the real one, and beside them (``…_by_chance``) those of
        synthetic sets of the real one's size from it; ends of the cosines, of the real set and the mean of
        such sets.
    """
    real = shape_of(faces)
    counts = np.bincount(faces.subjects)
    same_size = [shape_of(simulate(parameters, counts, 1000 + seed)) for seed in range(N_REPEATED)]
    large = shape_of(simulate(parameters, np.full(N_COMPARED, 2), 999))

    def mean(measure: Callable[[Shape], float]) -> float:
        return round(float(np.mean([measure(one) for one in same_size])), 4)

    found: dict[str, float] = {
        "n_people": int(counts.size),
        "n_mated": real.mated.size,
        "n_non_mated": real.non_mated.size,
        "ks_mated": round(_ks(large.mated, real.mated), 4),
        "ks_mated_by_chance": mean(lambda one: _ks(one.mated, large.mated)),
        "ks_non_mated": round(_ks(large.non_mated, real.non_mated), 4),
        "ks_non_mated_by_chance": mean(lambda one: _ks(one.non_mated, large.non_mated)),
    }
    for name, measure in _ENDS.items():
        found |= {f"{name}_real": round(measure(real), 4), f"{name}_synthetic": mean(measure)}
    between = np.mean([one.between for one in same_size], axis=0)
    within = np.mean([one.within for one in same_size], axis=0)
    return found | {
        "between_spectrum_log_error": round(_log_error(between, real.between), 4),
        "within_spectrum_log_error": round(_log_error(within, real.within), 4),
    }


def equal_error_rate_of(faces: FaceSet) -> float:
    """Equal error rate: second photos are compared with their own first ones, first ones with each other."""
    first, second = faces.vectors[0::2], faces.vectors[1::2]
    mated = np.sort(np.einsum("ij,ij->i", first, second))
    non_mated = np.sort((first @ first.T)[np.triu_indices(len(first), 1)])
    fnmr = np.arange(mated.size) / mated.size
    fmr = 1 - np.searchsorted(non_mated, mated) / non_mated.size
    crossing = int(np.argmin(np.abs(fnmr - fmr)))
    return float(fnmr[crossing] + fmr[crossing]) / 2


def _spectrum(vectors: Float64s) -> Float64s:
    values = np.linalg.eigvalsh(np.cov(vectors.T))[::-1]
    return np.asarray(values[:N_SPECTRUM])


def _log_error(one: Float64s, other: Float64s) -> float:
    return float(np.mean(np.abs(np.log(np.maximum(one, 1e-12) / np.maximum(other, 1e-12)))))


def _ks(one: Float64s, other: Float64s) -> float:
    return float(ks_2samp(one, other, method="asymp").statistic)
