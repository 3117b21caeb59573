"""Where built models lie, and how they get there and are trusted.

Each model file has a small JSON record beside it, written after it. A file whose checksum is not the one in
its record, or that another version of the builder made, is never loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from vantay_models.errors import ModelFileError

BUILD_ADVICE = "run `vantay models build`"


@dataclass(frozen=True)
class BuildRecord:
    """What is recorded beside a model file.

    Attributes
    ----------
    model : str
        Name in the manifest.
    builder : str
        Version of the program that wrote the file.
    source_sha256, file_sha256 : str
        Checksums of the weights and of the file.
    """

    model: str
    builder: str
    source_sha256: str
    file_sha256: str


def model_cache_dir() -> Path:
    """Return the folder of built models.

    It is what ``VANTAY_MODEL_DIR`` names, else ``vantay/models`` in the user's cache folder
    (``XDG_CACHE_HOME``, else ``~/.cache``). It need not exist.
    """
    if folder := os.environ.get("VANTAY_MODEL_DIR"):
        return Path(folder)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "vantay" / "models"


def record_path(path: Path) -> Path:
    """Return where the record of a model file lies."""
    return path.with_name(f"{path.name}.json")


def write_model(path: Path, data: bytes, record: BuildRecord) -> None:
    """Write a model file and its record; after a crash at any point `read_model` sees old, new or neither.

    Raises
    ------
    ModelFileError
        If a file cannot be written.
    """
    replace_file(path, data)
    replace_file(record_path(path), json.dumps(asdict(record), indent=2).encode() + b"\n")


def read_model(
    path: Path, *, builder: str | None = None, advice: str = BUILD_ADVICE
) -> tuple[bytes, BuildRecord]:
    """Return the bytes of a model file and its record.

    Parameters
    ----------
    path : Path
        The model file.
    builder : str, optional
        The only builder version to accept.
    advice : str
        What error messages say to do.

    Raises
    ------
    ModelFileError
        If the file or its record is absent, the checksum differs, or another builder made it.
    """
    record = read_model_record(path, builder=builder, advice=advice)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no {path}: {advice}") from error
    except OSError as error:
        raise ModelFileError(f"{path} is not readable ({error}): {advice}") from error
    if (found := sha256_hex(data)) != record.file_sha256:
        raise ModelFileError(
            f"{path} is damaged, its SHA-256 is {found} and its record says {record.file_sha256}: {advice}"
        )
    return data, record


def read_model_record(path: Path, *, builder: str | None = None, advice: str = BUILD_ADVICE) -> BuildRecord:
    """Return the record of a model file, whose contents are not compared; otherwise as `read_model`."""
    try:
        record = BuildRecord(**json.loads(record_path(path).read_bytes()))
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no {error.filename}: {advice}") from error
    except (OSError, ValueError, TypeError) as error:
        raise ModelFileError(f"the record of {path} is not readable ({error}): {advice}") from error
    if builder is not None and record.builder != builder:
        raise ModelFileError(f"{path} was made by builder {record.builder}, this is {builder}: {advice}")
    return record


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 checksum of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file, in a folder that need not exist, so that no reader and no crash ever sees half of it.

    Raises
    ------
    ModelFileError
        If it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise ModelFileError(f"{path} cannot be written: {error}") from error


def _replace(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
