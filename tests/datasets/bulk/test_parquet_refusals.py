"""Parquet files of another schema, cut off, damaged, or too large."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.bulk_rows import subject
from vantay.errors import InvalidSample, UnsupportedFormatVersion
from vantay_datasets.bulk import BulkWriter, read_rows, validate
from vantay_datasets.bulk.schema import SCHEMA, VERSION_KEY
from vantay_datasets.bulk.values import values_of


def table(**changes: pa.Array | None) -> pa.Table:
    rows = [values_of(row) for row in subject()]
    columns = {
        name: pa.array([row.get(name) for row in rows], SCHEMA.field(name).type) for name in SCHEMA.names
    }
    columns |= {name: column for name, column in changes.items() if column is not None}
    for name, column in changes.items():
        if column is None:
            del columns[name]
    return pa.table(columns).replace_schema_metadata({VERSION_KEY: b"1"})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (table(data=None), "column data is missing"),
        (
            table(data=None, kind=None),
            "column data is missing; column kind|column kind is missing; column data",
        ),
        (table(operater=pa.nulls(3)), "column 'operater' is not of the schema, did you mean operator?"),
        (table(position=pa.array(["1", "2", "3"])), "column position has type string, expected int8"),
        (table(birth_date=pa.array(["1990"] * 3)), "column birth_date has type string, expected date32"),
        (table(captured_at=pa.array([None] * 3, pa.timestamp("ms"))), "captured_at has type timestamp"),
        (table().replace_schema_metadata({}), "has no metadata vantay.bulk.version, expected 1"),
        (
            table().replace_schema_metadata({VERSION_KEY: b"99"}),
            "version of the bulk schema is 99, expected 1",
        ),
    ],
)
def test_a_parquet_file_of_another_schema_is_refused_whole(
    tmp_path: Path, changed: pa.Table, message: str
) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(changed, path)
    [violation] = validate(path)
    assert violation.row == 0
    assert any(part in violation.message for part in message.split("|")), violation
    with pytest.raises((InvalidSample, UnsupportedFormatVersion)):
        next(read_rows(path))


def test_a_parquet_file_names_row_and_column_too(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(table(quality=pa.array([60, -1, 120], pa.int16())), path)
    assert [(v.row, v.column) for v in validate(path)] == [(2, "quality"), (3, "quality")]


def test_values_that_cannot_be_decoded_cost_their_row_only(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    texts = pa.array([b"desk", b"\xff\xfe", b"desk"]).view(pa.string())
    days = pa.array([0, 0, 10**8], pa.int32()).view(pa.date32())
    pq.write_table(table(device=texts, birth_date=days), path)
    found = list(validate(path))
    assert [(v.row, v.column) for v in found] == [(2, "device"), (3, "birth_date")]
    assert all("is a Undecodable, expected" in v.message for v in found)


def test_a_row_group_that_is_too_large_to_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vantay_datasets.bulk import parquet  # noqa: PLC0415

    monkeypatch.setattr(parquet, "MAX_READ_GROUP_BYTES", 100)
    pq.write_table(table(), tmp_path / "rows.parquet")
    [violation] = validate(tmp_path / "rows.parquet")
    assert "row group 0 has" in violation.message


@pytest.mark.parametrize("n_bytes", [0, 3, 8, 100, -1, -9, -400])
def test_a_parquet_file_that_is_cut_off_is_refused(tmp_path: Path, n_bytes: int) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(table(), path)
    path.write_bytes(path.read_bytes()[:n_bytes])
    [violation] = validate(path)
    assert "not a readable Parquet file" in violation.message


def test_damage_in_the_pages_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with BulkWriter(path) as writer:
        writer.write(row for number in range(200) for row in subject(f"s{number}"))
    sound = path.read_bytes()
    rng = random.Random(3)
    footer_bytes = int.from_bytes(sound[-8:-4], "little") + 8
    for _ in range(30):
        damaged = bytearray(sound)
        damaged[rng.randrange(4, len(sound) - footer_bytes)] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        found = list(validate(path))
        assert found or [*read_rows(path)] == [row for n in range(200) for row in subject(f"s{n}")]
