"""``vantay load`` and ``vantay export``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Vantay
from transfer.populations import subject_rows, write_population, write_rows
from vantay.transfer import batches


def test_load_and_export_tell_what_they_did(vantay: Vantay, tmp_path: Path) -> None:
    write_population(tmp_path / "p.parquet", 3)
    loaded = vantay("load", "p.parquet", "--workers", 1)
    assert (loaded.exit_code, loaded.stderr) == (0, "")
    assert (loaded.json["n_enrolled"], loaded.json["is_resumed"], loaded.json["rejects"]) == (3, False, None)
    exported = vantay("export", "out.jsonl")
    assert (exported.exit_code, exported.json["n_subjects"], exported.json["n_rows"]) == (0, 3, 9)
    again = vantay("load", "out.jsonl", "--workers", 1, "--table")
    assert again.exit_code == 0
    assert "n_skipped" in again.stdout
    assert "n_subjects" in vantay("export", "out.jsonl", "--table").stdout


def test_exit_code_says_whether_there_were_rejects(vantay: Vantay, tmp_path: Path) -> None:
    write_rows(tmp_path / "p.jsonl", subject_rows(1, galleries=("visa",)))
    loaded = vantay("load", "p.jsonl", "--workers", 1, "--rejects", "bad.jsonl")
    assert (loaded.exit_code, loaded.json["n_rejects"], loaded.json["rejects"]) == (1, 1, "bad.jsonl")
    assert loaded.stderr == "warning: 1 rejects: see bad.jsonl\n"
    assert json.loads((tmp_path / "bad.jsonl").read_text())["reason"] == "gallery_not_found"
    assert vantay("load", "p.jsonl", "--workers", 1, "--create-galleries").exit_code == 0
    exported = vantay("export", "visa.jsonl", "--galleries", "visa")
    assert exported.json["n_subjects"] == 1


@pytest.mark.parametrize("name", ["notes.txt", "p.parquet"])
def test_a_source_that_is_none_is_an_error_and_makes_no_database(
    vantay: Vantay, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("notes")
    failed = vantay("load", name, "--workers", 1)
    assert failed.exit_code == 1
    assert failed.json["error"]["type"] == "InvalidSample"
    assert vantay("load", "missing.jsonl").exit_code == 2
    assert vantay("export", "out.parquet", "-d", "other.db").exit_code == 1
    assert not (tmp_path / "vantay.db").exists()


def test_a_terminal_sees_rate_and_time_left(
    vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SUBJECTS_PER_BATCH", 2)
    monkeypatch.setenv("FORCE_COLOR", "1")
    write_population(tmp_path / "p.jsonl", 6)
    loaded = vantay("load", "p.jsonl", "--workers", 1)
    assert loaded.exit_code == 0
    assert "18/18" in loaded.stderr
    assert "rows/s" in loaded.stderr
    assert "6/6" in vantay("export", "out.parquet").stderr
