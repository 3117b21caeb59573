"""Tables of the documentation say what the result files say, or that nothing was measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benchmarks.harness.bar import Bar, Value
from benchmarks.harness.bars import ENGINE_BARS, SERVICE_BARS
from benchmarks.harness.result import details_of
from benchmarks.harness.result_table import TABLES, headline, machine_text, number_text
from benchmarks.tables import fill, pages, unknown_names

from benchmarks.made_up_results import result

ROOT = Path(__file__).resolve().parents[2]
PAGE = "before\n<!-- results: bars -->\nSTALE\n<!-- end -->\nafter\n"


def documents(full_per_s: float) -> dict[str, dict[str, object]]:
    return {
        "comparison_speed": {
            "figures": {"comparison_speed": {"full_comparisons_per_s": full_per_s}},
            "machine": {"processor": "fast", "n_processors": 2, "load_at_start": 0.1},
        },
        "peers": {
            "figures": {
                "vantay-leader": {"comparisons_per_s": 60_000},
                "afis-safis": {"comparisons_per_s": 10_000},
            },
            "machine": {},
        },
    }


def row_of(what: str, text: str) -> str:
    return next(line for line in text.splitlines() if f"| {what} |" in line)


def test_a_region_is_filled_and_the_rest_stays() -> None:
    filled = fill(PAGE, {})
    assert filled.startswith("before\n<!-- results: bars -->\n")
    assert filled.endswith("<!-- end -->\nafter\n")
    assert "STALE" not in filled
    assert fill(filled, {}) == filled


def test_a_page_without_regions_stays() -> None:
    assert fill("nothing here\n", {}) == "nothing here\n"


def test_an_unknown_table_is_named_and_left() -> None:
    page = PAGE.replace("bars", "no-such-table")
    assert unknown_names(page) == ["no-such-table"]
    assert fill(page, {}) == page


def test_what_has_no_result_is_not_measured() -> None:
    assert fill(PAGE, {}).count("| not measured |") >= len(ENGINE_BARS)


def test_a_bar_that_is_met_says_so_with_machine_and_ratio() -> None:
    row = row_of("full comparisons", fill(PAGE, documents(80_000)))
    assert "| ≥ 50,000 /s | 80,000 /s | yes |" in row
    assert "| fast, 2 cores, load 0.1 | 6 times better than afis-safis |" in row


def test_a_bar_that_is_missed_says_by_how_much() -> None:
    row = row_of("full comparisons", fill(PAGE, documents(40_000)))
    assert "| 40,000 /s | **no**, by 20 % |" in row
    assert "**no**, by a factor of 12.5 |" in row_of("full comparisons", fill(PAGE, documents(4_000)))


def test_a_machine_is_told_with_its_load_and_the_sources() -> None:
    machine = {"processor": "fast", "n_cores": 1}
    assert machine_text({"machine": machine}) == "fast, 1 core"
    text = machine_text({"machine": machine, "commit": "0123456789ab-dirty"})
    assert text == "fast, 1 core; 0123456789 with changes"


def test_every_bar_names_a_command_and_leads_to_a_program() -> None:
    for bar in (*ENGINE_BARS, *SERVICE_BARS):
        assert bar.command.startswith(("python ", "vantay "))
        assert bar.value.of({}) is None


def test_values_are_found_by_keys_and_lists_by_their_length() -> None:
    files = {"f": {"figures": {"a": {"b": 2, "c": [], "d": True, "e": "x"}}}}
    assert Value("f", ("a", "b"), 10).of(files) == 20
    assert Value("f", ("a", "c")).of(files) == 0
    for key in ("d", "e", "none"):
        assert Value("f", ("a", key)).of(files) is None


def test_a_rate_has_its_interval_beside_it() -> None:
    files = {"fvc": {"figures": {"pooled": {"eer": 0.006, "eer_95": [0.002, 0.011]}}}}
    assert Value("fvc", ("pooled", "eer"), 100).interval_of(files) == pytest.approx((0.2, 1.1))
    assert Value("fvc", ("pooled", "fnmr")).interval_of(files) is None
    assert "| 0.6 % (0.2 to 1.1) | yes |" in row_of("EER, four FVC sets pooled, LEADER", fill(PAGE, files))


@pytest.mark.parametrize(("is_most", "value", "met"), [(True, 5, True), (True, 6, False), (False, 4, False)])
def test_a_bar_is_a_most_or_a_least(is_most: bool, value: float, met: bool) -> None:
    assert Bar("w", 5, "ms", Value("f", ()), is_most=is_most).is_met(value) is met


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.06234, "0.0623"), (12.34, "12.3"), (78_412, "78,400"), (999.9, "1,000")]
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert number_text(value) == text


def test_every_table_can_be_made_of_nothing_and_of_results() -> None:
    files: dict[str, dict[str, Any]] = {
        "micro": {"details": details_of([result()])},
        "limits": {
            "figures": {
                "shares": {"a, popcount": {"share": 0.5, "work": 6, "reached_per_s": 1, "limit_per_s": 2}},
                "instructions": {"kernel": {"vpopcntq of 512 bits": 12, "popcntq": 0}},
            }
        },
        "peers": {
            "figures": {"vantay-leader": {"eer": 0.006}},
            "details": [{"key": "vantay-leader", "versions": {"vantay": "0.1.0"}, "note": ""}],
        },
    }
    for name, make in TABLES.items():
        assert make({}).endswith("\n")
        assert make(files).endswith(").\n" if name == "headline" else "|\n")
    assert "| kernel | 12 vpopcntq of 512 bits |" in TABLES["instructions"](files)
    assert "| `vantay-leader` | 0.1.0 | 0.6 |" in TABLES["peers"](files)


def test_the_headline_tells_what_was_measured_and_nothing_else() -> None:
    assert "Measured by commands" in headline({})
    text = headline(documents(78_412))
    assert "On one core: 78,400 full comparisons a second (" in text
    assert "million" not in text


def test_no_page_names_a_table_that_there_is_not() -> None:
    for page in pages(ROOT):
        assert unknown_names(page.read_text(encoding="utf-8")) == []
