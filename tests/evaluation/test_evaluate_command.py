"""`vantay evaluate fvc` from images to files, on a set of synthetic prints."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from vantay.cli import main
from vantay.evaluation.score_table import read_scores
from vantay.fingerprint.extraction.classical import ClassicalExtractor
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

N_FINGERS, N_IMPRESSIONS = 3, 2


@pytest.fixture(scope="module")
def synthetic_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets") / "synthetic" / "DB1"
    folder.mkdir(parents=True)
    for finger in range(1, N_FINGERS + 1):
        master = make_master(finger)
        for number in range(1, N_IMPRESSIONS + 1):
            image = make_impression(master, number).image
            Image.fromarray(image.pixels).save(folder / f"{finger}_{number}.tif")
    (folder / "3_9.tif").write_bytes(b"no image")
    return folder


@pytest.fixture(scope="module")
def outputs(synthetic_set: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outputs")
    beside = folder / "beside.csv"
    beside.write_text("probe,candidate,score\n1_1,1_2,9\n1_1,2_1,1\n", encoding="utf-8")
    arguments = [
        "evaluate",
        "fvc",
        str(synthetic_set),
        "--extractor",
        "classical",
        "--beside",
        f"Other={beside}",
    ]
    for option, name in (
        ("--json", "o.json"),
        ("--scores", "o.csv"),
        ("--plot", "o.png"),
        ("--edc", "e.png"),
    ):
        arguments += [option, str(folder / name)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "3_9.tif" in result.stderr
    assert "synthetic/DB1" in result.stderr
    assert "At score 40: FMR " in result.stderr
    assert f"extractor classical {ClassicalExtractor.version}" in result.stderr
    return folder


def test_json_has_the_figures_of_the_set_and_of_the_system_beside(outputs: Path) -> None:
    document = json.loads((outputs / "o.json").read_text(encoding="utf-8"))
    figures = document["sets"]["synthetic/DB1"]
    assert (figures["n_mated"], figures["n_non_mated"]) == (5, 16)
    assert figures["fte"] == pytest.approx(1 / 7)
    assert figures["fnmr_at_fmr_1e-3"] == pytest.approx(2 / 5)  # the two comparisons of the unreadable image
    assert document["extractor"] == {"name": "classical", "version": ClassicalExtractor.version}
    assert document["pooled"]["eer"] == figures["eer"]
    discard = document["error_discard"]
    assert discard["fmr"] == 1e-3
    assert discard["fnmr_at_discard"]["0"] == figures["fnmr_at_fmr_1e-3"]
    assert discard["fnmr_at_discard"]["0.3"] == pytest.approx(
        2 / 5
    )  # both are of quality 0 and go together, or not
    assert document["beside"]["Other"]["eer"] == 0.0
    assert [reject["file"] for reject in document["rejects"]] == ["3_9.tif"]
    assert document["extract_ms_median"] > 0
    assert document["comparisons_per_s"] > 0


def test_scores_file_can_be_read_beside(outputs: Path) -> None:
    table = read_scores(outputs / "o.csv")
    assert (table.mated.size, table.non_mated.size) == (5, 16)


@pytest.mark.parametrize("name", ["o.png", "e.png"])
def test_plots_are_pictures(outputs: Path, name: str) -> None:
    with Image.open(outputs / name) as picture:
        assert min(picture.size) > 800


def test_a_beside_file_that_is_none_is_refused_before_the_work(synthetic_set: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", "fvc", str(synthetic_set), "--beside", "Other"])
    assert result.exit_code == 1
    assert "expected NAME=F.csv" in result.stderr
    result = CliRunner().invoke(
        main, ["evaluate", "fvc", str(synthetic_set), "--beside", f"Other={tmp_path / 'none.csv'}"]
    )
    assert result.exit_code == 1
    assert "not a readable score file" in result.stderr
