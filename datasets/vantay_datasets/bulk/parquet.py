"""Bulk files in Parquet, written and read in batches.

A row group ends with a subject, so that each can be read by a worker of its own; pages have checksums.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from vantay.errors import InvalidSample, UnsupportedFormatVersion
from vantay_datasets.bulk.schema import COLUMN_NAMES, COLUMNS, SCHEMA, VERSION, VERSION_KEY
from vantay_datasets.bulk.values import Values

ROWS_PER_GROUP = 11_000
"""A thousand subjects of ten fingers and a face, 3 MB: larger groups are not smaller by the subject."""
MAX_GROUP_BYTES = 64 << 20
"""Of data, after which a row group ends although it has fewer rows: images are large."""
MAX_READ_GROUP_BYTES = 1 << 30
"""Of a row group of others before decompression; more is refused, since a reader must hold it."""
BATCH_BYTES = 8 << 20
MAX_BATCH_ROWS = 4096
MAGIC = b"PAR1"
COMPRESSION, COMPRESSION_LEVEL = "zstd", 1
"""3.1 KB a subject; level 3 saves 0.2 %, level 15 2 % for 20 times the time; snappy has 3.7 KB."""
PLAIN_COLUMNS = ("data",)
"""Columns of which no two values are the same: a dictionary would only be thrown away."""


_EMPTY: tuple[object, ...] = ([], {})


class Undecodable:
    """Stands for a value that cannot be decoded; the checks refuse it in its row and column."""


class ParquetSink:
    """Writes rows of values into a Parquet file.

    Parameters
    ----------
    path : Path
        Is overwritten.
    """

    def __init__(self, path: Path) -> None:
        self._writer = pq.ParquetWriter(
            path,
            SCHEMA,
            compression=COMPRESSION,
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[name for name in COLUMN_NAMES if name not in PLAIN_COLUMNS],
            write_page_checksum=True,
        )
        self._rows: list[Values] = []
        self._n_bytes = 0

    def write(self, values: Values) -> None:
        """Add a row; a full row group is written when the next subject begins."""
        is_full = len(self._rows) >= ROWS_PER_GROUP or self._n_bytes >= MAX_GROUP_BYTES
        if is_full and values["subject_id"] != self._rows[-1]["subject_id"]:
            self._flush()
        self._rows.append(values)
        data = values.get("data")
        self._n_bytes += len(data) if isinstance(data, bytes) else 0

    def close(self) -> None:
        """Write what is left, and the footer."""
        self._flush()
        self._writer.close()

    def abandon(self) -> None:
        """Close the file as it is."""
        self._writer.close()

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = [pa.array([row.get(column.name) for row in self._rows], column.type) for column in COLUMNS]
        self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=SCHEMA), len(self._rows))
        self._rows, self._n_bytes = [], 0


def read_parquet_values(path: Path) -> Iterator[Values]:
    """Read the rows of a file, holding one row group's bytes and a batch of rows at a time.

    Raises
    ------
    InvalidSample
        If it is no Parquet file, is cut off or damaged, or its columns are not those of the schema.
    UnsupportedFormatVersion
        If its schema has another version.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False) as file:
            _check_schema(path, file.schema_arrow)
            for group in range(file.num_row_groups):
                yield from _read_group(path, file, group)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InvalidSample(f"{path}: not a readable Parquet file, {reason}") from error


def _read_group(path: Path, file: pq.ParquetFile, group: int) -> Iterator[Values]:
    metadata = file.metadata.row_group(group)
    if not 0 <= metadata.total_byte_size <= MAX_READ_GROUP_BYTES:
        raise InvalidSample(
            f"{path}: row group {group} has {metadata.total_byte_size >> 20} MiB, "
            f"expected 0 to {MAX_READ_GROUP_BYTES >> 20}; write smaller row groups"
        )
    bytes_per_row = metadata.total_byte_size // max(metadata.num_rows, 1) + 1
    n_rows = min(MAX_BATCH_ROWS, BATCH_BYTES // bytes_per_row + 1)
    for batch in file.iter_batches(batch_size=n_rows, row_groups=[group], use_threads=False):
        yield from _rows_of_batch(batch)


def _rows_of_batch(batch: pa.RecordBatch) -> Iterator[Values]:
    names, columns = [], []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count < len(column):
            names.append(name)
            columns.append(_python_values(name, column))
    for row in zip(*columns, strict=True):
        # Lists and mappings without items count as null.
        yield {
            name: value
            for name, value in zip(names, row, strict=True)
            if value is not None and value not in _EMPTY
        }


def _python_values(name: str, column: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    values = _decoded(column)
    if name == "labels":
        return [dict(pairs) if isinstance(pairs, list) else pairs for pairs in values]
    if name == "documents":
        return [
            [_without_nulls(document) for document in documents] if isinstance(documents, list) else documents
            for documents in values
        ]
    return values


def _decoded(column: pa.Array) -> list[Any]:
    """Decode a column; a value that Python has none for, as a date in year 20,000, becomes `Undecodable`."""
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        values = [_decoded_value(value) for value in column]
    return values


def _decoded_value(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return Undecodable()


def _without_nulls(document: dict[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (document or {}).items() if value is not None}


def _check_schema(path: Path, schema: pa.Schema) -> None:
    version = (schema.metadata or {}).get(VERSION_KEY)
    if version is None:
        raise InvalidSample(f"{path}: has no metadata {VERSION_KEY.decode()}, expected {VERSION}")
    if version != str(VERSION).encode():
        raise UnsupportedFormatVersion(
            f"{path}: version of the bulk schema is {version[:20].decode('ascii', 'replace')}, "
            f"expected {VERSION}"
        )
    wrong = list(_wrong_columns(schema))
    if wrong:
        raise InvalidSample(f"{path}: {'; '.join(wrong)}")


def _wrong_columns(schema: pa.Schema) -> Iterator[str]:
    for column in COLUMNS:
        n_times = schema.names.count(column.name)
        if n_times > 1:
            yield f"column {column.name} is there {n_times} times, expected once"
        elif n_times == 1:
            found = schema.field(column.name).type
            # A writer that sees only nulls does not know their type.
            if not pa.types.is_null(found) and _family(found) != _family(column.type):
                yield f"column {column.name} has type {found}, expected {column.type}"
        elif column.is_required:
            yield f"column {column.name} is missing"
    for name in schema.names:
        if name not in COLUMN_NAMES:
            yield f"column {name!r:.60} is not of the schema{_nearest(name, COLUMN_NAMES)}"


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1)
    return f", did you mean {near[0]}?" if near else ""


def _family(found: pa.DataType) -> str:
    """Name what types have in common that other writers use one for the other."""
    types = pa.types
    if types.is_dictionary(found):
        return _family(found.value_type)
    if types.is_list(found) or types.is_large_list(found):
        return f"list of {_family(found.value_type)}"
    if types.is_timestamp(found):
        return "time" if found.tz else "time without a zone"
    families = {
        "text": types.is_string(found) or types.is_large_string(found) or types.is_string_view(found),
        "bytes": types.is_binary(found) or types.is_large_binary(found) or types.is_binary_view(found),
        "integer": types.is_integer(found),
        "number": types.is_floating(found),
        "date": types.is_date(found),
        "map": types.is_map(found),
        "struct": types.is_struct(found),
    }
    return next((name for name, is_one in families.items() if is_one), str(found))
