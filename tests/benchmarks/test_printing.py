"""What is printed: every benchmark with its ratio, in 80 columns too; of programs what is worth a row."""

from __future__ import annotations

import io

import pytest
from benchmarks.harness.judgement import find_gone, judge
from benchmarks.harness.printing import (
    print_accuracy,
    print_judgements,
    print_noisy,
    print_programs,
    told_figures,
)
from benchmarks.harness.program_verdict import Accuracy, AccuracyVerdict, FigureVerdict
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


def test_what_is_missing_or_not_judged_is_told_below_the_table() -> None:
    file = io.StringIO()
    now = [result("store/load"), result("store/other")]
    committed = [result("store/load", reference_version=1), result("store/gone"), result("faces/embed")]
    judgements = [*judge(now, committed), *find_gone(now, committed, left_out=["faces/embed"])]
    print_judgements(Console(file=file, width=120), judgements, {"commit": "abc"}, IDLE)
    lines = file.getvalue().splitlines()
    assert "Against commit abc: 1 new, 1 MISSING, 1 left out, 1 new reference." in lines
    assert "MISSING, the committed results have it and this run has not: store/gone." in lines
    assert "Left out, a model is not built: faces/embed." in lines
    assert any(line.startswith("1 not judged: their committed ratios are to another") for line in lines)
    assert not any(line.strip().startswith(("gone", "embed", "faces/")) for line in lines)


def test_noisy_benchmarks_are_named_with_their_spread() -> None:
    file = io.StringIO()
    print_noisy(Console(file=file, width=120), [])
    print_noisy(Console(file=file, width=120), [result("store/load", spread=0.31)])
    assert file.getvalue() == "Too noisy to be judged well: store/load (31 %).\n"


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
    assert rows["a_ms"] == ["3", "2", "1.50", "worse"]
    assert rows["b_ms"] == ["5", "5", "1.00"]
    assert rows["n_lost"] == ["1", "0", "worse"]


def test_programs_whose_committed_figures_are_of_another_machine_are_named() -> None:
    here, there = {"processor": "fast"}, {"processor": "slow"}
    document = {"command": "python p.py", "figures": {"p": {"a_ms": 3.0}}}
    now = {name: document | {"machine": here} for name in ("p", "q", "r")}
    before = {"p": document | {"machine": there}, "q": document | {"machine": here}}
    file = io.StringIO()
    print_programs(Console(file=file, width=120), now, before)
    said = [line for line in file.getvalue().splitlines() if "another processor" in line]
    assert len(said) == 1
    assert said[0].endswith(": p.")


def test_the_accuracy_is_told_where_it_changed_and_where_it_is_not_known() -> None:
    figures = [
        FigureVerdict("fvc: pooled.eer", 0.02, 0.01, Accuracy.WORSE),
        FigureVerdict("fvc: pooled.fte", None, 0.0, Accuracy.MISSING),
        FigureVerdict("fvc: pooled.fnmr", 0.01, 0.02, Accuracy.BETTER),
        FigureVerdict("fvc: same", 0.01, 0.01, Accuracy.SAME),
    ]
    file = io.StringIO()
    print_accuracy(Console(file=file, width=120), AccuracyVerdict(figures, {"index_small": "there is none"}))
    assert file.getvalue().splitlines() == [
        "LESS ACCURATE: fvc: pooled.eer: 0.02, committed 0.01.",
        "MISSING: fvc: pooled.fte: not told any more, committed 0.",
        "more accurate: fvc: pooled.fnmr: 0.01, committed 0.02.",
        "Accuracy: 4 figures were judged, 2 worse than committed.",
        "Accuracy was not judged by index_small: there is none.",
    ]
