"""Models of the registry, opened: each once a process and number of threads, and shared."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from vantay.errors import ModelUnavailable
from vantay.face.session import Session
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelError, ModelFileError
from vantay_models.registry import InstalledModel, find_entry, find_model


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A network of the registry, ready to run.

    Attributes
    ----------
    entry : ModelEntry
        What is known of it, its calibration among it.
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
        With the session that all calls for the same file and number of threads share.

    Raises
    ------
    ModelUnavailable
        If there is no model of this name, or it is not installed, or damaged.
    """
    model = installed_model(name)
    return Network(model.entry, model.sha256, _shared_session(model, n_threads))


def installed_model(name: str) -> InstalledModel:
    """Find a model that can be used; errors as `open_network`."""
    with _typed_errors():
        return find_model(name)


def model_entry(name: str) -> ModelEntry:
    """Return what is known of a model, installed or not; errors as `open_network`."""
    with _typed_errors():
        return find_entry(name)


def is_ready(name: str) -> bool:
    """Tell whether the file of a model is here; contents are compared when it is opened."""
    with _typed_errors():
        try:
            find_model(name)
        except ModelFileError:
            return False
    return True


def read_model_file(name: str) -> tuple[bytes, str]:
    """Return the content of a model file that is no network, and its checksum; errors as `open_network`."""
    model = installed_model(name)
    with _typed_errors():
        return model.read(), model.sha256


_SESSIONS: dict[tuple[str, int], Session] = {}
_SESSIONS_LOCK = threading.Lock()


def _shared_session(model: InstalledModel, n_threads: int) -> Session:
    with _SESSIONS_LOCK:
        key = (model.sha256, n_threads)
        if key not in _SESSIONS:
            with _typed_errors():
                data = model.read()
            _SESSIONS[key] = Session(data, model.entry.name, n_threads=n_threads)
        return _SESSIONS[key]


@contextmanager
def _typed_errors() -> Iterator[None]:
    """Turn errors of the package below into the engine's."""
    try:
        yield
    except ModelError as error:
        raise ModelUnavailable(str(error)) from error
