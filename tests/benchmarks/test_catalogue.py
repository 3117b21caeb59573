"""The catalogue of measurement programs, and how they are chosen from it."""

from __future__ import annotations

import json
import os
import runpy
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import click
import pytest
from benchmarks.adopt import other_option
from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.figures_file import told_arguments
from benchmarks.harness.program import FVC_SETS, ROOT, Kind, Program, Scale
from benchmarks.harness.program_run import Outcome
from benchmarks.harness.run_document import Document
from benchmarks.macro import run as run_module
from benchmarks.macro.run import choose, main, parse_options

CATALOGUE = read_catalogue()
BENCH_MINUTES = 10
MICRO_MINUTES = 3
"""Of `make bench`, and of one pass of the micro benchmarks in it."""
TOOLS = {"adopt", "bench", "compare", "run", "service_gallery", "tables"}
"""Programs that measure nothing by themselves."""


def test_every_program_that_is_named_exists() -> None:
    for one in CATALOGUE.values():
        words = one.words
        if words[0] == "-m":
            if words[1].startswith("benchmarks."):
                assert (ROOT / words[1].replace(".", "/")).with_suffix(".py").is_file(), one.name
        else:
            assert (ROOT / words[0]).is_file(), one.name


def test_every_program_that_measures_is_in_it() -> None:
    run = {part for one in CATALOGUE.values() for part in one.words}
    programs = [*ROOT.glob("benchmarks/*.py"), *ROOT.glob("benchmarks/macro/*.py")]
    for path in (path for path in programs if "__main__" in path.read_text(encoding="utf-8")):
        script = path.relative_to(ROOT).as_posix()
        module = script.removesuffix(".py").replace("/", ".")
        assert path.stem in TOOLS or {script, module} & run, script


@pytest.fixture
def _untouched() -> Iterator[None]:
    """Take back what programs change of the process when they are imported."""
    environment, path = dict(os.environ), list(sys.path)
    yield
    os.environ.clear()
    os.environ.update(environment)
    sys.path[:] = path


class Parsed(Exception):
    """Thrown with what a program would go on with."""


@pytest.mark.usefixtures("_untouched")
@pytest.mark.parametrize("program", CATALOGUE.values(), ids=CATALOGUE)
def test_a_program_takes_the_words_that_are_given(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word that its own parser does not take ends it with `SystemExit`."""
    parse, invoke = ArgumentParser.parse_args, click.Command.invoke

    def parse_and_stop(parser: ArgumentParser, given: Sequence[str] | None = None, *_: object) -> NoReturn:
        raise Parsed(vars(parse(parser, given)))

    def invoke_groups_alone(command: click.Command, context: click.Context) -> object:
        if isinstance(command, click.Group):
            return invoke(command, context)
        raise Parsed(context.params)

    monkeypatch.setattr(ArgumentParser, "parse_args", parse_and_stop)
    monkeypatch.setattr(click.Command, "invoke", invoke_groups_alone)
    words = program.arguments(tmp_path / "figures.json", tmp_path)
    is_module = words[0] == "-m"
    monkeypatch.setattr("sys.argv", words[is_module:])
    monkeypatch.delitem(sys.modules, words[is_module], raising=False)  # it is run, not imported
    run = runpy.run_module if is_module else runpy.run_path
    with pytest.raises(Parsed) as stopped:
        run(words[1] if is_module else str(ROOT / words[0]), run_name="__main__")
    (options,) = stopped.value.args
    assert str(tmp_path / "figures.json") in {str(value) for value in options.values()}
    told = json.loads(json.dumps(told_arguments(Namespace(**options)), default=str))
    assert other_option(program, {"arguments": told}) == "", "what it writes is refused by adopt"


def test_error_rates_are_of_the_sets_that_peers_are_measured_on() -> None:
    sets = tuple(f"FVC/{name}" for name in FVC_SETS)
    assert CATALOGUE["fvc"].words[4:] == sets
    assert CATALOGUE["fvc_classical"].words[4:] == (*sets, "--extractor", "classical")


def test_results_of_others_are_run_before_what_needs_their_folder() -> None:
    names = list(CATALOGUE)
    for place, one in enumerate(CATALOGUE.values()):
        for word in one.words:
            if word[:1] == "{" and word != "{service}":
                assert names.index(word[1:-1]) < place


def test_shared_folders_are_those_of_the_other_measurement(tmp_path: Path) -> None:
    words = CATALOGUE["shortlist_loss"].arguments(tmp_path / "out.json", tmp_path / "scratch")
    built = CATALOGUE["index_100k"].arguments(tmp_path / "out.json", tmp_path / "scratch")
    assert str(tmp_path / "scratch" / "index_100k") in words
    assert str(tmp_path / "scratch" / "index_100k") in built
    assert words[-2:] == ["--json", str(tmp_path / "out.json")]


def test_quick_is_a_part_of_small_and_small_of_full_in_the_same_order() -> None:
    full = choose(CATALOGUE, parse_options(["--full"], CATALOGUE))
    small = choose(CATALOGUE, parse_options(["--small"], CATALOGUE))
    assert full == list(CATALOGUE.values())
    assert small == [one for one in full if one.scale is not Scale.FULL]
    assert sum(one.minutes for one in small) < 30


def test_quick_programs_come_first_and_leave_time_for_the_micro_benchmarks() -> None:
    quick = [one for one in CATALOGUE.values() if one.scale is Scale.QUICK]
    assert quick == list(CATALOGUE.values())[: len(quick)]
    assert 0 < sum(one.minutes for one in quick) <= BENCH_MINUTES - MICRO_MINUTES
    assert {"fvc", "fvc_classical"} <= {one.name for one in quick}


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
        ('name = "a"\nkind = "speed"\nminutes = 1\nshows = ""', "a: no words"),
        ('words = ["b"]\nkind = "speed"\nminutes = 1\nshows = ""', "a program: no name"),
    ],
)
def test_a_wrong_entry_is_refused(entry: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(f"[[program]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_catalogue(path)


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    entry = '[[program]]\nname = "a"\nwords = ["b"]\nkind = "speed"\nminutes = 1\nshows = ""\n'
    path = tmp_path / "catalogue.toml"
    path.write_text(entry * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="named twice"):
        read_catalogue(path)


@pytest.mark.parametrize(
    ("state", "document", "code"),
    [
        ("done", {"machine": {"others_share": 0.031}, "figures": {"a": {}}, "exit_code": 0}, 0),
        ("done", {"exit_code": 1}, 1),
        ("failed: no end after 7 min", {}, 1),
        ("left out: it needs PostgreSQL's initdb", {}, 0),
    ],
)
def test_what_became_of_programs_is_told(
    state: str,
    document: Document,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        run_module,
        "run_programs",
        lambda programs, *_, **__: [Outcome(program, state, document) for program in programs],
    )
    assert main(["limits"]) == code
    printed = " ".join(capsys.readouterr().out.split())
    assert state in printed
    assert ("3 %" in printed) == ("machine" in document)
    assert ("exit code 1" in printed) == (document.get("exit_code") == 1)


def test_list_names_every_program_on_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line in CATALOGUE] == list(CATALOGUE)
