"""Programs: their commands hold no folder of a machine, their figures become result files."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from benchmarks.bench import parse_options
from benchmarks.harness import program as program_module
from benchmarks.harness import program_run, run_document, surroundings
from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.micro_run import one_thread_environment
from benchmarks.harness.program import Need, Program
from benchmarks.harness.program_run import (
    Outcome,
    ProgramFailed,
    as_document,
    run_program,
    run_programs,
)
from benchmarks.harness.run_document import read_document
from rich.console import Console

from vantay.report.run_report import parse_run

QUIET = Console(quiet=True)
LIMITS = read_catalogue()["limits"]
WRITES = (
    "import json, sys; json.dump({'per_s': 5.0, 'growth_ms': {'two': {'10': 1.0}}}, open(sys.argv[-1], 'w'))"
)


def run(folder: Path, *programs: Program, is_resumed: bool = False) -> list[Outcome]:
    with (folder / "said.txt").open("w", encoding="utf-8") as file:
        return run_programs(programs, folder / "results", Console(file=file), is_resumed=is_resumed)


def test_folders_are_put_into_arguments_and_left_out_of_commands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("VANTAY_EVAL_DATA", str(tmp_path))
    program = Program("p", ("x.py", "FVC/fvc2002/DB1_B", "--folder", "DIR"), needs=(Need.FVC,))
    words = program.arguments(tmp_path / "out.json", tmp_path / "scratch")
    assert words[1] == str(tmp_path / "fingerprints" / "fvc2002" / "DB1_B")
    assert words[3:] == [str(tmp_path / "scratch" / "p"), "--json", str(tmp_path / "out.json")]
    assert program.command == "python x.py fvc2002/DB1_B --folder DIR"
    assert "fingerprint sets" in program.missing()


def test_everything_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VANTAY_EVAL_DATA", str(tmp_path))
    monkeypatch.setattr(program_module, "find_spec", lambda _: None)
    program = Program("p", ("x.py",), needs=(Need.FVC, Need.PEERS))
    assert "fingerprint sets" in program.missing()
    assert "make peers" in program.missing()
    (tmp_path / "fingerprints").mkdir()
    monkeypatch.setattr(program_module, "find_spec", lambda _: object())
    assert program.missing() == ""


def test_a_command_of_vantay_is_told_as_such() -> None:
    assert Program("p", ("-m", "vantay", "evaluate", "fvc")).command == "vantay evaluate fvc"


def test_figures_become_a_run_that_reports_read() -> None:
    figures = {
        "machine": {},
        "a": 1,
        "parts": {"x_ms": 2.0},
        "growth_ms": {"two": {"1000": 6.0, "10000": 17.0}},
    }
    document = as_document(LIMITS, figures, {"processor": "fast"}, "abc")
    read = parse_run(json.dumps(document), source="f", name="f")
    assert read.kind == "benchmark"
    assert read.command == LIMITS.command
    assert [curve.x.tolist() for curve in read.curves] == [[1000.0, 10000.0]]


def test_a_run_of_evaluate_stays_as_it_is_but_for_load_and_commit() -> None:
    figures = {"kind": "fvc", "format": 1, "figures": {"eer": 0.1}, "machine": {"processor": "fast"}}
    about = {"command": LIMITS.command, "shows": LIMITS.shows, "commit": "abc"}
    machine = {"processor": "fast", "load_at_start": 0.2}
    document = as_document(LIMITS, figures | {"commit": "abc-dirty"}, {"load_at_start": 0.2}, "abc")
    assert document == figures | about | {"machine": machine}


def test_what_a_program_says_of_itself_is_no_figure() -> None:
    about = {"machine": {"n_cores": 1}, "commit": "def", "arguments": {"sizes": "1,2"}}
    document = as_document(LIMITS, about | {"a": 1}, {"n_cores": 2, "load_at_start": 0.2}, "abc")
    assert document["figures"] == {"limits": {"a": 1}}
    assert document["machine"] == {"n_cores": 1, "load_at_start": 0.2}
    assert (document["commit"], document["parameters"]) == ("abc", {"sizes": "1,2"})


def test_programs_run_and_one_that_fails_or_lacks_something_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_EVAL_DATA", str(tmp_path / "nowhere"))
    works, fails = Program("works", ("-c", WRITES)), Program("fails", ("-c", "raise SystemExit('it broke')"))
    found = run(tmp_path, fails, Program("lacks", ("x.py",), needs=(Need.FVC,)), works)
    assert [one.state for one in found[::2]] == ["failed", "done"]
    assert found[1].state.startswith("left out: it needs the fingerprint sets")
    assert [one.is_wrong for one in found] == [True, False, False]
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["works.json"]
    assert "it broke" in (tmp_path / "said.txt").read_text(encoding="utf-8")


def test_a_resumed_run_leaves_out_what_is_done_of_the_same_clean_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_document, "commit_beside_results", lambda: "abc")
    results = tmp_path / "results"
    results.mkdir()
    for name, commit in (("same", "abc"), ("older", "def")):
        (results / f"{name}.json").write_text(f'{{"commit": "{commit}", "figures": {{}}}}', encoding="utf-8")
    programs = [Program(name, ("-c", WRITES)) for name in ("same", "older")]
    same, older = run(tmp_path, *programs, is_resumed=True)
    assert (same.state, same.document) == ("done before", {"commit": "abc", "figures": {}})
    assert older.document["figures"]["older"]["per_s"] == 5.0
    monkeypatch.setattr(run_document, "commit_beside_results", lambda: "abc-dirty")
    (results / "same.json").write_text('{"commit": "abc-dirty"}', encoding="utf-8")
    assert run(tmp_path, programs[0], is_resumed=True)[0].state == "done"


def test_a_result_has_figures_machine_command_and_exit_code(tmp_path: Path) -> None:
    given = run_program(Program("tried", ("-c", f"{WRITES}; sys.exit(1)"), shows="speed"), tmp_path, QUIET)
    written = read_document(tmp_path / "tried.json")
    assert written == json.loads(json.dumps(given))
    assert written["figures"]["tried"] == {"per_s": 5.0}
    assert (written["exit_code"], written["shows"], written["kind"]) == (1, "speed", "benchmark")
    assert {"load_at_start", "processor"} <= set(written["machine"])
    assert written["machine"]["n_cores"] == 1
    assert 0 <= written["machine"].get("others_share", 0) <= 1


def test_the_commit_of_a_run_is_that_of_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits = iter(("before", "after"))
    monkeypatch.setattr(program_run, "commit_beside_results", lambda: next(commits))
    monkeypatch.setattr(run_document, "commit_beside_results", lambda: next(commits))
    assert run_program(Program("tried", ("-c", WRITES)), tmp_path, QUIET)["commit"] == "before-dirty"


def test_what_a_program_says_is_passed_on(tmp_path: Path) -> None:
    says = f"{WRITES}; print('step one', file=sys.stderr); print('a table')"
    assert run(tmp_path, Program("tried", ("-c", says)))[0].state == "done"
    said = (tmp_path / "said.txt").read_text(encoding="utf-8")
    assert "  step one\n" in said
    assert "a table" not in said


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="processes are looked up in /proc")
def test_a_program_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    child = "import os; print(os.getpid(), flush=True); import time; time.sleep(600)"
    starts = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], stdout=sys.stderr)"
    found = run(tmp_path, Program("endless", ("-c", starts), minutes=(3 / 60 - 5) / 5))[0]
    assert (found.state, found.is_wrong) == ("failed: no end after 0.05 min", True)
    said = (tmp_path / "said.txt").read_text(encoding="utf-8")
    number = next(line.strip() for line in said.splitlines() if line.strip().isdigit())
    state = Path(f"/proc/{number}/status")
    for _ in range(100):
        if not state.exists() or "State:\tZ" in state.read_text(encoding="utf-8"):
            break
        time.sleep(0.02)
    else:
        pytest.fail(f"process {number} still runs")


def test_time_is_far_longer_than_a_program_takes() -> None:
    assert Program("p", (), minutes=2).limit_s == 15 * 60


def test_others_are_what_is_neither_ours_nor_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    now = surroundings.ProcessorTime(total_s=300, busy_s=150, own_s=70)
    monkeypatch.setattr(surroundings, "read_processor_time", lambda: now)
    before = surroundings.ProcessorTime(total_s=100, busy_s=40, own_s=10)
    assert surroundings.others_share(before) == (110 - 60) / 200
    assert surroundings.others_share(None) is None
    assert surroundings.others_share(now) is None


def test_processor_time_is_read_from_the_first_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tick = os.sysconf("SC_CLK_TCK")
    stat = tmp_path / "stat"
    stat.write_text(f"cpu  {tick} 0 {2 * tick} {40 * tick} {8 * tick} 0 0 {tick} {tick} 0\ncpu0 1 2\n")
    monkeypatch.setattr(surroundings, "_STAT", stat)
    found = surroundings.read_processor_time()
    assert found is not None
    assert (found.total_s, found.busy_s) == (52, 4)
    monkeypatch.setattr(surroundings, "_STAT", tmp_path / "none")
    assert surroundings.read_processor_time() is None


@pytest.mark.parametrize("written", ["", "{}", "[1]", "{"])
def test_a_program_that_writes_no_figures_failed(written: str, tmp_path: Path) -> None:
    writes = f"import sys, pathlib; pathlib.Path(sys.argv[-1]).write_text({written!r})"
    with pytest.raises(ProgramFailed, match="exit code 0"):
        run_program(Program("tried", ("-c", writes)), tmp_path, QUIET)
    assert not list(tmp_path.iterdir())


def test_a_program_that_ends_early_tells_its_last_words(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="it broke"):
        run_program(Program("tried", ("-c", 'raise SystemExit("it broke")')), tmp_path, QUIET)
    assert not list(tmp_path.iterdir())


def test_everything_runs_in_one_thread() -> None:
    environment = one_thread_environment()
    assert environment["OMP_NUM_THREADS"] == environment["NUMBA_NUM_THREADS"] == "1"
    assert environment["PYTHONHASHSEED"] == "0"


def test_a_record_is_made_of_several_passes_and_of_everything() -> None:
    assert parse_options([]).passes == 1
    assert parse_options(["--record"]).passes > 1
    assert parse_options(["--record", "--passes", "2"]).passes == 2
    with pytest.raises(SystemExit):
        parse_options(["--record", "--only", "codec/"])
