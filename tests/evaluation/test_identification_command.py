"""`vantay evaluate identification` and `fidelity`, from the command line to files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from vantay.cli import main
from vantay.evaluation import fidelity_report
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.report.run_report import find_changes, read_run
from vantay.search import FUSION_HASH
from vantay_datasets.synthetic.fingerprint import make_impression, make_master


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("identification")
    result = _run(
        *("identification", "--subjects", 100, "--searches", 20, "--fingers", 2),
        *("--json", folder / "run.json", "--plot", folder / "run.png"),
    )
    assert result.exit_code == 0, result.output
    assert "FNIR at FPIR 10 %" in result.stderr
    assert "non-mated scores, single finger" in result.stderr
    return folder


def test_the_run_file_has_every_size_and_every_curve(outputs: Path) -> None:
    run = json.loads((outputs / "run.json").read_text(encoding="utf-8"))
    assert run["kind"] == "identification"
    assert run["parameters"]["n_fingers"] == 2
    assert run["parameters"]["searcher"] == "exhaustive"
    assert (run["parameters"]["comparison"], run["parameters"]["fusion"]) == (PARAMETER_HASH, FUSION_HASH)
    galleries = run["figures"]["galleries"]
    assert list(galleries) == ["10", "100"]
    assert [one["n_mated"] for one in galleries.values()] == [10, 20]
    assert galleries["100"]["hit_rate_at_rank"]["1"] >= 0.9
    assert galleries["100"]["decision"]["threshold"] == pytest.approx(50.0)
    assert set(galleries["100"]["fnir_at_fpir"]) == {"1e-1"}  # 20 searches tell no lower FPIR
    assert set(run["figures"]["reliability"]) == {"single finger", "fused", "as searched"}
    plots = {
        "fnir_fpir",
        "cmc",
        "selectivity",
        "reliability",
        "search_time",
        "mated_scores",
        "non_mated_scores",
    }
    assert set(run["curves"]) == plots
    for lines in run["curves"].values():
        for curve in lines.values():
            assert len({len(column) for column in curve.values()}) == 1
    assert sum(run["curves"]["mated_scores"]["100"]["y"]) == 20


def test_the_plot_is_a_picture(outputs: Path) -> None:
    with Image.open(outputs / "run.png") as picture:
        assert min(picture.size) > 1000


def test_run_file_tells_of_each_search_what_the_rates_say(outputs: Path) -> None:
    run = json.loads((outputs / "run.json").read_text(encoding="utf-8"))
    searches = run["searches"]
    assert not set(searches["mated"]) & set(searches["non_mated"])
    assert searches["galleries"].keys() == run["figures"]["galleries"].keys()
    for size, figures in run["figures"]["galleries"].items():
        gallery, decision = searches["galleries"][size], figures["decision"]
        assert len(gallery["ranks"]) == len(gallery["scores"]) == figures["n_mated"] <= len(searches["mated"])
        found = sum(score is not None and score >= decision["threshold"] for score in gallery["scores"])
        assert figures["n_mated"] - found == decision["n_missed"]
        assert gallery["ranks"].count(1) == figures["hit_rate_at_rank"]["1"] * figures["n_mated"]
        assert len(gallery["best_scores"]) == len(searches["non_mated"]) == figures["n_non_mated"]


def test_report_pairs_the_searches_of_two_runs(outputs: Path) -> None:
    run = read_run(outputs / "run.json")
    tests = {change.new.key: change.difference.test for change in find_changes(run, run)}
    for key in ("decision.fnir", "decision.fpir", "hit_rate_at_rank.1"):
        assert str(tests[key]) == "McNemar"


def test_another_number_of_threads_gives_the_same_figures(outputs: Path, tmp_path: Path) -> None:
    path = tmp_path / "again.json"
    _run(
        *("identification", "--subjects", 100, "--searches", 20, "--fingers", 2),
        *("--threads", 2, "--json", path),
    )
    first, again = (json.loads(one.read_text(encoding="utf-8")) for one in (outputs / "run.json", path))
    for run in (first, again):
        run["curves"].pop("search_time")
        run["figures"].pop("prepare_ms")
        for gallery in run["figures"]["galleries"].values():
            gallery.pop("search_ms")
    assert first["figures"] == again["figures"]
    assert first["curves"] == again["curves"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fingers", 0], "no finger and no face"),
        (["--subjects", 3], "3 is not in the range"),
        (["--plot", "TMP/p.xyz"], "ending is '.xyz'"),
        (["--json", "TMP/no/x.json"], "there is no folder"),
        (["--target-fpir", 0], "0.0 is not in the range"),
    ],
)
def test_wrong_typing_is_wrong_usage(arguments: list[object], message: str, tmp_path: Path) -> None:
    typed = [str(one).replace("TMP", str(tmp_path)) for one in arguments]
    result = _run("identification", "--subjects", 20, "--searches", 5, *typed)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())


@pytest.fixture(scope="module")
def print_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prints") / "drawn" / "DB1"
    folder.mkdir(parents=True)
    for finger in (1, 2):
        master = make_master(finger)
        for number in (1, 2):
            image = make_impression(master, number).image
            Image.fromarray(image.pixels).save(folder / f"{finger}_{number}.tif")
    return folder


def test_fidelity_measures_and_draws(
    print_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fidelity_report, "N_SETS", 2)
    result = _run(
        *("fidelity", print_folder, "--extractor", "classical", "--level", "livescan"),
        *("--json", tmp_path / "f.json", "--plot", tmp_path / "f.png"),
    )
    assert result.exit_code == 0, result.output
    assert "non mated scores" in result.stderr
    run = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    assert run["kind"] == "fidelity"
    distances = run["figures"]["distances"]
    assert (distances["mated_scores"]["n_real"], distances["mated_scores"]["n_synthetic"]) == (2, 560)
    assert 0.0 <= distances["n_minutiae"]["ks"] <= 1.0
    assert set(run["curves"]["n_minutiae"]) == {"real", "synthetic"}
    assert sum(run["curves"]["quality"]["real"]["y"]) == pytest.approx(1.0)
    assert set(run["curves"]["det"]) == {"real", "synthetic"}
    with Image.open(tmp_path / "f.png") as picture:
        assert min(picture.size) > 1000


def test_fidelity_needs_something_real() -> None:
    result = _run("fidelity")
    assert result.exit_code == 2
    assert "no real samples" in result.stderr


def test_the_index_is_tested_against_exhaustive_search(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    result = _run(
        *("identification", "--subjects", 30, "--searches", 3, "--fingers", 1),
        *("--search", "index", "--store", "--oracle", "--json", path),
    )
    assert result.exit_code == 0, result.output
    printed = " ".join(result.stderr.split())
    assert "Subjects of the largest gallery, by search on average: " in printed
    assert "exhaustive search ranks first at the threshold among 30, the index lost 0." in printed
    assert json.loads(path.read_text(encoding="utf-8"))["parameters"]["searcher"] == "index"


def test_what_is_about_the_index_needs_the_index() -> None:
    result = _run("identification", "--subjects", 30, "--searches", 3, "--oracle")
    assert result.exit_code == 2
    assert "give --search index" in result.stderr
