"""Which micro benchmarks are run, what was left out, and what is told when pytest fails."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from benchmarks.harness.micro_run import MICRO, MicroRun, run_micro
from rich.console import Console

LISTING = f"""
{MICRO}/test_codec.py::test_encode[iso]
{MICRO}/test_search.py::test_search_coarse[two-4096]
{MICRO}/test_segments.py::test_build_part

3 tests collected in 0.1s
"""
SUMMARY = f"""
SKIPPED {MICRO}/test_faces.py::test_embed[1 - 2] - Skipped: not built: dlib; `vantay models build` does
SKIPPED {MICRO}/test_faces.py::test_detect - Skipped: not built: dlib; `vantay models build` does
SKIPPED {MICRO}/test_store.py::test_load - Skipped: too slow - for now
"""


class Pytest:
    """Stands for the process: collects, measures nothing, and says what it is told to."""

    def __init__(self, *, collecting: int = 0, measuring: int = 0, printed: str = "") -> None:
        self.codes, self.printed = {True: collecting, False: measuring}, printed
        self.nodes: list[str] = []

    def __call__(self, words: Sequence[str], **_: Any) -> subprocess.CompletedProcess[str]:
        is_collecting = "--collect-only" in words
        if not is_collecting:
            self.nodes = [word for word in words if word.startswith(MICRO)]
            (output,) = (word.partition("=")[2] for word in words if word.startswith("--benchmark-json="))
            Path(output).write_text(json.dumps({"benchmarks": []}), encoding="utf-8")
        printed = LISTING if is_collecting and not self.codes[True] else self.printed
        return subprocess.CompletedProcess(list(words), self.codes[is_collecting], printed, "")


def ran(process: Pytest, monkeypatch: pytest.MonkeyPatch, **asked: Any) -> tuple[MicroRun, str]:
    monkeypatch.setattr(subprocess, "run", process)
    file = io.StringIO()
    return run_micro(Console(file=file, width=200), **asked), file.getvalue()


@pytest.mark.parametrize(
    ("asked", "nodes"),
    [
        ({}, [MICRO]),
        ({"nodes": ["benchmarks/micro/test_a.py::test_b"]}, ["benchmarks/micro/test_a.py::test_b"]),
        ({"only": "search/"}, [f"{MICRO}/test_search.py::test_search_coarse[two-4096]"]),
        ({"only": "build_part"}, [f"{MICRO}/test_segments.py::test_build_part"]),
    ],
)
def test_those_are_run_that_are_asked_for(
    asked: dict[str, Any], nodes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    process = Pytest()
    ran(process, monkeypatch, **asked)
    assert process.nodes == nodes


@pytest.mark.parametrize("word", ["no/such", "micro", "benchmarks"])
def test_a_name_that_none_has_is_told(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=f"no micro benchmark has '{word}' in its name"):
        ran(Pytest(), monkeypatch, only=word)


def test_benchmarks_that_cannot_be_collected_are_not_told_as_a_name_that_none_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    process = Pytest(collecting=2, printed="ERROR collecting test_codec.py: ImportError: no vantay")
    with pytest.raises(SystemExit, match=r"cannot be collected\n.*ImportError: no vantay"):
        ran(process, monkeypatch, only="codec/")


def test_a_benchmark_that_fails_ends_the_run_with_what_pytest_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"the micro benchmarks failed\nassert 1 == 2"):
        ran(Pytest(measuring=1, printed="assert 1 == 2"), monkeypatch)


def test_what_was_left_out_is_named_once_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    run, said = ran(Pytest(printed=SUMMARY), monkeypatch)
    assert set(run.skipped) == {"faces/embed[1 - 2]", "faces/detect", "store/load"}
    assert run.without_model == ["faces/detect", "faces/embed[1 - 2]"]
    assert said.splitlines() == [
        "SKIPPED, not built: dlib; `vantay models build` does: faces/embed[1 - 2], faces/detect",
        "SKIPPED, too slow - for now: store/load",
    ]


def test_a_benchmark_whose_model_is_not_built_says_so_as_this_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    run = run_micro(Console(file=io.StringIO()), nodes=[f"{MICRO}/test_faces.py"])
    assert run.results == []
    assert run.without_model
    assert run.without_model == sorted(run.skipped)
