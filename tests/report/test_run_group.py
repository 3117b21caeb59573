"""Benchmarks stand beside runs of the same program, and beside no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vantay.report.run_report import Run, group_runs, read_run, render_report
from vantay.report.run_report.page import make_sections
from vantay.report.run_report.run_group import read_call

SITE = {"n_subjects": 100, "ready_after_s": 2.0}
INDEX = "python benchmarks/index_scale.py --folder DIR --subjects 4000"


def run_of(
    folder: Path, name: str, command: str | list[str] | None, *, called: str | None = None, shows: str = ""
) -> Run:
    document = {
        "kind": "benchmark",
        "format": 1,
        "figures": {"site": SITE, "latency": {"p50_ms": 3.0}},
        "command": command,
        "shows": shows,
    }
    path = folder / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return read_run(path, called)


def stems(runs: list[Run]) -> list[list[str]]:
    return [[run.file_stem for run in group] for group in group_runs(runs)]


@pytest.mark.parametrize(
    ("command", "program", "arguments"),
    [
        ("python benchmarks/store_load.py", "store_load", ()),
        ("/usr/bin/python3.11 -m benchmarks.macro.growth --sizes 1,2", "growth", ("--sizes", "1,2")),
        ("python a.py --folder /x/y --json z.json --seed 1", "a", ("--seed", "1")),
        ("python a.py --folder=/x/y --seed=1", "a", ("--seed=1",)),
        ("python a.py /data/fingerprints/fvc2002/DB1_B", "a", ("fvc2002/DB1_B",)),
        ("python -m benchmarks.bench --micro --record", "bench", ("--micro",)),
        ("vantay evaluate fvc 'open", "vantay", ("evaluate", "fvc", "'open")),
        ("", "", ()),
    ],
)
def test_a_call_is_told_without_the_folders_of_a_machine(
    command: str, program: str, arguments: tuple[str, ...]
) -> None:
    assert read_call(command) == (program, arguments)


def test_other_programs_have_sections_of_their_own_although_they_share_figures(tmp_path: Path) -> None:
    runs = [
        run_of(tmp_path, "service_open", "python benchmarks/service_load.py --rate 20", shows="latencies"),
        run_of(tmp_path, "service_images", "python benchmarks/service_load.py --images 40"),
        run_of(tmp_path, "service_kill", "python benchmarks/service_kill.py --folder DIR"),
    ]
    assert stems(runs) == [["service_open"], ["service_images"], ["service_kill"]]
    assert "What changed" not in render_report(runs)
    first, second, _ = make_sections(runs)
    assert (first.title, first.lead) == ("Benchmark: service_open", "latencies")
    assert second.title == "Benchmark: service_images"


def test_other_sizes_of_one_program_are_not_compared(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, f"index_{n}", f"python index_scale.py --subjects {n}") for n in (4000, 100000)]
    assert stems(runs) == [["index_4000"], ["index_100000"]]


def test_the_same_command_is_compared_whatever_the_files_are_called(tmp_path: Path) -> None:
    words = ["python", "/elsewhere/index_scale.py", "--subjects", "4000", "--folder", "/x", "--json", "y"]
    runs = [run_of(tmp_path, "index_small", INDEX), run_of(tmp_path, "mine", words)]
    assert stems(runs) == [["index_small", "mine"]]
    html = render_report(runs)
    assert html.count("What changed") == 1
    assert "command python" not in html


def test_files_of_one_name_and_program_are_compared_and_the_other_command_is_told(tmp_path: Path) -> None:
    old = run_of(tmp_path / "0.1.0", "index_small", INDEX, called="old")
    new = run_of(tmp_path / "mine", "index_small", f"{INDEX} --threads 2", called="new")
    (section,) = make_sections([old, new])
    assert section.changes[0].causes[0] == f"command {INDEX} → {INDEX} --threads 2"
    assert stems([old, run_of(tmp_path / "b", "index_small", "python other.py")]) == [["index_small"]] * 2


def test_runs_of_a_program_are_compared_if_the_caller_named_one(tmp_path: Path) -> None:
    small, large = (f"python index_scale.py --subjects {n}" for n in (10, 20))
    first = run_of(tmp_path, "a", small)
    assert stems([first, run_of(tmp_path, "b", large)]) == [["a"], ["b"]]
    assert stems([first, run_of(tmp_path, "b", large, called="new")]) == [["a", "b"]]
    assert stems([first, run_of(tmp_path, "b", "python other.py", called="new")]) == [["a"], ["b"]]


def test_a_run_goes_to_the_one_that_is_most_like_it(tmp_path: Path) -> None:
    small, large = (f"python index_scale.py --subjects {n}" for n in (10, 20))
    runs = [
        run_of(tmp_path, "small", small),
        run_of(tmp_path, "large", large),
        run_of(tmp_path, "again", large, called="new"),
    ]
    assert stems(runs) == [["small"], ["large", "again"]]


def test_without_commands_one_must_have_all_figures_of_the_other(tmp_path: Path) -> None:
    one, other = (run_of(tmp_path, name, None) for name in ("a", "b"))
    assert stems([one, other]) == [["a", "b"]]
    assert stems([one, run_of(tmp_path, "c", INDEX)]) == [["a"], ["c"]]


def test_many_runs_are_counted_in_the_title(tmp_path: Path) -> None:
    runs = [run_of(tmp_path, f"run{n}", f"python p{n}.py") for n in range(7)]
    assert "<h1>7 runs</h1>" in render_report(runs)
    assert "<h1>run0, run1</h1>" in render_report(runs[:2])
