"""Fit the face model of the synthetic population to the embeddings of real photos.

    python -m vantay.evaluation.face_population_fit DIR … [--profile dlib]

Prints the parameters as `vantay_datasets.synthetic.face_vectors.parameters` has them, and how well cosines of
synthetic faces agree with those of the real ones. Only these few numbers leave the program, no vector does.

The fit simulates people until what can be seen of the real ones looks the same: the distributions of mated
and non-mated cosines (Kolmogorov-Smirnov), and the spectra of people and of captures. Spectra of few people
in many dimensions are biased, so simulated ones of as many people are compared with the real ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize
from scipy.stats import ks_2samp

from vantay.errors import InvalidSetting
from vantay.evaluation.faces import FaceResult, evaluate_faces, open_face_folders
from vantay.face.extraction import make_face_extractor
from vantay_datasets.synthetic.face_vectors import FaceLevel, FaceModel, FaceParameters

Float64s = npt.NDArray[np.float64]

N_SPECTRUM = 40
"""Variances compared, largest first: the rest is hardly more than rounding."""
SPECTRUM_WEIGHT = 0.3
"""Of the mean error of a spectrum's logarithm, beside KS distances."""
N_REPLICATES = 6
"""Populations of as many people as the real one, made at each step of the fit."""
N_STEPS = 600
"""Of the search, at most."""

N_CHECKED = 3000
"""People of the populations in which error rates are set."""
N_COMPARED = 1000
"""People of the population whose cosines are compared with the real ones."""
COUNTER_EER = 0.0034
"""Of the embedding on the ORL set: 40 people, ten photos each of different times, light and expression."""
EAST_ASIAN_EER = 0.033
"""Of the embedding on photos of 40 tightly cropped East Asian subjects."""


@dataclass(frozen=True, slots=True, eq=False)
class RealFaces:
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


def real_faces(result: FaceResult) -> RealFaces:
    """Collect the embeddings of an evaluation's photos."""
    there = [k for k, one in enumerate(result.acquired) if one.template is not None]
    names = [result.task.photos[k].subject for k in there]
    numbers = {name: number for number, name in enumerate(sorted(set(names)))}
    templates = [result.acquired[k].template for k in there]
    vectors = np.array([t.vector for t in templates if t is not None], np.float64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return RealFaces(vectors, np.array([numbers[name] for name in names], np.int64))


def shape_of(faces: RealFaces) -> Shape:
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
) -> RealFaces:
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
    RealFaces
        Not real at all.
    """
    model = FaceModel(parameters)
    random = np.random.default_rng(seed)
    subjects = np.repeat(np.arange(counts.size), counts)
    regions = None if region is None else [region] * counts.size
    people = model.people(random.standard_normal((counts.size, model.n_normals)), regions)[subjects]
    normals = random.standard_normal((subjects.size, model.n_normals))
    vectors = model.captures(people, normals, random.standard_normal(subjects.size), level)
    return RealFaces(vectors.astype(np.float64), subjects)


def fit_face_parameters(faces: RealFaces) -> FaceParameters:
    """Fit the parameters of the face model.

    Parameters
    ----------
    faces : RealFaces
        Photos of at least 41 people with two each.

    Returns
    -------
    FaceParameters
        With the scale of other levels and the share of a region set so that the error rates are those stated.
    """
    real = shape_of(faces)
    counts = np.bincount(faces.subjects)
    start = _first_guess(faces, real)

    def loss(steps: Float64s) -> float:
        trial = _moved(start, steps)
        return float(
            np.mean([_distance(shape_of(simulate(trial, counts, s)), real) for s in range(N_REPLICATES)])
        )

    simplex = np.vstack([np.zeros(7), 0.15 * np.eye(7)])
    found = minimize(
        loss,
        np.zeros(7),
        method="Nelder-Mead",
        options={"maxfev": N_STEPS, "initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-5},
    )
    return _with_levels(_moved(start, found.x))


def agreement(parameters: FaceParameters, faces: RealFaces) -> dict[str, float]:
    """Measure how well synthetic cosines agree with real ones: KS distances, and the ends of both."""
    real = shape_of(faces)
    counts = np.bincount(faces.subjects)
    same_size = [shape_of(simulate(parameters, counts, 1000 + seed)) for seed in range(20)]
    large = shape_of(simulate(parameters, np.full(N_COMPARED, 2), 999))
    return {
        "n_people": int(counts.size),
        "n_mated": real.mated.size,
        "n_non_mated": real.non_mated.size,
        "ks_mated": _ks(large.mated, real.mated),
        "ks_non_mated": _ks(large.non_mated, real.non_mated),
        "ks_mated_between_synthetic_of_same_size": float(
            np.mean([_ks(one.mated, large.mated) for one in same_size])
        ),
        "ks_non_mated_between_synthetic_of_same_size": float(
            np.mean([_ks(one.non_mated, large.non_mated) for one in same_size])
        ),
        "real_mated_least": float(real.mated.min()),
        "synthetic_mated_least_of_same_size": float(np.mean([one.mated.min() for one in same_size])),
        "real_non_mated_most": float(real.non_mated.max()),
        "synthetic_non_mated_most_of_same_size": float(np.mean([one.non_mated.max() for one in same_size])),
        "between_spectrum_error": _log_error(
            np.mean([one.between for one in same_size], axis=0), real.between
        ),
        "within_spectrum_error": _log_error(np.mean([one.within for one in same_size], axis=0), real.within),
    }


def _first_guess(faces: RealFaces, real: Shape) -> FaceParameters:
    """Moments; what spectra look like comes with the search."""
    mean = float(np.sqrt(real.non_mated.mean()))
    within = float(1 - real.mated.mean())
    return FaceParameters(
        dimensions=faces.vectors.shape[1],
        mean_length=mean,
        between_variance=1 - mean**2 - within,
        between_power=0.3,
        between_decay=20.0,
        within_variance=within,
        within_decay=30.0,
        within_spread=0.3,
        level_scales=dict.fromkeys(FaceLevel, 1.0),
    )


def _moved(start: FaceParameters, steps: Float64s) -> FaceParameters:
    """Multiply each parameter by the exponential of a step."""
    factors = np.exp(np.clip(steps, -4, 4))
    return replace(
        start,
        mean_length=float(start.mean_length * factors[0]),
        between_variance=float(start.between_variance * factors[1]),
        between_power=float(start.between_power * factors[2]),
        between_decay=float(start.between_decay * factors[3]),
        within_variance=float(start.within_variance * factors[4]),
        within_decay=float(start.within_decay * factors[5]),
        within_spread=float(start.within_spread * factors[6]),
    )


def _distance(one: Shape, other: Shape) -> float:
    spectra = _log_error(one.between, other.between) + _log_error(one.within, other.within)
    cosines = _ks(one.mated, other.mated) + _ks(one.non_mated, other.non_mated)
    return cosines + SPECTRUM_WEIGHT * spectra


def _with_levels(fitted: FaceParameters) -> FaceParameters:
    """Set the scale of the counter, then the share of East Asia, by the error rates that were measured."""
    counts = np.full(N_CHECKED, 2)

    def at_counter(scale: float) -> FaceParameters:
        return replace(fitted, level_scales={FaceLevel.STUDIO: 1.0, FaceLevel.COUNTER: scale})

    def too_many(scale: float) -> float:
        return (
            equal_error_rate_of(simulate(at_counter(scale), counts, 1, level=FaceLevel.COUNTER)) - COUNTER_EER
        )

    counter = at_counter(round(float(brentq(too_many, 1.0, 4.0, xtol=1e-3)), 3))

    def in_region(share: float) -> FaceParameters:
        return replace(counter, region_shares={"east-asia": share})

    def too_few(share: float) -> float:
        faces = simulate(in_region(share), counts, 2, level=FaceLevel.COUNTER, region="east-asia")
        return equal_error_rate_of(faces) - EAST_ASIAN_EER

    return in_region(round(float(brentq(too_few, 0.0, 0.9, xtol=1e-3)), 3))


def equal_error_rate_of(faces: RealFaces) -> float:
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


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", default="dlib", show_default=True, help="The face profile to fit to.")
def main(folders: Sequence[Path], profile: str) -> None:
    """Fit the face model to the photos in folders with a subfolder, or one photo, for each subject."""
    faces = real_faces(evaluate_faces(open_face_folders(folders), make_face_extractor(profile)))
    parameters = fit_face_parameters(faces)
    click.echo(
        json.dumps({"parameters": asdict(parameters), "agreement": agreement(parameters, faces)}, indent=2)
    )


if __name__ == "__main__":
    sys.exit(main())
