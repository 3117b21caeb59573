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
from dataclasses import asdict, replace
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize

from vantay.evaluation.face_population_shape import (
    FaceSet,
    Shape,
    agreement,
    distance_of,
    equal_error_rate_of,
    face_set,
    shape_of,
    simulate,
)
from vantay.evaluation.faces import evaluate_faces, open_face_folders
from vantay.face.extraction import make_face_extractor
from vantay_datasets.synthetic.face_vectors import FaceLevel, FaceParameters

Float64s = npt.NDArray[np.float64]

N_REPLICATES = 6
"""Populations of as many people as the real one, made at each step of the fit."""
N_STEPS = 700
"""Of the search, at most."""

N_CHECKED = 3000
"""People of the populations in which error rates are set."""
COUNTER_EER = 0.0034
"""Of the embedding on the ORL set: 40 people, ten photos each of different times, light and expression."""
EAST_ASIAN_EER = 0.033
"""Of the embedding on photos of 40 tightly cropped East Asian subjects."""


def fit_face_parameters(faces: FaceSet) -> FaceParameters:
    """Fit the parameters of the face model.

    Parameters
    ----------
    faces : FaceSet
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
            np.mean([distance_of(shape_of(simulate(trial, counts, s)), real) for s in range(N_REPLICATES)])
        )

    simplex = np.vstack([np.zeros(7), 0.15 * np.eye(7)])
    found = minimize(
        loss,
        np.zeros(7),
        method="Nelder-Mead",
        options={"maxfev": N_STEPS, "initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-5},
    )
    return _with_levels(_moved(start, found.x))


def _first_guess(faces: FaceSet, real: Shape) -> FaceParameters:
    """Moments; what spectra look like comes with the search."""
    mean = float(np.sqrt(real.non_mated.mean()))
    within = float(1 - real.mated.mean())
    return FaceParameters(
        dimensions=faces.vectors.shape[1],
        mean_length=mean,
        between_variance=1 - mean**2 - within,
        between_power=0.3,
        between_decay=24.0,
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


@click.command()
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--profile", default="dlib", show_default=True, help="The face profile to fit to.")
def main(folders: Sequence[Path], profile: str) -> None:
    """Fit the face model to the photos in folders with a subfolder, or one photo, for each subject."""
    faces = face_set(evaluate_faces(open_face_folders(folders), make_face_extractor(profile)))
    parameters = fit_face_parameters(faces)
    click.echo(
        json.dumps({"parameters": asdict(parameters), "agreement": agreement(parameters, faces)}, indent=2)
    )


if __name__ == "__main__":
    sys.exit(main())
