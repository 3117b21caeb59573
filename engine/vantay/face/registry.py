"""Models of the registry, opened: each once a process and number of threads, and shared."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import ModelUnavailable
from vantay.face.session import Session
from vantay_models.cache import model_cache_dir, read_model
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelError
from vantay_models.manifest import read_manifest


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A network of the registry, ready to run.

    Attributes
    ----------
    entry : ModelEntry
        What the manifest says of it.
    sha256 : str
        Checksum of its file.
    session : Session
        It.
    """

    entry: ModelEntry
    sha256: str
    session: Session


def open_network(name: str, *, n_threads: int = 1) -> Network:
    """Open a network of the registry.

    Parameters
    ----------
    name : str
        In the manifest, or as the user added it.
    n_threads : int
        Threads of one run, from 1.

    Returns
    -------
    Network
        The same one for the same file and number of threads.

    Raises
    ------
    ModelUnavailable
        If there is no model of this name, it is not installed or damaged.
    """
    return _open_network(name, _path_of(name), n_threads)


def model_entry(name: str) -> ModelEntry:
    """Return what the manifest says of a model, installed or not.

    Raises
    ------
    ModelUnavailable
        If there is no model of this name.
    """
    entries = read_manifest()
    if name not in entries:
        raise ModelUnavailable(f"there is no model {name!r}, expected one of {', '.join(entries)}")
    return entries[name]


def is_installed(name: str) -> bool:
    """Return whether the file of a model is there; its contents are compared when it is opened."""
    return _path_of(name).is_file()


def read_model_file(name: str) -> tuple[bytes, str]:
    """Return the content of a model file and its checksum.

    Raises
    ------
    ModelUnavailable
        As `open_network`.
    """
    return _read(_path_of(name))


def _path_of(name: str) -> Path:
    return model_cache_dir() / model_entry(name).file


def _read(path: Path) -> tuple[bytes, str]:
    try:
        data, record = read_model(path)
    except ModelError as error:
        raise ModelUnavailable(str(error)) from error
    return data, record.file_sha256


@functools.cache
def _open_network(name: str, path: Path, n_threads: int) -> Network:
    data, sha256 = _read(path)
    return Network(model_entry(name), sha256, Session(data, name, n_threads=n_threads))
