"""Bulk files of either form: writing rows, reading them, and reading them with what is wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from vantay.errors import InvalidSample
from vantay_datasets.bulk.checks import check_values
from vantay_datasets.bulk.json_lines import JsonLinesSink, read_json_values
from vantay_datasets.bulk.parquet import ParquetSink, read_parquet_values
from vantay_datasets.bulk.row import BulkRow
from vantay_datasets.bulk.sequence import SequenceChecks
from vantay_datasets.bulk.values import Values, row_of, values_of

PARQUET_SUFFIX = ".parquet"
JSON_SUFFIXES = (".jsonl", ".ndjson")
_PARTIAL_SUFFIX = ".part"


class Violation(NamedTuple):
    """Something that breaks the schema.

    Attributes
    ----------
    row : int
        Number of the row from 1; in JSON lines it is line `row` + 1. 0 for the file itself.
    column : str
        Which column; empty for the row, or the file, as a whole.
    message : str
        What was found and what was expected; never personal or biometric data.
    """

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row}" if self.row else "file"
        return f"{where}, column {self.column}: {self.message}" if self.column else f"{where}: {self.message}"


class CheckedRow(NamedTuple):
    """A row as read, and what is wrong with it.

    Attributes
    ----------
    number : int
        From 1.
    row : BulkRow, optional
        None where the row breaks the schema.
    violations : tuple of Violation
        Empty where there is a row.
    """

    number: int
    row: BulkRow | None
    violations: tuple[Violation, ...]


class BulkWriter:
    """Writes a bulk file, in Parquet or JSON lines by its suffix; a context manager.

    The file appears under its name when all is written; until then, and if something fails, there is one with
    ``.part`` behind the name, so that no half file is taken for a whole one.

    Parameters
    ----------
    path : Path
        ``.parquet``, ``.jsonl`` or ``.ndjson``; is replaced if it is there.

    Raises
    ------
    InvalidSample
        If the suffix is another.

    Notes
    -----
    Rows are checked as a reader would: one that breaks the schema is refused. Times are kept to the
    millisecond.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(path.name + _PARTIAL_SUFFIX)
        self._sink = _sink_type(path)(self._partial)
        self._checks = _RowChecks()
        self.n_rows = 0

    def write(self, rows: Iterable[BulkRow]) -> None:
        """Write rows; all rows of a subject come one after the other, but need not come in one call.

        Raises
        ------
        InvalidSample
            If a row breaks the schema, with number and column.
        """
        for row in rows:
            values = values_of(row)
            number = self.n_rows + 1
            _raise_first(self._path, self._checks.check(number, values))
            self._sink.write(values)
            self.n_rows = number

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error_type is not None:
            with contextlib.suppress(OSError):
                self._sink.abandon()
            return
        self._sink.close()
        self._partial.replace(self._path)


def read_rows(path: Path) -> Iterator[BulkRow]:
    """Read the rows of a bulk file, a batch at a time.

    Raises
    ------
    InvalidSample
        If the file cannot be read, or at the first row that breaks the schema, with its number and column.
    UnsupportedFormatVersion
        If the file has another version of the schema.
    """
    for checked in read_checked_rows(path):
        _raise_first(path, checked.violations)
        if checked.row is not None:
            yield checked.row


def read_checked_rows(path: Path) -> Iterator[CheckedRow]:
    """Read the rows of a bulk file, and go on after those that break the schema.

    Raises
    ------
    InvalidSample, UnsupportedFormatVersion
        If the file as a whole cannot be read.
    """
    checks = _RowChecks()
    for number, values in enumerate(_read_values(path), start=1):
        if isinstance(values, str):
            yield CheckedRow(number, None, (Violation(number, "", values),))
            continue
        violations = checks.check(number, values)
        yield CheckedRow(number, None if violations else row_of(values), violations)


class _RowChecks:
    """All checks of a file's rows, in their order."""

    def __init__(self) -> None:
        self._sequence = SequenceChecks()
        self._before: Values = {}

    def check(self, number: int, values: Values) -> tuple[Violation, ...]:
        findings = check_values(values, self._before)
        if not findings:
            self._before = values
            findings = self._sequence.check(number, values)
        return tuple(Violation(number, *finding) for finding in findings)


def _raise_first(path: Path, violations: tuple[Violation, ...]) -> None:
    if violations:
        raise InvalidSample(f"{path}, {violations[0]}")


def _read_values(path: Path) -> Iterator[Values | str]:
    return read_parquet_values(path) if _is_parquet(path) else read_json_values(path)


def _sink_type(path: Path) -> type[ParquetSink | JsonLinesSink]:
    return ParquetSink if _is_parquet(path) else JsonLinesSink


def is_bulk_path(path: Path) -> bool:
    """Whether a file's suffix is one of bulk files."""
    return path.suffix.lower() in (PARQUET_SUFFIX, *JSON_SUFFIXES)


def _is_parquet(path: Path) -> bool:
    if not is_bulk_path(path):
        expected = ", ".join((PARQUET_SUFFIX, *JSON_SUFFIXES))
        raise InvalidSample(f"{path}: not a bulk file by its name, expected {expected}")
    return path.suffix.lower() == PARQUET_SUFFIX
