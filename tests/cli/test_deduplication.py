"""``vantay deduplicate`` at the shell, and whom ``vantay identify`` searches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from search.random_fingers import capture_again, encounter_of, make_finger
from vantay.fingerprint.codec import encode
from vantay.search.indexed.sequence_check import other_hand
from vantay.store import Biographics, Sex, Store
from vantay.types import FingerPosition

Vantay = Any  # the fixture of conftest.py, whose types tests cannot import

TWO = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX)


@pytest.fixture
def people(tmp_path: Path) -> None:
    """Enrol six persons, one of them twice, in two galleries."""
    with Store.open(tmp_path / "vantay.db") as store:
        for name in ("residents", "visa"):
            store.create_gallery(name)
        for number in range(6):
            fingers = [make_finger(100 * number + int(p), p) for p in TWO]
            about = Biographics(sex=Sex.FEMALE if number % 2 else Sex.MALE, birth_year=1980 + number)
            gallery = "residents" if number < 3 else "visa"
            store.enrol(encounter_of(f"s{number}", *fingers), biographics=about, galleries=[gallery])
        again = [capture_again(make_finger(int(p), p), 5 + int(p)) for p in TWO]
        store.enrol(encounter_of("again", *again))


@pytest.fixture
def captures(tmp_path: Path) -> tuple[str, ...]:
    """Capture s4 again: options that search for it, and for it with hands swapped."""
    options: list[str] = []
    for position in TWO:
        file = tmp_path / f"{position.name}.fmr"
        file.write_bytes(encode(capture_again(make_finger(400 + int(position), position), 9)))
        options += ["-f", f"{position.name}={file}"]
    return tuple(options)


@pytest.mark.usefixtures("people")
def test_pairs_are_written_and_summed_up(vantay: Vantay, tmp_path: Path) -> None:
    run = vantay("deduplicate", "-o", "pairs.jsonl", "--threads", 2)
    assert (run.exit_code, run.stderr) == (0, "")
    assert run.json == {
        "path": "pairs.jsonl",
        "n_subjects": 7,
        "n_searched": 7,
        "n_pairs": 1,
        "n_false_pairs_expected": 0.007,
        "n_left": 0,
        "is_resumed": False,
    }
    (pair,) = map(json.loads, (tmp_path / "pairs.jsonl").read_text().splitlines())
    assert pair["subject_ids"] == ["again", "s0"]
    assert pair["score"] > pair["threshold"] == pytest.approx(37.782, abs=1e-3)


@pytest.mark.usefixtures("people")
def test_a_run_goes_on_where_it_was_left(vantay: Vantay) -> None:
    command = ("deduplicate", "-o", "pairs.jsonl", "--limit", 4, "--target-fpir", 1e-4)
    first = vantay(*command)
    assert (first.exit_code, first.json["n_left"], first.json["is_resumed"]) == (0, 3, False)
    assert "3 subjects are still to be searched: run the same command again" in first.stderr
    second = vantay(*command)
    assert (second.stderr, second.json["n_searched"], second.json["is_resumed"]) == ("", 7, True)
    other = vantay("deduplicate", "-o", "pairs.jsonl")
    assert (other.exit_code, other.json["error"]["type"]) == (1, "InvalidSetting")
    assert "target_fpir 0.0001, and now it is 0.001" in other.stderr
    assert "begin anew with --restart" in other.stderr
    anew = vantay("deduplicate", "-o", "pairs.jsonl", "--restart", "--no-sequence-check", "--table")
    assert anew.exit_code == 0
    assert "n_pairs" in anew.stdout


@pytest.mark.usefixtures("people")
def test_only_subjects_of_a_status_are_paired(vantay: Vantay, tmp_path: Path) -> None:
    def pairs(status: str) -> list[list[str]]:
        run = vantay("deduplicate", "-o", f"{status}.jsonl", "--status", status)
        assert run.exit_code == 0
        lines = (tmp_path / f"{status}.jsonl").read_text().splitlines()
        return [json.loads(line)["subject_ids"] for line in lines]

    assert pairs("active") == [["again", "s0"]]
    vantay("lock", "s0")
    assert pairs("active") == []  # the same run goes on, with whom changed
    assert vantay("deduplicate", "-o", "both.jsonl").json["n_pairs"] == 1
    assert pairs("locked") == []
    vantay("lock", "again")
    assert pairs("locked") == [["again", "s0"]]
    other = vantay("deduplicate", "-o", "active.jsonl", "--status", "locked")
    assert (other.exit_code, other.json["error"]["type"]) == (1, "InvalidSetting")
    assert "has status active, and now it is locked" in other.stderr


@pytest.mark.usefixtures("people")
def test_another_file_is_not_written_over(vantay: Vantay, tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text("mine")
    run = vantay("deduplicate", "-o", "notes.jsonl")
    assert run.exit_code == 1
    assert "name another file, or begin anew with --restart" in run.stderr
    assert (tmp_path / "notes.jsonl").read_text() == "mine"
    missing = vantay("deduplicate", "-o", "nowhere/pairs.jsonl")
    assert (missing.exit_code, missing.json["error"]["type"]) == (1, "StoreUnavailable")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "Missing option '--out' / '-o'"),
        (("-o", "."), "is a directory"),
        (("-o", "p.jsonl", "--limit", 0), "0 is not in the range"),
        (("-o", "p.jsonl", "--target-fpir", 0), "0.0 is not in the range"),
        (("-o", "p.jsonl", "--target-fpir", 1.5), "1.5 is not in the range"),
        (("-o", "p.jsonl", "--status", "erased"), "'erased' is not one of 'active', 'locked'"),
    ],
)
def test_mistakes_in_the_options_are_told(
    vantay: Vantay, tmp_path: Path, options: tuple[object, ...], message: str
) -> None:
    run = vantay("deduplicate", *options)
    assert run.exit_code == 2
    assert message in " ".join(run.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_without_a_database_there_is_nothing_to_search(vantay: Vantay, tmp_path: Path) -> None:
    assert vantay("deduplicate", "-o", "p.jsonl").json["error"]["type"] == "StoreUnavailable"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("options", "n_searched", "is_known"),
    [
        ((), 7, True),
        (("--gallery", "visa"), 3, True),
        (("--gallery", "residents"), 3, False),
        (("--gallery", "residents", "--gallery", "visa"), 6, True),
        (("--sex", "m"), 4, True),  # one of unknown sex
        (("--sex", "F"), 4, False),
        (("--birth-years", "1984-1985"), 3, True),
        (("--status", "active"), 5, False),
        (("--status", "locked"), 2, True),
        (("--status", "locked", "--gallery", "residents"), 1, False),
        (("--birth-years", "1980-1983", "--sex", "M"), 3, False),
    ],
)
def test_identify_searches_whom_the_options_name(
    vantay: Vantay, captures: tuple[str, ...], options: tuple[str, ...], n_searched: int, is_known: bool
) -> None:
    for subject_id in ("s4", "s0"):
        assert vantay("lock", subject_id).exit_code == 0
    run = vantay("identify", *captures, *options)
    assert run.exit_code == (0 if is_known else 3)
    assert (run.json["n_searched"], run.json["is_known"]) == (n_searched, is_known)
    assert (run.json["arrangement"], run.json["counts"]["searched"]) == ("as-given", n_searched)


@pytest.mark.usefixtures("people")
def test_an_exhaustive_search_agrees_and_takes_no_filters(vantay: Vantay, captures: tuple[str, ...]) -> None:
    by_index, by_everyone = (vantay("identify", *captures, *more).json for more in ((), ("--exhaustive",)))
    assert by_index["candidates"] == by_everyone["candidates"]
    assert by_everyone["counts"] == {}
    refused = vantay("identify", *captures, "--exhaustive", "--gallery", "visa")
    assert refused.exit_code == 2
    assert "leave out --gallery" in " ".join(refused.stderr.split())


@pytest.mark.usefixtures("people")
def test_swapped_hands_are_told(vantay: Vantay, tmp_path: Path) -> None:
    options: list[str] = []
    for position in TWO:
        again = capture_again(make_finger(400 + int(position), position), 9, other_hand(position))
        file = tmp_path / f"{again.position.name}.fmr"
        file.write_bytes(encode(again))
        options += ["-f", f"{again.position.name}={file}"]
    run = vantay("identify", *options)
    assert (run.exit_code, run.json["arrangement"]) == (0, "hands-swapped")
    assert run.json["candidates"][0]["subject_id"] == "s4"
    table = vantay("identify", *options, "--table").stdout
    assert "Found with the fingers in another order: hands swapped." in table
    assert "Subjects by stage: searched 7" in table


@pytest.mark.usefixtures("people")
def test_mistakes_in_whom_to_search_are_told(vantay: Vantay, captures: tuple[str, ...]) -> None:
    for options, message in (
        (("--birth-years", "1990"), "'1990' is no range of years, expected for instance 1980-1995"),
        (("--birth-years", "1995-1980"), "did you mean 1980-1995?"),
        (("--sex", "female"), "'female' is not one of"),
    ):
        run = vantay("identify", *captures, *options)
        assert run.exit_code == 2
        assert message in " ".join(run.stderr.split())
    run = vantay("identify", *captures, "--gallery", "viza")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "GalleryNotFound")
    assert "no gallery 'viza', expected one of: residents, visa" in run.stderr
