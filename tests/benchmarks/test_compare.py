"""Two recorded runs beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from benchmarks.harness.result import Result, details_of
from benchmarks.harness.run_document import write_document

from benchmarks import compare
from benchmarks.made_up_results import result

HERE: dict[str, object] = {"processor": "fast", "load_at_start": 0.1, "n_processors": 2}


def recorded(path: Path, results: Sequence[Result], machine: dict[str, object] = HERE) -> str:
    write_document(path, {"commit": "abc", "machine": machine, "details": details_of(results)})
    return str(path)


@pytest.fixture
def old(tmp_path: Path) -> str:
    return recorded(tmp_path / "old.json", [result("a/a"), result("a/b")])


@pytest.mark.parametrize(
    ("results", "code", "said"),
    [
        ([result("a/a"), result("a/b")], 0, "2 same"),
        ([result("a/a", ratio=9.9), result("a/b")], 1, "SLOWER: a/a"),
        ([result("a/a", ratio=4.0), result("a/b")], 0, "1 same, 1 faster"),
        ([result("a/a")], 1, "MISSING, the committed results have it and this run has not: a/b"),
        ([result("a/a"), result("a/b"), result("a/c")], 0, "2 same, 1 new"),
    ],
)
def test_the_exit_code_says_whether_the_new_run_is_worse(
    old: str,
    results: list[Result],
    code: int,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert compare.main([old, recorded(tmp_path / "new.json", results)]) == code
    assert said in capsys.readouterr().out


def test_runs_of_two_machines_are_told_and_not_judged(
    old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = recorded(tmp_path / "new.json", [result("a/a", ratio=99.0), result("a/b")], {"processor": "slow"})
    assert compare.main([old, new]) == 0
    assert "2 other machine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "new.json: no such file"),
        ('{"details": [', "new.json: is no result file"),
        ('{"machine": {}, "figures": {}}', "new.json: has no micro benchmarks"),
    ],
)
def test_a_file_that_is_missing_broken_or_of_something_else_is_named(
    old: str, text: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = tmp_path / "new.json"
    if text is not None:
        new.write_text(text, encoding="utf-8")
    for words in ([old, str(new)], [str(new), old]):
        with pytest.raises(SystemExit) as stopped:
            compare.main(words)
        assert stopped.value.code == 2
        assert said in capsys.readouterr().err
