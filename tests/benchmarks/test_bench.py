"""`make bench`: what fails it, what is measured again, where it goes on, and what may not be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from benchmarks.harness import run_document
from benchmarks.harness.micro_run import MicroRun
from benchmarks.harness.program import Need, Program, Scale
from benchmarks.harness.result import Result, details_of
from benchmarks.harness.run_document import Document, read_document, write_document

from benchmarks import bench
from benchmarks.made_up_results import look, result

FAST, SLOW = {"processor": "fast"}, {"processor": "slow"}
A = look("a/a", call_ms=1.0, reference_ms=1.0)
B = look("a/b", call_ms=1.0, reference_ms=1.0)
SLOWER = look("a/a", call_ms=1.5, reference_ms=1.0)


@dataclass
class Stage:
    """A machine, sources and benchmarks that are made up; `bench.main` itself is real."""

    results: Path
    looks: list[list[Result]] = field(default_factory=lambda: [[A, B]])
    skipped: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    machine: dict[str, object] = field(
        default_factory=lambda: FAST | {"load_at_start": 0.1, "n_processors": 2}
    )
    commit: str | None = "abc"
    changed: list[str] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)

    @property
    def committed(self) -> Path:
        return self.results / run_document.release_of_sources()

    def commit_micro(self, results: Sequence[Result], **others: object) -> None:
        document: Document = {"commit": "old", "machine": FAST, "details": details_of(results)}
        write_document(self.committed / "micro.json", document | others)

    def run_micro(self, _: object, **asked: Any) -> MicroRun:
        found = self.looks[min(len(self.asked), len(self.looks) - 1)]
        self.asked.append(asked)
        wanted = asked.get("nodes")
        return MicroRun([one for one in found if not wanted or one.node in wanted], self.skipped)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = Stage(tmp_path / "results")
    made.commit_micro([A, B])
    monkeypatch.setattr(bench, "run_micro", made.run_micro)
    monkeypatch.setattr(bench, "describe_surroundings", lambda: made.machine)
    monkeypatch.setattr(bench, "read_catalogue", lambda: {one.name: one for one in made.programs})
    monkeypatch.setattr(run_document, "RESULTS", made.results)
    monkeypatch.setattr(run_document, "source_commit", lambda: made.commit)
    monkeypatch.setattr(run_document, "_changed_sources", lambda: made.changed)
    monkeypatch.setenv("VANTAY_BENCH_SCRATCH", str(tmp_path / "scratch"))
    monkeypatch.chdir(tmp_path)
    return made


# --- micro benchmarks


def test_nothing_slower_is_looked_at_once_and_passes(stage: Stage) -> None:
    assert bench.main(["--micro"]) == 0
    assert len(stage.asked) == 1


def test_what_is_slower_each_time_fails(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.looks = [[SLOWER, B]]
    assert bench.main(["--micro"]) == 1
    assert [one.get("nodes") for one in stage.asked] == [None, [A.node], [A.node]]
    assert "SLOWER: a/a, 50 % beyond the committed ratio." in capsys.readouterr().out


def test_what_was_slow_once_passes(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    stage.looks = [[SLOWER, B], [A]]
    assert bench.main(["--micro"]) == 0
    assert len(stage.asked) == 2
    assert "looking again at 1 that seem slower" in capsys.readouterr().out


def test_a_reference_that_was_disturbed_does_not_save_what_is_slower(stage: Stage) -> None:
    stage.looks = [[SLOWER, B], [look("a/a", call_ms=1.5, reference_ms=2.0)]]
    assert bench.main(["--micro"]) == 1


@pytest.mark.parametrize(
    ("skipped", "code"),
    [({}, 1), ({"a/b": "not built: leader; run it"}, 0), ({"a/b": "takes too long"}, 1)],
)
def test_a_committed_benchmark_that_was_not_measured_fails_unless_its_model_is_not_built(
    stage: Stage, skipped: dict[str, str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.looks, stage.skipped = [[A]], skipped
    assert bench.main(["--micro"]) == code
    assert ("MISSING" in capsys.readouterr().out) is bool(code)


def test_some_benchmarks_leave_no_others_missing(stage: Stage) -> None:
    stage.looks = [[A]]
    assert bench.main(["--only", "a/a"]) == 0
    assert [one["only"] for one in stage.asked] == ["a/a"]


def test_ratios_to_another_reference_are_told_and_fail_nothing(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.commit_micro([result("a/a", reference_version=1, ratio=0.1), B])
    assert bench.main(["--micro"]) == 0
    assert "Record them anew" in capsys.readouterr().out
    assert len(stage.asked) == 1


def test_another_machine_fails_nothing_and_is_not_looked_at_again(stage: Stage) -> None:
    stage.looks, stage.machine = [[SLOWER, B]], stage.machine | SLOW
    assert bench.main(["--micro"]) == 0
    assert len(stage.asked) == 1


def test_a_first_run_has_nothing_to_fail_against(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    (stage.committed / "micro.json").unlink()
    assert bench.main(["--micro"]) == 0
    assert "No committed results" in capsys.readouterr().out


@pytest.mark.parametrize(("factor", "code"), [(1.14, 0), (1.2, 1)])
def test_a_single_pass_that_was_kept_is_what_the_next_is_compared_with(
    stage: Stage, factor: float, code: int
) -> None:
    assert bench.main(["--micro", "--output", "kept"]) == 0
    stage.looks = [[look("a/a", call_ms=factor, reference_ms=1.0), B]]
    stage.commit_micro([look("a/a", call_ms=9.0, reference_ms=1.0)])
    assert bench.main(["--micro", "--against", "kept"]) == code


def test_a_result_tells_how_it_was_measured(stage: Stage) -> None:
    stage.skipped = {"a/c": "not built: leader"}
    assert bench.main(["--micro", "--passes", "3", "--output", "kept"]) == 0
    document = read_document(Path("kept/micro.json"))
    assert document["command"] == ["python", "-m", "benchmarks.bench", "--micro", "--passes", "3"]
    assert (document["parameters"]["passes"], document["commit"]) == (3, "abc")
    assert document["left_out"] == ["a/c"]
    assert {one["n_passes"] for one in document["details"]} == {3}


def test_a_commit_in_the_middle_of_a_run_is_not_credited(stage: Stage) -> None:
    def commit_and_measure(*given: Any, **asked: Any) -> MicroRun:
        stage.commit = "def"
        return stage.run_micro(*given, **asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench, "run_micro", commit_and_measure)
        bench.main(["--micro", "--output", "kept"])
    assert read_document(Path("kept/micro.json"))["commit"] == "abc-dirty"


# --- options


@pytest.mark.parametrize(
    "words",
    [
        ["--only", "a", "--output", "kept"],
        ["--only", "a", "--full"],
        ["--only", "a", "--record"],
        ["--record", "--output", "kept"],
        ["--passes", "0"],
        ["--against", "nowhere"],
    ],
)
def test_options_that_contradict_each_other_are_refused(
    stage: Stage, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        bench.main(words)
    assert stopped.value.code == 2
    assert words[0] in capsys.readouterr().err.splitlines()[-1]
    assert stage.asked == []


def test_a_broken_result_file_is_named_without_a_traceback(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    (stage.committed / "micro.json").write_text('{"details": [', encoding="utf-8")
    assert bench.main(["--micro"]) == 2
    assert "micro.json: is no result file" in capsys.readouterr().out.replace("\n", "")


# --- recording


def test_a_record_is_of_five_passes_and_tells_what_changed_without_failing(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.looks = [[SLOWER, look("a/b", call_ms=call_ms, reference_ms=1.0)] for call_ms in (1.0, 1.1, 1.4)]
    assert bench.main(["--micro", "--record"]) == 0
    assert len(stage.asked) == 5
    said = capsys.readouterr().out
    assert "SLOWER: a/a" in said
    assert "Too noisy to be judged well: a/b (40 %)." in said
    written = read_document(stage.committed / "micro.json")
    assert written["command"][-1] == "--record"
    assert {one["n_passes"] for one in written["details"]} == {5}


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"commit": "abc", "changed": [" M x.py"]}, "not those of commit abc-dirty"),
        ({"commit": None}, "of no commit"),
        ({"machine": FAST | {"load_at_start": 1.1, "n_processors": 2}}, "busy (load 1.1 on 2 processors)"),
    ],
)
def test_what_nobody_could_measure_again_is_not_recorded(
    stage: Stage, about: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in about.items():
        setattr(stage, name, value)
    before = (stage.committed / "micro.json").read_bytes()
    assert bench.main(["--micro", "--record"]) == 2
    assert said in capsys.readouterr().out
    assert stage.asked == []
    assert (stage.committed / "micro.json").read_bytes() == before


def test_a_busy_machine_is_recorded_where_that_is_wanted_and_the_result_tells_it(stage: Stage) -> None:
    stage.machine |= {"load_at_start": 1.9}
    assert bench.main(["--micro", "--record", "--busy", "--passes", "1"]) == 0
    written = read_document(stage.committed / "micro.json")
    assert written["machine"]["load_at_start"] == 1.9
    assert written["command"][-4:] == ["--record", "--busy", "--passes", "1"]


# --- a full run that goes on


def test_a_full_run_goes_on_and_fails_again_for_what_it_found_before(stage: Stage) -> None:
    stage.looks = [[SLOWER, B]]
    assert bench.main(["--full"]) == 1
    assert Path("bench-output/micro.json").is_file()
    n_before = len(stage.asked)
    assert bench.main(["--full"]) == 1
    assert len(stage.asked) == n_before


def test_a_full_run_that_goes_on_knows_what_was_left_out(stage: Stage) -> None:
    stage.looks, stage.skipped = [[A]], {"a/b": "not built: leader"}
    assert [bench.main(["--full"]), bench.main(["--full"])] == [0, 0]
    assert len(stage.asked) == 1


def test_a_full_run_of_other_sources_measures_anew(stage: Stage) -> None:
    assert bench.main(["--full"]) == 0
    stage.commit = "def"
    assert bench.main(["--full"]) == 0
    assert len(stage.asked) == 2


# --- programs


def program(name: str, figures: str, code: int = 0, **about: Any) -> Program:
    """Make up a program that writes figures and ends with an exit code."""
    text = f"import json, sys; json.dump({figures}, open(sys.argv[-1], 'w')); sys.exit({code})"
    return Program(name, ("-c", text), **({"scale": Scale.QUICK} | about))


BROKEN = Program("broken", ("-c", "raise SystemExit('it broke')"), scale=Scale.QUICK)
FINE = program("fine", "{'a_ms': 1.0}")
FINDS = program("finds", "{'findings': ['a write was lost']}", code=1)


def test_programs_that_fail_or_find_something_wrong_fail_the_run(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    stage.programs = [BROKEN, FINDS, FINE]
    assert bench.main(["--programs"]) == 1
    said = capsys.readouterr().out
    assert "WRONG: broken failed" in said
    assert "WRONG: finds gave its figures and exit code 1" in said
    assert "WRONG: fine" not in said
    assert stage.asked == []


def test_programs_that_are_fine_or_lack_something_pass(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VANTAY_EVAL_DATA", "nowhere")
    stage.programs = [FINE, Program("fvc", ("x.py",), Scale.QUICK, needs=(Need.FVC,))]
    assert bench.main(["--programs"]) == 0
    assert (
        "Accuracy was not judged by fvc: left out: it needs the fingerprint sets" in capsys.readouterr().out
    )


def test_only_a_full_run_runs_every_program_and_keeps_its_results(stage: Stage) -> None:
    stage.programs = [FINE, program("large", "{'b_ms': 1.0}", scale=Scale.FULL)]
    assert bench.main(["--programs", "--output", "kept"]) == 0
    assert [path.name for path in Path("kept").iterdir()] == ["fine.json"]
    assert bench.main(["--programs", "--full"]) == 0
    assert sorted(path.name for path in Path("bench-output").iterdir()) == ["fine.json", "large.json"]


def test_a_full_run_that_goes_on_fails_again_for_what_a_program_found_before(stage: Stage) -> None:
    stage.programs = [FINDS]
    assert bench.main(["--programs", "--full"]) == 1
    stage.programs = [program("finds", "{'findings': []}")]
    assert bench.main(["--programs", "--full"]) == 1


def commit_errors(stage: Stage, eer: float) -> None:
    """Commit the error rates of `fvc`, as this machine would have them."""
    stage.programs = [program("fvc", f"{{'pooled': {{'eer': {eer}, 'fnmr_at_fmr_1e-3': 0.01, 'fte': 0.0}}}}")]
    assert bench.main(["--programs", "--record"]) == 0


def test_less_accurate_fails_and_more_accurate_is_told(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    commit_errors(stage, 0.01)
    assert bench.main(["--programs"]) == 0
    assert "Accuracy: 3 figures were judged, none worse than committed." in capsys.readouterr().out
    good = read_document(stage.committed / "fvc.json")
    for eer, code, said in ((0.012, 1, "LESS ACCURATE: fvc: pooled.eer: 0.012"), (0.008, 0, "more accurate")):
        commit_errors(stage, eer)
        write_document(stage.committed / "fvc.json", good)
        capsys.readouterr()
        assert bench.main(["--programs"]) == code
        assert said in capsys.readouterr().out


def test_what_is_recorded_may_be_less_accurate_and_says_so(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    commit_errors(stage, 0.01)
    commit_errors(stage, 0.02)
    assert "LESS ACCURATE: fvc: pooled.eer" in capsys.readouterr().out
    assert read_document(stage.committed / "fvc.json")["figures"]["pooled"]["eer"] == 0.02


def test_a_program_that_fails_fails_a_record_too(stage: Stage) -> None:
    stage.programs = [BROKEN]
    assert bench.main(["--programs", "--record"]) == 1
