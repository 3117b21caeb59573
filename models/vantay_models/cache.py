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
    """Write a model file and its record; after a crash at any point `read_model` sees old, new or neither."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _replace(path, data)
    _replace(record_path(path), json.dumps(asdict(record), indent=2).encode() + b"\n")


def read_model(path: Path, *, builder: str | None = None) -> tuple[bytes, BuildRecord]:
    """Return the bytes of a model file and its record.

    Parameters
    ----------
    path : Path
        The model file.
    builder : str, optional
        The only builder version to accept.

    Raises
    ------
    ModelFileError
        If the file or its record is absent, the checksum differs, or another builder made it.
    """
    try:
        data = path.read_bytes()
        record = BuildRecord(**json.loads(record_path(path).read_bytes()))
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no {error.filename}: {BUILD_ADVICE}") from error
    except (OSError, ValueError, TypeError) as error:
        raise ModelFileError(f"{path} or its record is not readable ({error}): {BUILD_ADVICE}") from error
    if (found := sha256_hex(data)) != record.file_sha256:
        raise ModelFileError(
            f"{path} is damaged, its SHA-256 is {found} and its record says {record.file_sha256}: "
            f"{BUILD_ADVICE}"
        )
    if builder is not None and record.builder != builder:
        raise ModelFileError(
            f"{path} was made by builder {record.builder}, this is {builder}: {BUILD_ADVICE}"
        )
    return data, record


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 checksum of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Replace a file so that no reader and no crash ever sees half of it."""
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
