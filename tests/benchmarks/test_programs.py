"""Programs: their commands hold no folder of a machine, their figures become result files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.bench import parse_options
from benchmarks.harness import program as program_module
from benchmarks.harness import run_document
from benchmarks.harness.bars import ENGINE_BARS
from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.micro_run import one_thread_environment
from benchmarks.harness.program import Need, Prints, Program
from benchmarks.harness.program_run import (
    Outcome,
    ProgramFailed,
    as_document,
    run_program,
    run_programs,
)
from benchmarks.harness.run_document import read_document
from rich.console import Console

from benchmarks import adopt
from vantay.report.run_report import parse_run

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
    document = as_document(LIMITS, figures, {"processor": "fast"})
    read = parse_run(json.dumps(document), source="f", name="f")
    assert read.kind == "benchmark"
    assert read.command == LIMITS.command
    assert [curve.x.tolist() for curve in read.curves] == [[1000.0, 10000.0]]


def test_a_run_of_evaluate_stays_as_it_is_but_for_the_load() -> None:
    figures = {"kind": "fvc", "format": 1, "figures": {"eer": 0.1}, "machine": {"processor": "fast"}}
    about = {"command": LIMITS.command, "shows": LIMITS.shows}
    machine = {"processor": "fast", "load_at_start": 0.2}
    assert as_document(LIMITS, figures, {"load_at_start": 0.2}) == figures | about | {"machine": machine}


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
    given = run_program(Program("tried", ("-c", f"{WRITES}; sys.exit(1)"), shows="speed"), tmp_path)
    written = read_document(tmp_path / "tried.json")
    assert written == json.loads(json.dumps(given))
    assert written["figures"]["tried"] == {"per_s": 5.0}
    assert (written["exit_code"], written["shows"], written["kind"]) == (1, "speed", "benchmark")
    assert {"load_at_start", "processor"} <= set(written["machine"])


def test_figures_may_be_printed_too(tmp_path: Path) -> None:
    numbers = Program("tried", ("-c", "print('{\"x_ms\": 4}')"), prints=Prints.JSON)
    assert run_program(numbers, tmp_path)["figures"] == {"tried": {"x_ms": 4}}
    lines = Program("tried", ("-c", "print('one'); print('two')"), prints=Prints.TEXT)
    assert run_program(lines, tmp_path)["figures"] == {"tried": {"printed": ["one", "two"]}}


def test_a_program_without_figures_failed(tmp_path: Path) -> None:
    with pytest.raises(ProgramFailed, match="it broke"):
        run_program(Program("tried", ("-c", 'raise SystemExit("it broke")')), tmp_path)
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


def test_a_program_run_by_hand_is_adopted_with_its_own_machine_and_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {
        "machine": {"processor": "old"},
        "commit": "abc",
        "restart": {"warm_s": 3.8},
    }
    (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
    words = ["adopt", "index_1m", str(tmp_path / "given.json"), "--output", str(tmp_path)]
    monkeypatch.setattr("sys.argv", words)
    adopt.main()
    document = read_document(tmp_path / "index_1m.json")
    assert (document["commit"], document["machine"]) == ("abc", {"processor": "old"})
    given |= {"rate": 20.0, "seconds": 599.98}
    (tmp_path / "given.json").write_text(json.dumps(given), encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["adopt", "service_open", *words[2:]])
    adopt.main()  # a run of 600 s
    assert (tmp_path / "service_open.json").exists()
    restart = next(bar for bar in ENGINE_BARS if bar.value.path == ("restart", "warm_s"))
    assert restart.value.of({"index_1m": document}) == 3.8


@pytest.mark.parametrize(
    ("name", "given", "option"),
    [
        ("kill_rounds", {"rounds": 3, "findings": []}, "--rounds 3"),
        ("peers", {"kind": "benchmark", "format": 1, "parameters": {"is_small": True}}, "--small"),
    ],
)
def test_figures_of_other_options_are_not_adopted(
    name: str,
    given: dict[str, object],
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    about = {"machine": {"processor": "old"}, "commit": "abc"}
    (tmp_path / "given.json").write_text(json.dumps(about | given), encoding="utf-8")
    words = ["adopt", name, str(tmp_path / "given.json"), "--output", str(tmp_path)]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit):
        adopt.main()
    assert f"measured with {option}, expected: python " in capsys.readouterr().err
    assert not (tmp_path / f"{name}.json").exists()


def test_figures_of_an_unknown_machine_are_not_adopted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "given.json").write_text('{"restart": {"warm_s": 3.8}}', encoding="utf-8")
    monkeypatch.setattr(
        "sys.argv", ["adopt", "index_1m", str(tmp_path / "given.json"), "--output", str(tmp_path)]
    )
    with pytest.raises(SystemExit):
        adopt.main()
    assert "names no machine" in capsys.readouterr().err
