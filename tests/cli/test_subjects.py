"""Enrol, verify, identify, show, list, erase: a subject's life at the shell, from image to answer."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

Vantay = Any  # the fixture of conftest.py, whose types tests cannot import


def enrol(vantay: Vantay, prints: Path, subject_id: str, finger: int, *more: object) -> Any:
    return vantay("enrol", subject_id, "--finger", f"RIGHT_INDEX={prints}/{finger}_1.png", *more)


@pytest.fixture
def enrolled(vantay: Vantay, prints: Path) -> None:
    for subject_id, finger in (("A", 1), ("B", 2), ("C", 3)):
        assert enrol(vantay, prints, subject_id, finger).exit_code == 0


def test_enrol_prints_the_receipt(vantay: Vantay, prints: Path) -> None:
    run = vantay(
        *("enrol", "A-17", "-f", f"right_index={prints}/1_1.png", "-f", f"7={prints}/2_1.png"),
        *("--source", "desk 3", "--captured-at", "2026-03-01T09:30+07:00", "--ppi", 500),
    )
    assert (run.exit_code, run.stderr) == (0, "")
    receipt = run.json
    assert set(receipt) == {
        *("subject_id", "encounter_id", "captured_at", "recorded_at", "source", "fingers", "face"),
        *("operator", "device", "consent", "failures", "timings_ms"),
    }
    assert (receipt["subject_id"], receipt["source"]) == ("A-17", "desk 3")
    assert receipt["captured_at"] == "2026-03-01T02:30:00Z"
    assert datetime.fromisoformat(receipt["recorded_at"]).utcoffset() is not None
    assert uuid.UUID(receipt["encounter_id"])
    assert set(receipt["fingers"]) == {"RIGHT_INDEX", "LEFT_INDEX"}
    assert receipt["fingers"]["LEFT_INDEX"]["extractor"] == "classical"


def test_enrol_reports_a_finger_that_gives_no_template(vantay: Vantay, prints: Path) -> None:
    run = enrol(vantay, prints, "A", 1, "--finger", f"LEFT_INDEX={prints}/glare.png")
    assert run.exit_code == 0
    assert "warning: LEFT_INDEX was left out" in run.stderr
    assert [f["finger"] for f in run.json["failures"]] == ["LEFT_INDEX"]
    assert list(run.json["fingers"]) == ["RIGHT_INDEX"]


def test_enrolling_twice_is_an_error_and_adding_is_not(vantay: Vantay, prints: Path) -> None:
    assert enrol(vantay, prints, "A", 1, "--add-encounter").exit_code == 1
    enrol(vantay, prints, "A", 1)
    again = enrol(vantay, prints, "A", 1)
    assert again.exit_code == 1
    assert again.stderr == "error: subject 'A' is enrolled already: add an encounter instead\n"
    assert again.json["error"]["type"] == "AlreadyEnrolled"
    assert enrol(vantay, prints, "A", 1, "--add-encounter").exit_code == 0
    assert len(vantay("show", "A").json["encounters"]) == 2


@pytest.mark.usefixtures("enrolled")
def test_verify_says_match_with_exit_code_0_and_no_match_with_3(vantay: Vantay, prints: Path) -> None:
    mated = vantay("verify", "B", "--finger", f"RIGHT_INDEX={prints}/2_2.png")
    assert mated.exit_code == 0
    assert mated.json["is_match"] is True
    assert mated.json["score"] > mated.json["threshold"] == 40
    evidence = mated.json["fingers"]["RIGHT_INDEX"]
    assert evidence["n_pairs"] > 5
    assert evidence["reference_finger"] == "RIGHT_INDEX"
    non_mated = vantay("verify", "B", "--finger", f"RIGHT_INDEX={prints}/1_2.png", "--threshold-fmr", 1e-5)
    assert non_mated.exit_code == 3
    assert non_mated.json["is_match"] is False
    assert non_mated.json["threshold"] == 50


@pytest.mark.usefixtures("enrolled")
def test_identify_ranks_the_subjects(vantay: Vantay, prints: Path) -> None:
    known = vantay("identify", "--finger", f"RIGHT_INDEX={prints}/3_2.png", "--max-candidates", 2)
    assert known.exit_code == 0
    assert (known.json["is_known"], known.json["n_searched"]) == (True, 3)
    best, second = known.json["candidates"]
    assert (best["rank"], best["subject_id"], best["is_match"]) == (1, "C", True)
    assert (second["rank"], second["is_match"]) == (2, False)
    assert best["finger_scores"] == {"RIGHT_INDEX": best["score"]}
    assert set(known.json["probe_qualities"]) == {"RIGHT_INDEX"}
    unknown = vantay("identify", "--finger", f"RIGHT_INDEX={prints}/4_1.png", "--target-fpir", 0.01)
    assert unknown.exit_code == 3
    assert unknown.json["is_known"] is False
    assert unknown.json["threshold"] == pytest.approx(24.771, abs=1e-3)


@pytest.mark.usefixtures("enrolled")
def test_show_and_list_and_stats_tell_what_is_there(vantay: Vantay) -> None:
    shown = vantay("show", "A").json
    assert (shown["subject_id"], shown["status"]) == ("A", "active")
    assert list(shown["encounters"][0]["fingers"]) == ["RIGHT_INDEX"]
    assert [s["subject_id"] for s in vantay("list").json["subjects"]] == ["A", "B", "C"]
    assert [s["subject_id"] for s in vantay("list", "--after", "A", "--limit", 1).json["subjects"]] == ["B"]
    assert vantay("stats").json["n_subjects"] == 3


@pytest.mark.usefixtures("enrolled")
def test_erased_subject_is_not_found_again(vantay: Vantay, prints: Path) -> None:
    refused = vantay("erase", "B")
    assert refused.exit_code == 2
    assert "say --yes" in refused.stderr
    erased = vantay("erase", "B", "--yes")
    assert (erased.exit_code, erased.json["n_templates"]) == (0, 1)
    assert vantay("identify", "--finger", f"RIGHT_INDEX={prints}/2_2.png").exit_code == 3
    assert vantay("show", "B").json["status"] == "erased"
    again = vantay("erase", "B", "--yes")
    assert (again.exit_code, again.json["n_templates"], again.json["is_purged"]) == (0, 0, True)
    assert vantay("erase", "Z", "--yes").exit_code == 1


@pytest.mark.usefixtures("enrolled")
def test_erasure_tells_that_a_reader_keeps_the_bytes(
    vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_BUSY_TIMEOUT_MS", "30")
    with contextlib.closing(sqlite3.connect(tmp_path / "vantay.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM encounters").fetchone()
        erased = vantay("erase", "B", "--yes")
    assert (erased.exit_code, erased.json["n_templates"], erased.json["is_purged"]) == (0, 1, False)
    assert erased.stderr.startswith("warning: B is erased, but vantay.db still holds the bytes")
    again = vantay("erase", "B", "--yes")
    assert (again.stderr, again.json["is_purged"]) == ("", True)


@pytest.mark.usefixtures("enrolled")
def test_tables_are_for_eyes(vantay: Vantay, prints: Path) -> None:
    probe = ("--finger", f"RIGHT_INDEX={prints}/1_2.png", "--table")
    assert "3 subjects searched, 1 of them match" in vantay("identify", *probe).stdout
    assert "The probe is A" in vantay("verify", "A", *probe).stdout
    assert "The probe is not shown to be B" in vantay("verify", "B", *probe).stdout
    assert "RIGHT_INDEX" in vantay("show", "A", "--table").stdout
    assert "active" in vantay("list", "--table").stdout
    assert "n_subjects" in vantay("stats", "--table").stdout
    assert "n_templates" in vantay("erase", "A", "--yes", "--table").stdout
    assert "D enrolled" in enrol(vantay, prints, "D", 4, "--table").stdout
    failed = vantay("show", "Z", "--table")
    assert (failed.exit_code, failed.stdout, failed.stderr) == (1, "", "error: no subject 'Z'\n")


@pytest.mark.usefixtures("enrolled")
def test_a_table_in_a_pipe_has_a_line_for_each_row_however_wide(vantay: Vantay, prints: Path) -> None:
    source = "the desk at the far end of the second corridor " * 5
    receipt = enrol(vantay, prints, "D", 4, "--source", source).json
    row = next(line for line in vantay("show", "D", "--table").stdout.splitlines() if "RIGHT_INDEX" in line)
    assert receipt["encounter_id"] in row
    assert source.strip() in row
    assert "classical" in row


def test_database_is_where_flag_environment_or_file_say(
    vantay: Vantay, prints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vantay.toml").write_text('[engine]\ndatabase = "from-file.db"\n')
    assert enrol(vantay, prints, "A", 1, "--config", "vantay.toml").exit_code == 0
    monkeypatch.setenv("VANTAY_DATABASE", "from-environment.db")
    assert enrol(vantay, prints, "A", 1, "--config", "vantay.toml").exit_code == 0
    assert enrol(vantay, prints, "A", 1, "--database", "from-flag.db").exit_code == 0
    assert {f.name for f in tmp_path.glob("*.db")} == {"from-file.db", "from-environment.db", "from-flag.db"}
