"""Fetch a file of known size and checksum over HTTP, going on where an earlier attempt stopped."""

from __future__ import annotations

import fcntl
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from vantay_models.cache import sha256_hex
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.source import DownloadSource

TIMEOUT_S = 30.0
CHUNK_BYTES = 1 << 18
N_REPORTS = 10
PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE = 206, 416


def fetch(url: str, download: DownloadSource, folder: Path, report: Callable[[str], None]) -> bytes:
    """Fetch a file.

    Parameters
    ----------
    url : str
        Where it is.
    download : DownloadSource
        What it must be.
    folder : Path
        Where an incomplete file is kept between calls, under a name with its checksum.
    report : callable
        Gets a line for each tenth of the file.

    Returns
    -------
    bytes
        The whole file, checked.

    Raises
    ------
    ModelSourceError
        If the address is out of reach, the fetch was interrupted, or the bytes are not those expected. What
        was interrupted is kept, what is wrong is removed.
    ModelFileError
        If the incomplete file cannot be written.
    """
    part = folder / f"{download.file}.{download.sha256[:16]}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            _lock(url, file)
            _complete(url, download, file, report)
        data = part.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{part} cannot be written: {error}") from error
    if len(data) < download.size_bytes:
        raise ModelSourceError(
            f"{url} was interrupted after {len(data)} of {download.size_bytes} bytes: run the same command "
            "again to go on"
        )
    part.unlink()
    check_digest(url, data, download)
    return data


def _lock(url: str, file: BinaryIO) -> None:
    """Keep other processes off an incomplete file until it is closed: two would mix their bytes."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ModelSourceError(f"{url} is being fetched by another process: wait for it") from error


def check_digest(place: str, data: bytes, download: DownloadSource) -> None:
    """Check that bytes are those of the manifest.

    Raises
    ------
    ModelSourceError
        If not; the message calls them by ``place``.
    """
    if (found := sha256_hex(data)) != download.sha256:
        raise ModelSourceError(
            f"{place} has SHA-256 {found}, the manifest expects {download.sha256}: it is another file, "
            "nothing was installed"
        )


def _complete(url: str, download: DownloadSource, file: BinaryIO, report: Callable[[str], None]) -> None:
    """Append what is missing, as far as the connection lasts; more than expected is not taken."""
    start = file.tell()
    if start >= download.size_bytes:
        return
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})  # noqa: S310
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - http and https alone
    except urllib.error.HTTPError as error:
        raise _refused(url, error, file) from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error) from error
    with response:
        if start and not _continues(response, start):
            file.truncate(0)
            file.seek(0)
        _check_length(url, response, download.size_bytes - file.tell())
        _copy(response, file, download.size_bytes, report)


def _continues(response: http.client.HTTPResponse, start: int) -> bool:
    """Return whether a server sends the rest of the file, and not all of it again."""
    content_range = response.headers.get("Content-Range", "")
    return response.status == PARTIAL_CONTENT and content_range.startswith(f"bytes {start}-")


def _check_length(url: str, response: http.client.HTTPResponse, expected: int) -> None:
    """Refuse a page of another length, such as that of a network's login, before it spoils what is there."""
    length = response.headers.get("Content-Length")
    if length is not None and length != str(expected):
        raise ModelSourceError(f"{url} gives {length} bytes, expected {expected}: it is another file")


def _copy(
    response: http.client.HTTPResponse, file: BinaryIO, size_bytes: int, report: Callable[[str], None]
) -> None:
    reported = file.tell() * N_REPORTS // size_bytes
    while (missing := size_bytes - file.tell()) > 0:
        try:
            chunk = response.read(min(CHUNK_BYTES, missing))
        except (OSError, http.client.HTTPException):
            return
        if not chunk:
            return
        file.write(chunk)
        if (tenth := file.tell() * N_REPORTS // size_bytes) > reported:
            reported = tenth
            report(f"{file.tell():,} of {size_bytes:,} bytes")


def _refused(url: str, error: urllib.error.HTTPError, file: BinaryIO) -> ModelSourceError:
    if error.code == RANGE_NOT_SATISFIABLE:
        file.truncate(0)
        return ModelSourceError(f"{url} has fewer bytes than were fetched before: run the same command again")
    return ModelSourceError(f"{url} was refused: {error.code} {error.reason}")


def _unreachable(url: str, error: Exception) -> ModelSourceError:
    reason = getattr(error, "reason", error)
    return ModelSourceError(
        f"{url} cannot be reached ({reason}). Where the network is closed, fetch the file elsewhere and give "
        "the folder that has it with `--from FOLDER`"
    )
