from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from cli.conftest import Vantay
from datasets.ansi_nist_files import rich_transaction
from datasets.bulk_rows import subject
from vantay_datasets.bulk import BulkWriter, read_rows


@pytest.fixture
def bulk_file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    with BulkWriter(path) as writer:
        for number in range(4):
            writer.write(subject(f"s{number}"))
    return path


@pytest.fixture
def broken_file(bulk_file: Path) -> Path:
    lines = bulk_file.read_text().splitlines()
    for place in (2, 5, 8):
        lines[place] = json.dumps(json.loads(lines[place]) | {"quality": 101})
    broken = bulk_file.with_name("broken.jsonl")
    broken.write_text("\n".join(lines) + "\n")
    return broken


def test_a_sound_bulk_file_is_valid(vantay: Vantay, bulk_file: Path) -> None:
    run = vantay("datasets", "validate", bulk_file)
    assert run.exit_code == 0
    assert run.json == {
        "source": str(bulk_file),
        "n_checked": 12,
        "is_complete": True,
        "n_violations": 0,
        "violations": [],
    }


def test_violations_are_named_by_row_and_column_and_give_exit_code_1(
    vantay: Vantay, broken_file: Path
) -> None:
    run = vantay("datasets", "validate", broken_file)
    assert run.exit_code == 1
    assert [(v["row"], v["column"]) for v in run.json["violations"]] == [
        (2, "quality"),
        (5, "quality"),
        (8, "quality"),
    ]
    assert run.json["violations"][0]["message"] == "is 101, expected 0 to 100"
    table = vantay("datasets", "validate", broken_file, "--table")
    assert table.exit_code == 1
    assert "12 checked, 3 violations" in table.stdout
    assert "expected 0 to 100" in table.stdout


@pytest.mark.parametrize(("limit", "is_complete"), [(1, False), (2, False), (3, True), (4, True)])
def test_validation_stops_after_as_many_as_asked_for(
    vantay: Vantay, broken_file: Path, limit: int, is_complete: bool
) -> None:
    run = vantay("datasets", "validate", broken_file, "--max-violations", limit)
    assert run.json["n_violations"] == min(limit, 3)
    assert run.json["is_complete"] is is_complete
    assert ("there are more" in run.stderr) is not is_complete


def test_what_is_no_parquet_file_is_a_violation_of_the_file(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_text("subject_id,data\n")
    run = vantay("datasets", "validate", "rows.parquet")
    assert run.exit_code == 1
    [violation] = run.json["violations"]
    assert (violation["row"], violation["column"]) == (None, None)
    assert "not a readable Parquet file" in violation["message"]


def test_unreadable_images_of_a_folder_are_reported_and_the_rest_goes_on(
    vantay: Vantay, prints: Path, tmp_path: Path
) -> None:
    for name in ("1_1.png", "1_2.png", "2_1.png"):
        (tmp_path / "set" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "set" / name).write_bytes((prints / name).read_bytes())
    (tmp_path / "set" / "2_2.png").write_text("not a picture at all")
    (tmp_path / "set" / "3_1.png").write_bytes((prints / "1_1.png").read_bytes()[:999])
    run = vantay("datasets", "validate", "set")
    assert run.exit_code == 1
    assert run.json["n_checked"] == 5
    assert [v["sample"] for v in run.json["violations"]] == ["set/2_2.png", "set/3_1.png"]


def test_photos_and_records_of_subject_folders_are_opened(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "people" / "ann").mkdir(parents=True)
    Image.effect_noise((400, 500), 60).convert("RGB").save(tmp_path / "people/ann/portrait.png")
    (tmp_path / "people/ann/face-2.jpg").write_text("nothing")
    (tmp_path / "people/ann/right_thumb.fmr").write_bytes(b"FMR\0 20\0 and so on")
    (tmp_path / "people/ann/left_thumb.fmr").write_text("nothing")
    run = vantay("datasets", "validate", "people")
    assert run.json["n_checked"] == 4
    messages = {v["sample"] or v["message"].partition(":")[0]: v["message"] for v in run.json["violations"]}
    assert set(messages) == {
        f"people/ann/{name}" for name in ("face-2.jpg", "left_thumb.fmr", "right_thumb.fmr")
    }


def test_a_summary_counts_what_a_reader_finds(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "visit.an2").write_bytes(rich_transaction())
    run = vantay("datasets", "list", "visit.an2")
    assert run.exit_code == 0
    assert {
        key: run.json[key] for key in ("reader", "n_subjects", "n_samples", "modalities", "resolutions_ppi")
    } == {
        "reader": "ansi/nist",
        "n_subjects": 1,
        "n_samples": 6,
        "modalities": {"finger": 5, "face": 1},
        "resolutions_ppi": {"500": 1, "1000": 1},
    }
    table = vantay("datasets", "list", "visit.an2", "--table")
    assert "1 subjects, 1 encounters, 6 samples, 0 failures" in table.stdout


def test_a_summary_tells_failures(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "x.fmr").write_text("nothing")
    run = vantay("datasets", "list", ".")
    assert run.json["n_failures"] == 1
    assert "expected 464d5200" in run.json["failures"][0]
    assert "expected 464d5200" in vantay("datasets", "list", ".", "--table").stderr


def test_a_source_that_no_reader_knows_is_an_error(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("notes")
    run = vantay("datasets", "list", "notes.md")
    assert run.exit_code == 1
    assert run.json["error"]["type"] == "InvalidSample"


def test_a_population_is_made_and_valid(vantay: Vantay, tmp_path: Path) -> None:
    run = vantay(
        "datasets", "make", "p.parquet", "--subjects", 3, "--seed", 7, "--fingers", 2, "--encounters", 2
    )
    assert run.exit_code == 0
    rows = list(read_rows(tmp_path / "p.parquet"))
    assert run.json["n_rows"] == len(rows) <= 3 * 2 * 3
    assert len({row.subject_id for row in rows}) == 3
    assert {row.encounter_id for row in rows} == {f"{row.subject_id}-{n}" for row in rows for n in (0, 1)}
    assert vantay("datasets", "validate", "p.parquet").exit_code == 0


def test_the_same_seed_makes_the_same_file(vantay: Vantay, tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        vantay("datasets", "make", name, "--subjects", 2, "--fingers", 1, "--no-face")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_population_is_not_written_to_another_kind_of_file(vantay: Vantay) -> None:
    run = vantay("datasets", "make", "p.csv", "--subjects", 1)
    assert run.exit_code == 1
    assert "expected .parquet" in run.stderr
