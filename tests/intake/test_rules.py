"""Which rules there are, that each has its source, and what is refused."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from vantay.errors import InvalidSetting
from vantay.intake.application import CardKind
from vantay.intake.rules import STANDARD_RULES_FILE, IntakeRules, load_rules
from vantay.types import FingerPosition

STANDARD = load_rules()


@pytest.fixture
def agency(tmp_path: Path) -> Path:
    return tmp_path / "agency.toml"


def test_the_standard_rules_are_those_of_the_law() -> None:
    assert STANDARD.card_kinds == {CardKind.PERMANENT, CardKind.TEMPORARY}
    assert (STANDARD.level_2_from_age, STANDARD.guardian_below_age) == (6, 14)
    days = (STANDARD.level_1_working_days, STANDARD.known_working_days, STANDARD.new_working_days)
    assert days == (1, 3, 7)
    assert len(STANDARD.fingers) == 10
    assert (STANDARD.target_fpir, STANDARD.review_fpir) == (0.001, 0.01)


def test_the_standard_file_says_every_rule_once_in_its_table() -> None:
    document = tomllib.loads(STANDARD_RULES_FILE.read_text(encoding="utf-8"))
    said = [(table, key) for table, content in document.items() for key in content]
    assert said == [(rule.metadata["table"], rule.name) for rule in fields(IntakeRules)]


def test_every_rule_names_its_source() -> None:
    """In the comment above it, which rules without a comment of their own share."""
    comment = ""
    is_above = False
    for line in STANDARD_RULES_FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            comment = comment + line.removeprefix("#") if is_above else line
            is_above = True
        elif re.match(r"\w+ = ", line):
            assert re.search(r"Decree 69, article|Labour Code|[Cc]hoices? of Vantay|Measured", comment), line
            is_above = False
        elif line.startswith("["):
            comment, is_above = "", False


def test_an_agency_says_only_what_differs(agency: Path) -> None:
    agency.write_text(
        '[eligibility]\ncard_kinds = ["permanent"]\n'
        "[calendar]\ndays_off = [2027-12-31]\nmake_up_days = []\n"
        '[captures]\nfingers = ["right_thumb", "left_index"]\nleast_n_fingers = 2\n'
        '[search]\ntarget_fpir = 0.0001\ngalleries = ["residents"]\nwatchlist = "wanted"\n'
    )
    assert load_rules(agency) == replace(
        STANDARD,
        card_kinds=frozenset({CardKind.PERMANENT}),
        days_off=frozenset({date(2027, 12, 31)}),
        make_up_days=frozenset(),
        fingers=frozenset({FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_INDEX}),
        least_n_fingers=2,
        target_fpir=0.0001,
        galleries=("residents",),
        watchlist="wanted",
    )


def test_an_empty_file_changes_nothing(agency: Path) -> None:
    agency.write_text("")
    assert load_rules(agency) == STANDARD


def test_days_of_the_rules_are_in_their_calendar() -> None:
    day, saturday = date(2026, 11, 12), date(2026, 11, 14)
    assert STANDARD.calendar.is_working_day(day)
    changed = replace(STANDARD, days_off=frozenset({day}), make_up_days=frozenset({saturday})).calendar
    assert not changed.is_working_day(day)
    assert changed.is_working_day(saturday)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[serch]\n", r"unknown table \[serch\]: did you mean search"),
        ("fmr = 0.1\n", r"unknown table \[fmr\]"),
        ("search = 3\n", r"unknown table \[search\]"),
        ("[search]\nfpir = 0.1\n", r"unknown key 'fpir' in \[search\]"),
        ("[search]\nfmr = 0.1\n", r"unknown key 'fmr' in \[search\]"),
        ("[search]\ntarget_fpir = 0\n", r"target_fpir in \[search\] is 0, expected a rate"),
        ("[search]\ntarget_fpir = nan\n", "is nan, expected a rate"),
        ("[search]\ntarget_fpir = true\n", "is True, expected a rate"),
        ("[search]\ntarget_fpir = 0.1\n", "target_fpir is 0.1, expected at most review_fpir, 0.01"),
        ("[search]\nmax_candidates = 1\n", "expected a whole number from 2"),
        ("[search]\nmax_candidates = 2.5\n", "is 2.5, expected a whole number"),
        ('[search]\ngalleries = "all"\n', "is 'all', expected a list"),
        ('[search]\ngalleries = ["a", "a"]\n', "expected each value once"),
        ('[search]\ngalleries = [" a"]\n', "without spaces"),
        ("[search]\nwatchlist = 3\n", "is 3, expected text"),
        ('[records]\ntravel_document_type = ""\n', "expected 1 to 128"),
        ("[verification]\nfmr = 0.1\n", "fmr is 0.1, expected at most review_fmr"),
        ("[eligibility]\nguardian_below_age = -1\n", "is -1, expected a whole number from 0 to 150"),
        ("[eligibility]\nguardian_below_age = true\n", "is True, expected a whole number"),
        ("[eligibility]\nlevel_2_from_age = 6\nlevel_1_from_age = 7\n", "at most level_2_from_age, 6"),
        ('[eligibility]\ncard_kinds = ["student"]\n', "names 'student', expected only permanent, temporary"),
        ("[due]\nknown_working_days = 0\n", "expected a whole number from 1"),
        ("[due]\nknown_working_days = 9\n", "expected at most new_working_days, 7"),
        ("[calendar]\ndays_off = [2026-01-02T00:00:00]\n", "expected days as 2026-01-02"),
        ('[calendar]\ndays_off = ["2026-01-02"]\n', "expected days as 2026-01-02"),
        ("[calendar]\ndays_off = [1994-01-03]\n", "of 1995 to 2099"),
        ("[calendar]\ndays_off = [2026-01-10]\n", "2026-01-10 stands in days_off and in make_up_days"),
        ("[captures]\nneeds_face = 1\n", "is 1, expected true or false"),
        ('[captures]\nfingers = ["unknown"]\n', "names 'unknown', expected only right_thumb"),
        ('[captures]\nfingers = ["left_index"]\n', "least_n_fingers is 4, expected at most all 1 fingers"),
        (
            "[captures]\nleast_finger_quality = 5\n",
            "of_child is 10, expected at most least_finger_quality, 5",
        ),
        ("[retention]\nresults_kept_days = 30\n", "captures_kept_days is 90, expected at most"),
        ("[search\n", "is not TOML"),
    ],
)
def test_a_rule_that_is_wrong_is_refused_by_file_and_key(agency: Path, text: str, told: str) -> None:
    agency.write_text(text)
    with pytest.raises(InvalidSetting, match=told) as refusal:
        load_rules(agency)
    assert str(agency) in str(refusal.value)


def test_a_file_that_cannot_be_read_is_refused(agency: Path) -> None:
    with pytest.raises(InvalidSetting, match="cannot be read"):
        load_rules(agency)
    agency.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidSetting, match="cannot be read"):
        load_rules(agency)
