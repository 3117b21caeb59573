from __future__ import annotations

import base64
import json
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.bulk_rows import PNG, record, subject, vector
from vantay.errors import InvalidSample
from vantay_datasets.bulk import BulkWriter, Violation, read_checked_rows, read_rows, validate
from vantay_datasets.bulk.schema import VERSION_KEY
from vantay_datasets.bulk.sequence import SequenceChecks
from vantay_datasets.bulk.values import values_of

FINGER, IMAGE, FACE = range(3)
"""Rows of `subject`."""
WSQ = b"\xff\xa0\xff\xa8 and so on"


def json_rows(tmp_path: Path) -> list[dict[str, Any]]:
    path = tmp_path / "sound.jsonl"
    with BulkWriter(path) as writer:
        writer.write(subject())
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def write_json(path: Path, rows: list[Any]) -> Path:
    lines = [{VERSION_KEY.decode(): 1}, *rows]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("row", "changes", "column", "message"),
    [
        (FINGER, {"subject_id": None}, "subject_id", "is null"),
        (FINGER, {"subject_id": 7}, "subject_id", "is a int, expected text"),
        (FINGER, {"subject_id": ""}, "subject_id", "has 0 characters, expected 1 to 255"),
        (FINGER, {"subject_id": "x" * 256}, "subject_id", "has 256 characters"),
        (FINGER, {"subject_id": " s1"}, "subject_id", "begins or ends with a space"),
        (FINGER, {"operator": "a\tb"}, "operator", "has control characters"),
        (FINGER, {"device": "\ud800"}, "device", "has control characters"),
        (FINGER, {"status": "gone"}, "status", "is 'gone', expected active, locked, erased"),
        (FINGER, {"sex": "W"}, "sex", "is 'W', expected F, M, X"),
        (FINGER, {"birth_date": "1990-02-30"}, "birth_date", "is a str, expected a date"),
        (FINGER, {"birth_date": "1090-02-03"}, "birth_date", "is out of range"),
        (FINGER, {"nationality": "kor"}, "nationality", "is no country code"),
        (FINGER, {"documents": [{"type": "passport"}]}, "documents", "number 1, whose number is a NoneType"),
        (FINGER, {"documents": [{"type": "a", "number": "b", "isuer": "c"}]}, "documents", "keys are others"),
        (FINGER, {"documents": ["M1"]}, "documents", "keys are others"),
        (FINGER, {"documents": [{"type": "a", "number": "b", "expires_on": ""}]}, "documents", "is a str"),
        (FINGER, {"galleries": "residents"}, "galleries", "is a str, expected a list"),
        (FINGER, {"galleries": ["a", "a"]}, "galleries", "names a gallery twice"),
        (FINGER, {"galleries": ["a", ""]}, "galleries", "has a name that has 0 characters"),
        (FINGER, {"galleries": [str(n) for n in range(101)]}, "galleries", "has 101 items"),
        (FINGER, {"labels": {"a": 1}}, "labels", "has an item that is a int"),
        (FINGER, {"captured_at": "2025-01-01T00:00:00+07:00"}, "captured_at", "is not in UTC"),
        (FINGER, {"captured_at": "1980-01-01T00:00:00Z"}, "captured_at", "is before birth_date"),
        (FINGER, {"modality": "iris"}, "modality", "is 'iris', expected finger, face"),
        (FINGER, {"modality": None}, "modality", "is null, expected a value for kind template"),
        (FINGER, {"position": 11}, "position", "is 11, expected 0 to 10"),
        (FINGER, {"position": True}, "position", "is True, expected 0 to 10"),
        (FINGER, {"position": None}, "position", "is null"),
        (FINGER, {"position": 3}, "data", "is of finger position 2, expected 3"),
        (FINGER, {"kind": "picture"}, "kind", "is 'picture', expected template, image, none"),
        (FINGER, {"kind": "none"}, "data", "has a value, expected null for kind none"),
        (FINGER, {"kind": "image"}, "data", "begins with 464d5200, expected PNG"),
        (FINGER, {"encounter_id": None}, "encounter_id", "is null, expected a value"),
        (FINGER, {"model": "tiny"}, "model", "has a value, expected null for what is no face template"),
        (FINGER, {"ppi": 500}, "ppi", "has a value, expected null for what is no image of a finger"),
        (FINGER, {"quality": 101}, "quality", "is 101, expected 0 to 100"),
        (FINGER, {"quality": 50.5}, "quality", "is 50.5, expected 0 to 100"),
        (FINGER, {"data": "%%%"}, "data", "is a str, expected bytes"),
        (FINGER, {"data": b64(b"FMR\x00030\0" + bytes(40))}, "data", "begins with 464d520030333000"),
        (FINGER, {"data": b64(record(2)[:20])}, "data", "has 20 bytes, expected a record"),
        (FINGER, {"data": b64(record(2) + b"x")}, "data", "says that it has 48 bytes, expected the 49"),
        (FINGER, {"data": b64(record(2)[:22] + b"\2" + record(2)[23:])}, "data", "has 2 views"),
        (FINGER, {"data": b64(record(2)[:27] + b"\4" + record(2)[28:])}, "data", "does not end after its 4"),
        (IMAGE, {"ppi": 96}, "ppi", "is 96, expected 250 to 1200"),
        (IMAGE, {"ppi": "500"}, "ppi", "is '500'"),
        (IMAGE, {"data": b64(b"GIF89a")}, "data", "begins with 47494638, expected PNG"),
        (FACE, {"position": 1}, "position", "is 1, expected 0 for a face"),
        (FACE, {"model": None}, "model", "is null, expected the name"),
        (FACE, {"data": b64(vector()[:-1])}, "data", "has 255 bytes, expected 2 for each"),
        (FACE, {"data": b64(np.ones(4, "<f2").tobytes())}, "data", "is a vector of length 2, expected 1"),
        (FACE, {"data": b64(np.full(4, np.nan, "<f2").tobytes())}, "data", "is a vector of length nan"),
        (FACE, {"kind": "image", "data": b64(WSQ), "model": None, "model_version": None}, "data", "WSQ"),
        (FACE, {"operater": "x"}, "operater", "is no column of the schema"),
        (FACE, {"status": "erased"}, "kind", "is template, expected none for an erased subject"),
    ],
)  # fmt: skip
def test_a_bad_value_is_named_by_row_and_column(
    tmp_path: Path, row: int, changes: dict[str, Any], column: str, message: str
) -> None:
    rows = json_rows(tmp_path)
    rows[row] |= changes
    found = list(validate(write_json(tmp_path / "rows.jsonl", rows)))
    assert any(v.row == row + 1 and v.column == column and message in v.message for v in found), found


def test_messages_show_nothing_of_a_person(tmp_path: Path) -> None:
    [row, *_] = json_rows(tmp_path)
    secrets = ["Nguyen\tVan A", "B1234567\n", "1990-13-45"]
    row |= {"subject_id": secrets[0], "birth_date": secrets[2], "nationality": secrets[1]}
    row |= {"documents": [{"type": "passport", "number": secrets[1]}], "labels": {"note": secrets[0]}}
    found = list(validate(write_json(tmp_path / "rows.jsonl", [row])))
    assert {v.column for v in found} == {"subject_id", "birth_date", "nationality", "documents", "labels"}
    assert not any(secret.strip() in str(v) or secret[:6] in str(v) for secret in secrets for v in found)


def test_rows_of_a_subject_have_to_stand_together(tmp_path: Path) -> None:
    rows = json_rows(tmp_path)
    other = rows[0] | {"subject_id": "s2", "encounter_id": "s2-1"}
    path = write_json(tmp_path / "rows.jsonl", [rows[0], other, rows[1]])
    assert list(validate(path)) == [
        Violation(3, "subject_id", "has other rows further up, expected all rows of a subject together")
    ]


def test_rows_of_a_subject_and_of_an_encounter_have_to_agree(tmp_path: Path) -> None:
    rows = json_rows(tmp_path)
    rows[1]["sex"] = "M"
    rows[2]["operator"] = "op-8"
    found = list(validate(write_json(tmp_path / "rows.jsonl", rows)))
    assert [(v.row, v.column) for v in found] == [(2, "sex"), (3, "operator")]
    assert "differs from row 1" in found[0].message


def test_an_encounter_is_of_one_subject(tmp_path: Path) -> None:
    rows = json_rows(tmp_path)
    path = write_json(tmp_path / "rows.jsonl", [rows[0], rows[0] | {"subject_id": "s2"}])
    assert list(validate(path)) == [
        Violation(2, "encounter_id", "is of another subject further up, expected one of its own")
    ]


def test_the_same_sample_twice_is_a_violation_and_another_encounter_is_not(tmp_path: Path) -> None:
    rows = json_rows(tmp_path)
    path = write_json(tmp_path / "rows.jsonl", [rows[0], rows[0], rows[0] | {"encounter_id": "e2"}])
    assert list(validate(path)) == [
        Violation(2, "position", "is the same sample of the encounter as in row 1, expected each once")
    ]


def test_reading_goes_on_after_bad_rows(tmp_path: Path) -> None:
    rows = json_rows(tmp_path)
    path = write_json(tmp_path / "rows.jsonl", [rows[0] | {"quality": 999}, rows[1], [], rows[2]])
    checked = list(read_checked_rows(path))
    assert [c.row is None for c in checked] == [True, False, True, False]
    assert checked[2].violations == (Violation(3, "", "is no JSON object"),)
    with pytest.raises(InvalidSample, match=r"rows\.jsonl, row 1, column quality: is 999"):
        list(read_rows(path))


@pytest.mark.parametrize("line", ["{", "[" * 100_000, '"text"', "\xff", '{"a": 1' + "0" * 5000 + "}"])
def test_a_line_that_is_no_row_is_a_violation_of_that_row(tmp_path: Path, line: str) -> None:
    rows = json_rows(tmp_path)
    path = write_json(tmp_path / "rows.jsonl", rows[:1])
    with path.open("a", encoding="latin-1") as file:
        file.write(line + "\n")
    found = list(validate(path))
    assert [v.row for v in found] == [2] * len(found) != []


def test_a_line_without_end_stops_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vantay_datasets.bulk import json_lines  # noqa: PLC0415

    monkeypatch.setattr(json_lines, "MAX_LINE_BYTES", 2000)
    path = write_json(tmp_path / "rows.jsonl", [*json_rows(tmp_path)[:1], {"data": "A" * 5000}])
    [violation] = validate(path)
    assert violation.row == 2
    assert "is longer than" in violation.message


@pytest.mark.parametrize(
    ("first", "message"),
    [
        ("", "first line does not say"),
        ("{}", "first line does not say"),
        ('{"vantay.bulk.version": 2}', "schema is 2"),
    ],
)
def test_a_json_file_without_our_version_is_refused(tmp_path: Path, first: str, message: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(first + "\n")
    [violation] = validate(path)
    assert violation.row == 0
    assert message in violation.message


def test_what_is_not_there_is_a_violation_of_the_file(tmp_path: Path) -> None:
    for name in ("none.parquet", "none.jsonl"):
        [violation] = validate(tmp_path / name)
        assert violation.row == 0
        assert str(violation).startswith("file: ")


def test_many_subjects_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    from vantay_datasets.bulk import sequence  # noqa: PLC0415

    monkeypatch.setattr(sequence, "_MAX_RECENT", 7)
    checks = SequenceChecks()
    values = [values_of(subject(f"s{number}")[FACE]) for number in range(100)]
    assert not any(checks.check(number, row) for number, row in enumerate(values))
    assert all(checks.check(100 + number, row) for number, row in enumerate(values))


def test_subject_columns_are_checked_again_when_they_change(tmp_path: Path) -> None:
    rows = [*subject("s1"), *(replace(row, nationality="Korea") for row in subject("s2"))]
    path = write_json(tmp_path / "rows.jsonl", [])
    with pytest.raises(InvalidSample, match="row 4, column nationality"), BulkWriter(path) as writer:
        writer.write(rows)


def test_every_attribute_of_a_row_is_checked() -> None:
    from vantay_datasets.bulk.checks import check_values  # noqa: PLC0415

    sound = values_of(replace(subject()[IMAGE], birth_date=date(1990, 1, 1), labels={"a": "b"}))
    for field in fields(subject()[0]):
        wrong = sound | {field.name: object()}
        assert [column for column, _ in check_values(wrong)] == [field.name]
    assert sound["data"] == PNG


@pytest.mark.parametrize("n_lost", [1, 2, 40, 10_000])
def test_json_lines_that_are_cut_off_within_a_row_are_an_error(tmp_path: Path, n_lost: int) -> None:
    path = write_json(tmp_path / "rows.jsonl", json_rows(tmp_path))
    sound = path.read_bytes().removesuffix(b"\n")
    last = sound.rindex(b"\n") + 1
    path.write_bytes(sound[: max(last + 1, len(sound) - n_lost)])
    [violation] = validate(path)
    assert (violation.row, violation.column) == (0, "")
    assert "rows.jsonl: is cut off within its last line" in violation.message
    with pytest.raises(InvalidSample, match="is cut off"):
        list(read_rows(path))


def test_json_lines_of_other_writers_may_end_without_a_line_end(tmp_path: Path) -> None:
    path = write_json(tmp_path / "rows.jsonl", json_rows(tmp_path))
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert list(read_rows(path)) == subject()
