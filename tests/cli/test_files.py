"""Compare, extract, template: files in, files and JSON out, no database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vantay.fingerprint.codec import decode
from vantay.search import finger_extractor
from vantay.types import Comparison, FingerPosition

Vantay = Any  # the fixture of conftest.py, whose types tests cannot import


def test_compare_decides_without_a_database(vantay: Vantay, prints: Path, tmp_path: Path) -> None:
    mated = vantay("compare", prints / "1_1.png", prints / "1_2.png")
    assert (mated.exit_code, mated.json["is_match"]) == (0, True)
    assert mated.json["n_pairs"] > 5
    non_mated = vantay("compare", prints / "1_1.png", prints / "2_2.png")
    assert (non_mated.exit_code, non_mated.json["is_match"]) == (3, False)
    assert "score" in vantay("compare", prints / "1_1.png", prints / "1_2.png", "--table").stdout
    assert list(tmp_path.iterdir()) == []


def test_compare_tells_what_found_the_minutiae(
    vantay: Vantay, prints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finger_extractor.warn_of_fallback.cache_clear()
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "no-models"))
    run = vantay("compare", prints / "1_1.png", prints / "1_2.png", "--extractor", "auto")
    assert {side: e["name"] for side, e in run.json["extractors"].items()} == {
        "probe": "classical",
        "reference": "classical",
    }
    assert run.json["extractors"]["probe"]["version"]
    assert run.stderr.startswith("warning: the model of the extractor leader is not built, so that classical")
    assert run.stderr.count("\n") == 1
    assert vantay("compare", prints / "1_1.png", prints / "1_2.png").stderr == ""  # asked for: no warning


def test_compare_prints_json_whatever_the_evidence_is(
    vantay: Vantay, prints: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compare(*_: object) -> Comparison:
        return Comparison(
            0.0, np.zeros((0, 2), np.int32), {"log_odds": -np.inf, "overlap": np.nan, "raw": 1.5}
        )

    monkeypatch.setattr("vantay.workbench.compare", compare)
    run = vantay("compare", prints / "1_1.png", prints / "2_2.png")
    assert "Infinity" not in run.stdout
    assert "NaN" not in run.stdout
    assert run.json["evidence"] == {"log_odds": None, "overlap": None, "raw": 1.5}


def test_compare_draws_a_picture(vantay: Vantay, prints: Path, tmp_path: Path) -> None:
    run = vantay("compare", prints / "1_1.png", prints / "1_2.png", "--picture", "pair.png")
    assert run.exit_code == 0
    with Image.open(tmp_path / "pair.png") as picture:
        assert picture.mode == "RGB"
        assert picture.width > 2 * 300


def test_records_are_compared_but_not_drawn(vantay: Vantay, prints: Path) -> None:
    vantay("extract", prints / "1_1.png", "-o", "records", "--position", "right-index")
    assert vantay("compare", "records/1_1.fmr", prints / "1_2.png").exit_code == 0
    drawn = vantay("compare", "records/1_1.fmr", prints / "1_2.png", "--picture", "pair.png")
    assert (drawn.exit_code, drawn.json["error"]["type"]) == (1, "InvalidSample")
    assert "1_1.fmr is a template record, expected an image" in drawn.stderr


@pytest.mark.parametrize("format_name", ["iso2005", "iso2011", "ansi2004", "ansi2009"])
def test_extract_writes_records_that_can_be_read_and_enrolled(
    vantay: Vantay, prints: Path, tmp_path: Path, format_name: str
) -> None:
    images = [prints / "1_1.png", prints / "2_1.png"]
    run = vantay("extract", *images, "-o", "out/records", "--format", format_name, "--position", 2)
    assert run.exit_code == 0
    assert [row["n_minutiae"] > 10 for row in run.json["written"]] == [True, True]
    (template,) = decode((tmp_path / "out/records/1_1.fmr").read_bytes())
    assert template.position is FingerPosition.RIGHT_INDEX
    assert template.n_minutiae == run.json["written"][0]["n_minutiae"]
    assert vantay("enrol", "A", "--finger", "RIGHT_INDEX=out/records/1_1.fmr").exit_code == 0
    assert vantay("identify", "--finger", f"RIGHT_INDEX={prints}/1_2.png").exit_code == 0


def test_extract_goes_on_after_a_bad_image_and_reports_it_at_the_end(
    vantay: Vantay, prints: Path, tmp_path: Path
) -> None:
    images = [prints / "text.png", prints / "glare.png", prints / "missing.png", prints, prints / "1_1.png"]
    run = vantay("extract", *images, "-o", "records")
    assert run.exit_code == 1
    assert [row["image"] for row in run.json["written"]] == [str(prints / "1_1.png")]
    rejects = {Path(row["image"]).name: row["type"] for row in run.json["rejects"]}
    assert rejects == {
        "text.png": "InvalidSample",
        "glare.png": "ExtractionFailed",
        "missing.png": "InvalidSample",
        prints.name: "InvalidSample",
    }
    assert run.stderr.count("warning: rejected ") == 4
    assert [f.name for f in (tmp_path / "records").iterdir()] == ["1_1.fmr"]


def test_extract_refuses_two_images_for_one_record(vantay: Vantay, prints: Path, tmp_path: Path) -> None:
    other = tmp_path / "1_1.bmp"
    other.write_bytes(b"")
    run = vantay("extract", prints / "1_1.png", other, "-o", "records")
    assert run.exit_code == 2
    assert "would both become records/1_1.fmr" in run.stderr


def test_extract_prints_a_table(vantay: Vantay, prints: Path) -> None:
    assert "1_1.fmr" in vantay("extract", prints / "1_1.png", "-o", "r", "--table").stdout


def test_template_prints_a_record_as_json(vantay: Vantay, prints: Path) -> None:
    vantay("extract", prints / "1_1.png", "-o", "records", "--position", "LEFT_THUMB")
    (template,) = vantay("template", "records/1_1.fmr").json["templates"]
    assert template["finger"] == "LEFT_THUMB"
    assert template["extractor"] == "classical"
    assert len(template["minutiae"]) == template["n_minutiae"]
    assert set(template["minutiae"][0]) == {"x_px", "y_px", "angle", "type", "quality"}
    (short,) = vantay("template", "records/1_1.fmr", "--no-minutiae").json["templates"]
    assert "minutiae" not in short


def test_template_refuses_what_is_no_record(vantay: Vantay, prints: Path) -> None:
    run = vantay("template", prints / "1_1.png")
    assert run.exit_code == 1
    assert run.stderr.startswith(f"error: {prints}/1_1.png: ")
    assert run.json["error"]["type"] == "InvalidTemplate"
