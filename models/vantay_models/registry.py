"""Which models there are, which of them are here, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from vantay_models.added import read_added_entries
from vantay_models.builders import BUILDERS
from vantay_models.cache import BuildRecord, model_cache_dir, read_model, read_model_record
from vantay_models.calibration import read_calibration
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelFileError, UnknownModel
from vantay_models.manifest import read_manifest

FETCHED, ADDED = "fetched", "added"
"""What stands for the version of a builder in the records of models that were not built."""


class ModelState(StrEnum):
    """Whether a model can be used."""

    READY = "ready"
    ABSENT = "absent"
    UNUSABLE = "unusable"
    """Damaged, without its record, or of an older builder or manifest."""


@dataclass(frozen=True)
class ModelStatus:
    """A model and its file.

    Attributes
    ----------
    entry : ModelEntry
        What is known of it.
    path : Path
        Where its file is or would be.
    state : ModelState
        Whether it can be used.
    problem : str, optional
        Why it cannot, and what to do.
    sha256 : str, optional
        Checksum of the file, if it can.
    size_bytes : int, optional
        Its size, if it can.
    """

    entry: ModelEntry
    path: Path
    state: ModelState
    problem: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True)
class InstalledModel:
    """A model that can be used.

    Attributes
    ----------
    entry : ModelEntry
        What is known of it, its calibration among it.
    path : Path
        The file.
    sha256 : str
        Checksum of the file: what tells embeddings of one model from those of another.
    """

    entry: ModelEntry
    path: Path
    sha256: str

    def read(self) -> bytes:
        """Return the bytes of the file, whose checksum has been compared.

        Raises
        ------
        ModelFileError
            If the file is damaged or no longer there.
        """
        data, record = read_model(self.path, builder=_builder_of(self.entry), advice=advice(self.entry))
        if record.file_sha256 != self.sha256:
            raise ModelFileError(f"{self.path} was replaced by another file since it was found")
        return data


def read_entries() -> dict[str, ModelEntry]:
    """Return every model of the manifest, and those that were added, by name."""
    return read_manifest() | read_added_entries()


def list_models() -> list[ModelStatus]:
    """Return every known model and whether its file is here; contents are not compared.

    Raises
    ------
    ManifestError
        If the manifest, or that of an added model, is wrong.
    """
    return [_status(entry, is_thorough=False) for entry in read_entries().values()]


def verify_models() -> list[ModelStatus]:
    """Return the models whose file is here, with every checksum computed anew; errors as `list_models`."""
    states = [_status(entry, is_thorough=True) for entry in read_entries().values()]
    return [status for status in states if status.state is not ModelState.ABSENT]


def find_model(name: str) -> InstalledModel:
    """Return a model that can be used.

    Parameters
    ----------
    name : str
        As the manifest has it, or as it was added.

    Raises
    ------
    UnknownModel
        If there is no model of this name.
    ModelFileError
        If its file is not here or cannot be used; the message says how to get it.
    ManifestError
        If the manifest, or that of an added model, is wrong.
    """
    status = _status(find_entry(name), is_thorough=False)
    if status.sha256 is None:
        raise ModelFileError(str(status.problem))
    calibration = read_calibration(name, status.sha256) or status.entry.calibration
    return InstalledModel(replace(status.entry, calibration=calibration), status.path, status.sha256)


def find_entry(name: str) -> ModelEntry:
    """Return what is known of a model, installed or not; errors as `find_model`.

    Vantay's own models are found whatever is wrong with the description of an added one.
    """
    own = read_manifest()
    if name in own:
        return own[name]
    entries = own | read_added_entries()
    if name not in entries:
        raise UnknownModel(f"there is no model {name}, expected one of {', '.join(sorted(entries))}")
    return entries[name]


def advice(entry: ModelEntry) -> str:
    """Return what to do to get a model."""
    if entry.package is not None:
        return "run `vantay models build`"
    if entry.download is None:
        return f"remove its files and add it again with `vantay models add`: {entry.name}"
    from_folder = f"`vantay models pull {entry.name} --from FOLDER`, where FOLDER has {entry.download.file}"
    if entry.download.url is None:
        return f"run {from_folder}"
    return f"run `vantay models pull {entry.name}`, or without a network {from_folder}"


def _status(entry: ModelEntry, *, is_thorough: bool) -> ModelStatus:
    path = model_cache_dir() / entry.file
    if not path.exists():
        problem = f"the model {entry.name} is not here ({path}): {advice(entry)}"
        return ModelStatus(entry, path, ModelState.ABSENT, problem)
    try:
        record = read_model_record(path, builder=_builder_of(entry), advice=advice(entry))
        if is_thorough:
            read_model(path, advice=advice(entry))
        _check_source(entry, path, record)
    except ModelFileError as error:
        return ModelStatus(entry, path, ModelState.UNUSABLE, str(error))
    return ModelStatus(
        entry, path, ModelState.READY, sha256=record.file_sha256, size_bytes=path.stat().st_size
    )


def _check_source(entry: ModelEntry, path: Path, record: BuildRecord) -> None:
    """Check that a file was made from, or is, what the manifest names today."""
    source = entry.package or entry.download
    if source is not None and record.source_sha256 != source.sha256:
        raise ModelFileError(
            f"{path} comes from a file of SHA-256 {record.source_sha256}, the manifest names "
            f"{source.sha256}: {advice(entry)}"
        )


def _builder_of(entry: ModelEntry) -> str:
    if entry.package is not None:
        return BUILDERS[entry.name].version
    return ADDED if entry.download is None else FETCHED
