"""Subjects of a CSV manifest: one line an image or template file, with what is known of it.

``subject_id`` and ``path`` are required; a relative path starts at the manifest's folder. An empty cell means
"not known". Lines of a subject stand together and agree in what they say of it.
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from vantay.errors import InvalidSample
from vantay.transfer.pending import Origin, PendingEncounter, PendingSample, PendingSubject
from vantay.transfer.rejects import Reject
from vantay.types import FingerPosition
from vantay_datasets.bulk import Document, Sex, Status
from vantay_datasets.bulk.schema import MAX_PPI, MIN_PPI
from vantay_datasets.sample import Modality

Cells: TypeAlias = Mapping[str, str]

SUBJECT_COLUMNS = (
    "subject_id",
    "status",
    "sex",
    "birth_date",
    "nationality",
    "galleries",
    "document_type",
    "document_number",
    "document_issuer",
    "document_expires_on",
)
ENCOUNTER_COLUMNS = (
    "encounter_id",
    "captured_at",
    "captured_place",
    "operator",
    "device",
    "consent_reference",
    "consent_purpose",
    "consent_given_at",
)
SAMPLE_COLUMNS = ("path", "modality", "position", "ppi")
COLUMNS = SUBJECT_COLUMNS + ENCOUNTER_COLUMNS + SAMPLE_COLUMNS
REQUIRED = ("subject_id", "path")
_EXTRA = "cells without a column"


def check_manifest(path: Path) -> None:
    """Check the first line of a manifest.

    Raises
    ------
    InvalidSample
        If it cannot be read, or its columns are not those of manifests.
    """
    with _opened(path) as file:
        columns = next(csv.reader(file), [])
    for name in REQUIRED:
        if name not in columns:
            raise InvalidSample(f"{path}: column {name} is missing")
    for name in columns:
        if name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            advice = f"did you mean {near[0]}?" if near else f"expected some of {', '.join(COLUMNS)}"
            raise InvalidSample(f"{path}: unknown column {name!r:.60}, {advice}")
        if columns.count(name) > 1:
            raise InvalidSample(f"{path}: column {name} is there {columns.count(name)} times, expected once")


def read_manifest_subjects(path: Path, after_row: int = 0) -> Iterator[PendingSubject]:
    """Read the subjects of a manifest.

    Parameters
    ----------
    path : Path
    after_row : int
        Lines up to this one, from 1 behind the names of columns, are passed over.

    Raises
    ------
    InvalidSample
        If the file cannot be read, or its columns are not those of manifests.
    """
    check_manifest(path)
    seen: set[int] = set()
    for subject_id, lines in groupby(_lines(path), key=lambda line: line[1].get("subject_id", "")):
        numbered = list(lines)
        is_again = hash(subject_id) in seen
        seen.add(hash(subject_id))
        if numbered[-1][0] > after_row:
            yield _subject(path, numbered, is_again=is_again)


def _lines(path: Path) -> Iterator[tuple[int, Cells]]:
    with _opened(path) as file:
        for number, cells in enumerate(csv.DictReader(file, restval="", restkey=_EXTRA), start=1):
            yield number, {name: "".join(value).strip() for name, value in cells.items()}


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSample(f"{path}: cannot be read as CSV in UTF-8, {error}") from error


def _subject(path: Path, lines: list[tuple[int, Cells]], *, is_again: bool) -> PendingSubject:
    """Read the lines of a subject; each that is wrong becomes a reject."""
    reading = _Reading(str(path))
    first_number, first = lines[0]
    subject_id = first.get("subject_id", "")
    by_encounter: dict[tuple[str, str], list[tuple[int, Cells]]] = {}
    for number, cells in lines:
        if reading.agrees(number, cells, first, first_number, is_again=is_again):
            key = (cells.get("encounter_id", ""), cells.get("captured_at", ""))
            by_encounter.setdefault(key, []).append((number, cells))
    values = reading.values(first_number, first, _SUBJECT_PARSERS) if by_encounter else None
    encounters = [
        encounter
        for own in by_encounter.values()
        if values is not None and (encounter := _encounter(reading, path.parent, own)) is not None
    ]
    nobody = PendingSubject("", lines[-1][0], rejects=tuple(reading.rejects))
    if values is None or not encounters:
        return nobody
    return PendingSubject(
        subject_id,
        lines[-1][0],
        Origin(str(path), first_number),
        encounters=tuple(encounters),
        rejects=tuple(reading.rejects),
        documents=_documents(first, values.pop("document_expires_on", None)),
        **values,
    )


def _encounter(reading: _Reading, folder: Path, lines: list[tuple[int, Cells]]) -> PendingEncounter | None:
    number, first = lines[0]
    values = reading.values(number, first, _ENCOUNTER_PARSERS)
    samples = [sample for line in lines if (sample := _sample(reading, folder, *line)) is not None]
    if values is None or not samples:
        return None
    consent = None
    if first.get("consent_reference"):
        given_at = values.get("consent_given_at")
        consent = (first["consent_reference"], first.get("consent_purpose", ""), given_at)
    return PendingEncounter(
        Origin(reading.source, number),
        first.get("encounter_id") or None,
        first.get("captured_at", ""),
        values.get("captured_at"),
        first.get("captured_place", ""),
        first.get("operator", ""),
        first.get("device", ""),
        consent,
        tuple(samples),
    )


def _sample(reading: _Reading, folder: Path, number: int, cells: Cells) -> PendingSample | None:
    values = reading.values(number, cells, _SAMPLE_PARSERS)
    if values is None:
        return None
    position = values.get("position", FingerPosition.UNKNOWN)
    is_face = values.get("modality", Modality.FINGER) is Modality.FACE
    return PendingSample(
        Origin(reading.source, number),
        Modality.FACE if is_face else Modality.FINGER,
        FingerPosition.UNKNOWN if is_face else position,
        folder / cells["path"],
        ppi=values.get("ppi"),
    )


def _documents(cells: Cells, expires_on: date | None) -> tuple[Document, ...]:
    if not cells.get("document_type") and not cells.get("document_number"):
        return ()
    issuer = cells.get("document_issuer") or None
    return (Document(cells.get("document_type", ""), cells.get("document_number", ""), issuer, expires_on),)


class _Reading:
    """Cells as values, and what is wrong with those that are none."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rejects: list[Reject] = []

    def agrees(self, number: int, cells: Cells, first: Cells, first_number: int, *, is_again: bool) -> bool:
        """Whether a line can be one of its subject's."""
        if is_again:
            return self._refuse(number, "subject_id", "has other lines further up, expected all together")
        if cells.get(_EXTRA):
            return self._refuse(number, None, "has more cells than there are columns")
        for name in REQUIRED:
            if not cells.get(name):
                return self._refuse(number, name, "is empty, expected a value")
        for name in SUBJECT_COLUMNS:
            if cells.get(name) != first.get(name):
                return self._refuse(number, name, f"differs from row {first_number}, expected the same")
        return True

    def values(self, number: int, cells: Cells, parsers: Mapping[str, _Parser]) -> dict[str, Any] | None:
        """Parse the cells that are not empty; None if one cannot be."""
        values: dict[str, Any] = {}
        for name, (parse, expected) in parsers.items():
            if text := cells.get(name):
                try:
                    values[name] = parse(text)
                except ValueError:
                    self._refuse(number, name, f"cannot be read, expected {expected}")
                    return None
        return values

    def _refuse(self, number: int, column: str | None, message: str) -> bool:
        self.rejects.append(Reject(self.source, number, column, None, "manifest", message))
        return False


_Parser = tuple[Callable[[str], Any], str]


def _position(text: str) -> FingerPosition:
    name = text.upper().replace("-", "_").replace(" ", "_")
    if name in FingerPosition.__members__:
        return FingerPosition[name]
    return FingerPosition(int(text))


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.utcoffset() is None:
        raise ValueError("no zone")
    return time


def _galleries(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(";") if name.strip()))


def _ppi(text: str) -> float:
    ppi = float(text)
    if not MIN_PPI <= ppi <= MAX_PPI:
        raise ValueError("out of range")
    return ppi


_DATE: _Parser = (date.fromisoformat, "a date, for instance 1990-02-28")
_ZONED_TIME: _Parser = (_time, "a time with its zone, for instance 2026-03-01T09:30+07:00")
_SUBJECT_PARSERS: dict[str, _Parser] = {
    "status": (Status, "active, locked or erased"),
    "sex": (Sex, "F, M or X"),
    "birth_date": _DATE,
    "nationality": (str, "text"),
    "galleries": (_galleries, "names with ; between them"),
    "document_expires_on": _DATE,
}
_ENCOUNTER_PARSERS: dict[str, _Parser] = {"captured_at": _ZONED_TIME, "consent_given_at": _ZONED_TIME}
_SAMPLE_PARSERS: dict[str, _Parser] = {
    "modality": (Modality, "finger or face"),
    "position": (_position, "a finger, for instance right-index, or its code, 1 to 10"),
    "ppi": (_ppi, f"{MIN_PPI:.0f} to {MAX_PPI:.0f}"),
}
