"""Tables of the documentation say what the result files say, or that nothing was measured."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from benchmarks.harness.bar import Bar, Value, command_of
from benchmarks.harness.bars import ENGINE_BARS, HEADLINE, SERVICE_BARS
from benchmarks.harness.catalogue import read_catalogue
from benchmarks.harness.result import details_of
from benchmarks.harness.result_table import TABLES, accuracy_headline, headline, machine_text, number_text
from benchmarks.harness.run_document import committed_folder
from benchmarks.tables import fill, main, missing_tables, page_faults, pages, read_documents

from benchmarks import tables
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


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (PAGE.replace("bars", "no-such-table"), "a.md:2: no table is called no-such-table: bars, "),
        (PAGE.replace("<!-- end -->\n", "") + PAGE, "a.md:2: this region does not end before .* in line 6"),
        (PAGE.replace("<!-- end -->\n", ""), "a.md:2: this region does not end: no <!-- end --> follows"),
        (PAGE + "<!-- end -->\n", "a.md:6: <!-- end --> ends nothing"),
        (
            PAGE.replace("<!-- end -->", "  <!-- end -->"),
            "a.md:4: '<!-- end -->': a mark stands on a line of",
        ),
        (
            PAGE.replace("<!-- results: bars -->", "<!-- results: bars-->"),
            "a.md:2: .* a mark stands on a line",
        ),
    ],
)
def test_a_region_that_is_not_whole_is_told_with_its_line(page: str, fault: str) -> None:
    assert page_faults({"b.md": PAGE}) == []
    assert re.match(fault, page_faults({"a.md": page})[0])


def test_a_table_that_stands_nowhere_is_told() -> None:
    assert "no page has a region <!-- results: micro -->" in missing_tables([PAGE])
    assert not [fault for fault in missing_tables([PAGE]) if "bars -->" in fault and "service" not in fault]


class Pages:
    """A folder with a page that has every table."""

    def __init__(self, root: Path) -> None:
        self.readme, self.results = root / "README.md", root / "results"
        regions = [f"<!-- results: {name} -->\nSTALE\n<!-- end -->\n" for name in TABLES]
        self.readme.write_text("".join(["prose\n", *regions]), encoding="utf-8")
        self.results.mkdir()

    def run(self, what: str) -> int:
        return main([what, "--results", str(self.results)])


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pages:
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    return Pages(tmp_path)


def test_stale_pages_are_told_written_and_then_right(site: Pages, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.run("--check") == 1
    assert "README.md: differs from the results" in capsys.readouterr().out
    assert site.run("--write") == 0
    assert "STALE" not in site.readme.read_text(encoding="utf-8")
    assert site.run("--check") == 0


def test_nothing_is_written_while_a_region_is_broken(site: Pages, capsys: pytest.CaptureFixture[str]) -> None:
    broken = site.readme.read_text(encoding="utf-8").replace("<!-- end -->\n", "", 1)
    site.readme.write_text(broken, encoding="utf-8")
    assert site.run("--write") == 1
    assert "README.md:2: this region does not end" in capsys.readouterr().out
    assert site.readme.read_text(encoding="utf-8") == broken


def test_a_broken_result_file_is_told_without_a_traceback(
    site: Pages, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.results / "micro.json").write_text("{", encoding="utf-8")
    assert site.run("--check") == 2
    assert "micro.json: is no result file" in capsys.readouterr().err


def test_what_has_no_result_is_not_measured() -> None:
    assert fill(PAGE, {}).count("| not measured |") >= len(ENGINE_BARS)


def test_a_bar_that_is_met_says_so_with_machine_and_ratio() -> None:
    row = row_of("full comparisons", fill(PAGE, documents(80_000)))
    assert "| ≥ 50,000 /s | 80,000 /s | yes |" in row
    assert "| `comparison_speed` | 6 times better than afis-safis |" in row


def test_each_program_is_told_once_with_command_and_machine() -> None:
    lines = fill(PAGE, documents(80_000)).splitlines()
    told = [line for line in lines if line.startswith("- `comparison_speed`: ")]
    assert told == [
        "- `comparison_speed`: `python benchmarks/comparison_speed.py fvc2002/DB1_B`; "
        "fast, 2 cores, load 0.1 at the start"
    ]
    assert not any("python" in line for line in lines if line.startswith("|"))


def test_a_figure_without_a_bar_is_neither_met_nor_missed() -> None:
    wall = {"searches": {"ten + face": {"wall_ms": {"p99": 94.1}}}}
    row = row_of("… by the clock, p99", fill(PAGE, {"index_1m": {"figures": wall}}))
    assert row == "| … by the clock, p99 | – | 94.1 ms | – | `index_1m` | – |"


def test_a_bar_that_is_missed_says_by_how_much() -> None:
    row = row_of("full comparisons", fill(PAGE, documents(40_000)))
    assert "| 40,000 /s | **no**, by 20 % |" in row
    assert "**no**, by a factor of 12.5 |" in row_of("full comparisons", fill(PAGE, documents(4_000)))


def test_a_machine_is_told_with_its_load_and_the_sources() -> None:
    machine = {"processor": "fast", "n_cores": 1}
    assert machine_text({"machine": machine}) == "fast, 1 core"
    text = machine_text({"machine": machine, "commit": "0123456789ab-dirty"})
    assert text == "fast, 1 core; 0123456789 with changes"


def test_cores_are_those_that_were_used_and_others_go_before_the_load() -> None:
    machine = {"processor": "fast", "n_cores": 1, "n_processors": 2, "load_at_start": 1.0}
    assert machine_text({"machine": machine}) == "fast, 1 of 2 cores, load 1.0 at the start"
    assert machine_text({"machine": machine | {"others_share": 0.021}}) == "fast, 1 of 2 cores, others 2 %"


VALUES = [bar.value for bar in (*ENGINE_BARS, *SERVICE_BARS)] + [value for _, _, value in HEADLINE]
PEER_VALUES = [value for bar in ENGINE_BARS if bar.peer for value in (bar.peer.value, bar.peer.own)]


def test_every_bar_is_measured_by_a_program() -> None:
    assert {value.file for value in VALUES} <= {*read_catalogue(), "micro"}
    assert {value.file for value in PEER_VALUES} == {"peers"}
    for bar in (*ENGINE_BARS, *SERVICE_BARS):
        assert command_of(bar.value.file).startswith(("python ", "vantay "))


@pytest.mark.parametrize(
    "value", dict.fromkeys([*VALUES, *PEER_VALUES]), ids=lambda value: "/".join((value.file, *value.path))
)
def test_every_figure_is_in_the_committed_file(value: Value) -> None:
    assert value.of(read_documents(committed_folder())) is not None


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
        ends = {
            "headline": ").\n",
            "accuracy-headline": ").\n",
            "bars": "`\n",
            "service-bars": "`\n",
            "speed": "`\n",
        }
        assert make(files).endswith(ends.get(name, "|\n"))
    assert "| kernel | 12 vpopcntq of 512 bits |" in TABLES["instructions"](files)
    assert "| `vantay-leader` | 0.1.0 | 0.6 |" in TABLES["peers"](files)


def test_the_headline_tells_what_was_measured_and_nothing_else() -> None:
    assert "Measured by commands" in headline({})
    text = headline(documents(78_412))
    assert "On one core: 78,400 full comparisons a second (" in text
    assert "million" not in text
    assert "**Accurate.** Error rates are measured by commands (" in accuracy_headline({})
    rates = {"fvc": {"figures": {"pooled": {"eer": 0.00625}}}}
    assert (
        "**Accurate.** 0.625 % equal error rate on four FVC sets under one threshold ("
        in accuracy_headline(rates)
    )


def test_the_pages_have_every_table_whole() -> None:
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages(ROOT)}
    assert page_faults(texts) == []
    assert missing_tables(texts.values()) == []
