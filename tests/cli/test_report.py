"""``vantay report`` from the shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def run_file(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, n_missed: int = 10, **changes: Any) -> Path:
        figures = {"galleries": {"1000": {"n_mated": 1000, "decision": {"fnir": n_missed / 1000}}}}
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"kind": "identification", "format": 1, "figures": figures, **changes}))
        return path

    return write


def test_report_writes_the_page_and_tells_what_changed(
    vantay: Callable[..., Any], run_file: Callable[..., Path]
) -> None:
    old, new = run_file("old.json", 50), run_file("new.json", 10)
    answer = vantay("report", old, f"tuned={new}", "-o", "out.html", "--title", "Tuning")
    assert answer.exit_code == 0
    assert [run["name"] for run in answer.json["runs"]] == ["old", "tuned"]
    (change,) = answer.json["changes"]
    assert (change["figure"], change["test"], change["verdict"]) == ("decision.fnir", "Fisher", "better")
    page = Path("out.html").read_text(encoding="utf-8")
    assert "<h1>Tuning</h1>" in page
    assert len(page.encode()) == answer.json["n_bytes"]


def test_files_of_one_name_are_called_by_their_folders(
    vantay: Callable[..., Any], run_file: Callable[..., Path]
) -> None:
    answer = vantay("report", run_file("a/run.json"), run_file("b/run.json"))
    assert [run["name"] for run in answer.json["runs"]] == ["a/run", "b/run"]
    assert Path("report.html").is_file()


def test_changes_are_told_of_runs_of_one_benchmark_program_alone(
    vantay: Callable[..., Any], run_file: Callable[..., Path]
) -> None:
    loads = [
        run_file(f"{folder}/load.json", n, kind="benchmark", command="python benchmarks/load.py")
        for folder, n in (("a", 50), ("b", 10))
    ]
    other = run_file("c/kill.json", kind="benchmark", command="python benchmarks/kill.py")
    answer = vantay("report", *loads, other)
    assert {(change["from"], change["to"]) for change in answer.json["changes"]} == {("a/load", "b/load")}
    assert "Benchmark: load" in Path("report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "words"), [({"kind": "guess"}, "key 'kind' is guess"), ({"format": 9}, "a newer version")]
)
def test_what_is_no_run_is_wrong_usage(
    vantay: Callable[..., Any], run_file: Callable[..., Path], changes: dict[str, Any], words: str
) -> None:
    answer = vantay("report", run_file("run.json", **changes))
    assert answer.exit_code == 2
    assert words in answer.stderr
    assert not Path("report.html").exists()


def test_missing_file_is_wrong_usage(vantay: Callable[..., Any]) -> None:
    answer = vantay("report", "nothing.json")
    assert answer.exit_code == 2
    assert "nothing.json" in answer.stderr
