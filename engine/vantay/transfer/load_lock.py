"""One load of the same sources at a time: a file that its process holds locked while it lives.

It lies beside the file of progress, which is replaced after each batch and cannot be held itself. The system
gives the lock back when the process ends, also when it is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from vantay.errors import StoreLocked, StoreUnavailable


@contextlib.contextmanager
def locked_load(progress: Path) -> Iterator[None]:
    """Keep other processes from the load that a file of progress tells of.

    Parameters
    ----------
    progress : Path
        The file; it need not be there.

    Raises
    ------
    StoreLocked
        If another load has it, in this process or another; the message names the process.
    StoreUnavailable
        If its folder is missing or may not be written, or its file system has no locks.
    """
    path = progress.with_name(f"{progress.name}.lock")
    try:
        descriptor = _taken(path)
    except OSError as error:
        raise StoreUnavailable(f"{path}: cannot be written, {error.strerror or error}") from error
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # left behind it does no harm
            path.unlink()
        os.close(descriptor)


def _taken(path: Path) -> int:
    """Lock the file that has the name now; the one that was opened may have lost it meanwhile."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(path, descriptor):
                os.truncate(descriptor, 0)
                os.write(descriptor, json.dumps(_this_process()).encode())
                return descriptor
        except BlockingIOError as error:
            message = f"{path}: {_holder(descriptor)} is loading the same sources: wait for it, or end it"
            os.close(descriptor)
            raise StoreLocked(message) from error
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_named(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _this_process() -> dict[str, str | int]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"process": os.getpid(), "host": socket.gethostname(), "since": now}


def _holder(descriptor: int) -> str:
    try:
        said = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {said['process']} on {said['host']}, since {said['since']},"
    except (OSError, ValueError, KeyError, TypeError):  # it has not written yet who it is
        return "another process"
