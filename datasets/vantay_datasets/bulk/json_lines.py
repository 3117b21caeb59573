"""Bulk files as JSON lines: one object a line, bytes in base64, times and dates in ISO 8601.

The first line is ``{"vantay.bulk.version": 1}``. A key that is missing means null.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from vantay.errors import InvalidSample, UnsupportedFormatVersion
from vantay_datasets.bulk.schema import MAX_DATA_BYTES, VERSION, VERSION_KEY
from vantay_datasets.bulk.values import Values

MAX_LINE_BYTES = MAX_DATA_BYTES * 4 // 3 + (1 << 20)
_VERSION = VERSION_KEY.decode()
_DATES = ("birth_date",)
_TIMES = ("captured_at", "consent_given_at")


class JsonLinesSink:
    """Writes rows of values into a file of JSON lines.

    Parameters
    ----------
    path : Path
        Is overwritten.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._file.write(json.dumps({_VERSION: VERSION}) + "\n")

    def write(self, values: Values) -> None:
        """Add a row."""
        encoded = dict(values)
        if isinstance(data := values.get("data"), bytes):
            encoded["data"] = base64.b64encode(data).decode("ascii")
        for name in _TIMES:
            if isinstance(time := values.get(name), datetime):
                encoded[name] = (
                    time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z"
                )
        self._file.write(json.dumps(encoded, ensure_ascii=False, default=_json_of) + "\n")

    def close(self) -> None:
        """Write what is left."""
        self._file.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._file.close()


def read_json_values(path: Path) -> Iterator[Values | str]:
    """Read the rows of a file, one line at a time.

    Yields
    ------
    mapping or str
        The values of a row, or what is wrong with a line that is none.

    Raises
    ------
    InvalidSample
        If the file cannot be read, its first line does not say the version, or it ends within a row.
    UnsupportedFormatVersion
        If its schema has another version.
    """
    try:
        with path.open("rb") as file:
            _check_first_line(path, file.readline(MAX_LINE_BYTES))
            while line := file.readline(MAX_LINE_BYTES):
                if line.strip():
                    yield _values_of_line(path, line)
                if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
                    return
    except OSError as error:
        raise InvalidSample(f"{path}: cannot be read, {error.strerror or error}") from error


def _check_first_line(path: Path, line: bytes) -> None:
    parsed = _parse(line)
    version = parsed.get(_VERSION) if isinstance(parsed, dict) else None
    if version is None:
        raise InvalidSample(f'{path}: first line does not say {{"{_VERSION}": {VERSION}}}, expected that')
    if version != VERSION or isinstance(version, bool):
        raise UnsupportedFormatVersion(
            f"{path}: version of the bulk schema is {version!r:.20}, expected {VERSION}"
        )


def _values_of_line(path: Path, line: bytes) -> Values | str:
    is_ended = line.endswith(b"\n")
    if len(line) == MAX_LINE_BYTES and not is_ended:
        return f"is longer than {MAX_LINE_BYTES >> 20} MiB; what follows is not read"
    parsed = _parse(line)
    if isinstance(parsed, str):
        if (
            not is_ended
        ):  # whole objects may lack it, in files of other writers; half ones tell of more that is lost
            raise InvalidSample(
                f"{path}: is cut off within its last line, expected a whole file: copy it anew"
            )
        return parsed
    values = {name: value for name, value in parsed.items() if value is not None and value not in ([], {})}
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = _decoded(name, value)
    if isinstance(documents := values.get("documents"), list):
        values["documents"] = [_decoded_document(document) for document in documents]
    return values


def _parse(line: bytes) -> dict[str, object] | str:
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError) as error:
        # The message of a decoder may show what stands there.
        return f"is no JSON object, {type(error).__name__}"
    return parsed if isinstance(parsed, dict) else "is no JSON object"


def _decoded(name: str, text: str) -> object:
    """Decode a value; what cannot be decoded stays text, which the checks refuse."""
    try:
        if name == "data":
            return base64.b64decode(text, validate=True)
        if name in _DATES:
            return date.fromisoformat(text)
        if name in _TIMES:
            return datetime.fromisoformat(text)
    except (ValueError, binascii.Error):
        return text
    return text


def _decoded_document(document: object) -> object:
    if not isinstance(document, dict):
        return document
    decoded = {key: value for key, value in document.items() if value is not None}
    expiry = decoded.get("expires_on")
    if isinstance(expiry, str):
        try:
            decoded["expires_on"] = date.fromisoformat(expiry)
        except ValueError:
            return decoded
    return decoded


def _json_of(value: object) -> str:
    return cast("date", value).isoformat()
