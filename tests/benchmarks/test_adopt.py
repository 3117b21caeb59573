"""Results of programs that were run by hand: only what the catalogue's command gives is taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.adopt import main, options_of, other_option, whole_machine
from benchmarks.harness import surroundings
from benchmarks.harness.bars import ENGINE_BARS
from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.program import Program
from benchmarks.harness.run_document import Document, read_document

ABOUT: Document = {"machine": {"processor": "old"}, "commit": "abc"}
PROGRAM = Program("p", ("x.py", "FVC/a", "--folder", "DIR", "--n-rounds", "3", "--kinds", "ten + face,two"))
SETS = ["fvc2002/DB1_B", "fvc2002/DB3_B", "fvc2004/DB1_B", "fvc2004/DB3_B"]
TOLD = {"n_rounds": 3, "kinds": "ten + face,two"}


def evaluation(sets: list[str], extractor: str) -> Document:
    parameters = {"sets": sets, "extractor": extractor}
    return {"kind": "fvc", "format": 1, "figures": {}, "parameters": parameters}


class Adoption:
    """A file that is to be adopted."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.file, self.results, self._monkeypatch = folder / "given.json", folder / "results", monkeypatch

    def take(self, name: str, given: Document | None, *options: str) -> Document:
        """Write the file, unless it is there, and adopt it."""
        if given is not None:
            self.file.write_text(json.dumps(given), encoding="utf-8")
        words = ["adopt", name, str(self.file), "--output", str(self.results), *options]
        self._monkeypatch.setattr("sys.argv", words)
        main()
        return read_document(self.results / f"{name}.json")


@pytest.fixture
def adoption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Adoption:
    return Adoption(tmp_path, monkeypatch)


def test_a_program_run_by_hand_is_adopted_with_its_own_machine_and_commit(adoption: Adoption) -> None:
    document = adoption.take("index_1m", ABOUT | {"restart": {"warm_s": 3.8}})
    assert (document["commit"], document["machine"]) == ("abc", {"processor": "old"})
    restart = next(bar for bar in ENGINE_BARS if bar.value.path == ("restart", "warm_s"))
    assert restart.value.of({"index_1m": document}) == 3.8


@pytest.mark.parametrize(("name", "extractor"), [("fvc", "leader"), ("fvc_classical", "classical")])
def test_an_evaluation_of_the_sets_and_the_extractor_of_the_catalogue_is_adopted(
    adoption: Adoption, name: str, extractor: str
) -> None:
    document = adoption.take(name, ABOUT | evaluation(SETS, extractor))
    assert document["parameters"]["extractor"] == extractor


def test_a_run_of_600_s_may_be_over_a_little_before(adoption: Adoption) -> None:
    document = adoption.take("service_open", ABOUT | {"rate": 20.0, "seconds": 599.98, "load_average": 1.5})
    assert document["figures"]["service_open"]["seconds"] == 599.98
    assert document["machine"] == {"processor": "old", "load_at_start": 1.5}


@pytest.mark.parametrize(
    ("name", "given", "reason"),
    [
        ("kill_rounds", {"rounds": 3}, "measured with --rounds 3, expected: python "),
        ("peers", {"kind": "benchmark", "format": 1, "parameters": {"is_small": True}}, "with --small, "),
        ("bulk_load_postgres", {"subjects": 100_000, "store": 7}, "with --store 7, "),
        ("fvc", evaluation(SETS[:1], "leader"), "with the sets fvc2002/DB1_B, "),
        ("fvc", evaluation(SETS, "classical"), "with --extractor classical, "),
        ("fvc_classical", evaluation(SETS, "leader"), "with --extractor leader, "),
        ("kill_rounds", {"commit": "abc-dirty"}, "other than those of abc-dirty"),
        ("kill_rounds", {"machine": {}}, "names no machine or no commit"),
        ("kill_rounds", {"commit": None}, "names no machine or no commit"),
        ("kill_rounds", {"arguments": {"seed": 1}}, "with no --rounds that it tells of"),
        ("index_1m", {"arguments": {"kinds": "two"}}, "no --subjects that it tells of"),
    ],
)
def test_figures_that_are_of_something_else_are_refused(
    name: str, given: Document, reason: str, adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        adoption.take(name, ABOUT | given)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err
    assert not adoption.results.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such file"), ("{}", "no such file, or nothing in it"), ("{", "given.json")],
)
def test_a_file_that_is_missing_or_broken_is_named(
    content: str | None, reason: str, adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        adoption.file.write_text(content, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        adoption.take("kill_rounds", None)
    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_changed_sources_are_taken_when_it_is_said_and_stay_named(adoption: Adoption) -> None:
    assert adoption.take("kill_rounds", ABOUT | {"commit": "abc-dirty"}, "--dirty")["commit"] == "abc-dirty"


def test_options_that_nobody_compared_are_told(
    adoption: Adoption, capsys: pytest.CaptureFixture[str]
) -> None:
    told: Document = {"rounds": 200, "seed": 5, "only": None, "images": []}
    document = adoption.take("kill_rounds", ABOUT | {"arguments": told, "findings": []})
    assert document["figures"] == {"kill_rounds": {"findings": []}}
    assert document["parameters"] == told
    assert "not compared, for the catalogue does not name them: seed 5\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "other"),
    [
        ({}, ""),
        ({"kinds": ["ten + face", "two"]}, ""),
        ({"n_rounds": "3"}, ""),
        ({"kinds": "two,ten + face"}, "--kinds two,ten + face"),
        ({"kinds": ["two"]}, "--kinds two"),
        ({"n_rounds": 4}, "--n-rounds 4"),
        ({"n_rounds": "three"}, "--n-rounds three"),
        ({"n_rounds": True}, "--n-rounds True"),
        ({"kinds": None}, "no --kinds that it tells of"),
    ],
)
def test_words_numbers_and_lists_are_compared(changes: dict[str, object], other: str) -> None:
    assert other_option(PROGRAM, {"arguments": TOLD | changes}) == other


def test_an_option_without_a_value_is_a_yes() -> None:
    program = Program("p", ("x.py", "--small", "--fast"))
    assert list(options_of(program)) == [("--small", None), ("--fast", None)]
    assert other_option(program, {"arguments": {"small": True, "fast": False}}) == "--fast False"


def test_every_option_of_the_catalogue_is_compared_but_for_folders() -> None:
    for program in read_catalogue().values():
        left_out = {word for word in program.words if word.startswith("--")} - {
            o for o, _ in options_of(program)
        }
        assert left_out <= {"--folder"}, program.name


def test_a_machine_is_completed_only_if_it_is_this_one() -> None:
    here = surroundings.describe_surroundings()
    given = {key: here[key] for key in ("processor", "n_cores")}
    completed = whole_machine({"machine": given | {"load_average": 0.3}})
    assert completed["flags"] == here["flags"]
    assert (completed["load_at_start"], completed["completed"]) == (0.3, True)
    assert "load_average" not in completed
    assert whole_machine({"machine": given | {"n_cores": 999}}) == given | {"n_cores": 999}
    assert whole_machine({"machine": here}) == here
