"""Fit the map from the cosine of a face embedding to −10·log10(FMR) on non-mated comparisons.

    python -m vantay.evaluation.face_calibration NAME DIR … [--output calibration.toml]

Each photo is compared with each of another subject. Without ``--output`` the calibration is kept in the model
folder, where comparisons find it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.calibration_fit import TAIL_RATE, false_match_rate
from vantay.evaluation.faces import FaceResult, evaluate_faces, open_face_folders
from vantay.face.extraction import make_face_extractor
from vantay.face.registry import installed_model
from vantay_models.calibration import write_calibration
from vantay_models.entry import Calibration
from vantay_models.toml_record import write_record

Float64s = npt.NDArray[np.float64]

KNOTS_PER_DEVIATION = 5
"""Knots to a standard deviation of the non-mated cosines: some models spread them wide, some hardly."""

LEAST_NON_MATED = 5000
"""Comparisons: at `TAIL_RATE` 25 remain for the tail."""


def fit_face_calibration(result: FaceResult, model_sha256: str) -> Calibration:
    """Fit a calibration to an evaluation.

    Parameters
    ----------
    result : FaceResult
        With at least `LEAST_NON_MATED` non-mated comparisons.
    model_sha256 : str
        Checksum of the embedding's file.

    Returns
    -------
    Calibration
        Knots ascend strictly; beyond the last the score grows as the exponential tail falls.

    Raises
    ------
    InvalidSetting
        If there are too few comparisons.
    """
    cosines = _non_mated_cosines(result)
    if cosines.size < LEAST_NON_MATED:
        raise InvalidSetting(
            f"{result.task.name}: {cosines.size} non-mated comparisons, expected {LEAST_NON_MATED} or more: "
            "a false match rate is a share of them"
        )
    start = float(np.quantile(cosines, 1 - TAIL_RATE))
    step = float(cosines.std()) / KNOTS_PER_DEVIATION
    knots = np.arange(cosines.min(), start + 2 * step, step).round(6)
    scores = 0.0 - 10 * np.log10(false_match_rate(cosines, knots))
    rising = np.concatenate([[True], np.diff(np.maximum.accumulate(scores)) > 1e-4])
    at_end = -10 * np.log10(false_match_rate(cosines, knots[-1] + np.array([0.0, step])))
    subjects = len({photo.subject for photo in result.task.photos})
    return Calibration(
        raw=tuple(knots[rising].tolist()),
        scores=tuple(scores[rising].round(4).tolist()),
        tail_slope=round(float(at_end[1] - at_end[0]) / step, 4),
        model_sha256=model_sha256,
        measured_on=f"{result.task.name}: {subjects} people, {cosines.size} non-mated comparisons",
    )


def _non_mated_cosines(result: FaceResult) -> Float64s:
    """Cosines of different people's photos, without those of photos that gave no template."""
    is_there = np.array([one.template is not None for one in result.acquired])
    both = is_there[result.task.probe] & is_there[result.task.reference]
    return np.asarray(result.scores.scores[~result.scores.is_mated & both])


def calibrate_model(name: str, folders: Sequence[Path]) -> tuple[Path, Calibration]:
    """Calibrate a model on folders of photos and keep the result beside it.

    Raises
    ------
    ModelUnavailable
        If there is no such model here.
    InvalidSetting
        If there are too few comparisons.
    """
    calibration = _fit(name, folders)
    return write_calibration(name, calibration), calibration


def _fit(name: str, folders: Sequence[Path]) -> Calibration:
    model = installed_model(name)
    result = evaluate_faces(open_face_folders(folders), make_face_extractor(name))
    return fit_face_calibration(result, model.sha256)


@click.command()
@click.argument("name")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it here only.")
def main(name: str, folders: tuple[Path, ...], output: Path | None) -> None:
    """Calibrate the face embedding NAME on folders with a subfolder of photos for each subject."""
    if output is None:
        output, calibration = calibrate_model(name, folders)
    else:
        calibration = _fit(name, folders)
        output.write_text(write_record(calibration, "calibration"), encoding="utf-8")
    click.echo(f"{output}: {calibration.measured_on}", err=True)


if __name__ == "__main__":
    sys.exit(main())
