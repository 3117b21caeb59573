"""Fetch a model of the manifest, from its public place or a mirror, and trust nothing but its checksum."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from vantay_models.cache import BuildRecord, model_cache_dir, write_model
from vantay_models.download import check_digest, fetch
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.registry import FETCHED, InstalledModel, advice, find_entry, find_model
from vantay_models.source import DownloadSource

Report = Callable[[str], None]


def pull_model(
    name: str, *, source: Path | str | None = None, report: Report = lambda _line: None
) -> InstalledModel:
    """Fetch a model and put it in the model folder, unless a sound one is there.

    Parameters
    ----------
    name : str
        As the manifest has it.
    source : Path or str, optional
        A mirror: a folder, the file itself, or the address of either; the public place where absent. What an
        interrupted fetch from an address got is kept, and completed by the next call.
    report : callable
        Gets lines for people.

    Raises
    ------
    UnknownModel
        If the manifest has no such model.
    ModelSourceError
        If the model is not one that is fetched, the source is out of reach, the fetch was interrupted, or the
        bytes are not those of the manifest.
    ModelFileError
        If the model cannot be written.
    """
    entry = find_entry(name)
    if entry.download is None:
        raise ModelSourceError(
            f"the model {name} is not fetched but comes from {entry.source}: {advice(entry)}"
        )
    try:
        found = find_model(name)
        found.read()
    except ModelFileError:
        pass
    else:
        report(f"{name}: {found.path} is current")
        return found
    data = _obtain(entry, entry.download, source, report)
    digest = entry.download.sha256
    write_model(model_cache_dir() / entry.file, data, BuildRecord(name, FETCHED, digest, digest))
    return find_model(name)


def _obtain(entry: ModelEntry, download: DownloadSource, source: Path | str | None, report: Report) -> bytes:
    """Return the checked bytes of a download."""
    place = source if source is not None else download.url
    if place is None:
        raise ModelSourceError(
            f"the model {entry.name} is a conversion ({download.origin}) that has no public address: "
            f"{advice(entry)}"
        )
    if isinstance(place, str) and urlsplit(place).scheme in {"http", "https"}:
        address = place if place.endswith(f"/{download.file}") else f"{place.rstrip('/')}/{download.file}"
        report(f"{entry.name}: fetching {address}, {download.size_bytes:,} bytes")
        return fetch(address, download, model_cache_dir() / "incomplete", report)
    if isinstance(place, str) and "://" in place:
        raise ModelSourceError(f"{place} is no mirror: expected a folder, or an address of http or https")
    folder = Path(place)
    path = folder / download.file if folder.is_dir() else folder
    report(f"{entry.name}: copying {path}")
    return _read_checked(path, download)


def _read_checked(path: Path, download: DownloadSource) -> bytes:
    try:
        size_bytes = path.stat().st_size
        if size_bytes != download.size_bytes:
            raise ModelSourceError(
                f"{path} has {size_bytes} bytes, the manifest expects {download.size_bytes}"
            )
        data = path.read_bytes()
    except OSError as error:
        raise ModelSourceError(f"{path} is not readable: {error}") from error
    check_digest(str(path), data, download)
    return data
