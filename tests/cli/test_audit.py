"""``vantay audit``: verify, export and anchor, with exit codes that a script can act on."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import stat
from pathlib import Path

import pytest

from cli.conftest import Vantay
from vantay import Actor, Engine, NewAuditEntry


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "vantay.db"
    with Engine.open(path) as engine:
        note(engine, 5)
    return path


def note(engine: Engine, n: int) -> None:
    for i in range(n):
        engine.note_audit(NewAuditEntry(Actor("desk", "intake", f"call-{i}"), "Read", "OK", f"Đ-{i}"))


def run_sql(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_log_that_holds_is_exit_code_0(vantay: Vantay, database: Path) -> None:
    run = vantay("audit", "verify")
    assert run.exit_code == 0
    assert (run.json["is_sound"], run.json["n_entries"], run.json["anchor"]["sequence"]) == (True, 5, 5)
    table = vantay("audit", "verify", "--table")
    assert (table.exit_code, "n_entries" in table.stdout) == (0, True)


def test_a_log_that_does_not_hold_is_exit_code_3_and_says_what_to_do(vantay: Vantay, database: Path) -> None:
    run_sql(database, "UPDATE audit_entries SET actor_name = 'nobody' WHERE sequence = 3")
    run = vantay("audit", "verify")
    assert run.exit_code == 3
    assert run.json["error"]["type"] == "DataCorruption"
    assert "another entry 3" in run.stderr
    assert "keep the database as it is for whoever investigates" in run.stderr


def test_a_log_that_cannot_be_read_is_exit_code_1(vantay: Vantay, database: Path) -> None:
    assert vantay("audit", "verify", "--database", "nothing.db").exit_code == 1
    database.with_name("vantay.db.key").unlink()
    run = vantay("audit", "verify")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "KeyUnavailable")


def test_anchors_gathered_in_a_file_prove_that_nothing_was_cut_off(
    vantay: Vantay, database: Path, tmp_path: Path
) -> None:
    anchors = tmp_path / "anchors.jsonl"
    old = {file: file.read_bytes() for file in tmp_path.iterdir()}
    anchors.write_text(vantay("audit", "anchor").stdout)
    with Engine.open(database) as engine:
        note(engine, 2)
    with anchors.open("a") as file:
        file.write(vantay("audit", "anchor").stdout)
    run = vantay("audit", "verify", "--anchor", anchors)
    assert (run.exit_code, run.json["n_anchors"], run.json["n_entries"]) == (0, 2, 7)
    for file_name, content in old.items():
        file_name.write_bytes(content)
    assert vantay("audit", "verify").exit_code == 0
    run = vantay("audit", "verify", "--anchor", anchors)
    assert run.exit_code == 3
    assert "ends at entry 5, but had reached entry 7" in run.stderr


@pytest.mark.parametrize(
    "content", ["", "\n", "holiday", "[1]", "{}", '{"store_id": 1, "sequence": 1, "hash": 2}']
)
def test_a_file_that_holds_no_anchor_is_an_error(
    vantay: Vantay, database: Path, tmp_path: Path, content: str
) -> None:
    (tmp_path / "anchors").write_text(content)
    run = vantay("audit", "verify", "--anchor", "anchors")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "CallerError")
    assert vantay("audit", "verify", "--anchor", "nothing").exit_code == 2


def test_an_anchor_of_another_store_is_an_error(vantay: Vantay, database: Path, tmp_path: Path) -> None:
    anchor = json.loads(vantay("audit", "anchor").stdout) | {"store_id": "another"}
    (tmp_path / "anchors").write_text(json.dumps(anchor))
    run = vantay("audit", "verify", "--anchor", "anchors")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "CallerError")


def test_the_export_is_json_lines_for_its_owner_alone(
    vantay: Vantay, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vantay.cli.audit._PAGE_ENTRIES", 2)
    run = vantay("audit", "export", "log.jsonl")
    assert run.json == {"file": "log.jsonl", "n_entries": 5, "last": 5}
    out = tmp_path / "log.jsonl"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    entries = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [e["sequence"] for e in entries] == [1, 2, 3, 4, 5]
    assert (entries[4]["subject_id"], entries[4]["actor_name"]) == ("Đ-4", "desk")
    later = vantay("audit", "export", "-", "--after", "3").stdout.splitlines()
    assert [json.loads(line) for line in later] == entries[3:]
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".log")]


def test_an_export_that_fails_leaves_what_was_there(vantay: Vantay, database: Path, tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text("before")
    run_sql(database, "UPDATE audit_entries SET recorded_at = 'then' WHERE sequence = 3")
    assert vantay("audit", "export", "log.jsonl").exit_code == 1
    assert (tmp_path / "log.jsonl").read_text() == "before"
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".log")]
    assert vantay("audit", "export", "no-folder/log.jsonl").exit_code == 1


def test_an_export_is_not_written_over_the_database(vantay: Vantay, database: Path) -> None:
    run = vantay("audit", "export", str(database))
    assert (run.exit_code, run.json["error"]["type"]) == (1, "CallerError")
    assert vantay("audit", "verify").json["n_entries"] == 5
