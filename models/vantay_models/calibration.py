"""Calibrations that were fitted here, beside the models they belong to."""

from __future__ import annotations

import tomllib
from pathlib import Path

from vantay_models.cache import model_cache_dir, replace_file
from vantay_models.entry import Calibration
from vantay_models.errors import ManifestError, ModelFileError
from vantay_models.manifest import check_name
from vantay_models.toml_record import read_record, write_record

TABLE = "calibration"


def write_calibration(name: str, calibration: Calibration) -> Path:
    """Keep the calibration of a model, in place of an earlier one; return the file.

    Raises
    ------
    ManifestError
        If the name cannot be a model's.
    ModelFileError
        If the file cannot be written.
    """
    path = _path(name)
    replace_file(path, write_record(calibration, TABLE).encode())
    return path


def read_calibration(name: str, model_sha256: str) -> Calibration | None:
    """Return the calibration that was fitted here for a model file, or None.

    A calibration of another file of the same name counts as none: its scores would be wrong.

    Raises
    ------
    ManifestError
        If the file is not readable as a calibration.
    """
    path = _path(name)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ManifestError(f"{path} is not readable: {error}") from error
    calibration = read_record(Calibration, tables.get(TABLE), str(path))
    return calibration if calibration.model_sha256 == model_sha256 else None


def forget_calibration(name: str) -> None:
    """Remove the calibration that was fitted here for a model, if there is one.

    Raises
    ------
    ManifestError
        If the name cannot be a model's.
    ModelFileError
        If the file cannot be removed.
    """
    path = _path(name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be removed: {error}") from error


def _path(name: str) -> Path:
    check_name(name)
    return model_cache_dir() / f"{name}.calibration.toml"
