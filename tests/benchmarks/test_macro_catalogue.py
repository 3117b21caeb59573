"""The catalogue of macro measurements, and what its runner makes of programs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.harness.program import PROGRAMS, ROOT, Program, Scale
from benchmarks.harness.run_document import read_document
from benchmarks.macro import running
from benchmarks.macro.catalogue import Kind, Measurement, Prints, read_catalogue
from benchmarks.macro.run import choose, main, parse_options
from benchmarks.macro.running import MeasurementFailed, is_done, run_measurement

CATALOGUE = read_catalogue()


def measurement(code: str, prints: Prints = Prints.FILE) -> Measurement:
    return Measurement(Program("tried", ("-c", code)), Kind.SPEED, 1, "nothing", prints)


WRITES = 'import json, sys; open(sys.argv[2], "w").write(json.dumps({"x_ms": 3}))'


def test_every_program_that_is_named_exists() -> None:
    for one in CATALOGUE.values():
        words = one.program.words
        if words[0] == "-m":
            if words[1].startswith("benchmarks."):
                assert (ROOT / words[1].replace(".", "/")).with_suffix(".py").is_file(), one.name
        else:
            assert (ROOT / words[0]).is_file(), one.name


def test_every_program_takes_the_options_that_are_given() -> None:
    for one in CATALOGUE.values():
        words = one.program.words
        path = (ROOT / words[1].replace(".", "/")).with_suffix(".py") if words[0] == "-m" else ROOT / words[0]
        if not path.is_file():  # vantay's own command
            continue
        source = path.read_text(encoding="utf-8")
        own = [word for word in words if word.startswith("--")] + ["--json"] * (one.prints is Prints.FILE)
        if "add_run_arguments" in source or "add_site_arguments" in source:
            source += (ROOT / "tests/service/load/command_line.py").read_text(encoding="utf-8")
        assert not [option for option in own if f'"{option}"' not in source], one.name


def test_programs_of_the_harness_that_measure_whole_parts_are_all_in_it() -> None:
    assert {program.name for program in PROGRAMS} - set(CATALOGUE) <= {"limits"}


def test_results_of_others_are_run_before_what_needs_their_folder() -> None:
    names = list(CATALOGUE)
    for place, one in enumerate(CATALOGUE.values()):
        for word in one.program.words:
            if word[:1] == "{" and word != "{service}":
                assert names.index(word[1:-1]) < place


def test_shared_folders_are_those_of_the_other_measurement(tmp_path: Path) -> None:
    words = CATALOGUE["shortlist_loss"].words(tmp_path / "out.json", tmp_path / "scratch")
    built = CATALOGUE["index_100k"].words(tmp_path / "out.json", tmp_path / "scratch")
    assert str(tmp_path / "scratch" / "index_100k") in words
    assert str(tmp_path / "scratch" / "index_100k") in built
    assert words[-2:] == ["--json", str(tmp_path / "out.json")]


def test_small_is_a_part_of_full_in_the_same_order() -> None:
    full = choose(CATALOGUE, parse_options(["--full"], CATALOGUE))
    small = choose(CATALOGUE, parse_options(["--small"], CATALOGUE))
    assert full == list(CATALOGUE.values())
    assert small == [one for one in full if one.program.scale is Scale.SMALL]
    assert sum(one.minutes for one in small) < 30


def test_kinds_leave_the_others_out() -> None:
    chosen = choose(CATALOGUE, parse_options(["--full", "--kinds", "service"], CATALOGUE))
    assert chosen
    assert {one.kind for one in chosen} == {Kind.SERVICE}


@pytest.mark.parametrize("words", [["nonesuch"], ["--full", "--kinds", "nonesuch"], []])
def test_wrong_usage_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(words, CATALOGUE)
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('name = "a"\nwords = ["b"]\nkind = "speed"\nminutes = 1\nshows = ""\nwhat = 1', "unknown keys"),
        ('name = "a"\nkind = "speed"\nminutes = 1\nshows = ""', "expected words"),
        ('name = "fvc"\nwords = ["b"]\nkind = "speed"\nminutes = 1\nshows = ""', "not both"),
    ],
)
def test_a_wrong_entry_is_refused(entry: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(f"[[measurement]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_catalogue(path)


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    entry = '[[measurement]]\nname = "a"\nwords = ["b"]\nkind = "speed"\nminutes = 1\nshows = ""\n'
    path = tmp_path / "catalogue.toml"
    path.write_text(entry * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="named twice"):
        read_catalogue(path)


def test_a_result_has_figures_machine_command_and_exit_code(tmp_path: Path) -> None:
    given = run_measurement(measurement(f"{WRITES}; sys.exit(1)"), tmp_path)
    written = read_document(tmp_path / "tried.json")
    assert written == json.loads(json.dumps(given))
    assert written["figures"] == {"tried": {"x_ms": 3}}
    assert written["exit_code"] == 1
    assert written["kind"] == "benchmark"
    assert {"load_at_start", "processor"} <= set(written["machine"])


def test_figures_may_be_printed_too(tmp_path: Path) -> None:
    given = run_measurement(measurement("print('{\"x_ms\": 4}')", Prints.JSON), tmp_path)
    assert given["figures"] == {"tried": {"x_ms": 4}}
    lines = run_measurement(measurement('print("one"); print("two")', Prints.TEXT), tmp_path)
    assert lines["figures"] == {"tried": {"printed": ["one", "two"]}}


def test_a_program_without_figures_failed(tmp_path: Path) -> None:
    with pytest.raises(MeasurementFailed, match="it broke"):
        run_measurement(measurement('raise SystemExit("it broke")'), tmp_path)
    assert not list(tmp_path.iterdir())


def test_only_a_result_of_the_same_clean_commit_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = measurement(WRITES)
    for commit, is_same in (("a" * 40, True), ("b" * 40, False), ("a" * 40 + "-dirty", False), (None, False)):
        (tmp_path / "tried.json").write_text(json.dumps({"commit": "a" * 40}), encoding="utf-8")
        monkeypatch.setattr(running, "source_commit", lambda commit=commit: commit)
        assert is_done(one, tmp_path) is is_same
    assert not is_done(replace(one, program=replace(one.program, name="other")), tmp_path)


def test_list_names_every_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    printed = capsys.readouterr().out
    assert all(name.split("_")[0] in printed for name in CATALOGUE)
