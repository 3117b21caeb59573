"""Typing mistakes get an answer that helps: what was typed, what was expected, never a traceback."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

Vantay = Any  # the fixture of conftest.py, whose types tests cannot import


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("enroll", "A"), "no command 'enroll': did you mean enrol?"),
        (("frobnicate",), "No such command 'frobnicate'"),
        (("enrol", "A"), "Missing option '--finger' / '-f' or '--face'"),
        (("enrol", "A", "--finger", "RIHGT_INDEX={prints}/1_1.png"), "did you mean RIGHT_INDEX?"),
        (("enrol", "A", "--finger", "TOE={prints}/1_1.png"), "unknown finger 'TOE': expected one of UNKNOWN"),
        (("enrol", "A", "--finger", "11={prints}/1_1.png"), "unknown finger '11'"),
        (("enrol", "A", "--finger", "{prints}/1_1.png"), "expected POSITION=FILE"),
        (("enrol", "A", "--finger", "RIGHT_INDEX="), "expected POSITION=FILE"),
        (("enrol", "A", "--finger", "RIGHT_INDEX={prints}/glar.png"), "glare.png?"),
        (("enrol", "A", "--finger", "RIGHT_INDEX=nowhere/1.png"), "there is no folder nowhere"),
        (("enrol", "A", "--finger", "RIGHT_INDEX={prints}"), "is a folder, expected a file"),
        (
            ("enrol", "A", "-f", "RIGHT_INDEX={prints}/1_1.png", "-f", "2={prints}/1_2.png"),
            "RIGHT_INDEX was given twice",
        ),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "--ppi", "many"), "'many' is not a valid float"),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "--captured-at", "noon"), "'noon' is no time"),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "--captured-at", "2026-03-01"), "has no time zone"),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "--extractor", "magic"), "'magic' is not one of"),
        (("identify", "-f", "2={prints}/1_1.png", "--max-candidates", "0"), "0 is not in the range"),
        (("compare", "{prints}/1_1.png", "{prints}/9.png"), "no file"),
        (
            ("compare", "{prints}/1_1.png", "{prints}/1_2.png", "--picture", "no/p.png"),
            "there is no folder no",
        ),
        (("template", "{prints}"), "is a folder"),
        (("template", "/dev/null"), "/dev/null is a device or a pipe, expected a file on disk"),
        (("extract", "-o", "records"), "Missing argument 'IMAGE..."),
    ],
)
def test_wrong_usage_exits_with_2(
    vantay: Vantay, prints: Path, tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    run = vantay(*(arg.format(prints=prints) for arg in args))
    assert run.exit_code == 2
    assert message in " ".join(run.stderr.split())
    assert run.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "kind", "message"),
    [
        (("enrol", " A", "-f", "2={prints}/1_1.png"), "CallerError", "subject_id ' A'"),
        (("enrol", "A", "-f", "2={prints}/text.png"), "InvalidSample", "text.png"),
        (("enrol", "A", "-f", "2={prints}/glare.png"), "ExtractionFailed", "glare.png"),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "--ppi", "5"), "InvalidSample", "resolution is 5 ppi"),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "--ppi", "nan"), "InvalidSample", "resolution is nan"),
        (
            ("enrol", "A", "-f", "2={prints}/1_1.png", "-d", "no/v.db"),
            "StoreUnavailable",
            "folder no does not",
        ),
        (("enrol", "A", "-f", "2={prints}/1_1.png", "-d", "."), "StoreUnavailable", "is a folder"),
        (("compare", "{prints}/text.png", "{prints}/1_1.png"), "InvalidSample", "error: {prints}/text.png: "),
        (
            ("compare", "{prints}/glare.png", "{prints}/1_1.png"),
            "ExtractionFailed",
            "error: {prints}/glare.png: ",
        ),
        (
            ("compare", "{prints}/coarse.png", "{prints}/1_1.png"),
            "InvalidSample",
            "resolution is 120 ppi, expected 250 to 1200 ppi; if the file is wrong, give its resolution with "
            "--ppi",
        ),
        (("show", "A"), "StoreUnavailable", "no enrolment database at vantay.db"),
        (("list",), "StoreUnavailable", "no enrolment database"),
        (("verify", "A", "-f", "2={prints}/1_1.png"), "StoreUnavailable", "no enrolment database"),
        (("identify", "-f", "2={prints}/1_1.png"), "StoreUnavailable", "no enrolment database"),
        (("erase", "A", "--yes"), "StoreUnavailable", "no enrolment database"),
        (("list", "-d", "{prints}/1_1.png"), "DataCorruption", "no enrolment database"),
        (("list", "--config", "nowhere.toml"), "InvalidSetting", "nowhere.toml cannot be read"),
        (
            ("compare", "{prints}/1_1.png", "{prints}/1_2.png", "--threshold-fmr", "2"),
            "CallerError",
            "threshold_fmr is 2",
        ),
        (("extract", "{prints}/1_1.png", "-o", "/proc/nowhere"), "FileNotFoundError", "/proc/nowhere"),
    ],
)
def test_errors_are_one_line_and_json(
    vantay: Vantay, prints: Path, args: tuple[str, ...], kind: str, message: str
) -> None:
    run = vantay(*(arg.format(prints=prints) for arg in args))
    assert run.exit_code == 1
    assert run.stderr.startswith("error: ")
    assert message.format(prints=prints) in run.stderr
    assert run.stderr.count("\n") == 1
    assert run.json == {"error": {"type": kind, "message": run.stderr.removeprefix("error: ").strip()}}
    assert {f.name for f in Path.cwd().iterdir()} <= {"vantay.db", "vantay.db.key"}


def test_unknown_subject_is_told(vantay: Vantay, prints: Path) -> None:
    vantay("enrol", "A", "-f", f"2={prints}/1_1.png")
    assert vantay("show", "Z").json["error"]["type"] == "SubjectNotFound"
    assert vantay("verify", "Z", "-f", f"2={prints}/1_1.png").exit_code == 1
    other_finger = vantay("verify", "A", "-f", f"3={prints}/1_1.png")
    assert other_finger.json["error"]["type"] == "IncompatibleTemplate"
    assert "the probe has RIGHT_MIDDLE, the reference has RIGHT_INDEX" in other_finger.stderr


def test_a_search_that_reaches_nobody_is_an_error(vantay: Vantay, prints: Path) -> None:
    vantay("enrol", "A", "-f", f"2={prints}/1_1.png")
    run = vantay("identify", "-f", f"3={prints}/1_1.png")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "IncompatibleTemplate")
    assert "the probe has RIGHT_MIDDLE, which none of the 1 subjects has" in run.stderr


def test_an_empty_database_file_is_not_an_empty_database(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "vantay.db").touch()
    run = vantay("list")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "DataCorruption")
    assert "vantay.db is empty" in run.stderr


def test_a_wrong_setting_is_told_with_its_place(vantay: Vantay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VANTAY_N_THREADS", "0")
    assert "environment variable VANTAY_N_THREADS: n_threads is 0" in vantay("list").stderr


def test_unknown_environment_variable_is_told(
    vantay: Vantay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VANTAY_DATABSE", "x.db")
    run = vantay("list")
    assert run.exit_code == 1
    assert "VANTAY_DATABSE: did you mean VANTAY_DATABASE?" in run.stderr


def test_locked_database_is_told(
    vantay: Vantay, prints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_BUSY_TIMEOUT_MS", "30")
    vantay("enrol", "A", "-f", f"2={prints}/1_1.png")
    other = sqlite3.connect(tmp_path / "vantay.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        run = vantay("enrol", "B", "-f", f"2={prints}/1_1.png")
    finally:
        other.close()
    assert run.exit_code == 1
    assert run.json["error"]["type"] == "StoreLocked"
