"""Files of figures: what they were measured on and with, nothing of whose machine it is, and never half."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.harness.figures_file import FiguresFile, told_arguments
from benchmarks.harness.timing import least_s

from benchmarks import fusion_speed


def options(path: Path | None, **more: object) -> argparse.Namespace:
    return argparse.Namespace(json=path, **more)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def test_machine_commit_and_options_stand_beside_the_figures(tmp_path: Path) -> None:
    path = tmp_path / "of" / "figures.json"
    FiguresFile(options(path, repeats=5, folder=tmp_path)).write({"x_ms": 2.0})
    found = read(path)
    assert found["x_ms"] == 2.0
    assert {"processor", "load_at_start", "flags"} <= set(found["machine"])
    assert found["arguments"] == {"repeats": 5}
    assert "commit" in found
    assert [one.name for one in path.parent.iterdir()] == ["figures.json"]


def test_nothing_that_tells_of_one_machine_is_told() -> None:
    places = {"sets": ["/data/DB1_B", "ten"], "folder": "a/b", "database": "postgresql://me@there/x"}
    given = options(Path("out.json"), file=Path("x"), kinds=["ten", "two"], n=None, **places)
    assert told_arguments(given) == {"kinds": ["ten", "two"], "n": None}


def test_a_program_without_a_file_prints_alone(capsys: pytest.CaptureFixture[str]) -> None:
    FiguresFile(options(None)).print_and_write({"x_ms": 2.0})
    assert json.loads(capsys.readouterr().out) == {"x_ms": 2.0}


def test_numbers_of_numpy_are_written_and_what_is_no_number_is_null(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    FiguresFile(options(path)).write(
        {"a": np.float32(0.5), "b": [float("inf"), np.int64(3)], "c": {7: np.nan}}
    )
    found = read(path)
    assert (found["a"], found["b"], found["c"]) == (0.5, [None, 3], {"7": None})


def test_figures_that_cannot_be_written_leave_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    file = FiguresFile(options(path))
    file.write({"a": 1})
    with pytest.raises(TypeError):
        file.write({"a": object()})
    assert read(path)["a"] == 1


def test_the_least_of_the_calls_after_the_first_counts() -> None:
    taken, now = iter([9.0, 5.0, 3.0, 4.0]), 0.0

    def call() -> None:
        nonlocal now
        now += next(taken)

    assert least_s(call, 3, clock=lambda: now) == 3.0


def test_a_program_that_only_printed_writes_its_figures_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figures.json"
    monkeypatch.setattr("sys.argv", ["fusion_speed", "--subjects", "50", "--json", str(path)])
    fusion_speed.main()
    found = read(path)
    assert found["arguments"] == {"subjects": 50}
    assert found["mixed_us_per_subject"] > 0
