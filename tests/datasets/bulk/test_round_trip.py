from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.bulk_rows import subject, subjects
from vantay.errors import InvalidSample
from vantay_datasets.bulk import BulkRow, BulkWriter, Kind, parquet, read_rows, validate
from vantay_datasets.bulk.schema import COLUMNS, SCHEMA, VERSION_KEY
from vantay_datasets.bulk.values import Values

FORMS = pytest.mark.parametrize("name", ["rows.parquet", "rows.jsonl", "rows.ndjson"])


def write(path: Path, rows: list[BulkRow]) -> Path:
    with BulkWriter(path) as writer:
        writer.write(rows)
    return path


@FORMS
def test_rows_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    rows = [*subject(), *subject("s2"), BulkRow(subject_id="nobody", kind=Kind.NONE)]
    assert list(read_rows(write(tmp_path / name, rows))) == rows


@given(
    st.lists(subjects(), max_size=4, unique_by=lambda rows: rows[0].subject_id),
    st.sampled_from(["parquet", "jsonl"]),
)
@settings(max_examples=60, deadline=None)
def test_any_rows_that_the_schema_allows_come_back(people: list[list[BulkRow]], form: str) -> None:
    rows = [row for person in people for row in person]
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / f"rows.{form}", rows)
        assert list(validate(path)) == []
        assert list(read_rows(path)) == rows


@FORMS
def test_a_file_without_rows_is_a_file(tmp_path: Path, name: str) -> None:
    assert list(read_rows(write(tmp_path / name, []))) == []


@FORMS
def test_times_are_kept_to_the_millisecond(tmp_path: Path, name: str) -> None:
    precise = datetime(2025, 1, 1, 0, 0, 0, 123_987, tzinfo=UTC)
    rows = [replace(subject()[0], captured_at=precise)]
    [row] = read_rows(write(tmp_path / name, rows))
    assert row.captured_at == precise.replace(microsecond=123_000)


@FORMS
def test_the_file_appears_when_all_is_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with BulkWriter(path) as writer:
        writer.write(subject())
        assert not path.exists()
    assert path.exists()
    assert writer.n_rows == 3
    assert [file.name for file in tmp_path.iterdir()] == [name]


@FORMS
def test_what_fails_leaves_no_file_under_the_name(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, subject())
    before = path.read_bytes()
    with pytest.raises(InvalidSample, match="row 4, column position"), BulkWriter(path) as writer:
        writer.write([*subject(), subject()[0]])
    assert path.read_bytes() == before
    assert path.with_name(name + ".part").exists()


@pytest.mark.parametrize("hours", [None, 7])
def test_a_time_that_is_not_in_utc_is_refused(tmp_path: Path, hours: int | None) -> None:
    zone = None if hours is None else timezone(timedelta(hours=hours))
    row = replace(subject()[0], captured_at=datetime(2025, 1, 1, tzinfo=zone))
    with pytest.raises(InvalidSample, match="row 1, column captured_at: is not in UTC"):
        write(tmp_path / "rows.parquet", [row])


def test_other_suffixes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match=r"expected \.parquet, \.jsonl, \.ndjson"):
        BulkWriter(tmp_path / "rows.csv")
    with pytest.raises(InvalidSample, match=r"expected \.parquet"):
        next(read_rows(tmp_path / "rows.csv"))


def test_row_groups_end_with_a_subject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS_PER_GROUP", 4)
    rows = [row for number in range(5) for row in subject(f"s{number}")]
    path = write(tmp_path / "rows.parquet", rows)
    with pq.ParquetFile(path) as file:
        assert [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)] == [6, 6, 3]
    assert list(read_rows(path)) == rows


def test_a_row_group_of_large_images_ends_sooner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "MAX_GROUP_BYTES", 1)
    path = write(tmp_path / "rows.parquet", [*subject(), *subject("s2")])
    with pq.ParquetFile(path) as file:
        assert file.num_row_groups == 2


def test_row_groups_are_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for number in range(50) for row in subject(f"s{number}")]
    path = write(tmp_path / "rows.parquet", rows)
    monkeypatch.setattr(parquet, "BATCH_BYTES", 1000)
    sizes: list[int] = []
    rows_of_batch = parquet._rows_of_batch

    def counted(batch: pa.RecordBatch) -> Iterator[Values]:
        sizes.append(len(batch))
        return rows_of_batch(batch)

    monkeypatch.setattr(parquet, "_rows_of_batch", counted)
    assert list(read_rows(path)) == rows
    assert len(sizes) > 5
    assert max(sizes) < 30


def test_a_file_of_other_writers_may_leave_out_columns_and_use_wider_types(tmp_path: Path) -> None:
    columns = {
        "subject_id": pa.array(["s"], pa.large_string()),
        "encounter_id": pa.array(["e"]).dictionary_encode(),
        "modality": pa.array(["finger"]),
        "position": pa.array([0], pa.int64()),
        "kind": pa.array(["image"]),
        "data": pa.array([b"\x89PNG\r\n\x1a\n"], pa.large_binary()),
        "captured_at": pa.array([datetime(2025, 1, 1, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
        "ppi": pa.array([500.0], pa.float64()),
        "sex": pa.nulls(1),
    }
    table = pa.table(columns).replace_schema_metadata({VERSION_KEY: b"1"})
    pq.write_table(table, tmp_path / "rows.parquet")
    [row] = read_rows(tmp_path / "rows.parquet")
    assert (row.subject_id, row.ppi, row.captured_at) == ("s", 500.0, datetime(2025, 1, 1, tzinfo=UTC))


def test_the_schema_names_the_attributes_of_a_row() -> None:
    assert {column.name for column in COLUMNS} == {field.name for field in fields(BulkRow)}
    assert [column.name for column in COLUMNS] == list(SCHEMA.names)
