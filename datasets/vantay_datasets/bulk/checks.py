"""What may stand in one row: types, ranges, and which columns go with which.

Messages show codes and numbers, and never the values of columns that tell of a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from vantay.types import FingerPosition
from vantay_datasets.bulk.payload import check_payload
from vantay_datasets.bulk.row import Kind, Sex, Status
from vantay_datasets.bulk.schema import (
    COLUMNS,
    MAX_DATA_BYTES,
    MAX_LIST_ITEMS,
    MAX_PPI,
    MAX_QUALITY,
    MAX_TEXT_CHARACTERS,
    MIN_PPI,
    Level,
)
from vantay_datasets.bulk.values import Values
from vantay_datasets.sample import Modality

Finding = tuple[str, str]
"""Column, and what is wrong with it."""
_Check = Callable[[object], str | None]

_EARLIEST_DATE = date(1850, 1, 1)
_LATEST_DATE = date(2200, 1, 1)
_COUNTRY = re.compile(r"[A-Z]{3}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""And halves of surrogate pairs, which no file can hold."""
_DOCUMENT_KEYS = frozenset({"type", "number", "issuer", "expires_on"})
_REPEATED = frozenset(column.name for column in COLUMNS if column.level is not Level.SAMPLE)
_NEVER_NULL = ("subject_id", "kind", "position")
_NONE_FORBIDS = ("modality", "data", "model", "model_version", "quality", "ppi")
_ERASED_FORBIDS = ("sex", "birth_date", "nationality", "documents")
_SAMPLE_NEEDS = ("encounter_id", "modality", "data")


def check_values(values: Values, before: Values = MappingProxyType({})) -> list[Finding]:
    """Find what is wrong with one row.

    Parameters
    ----------
    values : mapping
        Values by column, without nulls, as `values.values_of` gives them or a file holds them.
    before : mapping
        A row in which nothing was wrong: what it says of subject and encounter is not looked at again.

    Returns
    -------
    list of (str, str)
        Column and message; empty where all is well. What columns have to do with each other is looked at
        only where each is well by itself.
    """
    findings = [
        (name, message)
        for name, value in values.items()
        if not (name in _REPEATED and value == before.get(name))
        and (message := _CHECKS.get(name, _unknown)(value)) is not None
    ]
    findings += [(name, "is null, expected a value") for name in _NEVER_NULL if name not in values]
    return findings or list(_check_together(values))


def _check_together(values: Values) -> Iterator[Finding]:
    if values["kind"] == Kind.NONE:
        yield from _check_row_without_sample(values)
    else:
        yield from _check_sample(values)
    if values.get("status") == Status.ERASED:
        yield from _forbidden(values, _ERASED_FORBIDS, "an erased subject")
        if values["kind"] != Kind.NONE:
            yield "kind", f"is {values['kind']}, expected none for an erased subject"
    birth, captured = values.get("birth_date"), values.get("captured_at")
    if isinstance(birth, date) and isinstance(captured, datetime) and captured.date() < birth:
        yield "captured_at", "is before birth_date, expected a later time"


def _check_row_without_sample(values: Values) -> Iterator[Finding]:
    yield from _forbidden(values, _NONE_FORBIDS, "kind none")
    if values["position"] != FingerPosition.UNKNOWN:
        yield "position", f"is {values['position']}, expected 0 for kind none"


def _check_sample(values: Values) -> Iterator[Finding]:
    missing = [name for name in _SAMPLE_NEEDS if name not in values]
    yield from ((name, f"is null, expected a value for kind {values['kind']}") for name in missing)
    if missing:
        return
    is_face = values["modality"] == Modality.FACE
    is_image = values["kind"] == Kind.IMAGE
    if is_face and values["position"] != FingerPosition.UNKNOWN:
        yield "position", f"is {values['position']}, expected 0 for a face"
    if is_face and not is_image:
        if "model" not in values:
            yield "model", "is null, expected the name of what embedded the face"
    else:
        yield from _forbidden(values, ("model", "model_version"), "what is no face template")
    if is_face or not is_image:
        yield from _forbidden(values, ("ppi",), "what is no image of a finger")
    yield from (("data", message) for message in check_payload(values))


def _forbidden(values: Values, names: tuple[str, ...], of_what: str) -> Iterator[Finding]:
    return ((name, f"has a value, expected null for {of_what}") for name in names if name in values)


def _unknown(_: object) -> str:
    return "is no column of the schema"


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return f"is a {type(value).__name__}, expected text"
    if not 0 < len(value) <= MAX_TEXT_CHARACTERS:
        return f"has {len(value)} characters, expected 1 to {MAX_TEXT_CHARACTERS}"
    if not value.isprintable() and _CONTROL.search(value):
        return "has control characters, expected text of one line"
    return None if value == value.strip() else "begins or ends with a space, expected none there"


def _one_of(members: type[Kind | Modality | Status | Sex]) -> _Check:
    allowed = frozenset(member.value for member in members)
    expected = ", ".join(member.value for member in members)

    def check(value: object) -> str | None:
        if isinstance(value, str) and value in allowed:
            return None
        return f"is {_shown(value)}, expected {expected}"

    return check


def _whole_number(low: int, high: int) -> _Check:
    def check(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return None
        return f"is {_shown(value)}, expected {low} to {high}"

    return check


def _ppi(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and MIN_PPI <= value <= MAX_PPI:
        return None
    return f"is {_shown(value)}, expected {MIN_PPI:.0f} to {MAX_PPI:.0f}"


def _date(value: object) -> str | None:
    if not isinstance(value, date) or isinstance(value, datetime):
        return f"is a {type(value).__name__}, expected a date"
    if not _EARLIEST_DATE <= value <= _LATEST_DATE:
        return f"is out of range, expected {_EARLIEST_DATE} to {_LATEST_DATE}"
    return None


def _time(value: object) -> str | None:
    if not isinstance(value, datetime):
        return f"is a {type(value).__name__}, expected a time"
    if value.utcoffset() != timedelta(0):
        return "is not in UTC, expected a time in UTC"
    return _date(value.date())


def _country(value: object) -> str | None:
    if isinstance(value, str) and _COUNTRY.fullmatch(value):
        return None
    return "is no country code, expected three capital letters (ISO 3166-1 alpha-3)"


def _data(value: object) -> str | None:
    if not isinstance(value, bytes):
        return f"is a {type(value).__name__}, expected bytes"
    if not 0 < len(value) <= MAX_DATA_BYTES:
        return f"has {len(value)} bytes, expected 1 to {MAX_DATA_BYTES}"
    return None


def _items(value: object, kind: type[list[object] | dict[object, object]]) -> str | None:
    if not isinstance(value, kind):
        return f"is a {type(value).__name__}, expected a {kind.__name__}"
    if len(value) > MAX_LIST_ITEMS:
        return f"has {len(value)} items, expected at most {MAX_LIST_ITEMS}"
    return None


def _galleries(value: object) -> str | None:
    if message := _items(value, list):
        return message
    assert isinstance(value, list)  # noqa: S101 - for the type checker
    bad = next((message for item in value if (message := _text(item))), None)
    if bad is None and len(set(value)) < len(value):
        return "names a gallery twice, expected each once"
    return bad and f"has a name that {bad}"


def _labels(value: object) -> str | None:
    if message := _items(value, dict):
        return message
    assert isinstance(value, dict)  # noqa: S101 - for the type checker
    bad = next((message for pair in value.items() for item in pair if (message := _text(item))), None)
    return bad and f"has an item that {bad}"


def _documents(value: object) -> str | None:
    if message := _items(value, list):
        return message
    assert isinstance(value, list)  # noqa: S101 - for the type checker
    for number, document in enumerate(value, start=1):
        if message := _document(document):
            return f"has a document, number {number}, whose {message}"
    return None


def _document(value: object) -> str | None:
    if not isinstance(value, Mapping) or not value.keys() <= _DOCUMENT_KEYS:
        return f"keys are others than {', '.join(sorted(_DOCUMENT_KEYS))}"
    for name, check in _DOCUMENT_CHECKS.items():
        item = value.get(name)
        if item is None and name in ("issuer", "expires_on"):
            continue
        if message := check(item):
            return f"{name} {message}"
    return None


def _shown(value: object) -> str:
    return repr(value)[:40]


_DOCUMENT_CHECKS: dict[str, _Check] = {
    "type": _text,
    "number": _text,
    "issuer": _country,
    "expires_on": _date,
}
_CHECKS: dict[str, _Check] = {
    "subject_id": _text,
    "status": _one_of(Status),
    "galleries": _galleries,
    "sex": _one_of(Sex),
    "birth_date": _date,
    "nationality": _country,
    "documents": _documents,
    "encounter_id": _text,
    "captured_at": _time,
    "captured_place": _text,
    "operator": _text,
    "device": _text,
    "consent_reference": _text,
    "consent_purpose": _text,
    "consent_given_at": _time,
    "modality": _one_of(Modality),
    "position": _whole_number(0, max(FingerPosition)),
    "kind": _one_of(Kind),
    "data": _data,
    "model": _text,
    "model_version": _text,
    "quality": _whole_number(0, MAX_QUALITY),
    "ppi": _ppi,
    "labels": _labels,
}
