"""The macro programs, on as little as they can do."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from benchmarks.macro import codes_scale, enrolment_under_search, folder_extraction, search_threads
from benchmarks.macro.growth import figures_of
from benchmarks.macro.growth_fit import POWER_LAW, STRAIGHT_LINE, extrapolate, fit_growth
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks import index_scale
from vantay.evaluation.identification_index_runs import KINDS
from vantay.index.subject_vectors import SubjectVectors
from vantay.search.indexed.layout import VECTOR_NUMBERS
from vantay_datasets.synthetic.minutiae import TemplateLevel


@given(
    st.floats(-1, 3),
    st.floats(1e-3, 1e3),
    st.lists(st.integers(1, 10**7), min_size=2, max_size=6, unique=True),
)
def test_the_exponent_of_a_power_law_is_found(exponent: float, constant: float, sizes: list[int]) -> None:
    fit = fit_growth(sizes, [constant * n**exponent for n in sizes])
    assert fit["exponent"] == pytest.approx(exponent, abs=1e-5 / np.ptp(np.log(sizes)))
    assert fit.get("exponent_error", 0.0) < 1e-4 / np.ptp(np.log(sizes))


def test_a_constant_beside_what_grows_leaves_the_cost_of_a_subject_alone() -> None:
    sizes = [100, 1000, 10_000]
    fit = fit_growth(sizes, [50.0 + 0.25 * n for n in sizes])
    assert fit["per_subject"] == pytest.approx(0.25)
    assert 0 < fit["exponent"] < 1
    assert fit["exponent_error"] > 0


@pytest.mark.parametrize(
    ("law", "values", "ten_times_on"),
    [
        (POWER_LAW, [2.0 * n**0.5 for n in (10, 100, 1000)], 200.0),
        (STRAIGHT_LINE, [5.0 + 0.25 * n for n in (10, 100, 1000)], 2505.0),
    ],
)
def test_the_law_that_fits_better_comes_first_with_what_it_gives(
    law: str, values: list[float], ten_times_on: float
) -> None:
    found = extrapolate([10, 100, 1000], values, 10_000)
    assert next(iter(found)) == law
    assert found[law] == pytest.approx(ten_times_on)
    assert set(found) == {POWER_LAW, STRAIGHT_LINE}
    fit = fit_growth([10, 100, 1000], values)
    errors = {name: fit[f"{name.replace(' ', '_')}_error"] for name in found}
    assert errors.pop(law) == pytest.approx(0, abs=1e-9)
    assert min(errors.values()) > 0.05


def test_two_points_tell_no_law_from_the_other_and_the_larger_value_comes_first() -> None:
    found = extrapolate([10, 100], [5.0, 8.0], 10_000)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert "power_law_error" not in fit_growth([10, 100], [5.0, 8.0])


@pytest.mark.parametrize(("sizes", "values"), [([5], [1.0]), ([5, 5], [1.0, 2.0]), ([5, 6], [0.0, 1.0])])
def test_what_cannot_be_fitted_has_no_fit(sizes: list[int], values: list[float]) -> None:
    assert fit_growth(sizes, values) == {}
    assert extrapolate(sizes, values, 100) == {}


def test_growth_fits_every_figure_but_the_share_that_was_found() -> None:
    measured = {n: {"search_ms": 2.0 * n, "found": 1.0, "index_bytes": 7.0 * n} for n in (1000, 10)}
    figures = figures_of(measured)
    assert list(figures["sizes"]) == ["10", "1000"]
    assert set(figures["fit"]) == {"search_ms", "index_bytes"}
    assert figures["fit"]["index_bytes"]["per_subject"] == pytest.approx(7)  # type: ignore[index]
    assert figures["growth_ms"] == {"search": {"10": 20.0, "1000": 2000.0}}


def test_coarse_codes_alone_list_what_whole_vectors_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes_scale, "PART_SUBJECTS", 300)
    parts = list(codes_scale.coarse_parts(500))
    assert [len(part) for part in parts] == [300, 200]
    probe = codes_scale.probe_of("two", 1)
    found = codes_scale.list_best(parts, probe, 40)
    scores = np.concatenate([_coarse_scores(part, probe) for part in parts])
    assert np.unique(found).size == 40
    assert scores[found].min() >= np.sort(scores)[-40]


def _coarse_scores(part: SubjectVectors, probe: np.ndarray) -> np.ndarray:
    rows, scores = part.search(probe, len(part))
    every = np.empty(len(part))
    every[rows] = scores
    return every


def test_memory_that_is_needed_is_said_and_too_much_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert codes_scale.main(["--subjects", str(10**12), "--json", str(tmp_path / "figures.json")]) == 1
    assert "not enough memory" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
    growth = codes_scale.bytes_needed(2_000_000) - codes_scale.bytes_needed(1_000_000)
    assert growth > 1_000_000 * VECTOR_NUMBERS // codes_scale.NUMBERS_PER_BYTE


def test_searches_are_timed_alone_and_at_once_for_each_number_of_threads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], calibrated_models: Path
) -> None:
    output = tmp_path / "figures.json"
    words = ["--folder", str(tmp_path / "index"), "--subjects", "8", "--searches", "4", "--threads", "1,2"]
    assert search_threads.main([*words, "--json", str(output)]) == 0
    figures = json.loads(output.read_text(encoding="utf-8"))
    names = [f"{kind}, {n}" for kind in KINDS for n in ("1 thread", "2 threads")]
    assert list(figures["alone"]) == list(figures["at_once"]) == names
    assert all(one["p99_ms"] >= one["p50_ms"] > 0 for one in figures["alone"].values())
    assert all(one["searches_per_s"] > 0 for one in figures["at_once"].values())
    assert "ten + face, 2 threads" in capsys.readouterr().out


def test_threads_are_doubled_up_to_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {1: [1], 2: [1, 2], 6: [1, 2, 4, 6], 8: [1, 2, 4, 8]}
    for n_cores, expected in numbers.items():
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=n_cores: set(range(n)))
        assert search_threads.thread_numbers() == expected


def test_an_index_that_is_there_tells_how_fast_it_was_built(tmp_path: Path, calibrated_models: Path) -> None:
    place = (tmp_path / "index", TemplateLevel.LIVE_SCAN, 1)
    with (tmp_path / "said.txt").open("w", encoding="utf-8") as said:
        built = index_scale.build(place, 8, 1, Console(file=said))
        again = index_scale.build(place, 8, 1, Console(file=said))
    assert (built.pop("is_from_before"), again.pop("is_from_before")) == (False, True)
    assert built["n_subjects"] == 8
    assert again == built
    (place[0] / index_scale.BUILD_FILE).unlink()
    with (tmp_path / "said.txt").open("w", encoding="utf-8") as said:
        assert index_scale.build(place, 8, 1, Console(file=said)) == {"n_subjects": 0, "is_from_before": True}


def test_prints_of_a_folder_are_extracted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "figures.json"
    assert folder_extraction.main(["--images", "2", "--extractor", "classical", "--json", str(output)]) == 0
    figures = json.loads(output.read_text(encoding="utf-8"))
    assert (figures["n_images"], figures["n_failed"], figures["extractor"]) == (2, 0, "classical")
    assert figures["images_per_s_all_cores"] > 0
    printed = json.loads(capsys.readouterr().out)
    assert set(figures) - set(printed) == {"machine", "commit", "arguments"}
    assert {name: figures[name] for name in printed} == printed


def test_newcomers_are_found_by_the_first_search(tmp_path: Path, calibrated_models: Path) -> None:
    output = tmp_path / "figures.json"
    words = ["--subjects", "6", "--searchers", "1", "--seconds", "0.2", "--newcomers", "3"]
    assert enrolment_under_search.main([*words, "--json", str(output)]) == 0
    figures = json.loads(output.read_text(encoding="utf-8"))
    assert figures["newcomers"]["n_not_found"] == 0
    assert figures["newcomers"]["n_searched"] >= 1
    assert figures["enrolments_under_search"]["per_s"] > 0
    assert figures["searches_under_enrolment"]["p99_ms"] >= figures["searches_under_enrolment"]["p50_ms"]
