"""What is printed: every benchmark with its ratio, in 80 columns too; of programs what is worth a row."""

from __future__ import annotations

import io

import pytest
from benchmarks.harness.judgement import judge
from benchmarks.harness.printing import print_judgements, print_programs, told_figures
from rich.console import Console

from benchmarks.made_up_results import result

IDLE = {"load_at_start": 0.1, "n_processors": 2}


def printed_judgements(width: int, *, has_committed: bool) -> str:
    file = io.StringIO()
    now = [result("search/search_coarse[leading-65536]", ratio=2.4), result("store/load")]
    committed = [result("search/search_coarse[leading-65536]", ratio=2.0), result("store/load")]
    before = {"commit": "abc"} if has_committed else {}
    judgements = judge(now, committed if has_committed else [])
    print_judgements(Console(file=file, width=width), judgements, before, IDLE)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_names_ratios_and_verdicts_are_whole_in_narrow_terminals_too(width: int) -> None:
    lines = printed_judgements(width, has_committed=True).splitlines()
    assert all(len(line.rstrip()) <= width for line in lines)
    row = next(line for line in lines if "search_coarse[leading-65536]" in line).split()
    assert row[-3:] == ["1.200", "1.08", "SLOWER"]
    assert "SLOWER: search/search_coarse[leading-65536], 20 % beyond the committed ratio." in lines


def test_without_committed_results_there_is_no_column_of_them() -> None:
    printed = printed_judgements(80, has_committed=False)
    assert "÷ committed" not in printed
    assert "No committed results" in printed


def test_figures_with_a_unit_are_told_and_counts_are_not() -> None:
    figures = {
        "p": {"n_images": 5, "extract_ms": 2.0, "findings": ["one"], "is_small": True, "images_per_s": 9},
        "latency": {"p50_ms": 1.0, "p90_ms": 2.0, "p99_ms": 3.0},
        "deep": {"a": {"b": {"c_ms": 1.0}}},
    }
    assert told_figures(figures) == [
        ("p.extract_ms", 2.0),
        ("p.findings", 1.0),
        ("p.images_per_s", 9.0),
        ("latency.p50_ms", 1.0),
        ("latency.p99_ms", 3.0),
    ]


def test_a_program_stands_beside_its_committed_figures() -> None:
    file = io.StringIO()
    now = {"p": {"command": "python p.py", "figures": {"p": {"a_ms": 3.0, "b_ms": 5.0, "n_lost": 1}}}}
    before = {"p": {"figures": {"p": {"a_ms": 2.0, "b_ms": 5.0, "n_lost": 0}}}}
    print_programs(Console(file=file, width=80), now, before)
    rows = {line.split()[0]: line.split()[1:] for line in file.getvalue().splitlines() if line.strip()}
    assert rows["a_ms"] == ["3", "2", "1.50", "!"]
    assert rows["b_ms"] == ["5", "5", "1.00"]
    assert rows["n_lost"] == ["1", "0", "!"]
