"""What could not be loaded: one JSON object a line, with what to do about it."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from vantay.errors import ExtractionFailed, StoreUnavailable, VantayError

_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")

ADVICE = {
    "schema": "correct the row; `vantay datasets validate` tells all that breaks the schema",
    "manifest": "correct the row of the manifest",
    "invalid_sample": "export the image again from where it comes from, or capture it again",
    "invalid_template": "export the record again from where it comes from, or send the image instead",
    "incompatible_template": "make the face templates with the model of the enrolled ones, or send photos",
    "no_foreground": "look whether it is the image of a finger; capture it again",
    "too_few_minutiae": "capture the finger again",
    "no_face": "look whether it is a photo of a face; take it again",
    "several_faces": "cut the photo to one face",
    "no_embedding": "take the photo again",
    "not_one_finger": "cut the image into single fingers before",
    "sample_twice": "keep one of the two, or give them different encounters",
    "no_sample": "see the rejects of its samples; load it again with samples that can be used",
    "caller_error": "correct what the message names",
    "already_enrolled": "load with --on-conflict add-encounter or skip, or correct the identifier",
    "subject_merged": "load the samples under the identifier that the message names",
    "subject_not_found": "correct the identifier",
    "gallery_not_found": "make the gallery with `vantay gallery create`, or load with --create-galleries",
}
"""What to do, by reason; other reasons have the advice of `OTHER_ADVICE`."""
OTHER_ADVICE = "see the message"


class Reject(NamedTuple):
    """A row or a sample that was not loaded.

    Attributes
    ----------
    source : str
        The file, or the sample in it.
    row : int, optional
        Of a bulk file or a manifest, from 1.
    column : str, optional
        What is wrong, if it is one value.
    subject_id : str, optional
        Whose it is, if that is known.
    reason : str
        Machine-readable; the keys of `ADVICE`, and reasons of `ExtractionFailed`.
    message : str
        For people; never personal or biometric data.
    """

    source: str
    row: int | None
    column: str | None
    subject_id: str | None
    reason: str
    message: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE.get(self.reason, OTHER_ADVICE)


def reason_of(error: VantayError) -> str:
    """Give the machine-readable reason of an error: its own, or the name of its class."""
    if isinstance(error, ExtractionFailed):
        return error.reason
    return _WORD_STARTS.sub("_", type(error).__name__).lower()


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # it names people


class RejectFile:
    """Appends rejects to a file of JSON lines that its owner alone may read; a context manager.

    Parameters
    ----------
    path : Path
    n_bytes_kept : int
        How much of a file that is there is kept: what was written of batches that were not finished goes.

    Raises
    ------
    StoreUnavailable
        If it cannot be written.
    """

    def __init__(self, path: Path, n_bytes_kept: int = 0) -> None:
        self.path = path
        with self._typed_errors():
            # without a buffer, nothing is left to be written when it is closed
            self._file = open(path, "ab", buffering=0, opener=_open_private)  # noqa: SIM115 - `__exit__` does
            self._file.truncate(min(n_bytes_kept, self._file.tell()))
            self._file.seek(0, os.SEEK_END)

    def write(self, rejects: Iterable[Reject]) -> int:
        """Append rejects, wait until they are on disk, and return the size of the file.

        Raises
        ------
        StoreUnavailable
            If the disk is full or fails; a part of them may have been written.
        """
        lines = [
            json.dumps(reject._asdict() | {"advice": reject.advice}, ensure_ascii=False) + "\n"
            for reject in rejects
        ]
        with self._typed_errors():
            if lines:
                self._write_whole("".join(lines).encode("utf-8", "backslashreplace"))
                os.fsync(self._file.fileno())
            return self._file.tell()

    def _write_whole(self, content: bytes) -> None:
        while content:  # a disk that fills up takes a part first
            content = content[self._file.write(content) :]

    @contextlib.contextmanager
    def _typed_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(f"{self.path}: cannot be written, {error.strerror or error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
