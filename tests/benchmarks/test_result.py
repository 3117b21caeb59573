"""Results: from rounds to figures, into a file that reports read, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from benchmarks.harness.result import (
    curves_of,
    details_of,
    figures_of,
    pool,
    read_pass,
    read_results,
)
from benchmarks.harness.run_document import make_document, read_document, write_document
from benchmarks.harness.surroundings import describe_surroundings, is_same_kind

from benchmarks.made_up_results import result
from vantay.report.run_report import read_run


def written_pass(folder: Path, rounds_s: list[float], reference_s: list[float]) -> Path:
    path = folder / "pass.json"
    extra = {
        "data": "d",
        "n_items": 4,
        "item": "call",
        "size": 40,
        "n_sized": None,
        "reference": "integer",
        "reference_version": 7,
        "reference_s": reference_s,
        "wall_s": [2 * s for s in rounds_s],
    }
    node = "benchmarks/micro/test_codec.py::test_encode[iso]"
    one = {"fullname": node, "extra_info": extra, "stats": {"data": rounds_s}}
    other = {"fullname": "elsewhere.py::test_it", "extra_info": {}, "stats": {"data": [1.0]}}
    path.write_text(json.dumps({"benchmarks": [one, other]}), encoding="utf-8")
    return path


def test_a_pass_gives_the_low_quantile_of_an_item_and_of_the_ratio(tmp_path: Path) -> None:
    rounds = [0.4] * 5 + [4.0] * 6
    (found,) = read_pass(written_pass(tmp_path, rounds, [0.1] * 12))
    assert (found.name, found.n_rounds) == ("codec/encode[iso]", 11)
    assert found.time_ms == pytest.approx(100.0)
    assert found.wall_ms == pytest.approx(200.0)
    assert found.ratio == pytest.approx(4.0)
    assert found.reference_version == 7


def test_one_lucky_round_does_not_decide(tmp_path: Path) -> None:
    steady = [1.0] * 40
    (found,) = read_pass(written_pass(tmp_path, [0.1, *steady], steady))
    assert found.ratio == pytest.approx(1.0)


def test_passes_are_pooled_to_medians_with_their_spread() -> None:
    passes = [[result(ratio=ratio), result("only/first")] for ratio in (8.0, 10.0, 9.0)]
    pooled, lonely = pool([passes[0], *([one] for one, _ in passes[1:])])
    assert (pooled.ratio, pooled.n_passes, pooled.n_rounds) == (9.0, 3, 1200)
    assert pooled.spread == pytest.approx(0.25)
    assert (lonely.n_passes, lonely.spread) == (1, 0.0)


def test_results_come_back_from_their_file(tmp_path: Path) -> None:
    results = [result(), result("a/b", size=None)]
    document = make_document(["python"], {}, {"micro": figures_of(results)})
    write_document(tmp_path / "deep" / "micro.json", document | {"details": details_of(results)})
    assert read_results(read_document(tmp_path / "deep" / "micro.json")) == results


def test_files_that_tell_no_version_of_the_reference_are_of_the_first() -> None:
    (details,) = details_of([result()])
    del details["reference_version"]
    assert [one.reference_version for one in read_results({"details": [details]})] == [1]


def test_no_file_has_no_results(tmp_path: Path) -> None:
    assert read_results(read_document(tmp_path / "none.json")) == []


def test_sizes_of_one_test_make_a_curve() -> None:
    results = [
        result(f"search/coarse[two-{n}]", size=n, time_ms=0.02, n_items=8 * n, n_sized=8) for n in (400, 100)
    ]
    lonely = result("search/coarse[one-100]", size=100)
    assert curves_of([*results, lonely]) == {
        "growth_search": {"coarse two": {"x": [100.0, 400.0], "y": [2.0, 8.0]}}
    }


def test_a_report_reads_a_result_file(tmp_path: Path) -> None:
    results = [result(f"comparison/compare_many[{n}]", size=n) for n in (20, 40, 80)]
    document = make_document(
        ["python", "-m", "benchmarks.bench"],
        describe_surroundings(),
        {"micro": figures_of(results)},
        curves=curves_of(results),
    )
    write_document(tmp_path / "micro.json", document)
    run = read_run(tmp_path / "micro.json")
    assert (run.kind, run.notes) == ("benchmark", ())
    assert run.command == "python -m benchmarks.bench"
    assert {figure.key for figure in run.figures} == {"time_ms", "items_per_s", "ratio_to_reference"}
    assert [curve.plot for curve in run.curves] == ["growth_comparison"]


def test_the_same_machine_is_the_same_kind_whatever_its_load() -> None:
    about = describe_surroundings()
    assert is_same_kind(about, about | {"load_at_start": 99.0, "kernel": "other"})
    assert not is_same_kind(about, about | {"flags": ["mmx"]})
    assert not is_same_kind(about, about | {"processor": "abacus"})
