"""Result files are whole or not there, and name the sources that were measured."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from benchmarks.harness import run_document
from benchmarks.harness.run_document import (
    ResultUnreadable,
    commit_beside_results,
    commit_of_run,
    is_done,
    make_document,
    read_document,
    write_document,
)

COMMIT = "0123456789" * 4
DIRTY = f"{COMMIT}-dirty"


@pytest.fixture
def git_says(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the lines that `git status` answers, to be filled."""
    lines: list[str] = []

    class Done:
        @property
        def stdout(self) -> str:
            return "\n".join(lines)

    monkeypatch.setattr(run_document, "source_commit", lambda: DIRTY)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: Done())
    return lines


def test_a_write_that_is_interrupted_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    write_document(path, {"a": 1})

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_document(path, {"a": 2})
    assert read_document(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_result_can_be_read_by_everyone(tmp_path: Path) -> None:
    write_document(tmp_path / "a.json", {})
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("content", [b'{"commit": "abc", "fig', b"", b"\xff\xfe", b"[1, 2]"])
@pytest.mark.usefixtures("git_says")
def test_a_broken_file_is_named_and_is_not_done(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(ResultUnreadable, match=r"broken\.json: .*delete it, or measure again"):
        read_document(path)
    assert not is_done(path)


def test_only_a_result_of_the_same_clean_sources_is_done(tmp_path: Path, git_says: list[str]) -> None:
    path = tmp_path / "a.json"
    assert not is_done(path)
    write_document(path, {"commit": COMMIT})
    assert is_done(path)
    write_document(path, {"commit": DIRTY})
    assert not is_done(path)
    git_says.append(" M engine/vantay/types.py")
    assert not is_done(path)


@pytest.mark.parametrize(
    ("line", "is_change"),
    [
        (" M docs/performance.md", True),
        ("?? engine/vantay/new_step.py", True),
        ("?? benchmarks/harness/new.toml", True),
        ("?? engine/vantay/notes.txt", False),
        ("?? build/new_step.py", False),
    ],
)
def test_what_may_be_imported_makes_a_commit_dirty(line: str, is_change: bool, git_says: list[str]) -> None:
    assert commit_beside_results() == COMMIT
    git_says.append(line)
    assert commit_beside_results() == (DIRTY if is_change else COMMIT)


def test_a_run_has_the_commit_of_its_start_and_tells_of_changes(git_says: list[str]) -> None:
    assert commit_of_run(COMMIT) == COMMIT
    assert commit_of_run("earlier") == "earlier-dirty"
    git_says.append(" M engine/vantay/types.py")
    assert commit_of_run(COMMIT) == DIRTY
    assert commit_of_run(DIRTY) == DIRTY
    assert commit_of_run(None) is None


@pytest.mark.usefixtures("git_says")
def test_a_document_has_the_commit_that_is_given() -> None:
    assert make_document([], {}, {})["commit"] == COMMIT
    assert make_document([], {}, {}, commit="earlier-dirty")["commit"] == "earlier-dirty"
