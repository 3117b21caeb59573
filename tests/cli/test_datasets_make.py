"""``vantay datasets make``."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from vantay.cli.datasets_make import make_dataset
from vantay.errors import CallerError
from vantay_datasets.bulk import read_rows, validate
from vantay_datasets.sample import Modality


def _run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(make_dataset, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_make_writes_what_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    code, out, _ = _run("--subjects", "12", "--seed", "5", "--fingers", "2", "--encounters", "2", str(path))
    assert code == 0
    answer = json.loads(out)
    rows = list(read_rows(path))
    assert answer == {
        "file": str(path),
        "subjects": 12,
        "rows": len(rows),
        "size_bytes": path.stat().st_size,
        "seed": 5,
    }
    assert not list(validate(path))
    assert len({row.subject_id for row in rows}) == 12
    assert len({row.encounter_id for row in rows}) == 24
    assert {int(row.position) for row in rows if row.modality is Modality.FINGER} == {2, 7}


def test_make_gives_the_same_people_for_the_same_seed(tmp_path: Path) -> None:
    one, other, third = (tmp_path / f"{name}.jsonl" for name in "abc")
    for path, seed in ((one, "1"), (other, "1"), (third, "2")):
        assert _run("--subjects", "3", "--seed", seed, "--no-face", str(path))[0] == 0
    assert one.read_bytes() == other.read_bytes()
    assert one.read_bytes() != third.read_bytes()


def test_make_without_faces_writes_none(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    assert _run("--subjects", "3", "--no-face", "--impression", "fvc-hard", str(path))[0] == 0
    assert {row.modality for row in read_rows(path)} == {Modality.FINGER}


def test_make_refuses_another_kind_of_file_before_any_work(tmp_path: Path) -> None:
    code, _, err = _run("--subjects", "3", str(tmp_path / "people.csv"))
    assert code == 2
    assert "expected a name that ends in .parquet or .jsonl" in err
    assert not list(tmp_path.iterdir())


def test_make_needs_subjects(tmp_path: Path) -> None:
    assert _run(str(tmp_path / "people.parquet"))[0] == 2
    assert _run("--subjects", "0", str(tmp_path / "people.parquet"))[0] == 2


def test_make_says_where_it_cannot_write(tmp_path: Path) -> None:
    result = CliRunner().invoke(make_dataset, ["--subjects", "1", str(tmp_path / "nowhere" / "people.jsonl")])
    assert isinstance(result.exception, CallerError)
    assert "cannot be written" in str(result.exception)
