"""Where the manifest says that a model comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from vantay_models.errors import ManifestError

SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")
FILE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class PackageSource:
    """A file in a Python package, from which the model is built.

    Attributes
    ----------
    package : str
        Name of the distribution.
    file : str
        Path below the folder where packages are installed.
    sha256 : str
        Checksum of the file, 64 hexadecimal digits.
    size_bytes : int
        Its size.
    """

    package: str
    file: str
    sha256: str
    size_bytes: int

    def __post_init__(self) -> None:
        check_digest(self.sha256, self.size_bytes)


@dataclass(frozen=True)
class DownloadSource:
    """A file that is fetched as it is.

    Attributes
    ----------
    file : str
        Its name in a mirror folder.
    sha256 : str
        Checksum, 64 hexadecimal digits.
    size_bytes : int
        Its size.
    origin : str
        Where it was published, for people.
    url : str, optional
        Where its bytes are; without one it is a conversion that only mirrors have.
    """

    file: str
    sha256: str
    size_bytes: int
    origin: str
    url: str | None = None

    def __post_init__(self) -> None:
        check_digest(self.sha256, self.size_bytes)
        check_file_name(self.file)
        if self.url is not None and urlsplit(self.url).scheme != "https":
            raise ManifestError(f"url is {self.url!r}, expected one that starts with https://")


def check_digest(sha256: str, size_bytes: int) -> None:
    """Refuse what cannot be a checksum or a size; `ManifestError`."""
    if not SHA256_PATTERN.fullmatch(sha256):
        raise ManifestError(f"sha256 is {sha256!r}, expected 64 digits from 0 to f")
    if size_bytes <= 0:
        raise ManifestError(f"size_bytes is {size_bytes}, expected more than 0")


def check_file_name(file: str) -> None:
    """Refuse what is no plain file name; `ManifestError`."""
    if not FILE_PATTERN.fullmatch(file):
        raise ManifestError(f"file is {file!r}, expected a name of letters, digits, dots and dashes")
