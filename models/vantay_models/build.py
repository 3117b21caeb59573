"""Make model files from the weights that Python packages carry, and prove them before they are used."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

from vantay_models.builders import BUILDERS, LEADER_BUILDER
from vantay_models.cache import BuildRecord, model_cache_dir, read_model, sha256_hex, write_model
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.manifest import read_manifest
from vantay_models.source import PackageSource

__all__ = ["LEADER_BUILDER", "build_models", "find_source"]


def build_models(*, force: bool = False, report: Callable[[str], None] = lambda _line: None) -> list[Path]:
    """Make every model of the manifest that comes in a package and is not there yet: the default profile.

    Parameters
    ----------
    force : bool
        Make those anew that are there and sound.
    report : callable
        Gets one line for people about each model.

    Returns
    -------
    list of Path
        The model files.

    Raises
    ------
    ModelSourceError
        If the package with the weights is not installed, or its file is not the one in the manifest.
    ModelFileError
        If a model does not give the stored reference outputs, or cannot be written.
    """
    paths = []
    for entry in read_manifest().values():
        if entry.package is None:
            continue
        path = model_cache_dir() / entry.file
        if not force and _is_current(path, entry):
            report(f"{entry.name}: {path} is current")
        else:
            report(f"{entry.name}: making {path} from {entry.package.package}")
            _build(path, entry)
        paths.append(path)
    return paths


def _is_current(path: Path, entry: ModelEntry) -> bool:
    try:
        _, record = read_model(path, builder=BUILDERS[entry.name].version)
    except ModelFileError:
        return False
    return record.source_sha256 == _package(entry).sha256


def _build(path: Path, entry: ModelEntry) -> None:
    builder = BUILDERS[entry.name]
    source = find_source(entry)
    try:
        data = builder.make(source)
    except ModuleNotFoundError as error:
        raise _missing_package(str(error.name)) from error
    record = BuildRecord(entry.name, builder.version, _package(entry).sha256, sha256_hex(data))
    write_model(path, data, record)


def find_source(entry: ModelEntry) -> Path:
    """Return the file with the weights of a model, found without importing the package that carries it.

    Raises
    ------
    ModelSourceError
        If the package or the file is absent, or the checksum is not the one in the manifest.
    """
    package = _package(entry)
    try:
        distribution = importlib.metadata.distribution(package.package)
    except importlib.metadata.PackageNotFoundError as error:
        raise _missing_package(package.package) from error
    path = Path(str(distribution.locate_file(package.file)))
    try:
        found = sha256_hex(path.read_bytes())
    except OSError as error:
        raise ModelSourceError(
            f"{package.package} {distribution.version} has no readable {package.file}: {error}"
        ) from error
    if found != package.sha256:
        raise ModelSourceError(
            f"{path} has SHA-256 {found}, the manifest expects {package.sha256}: "
            f"install the version of {package.package} that vantay[models] names"
        )
    return path


def _package(entry: ModelEntry) -> PackageSource:
    if entry.package is None:
        raise ModelSourceError(f"the model {entry.name} is not built but comes from {entry.source}")
    return entry.package


def _missing_package(name: str) -> ModelSourceError:
    return ModelSourceError(f"the package {name} is not installed: run `pip install vantay[models]`")
