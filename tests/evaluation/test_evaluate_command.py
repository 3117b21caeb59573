"""`vantay evaluate fvc` from images to files, on a set of synthetic prints."""

import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from vantay.cli import main
from vantay.evaluation import fvc
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
        ("--reliability", "r.png"),
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
    run = json.loads((outputs / "o.json").read_text(encoding="utf-8"))
    assert (run["kind"], run["format"]) == ("fvc", 1)
    assert run["parameters"]["extractor"] == "classical"
    document = run["figures"]
    figures = document["sets"]["synthetic/DB1"]
    assert (figures["n_mated"], figures["n_non_mated"]) == (5, 16)
    assert figures["fte"] == pytest.approx(1 / 7)
    assert figures["fnmr_at_fmr_1e-3"] == pytest.approx(2 / 5)  # the two comparisons of the unreadable image
    assert document["extractor"] == {"name": "classical", "version": ClassicalExtractor.version}
    assert document["pooled"]["eer"] == figures["eer"]
    acquired = figures["acquired"]  # without the 6 comparisons of the unreadable image, 2 of them mated
    assert (acquired["n_mated"], acquired["n_non_mated"]) == (3, 12)
    assert acquired["fnmr_at_fmr_1e-3"] == 0.0
    assert document["reliability"]["single finger"]["n_comparisons"] == 12
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


@pytest.mark.parametrize("name", ["o.png", "e.png", "r.png"])
def test_plots_are_pictures(outputs: Path, name: str) -> None:
    with Image.open(outputs / name) as picture:
        assert min(picture.size) > 800


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evaluate", "fvc", *map(str, arguments)])


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where an image would be read: what was typed must be refused before."""

    def extract(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr(fvc, "extract_impressions", extract)


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SET", "--beside", "Other"], "expected NAME=F.csv"),
        (["SET", "--beside", "=F.csv"], "expected NAME=F.csv"),
        (["SET", "--beside", "Other=TMP/none.csv"], "not a readable score file"),
        (["SET", "--beside", "Other=TMP/mated.csv"], "no non-mated scores"),
        (["SET", "--beside", "Other=TMP/nan.csv"], "expected a finite number"),
        (["SET@abc"], "resolution is 'abc'"),
        (["SET@5000"], "expected 250 to 1200"),
        (["SET", "SET@512"], "named twice"),
        (["TMP/none"], "no such folder"),
        (["TMP/single"], "there is no mated pair"),
        (["SET", "--json", "TMP/no/x.json"], "there is no folder"),
        (["SET", "--scores", "TMP/no/x.csv"], "there is no folder"),
        (["SET", "--json", "TMP"], "is a folder"),
        (["SET", "--plot", "TMP/p.xyz"], "ending is '.xyz'"),
        (["SET", "--edc", "TMP/p"], "ending is ''"),
    ],
)
def test_wrong_typing_is_wrong_usage_and_costs_no_work(
    arguments: list[str], message: str, synthetic_set: Path, tmp_path: Path
) -> None:
    header = "probe,candidate,score\n"
    (tmp_path / "mated.csv").write_text(header + "1_1,1_2,9\n2_1,2_2,9\n", encoding="utf-8")
    (tmp_path / "nan.csv").write_text(header + "1_1,1_2,nan\n1_1,2_1,9\n", encoding="utf-8")
    (tmp_path / "single").mkdir()
    (tmp_path / "single" / "1_1.tif").touch()
    named = {"SET": synthetic_set, "TMP": tmp_path}
    result = _run(*(re.sub("SET|TMP", lambda m: str(named[m[0]]), argument) for argument in arguments))
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())


@pytest.mark.usefixtures("no_work")
def test_a_plot_without_matplotlib_is_refused_before_the_work(
    synthetic_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = _run(synthetic_set, "--plot", tmp_path / "p.png")
    assert result.exit_code == 2
    assert "install vantay[report]" in result.stderr


def test_a_set_of_which_every_image_fails_is_an_error(tmp_path: Path) -> None:
    for name in ("1_1", "1_2", "2_1"):
        (tmp_path / f"{name}.tif").write_bytes(b"no image")
    result = _run(tmp_path, "--extractor", "classical", "--json", tmp_path / "o.json")
    assert result.exit_code == 1
    assert "0 of 3 images gave a template" in result.stderr
    assert "EER" not in result.stderr
    assert not (tmp_path / "o.json").exists()
