import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner
from PIL import Image

from vantay.cli import main
from vantay.report.face_picture import FaceFindings, QualityRow, draw_face


@pytest.fixture
def portrait(portraits: dict[str, npt.NDArray[np.uint8]], tmp_path: Path) -> Path:
    path = tmp_path / "portrait.png"
    Image.fromarray(next(iter(portraits.values()))).save(path)
    return path


def test_face_tells_components_as_json(pulled_models: Path, portrait: Path) -> None:
    run = CliRunner().invoke(main, ["face", str(portrait), "--profile", "mobilefacenet"])
    assert run.exit_code == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["quality"] > 70
    assert answer["components"]["sharpness"]["verdict"] == "good"
    assert answer["components"]["eyes_open"]["verdict"] == "not assessed"
    assert answer["template"]["model"] == "mobilefacenet"
    assert 0 <= answer["presentation_attack"]["live_probability"] <= 1
    assert len(answer["face"]["landmarks_px"]) == 5


def test_face_draws_a_picture_and_a_table(pulled_models: Path, portrait: Path, tmp_path: Path) -> None:
    picture = tmp_path / "out.png"
    arguments = ["face", str(portrait), "--profile", "retail-0095", "--picture", str(picture), "--table"]
    run = CliRunner().invoke(main, arguments)
    assert run.exit_code == 0, run.stderr
    assert "sharpness" in run.stdout
    assert "presentation_attack   live" in run.stdout
    with Image.open(picture) as drawn:
        assert drawn.size[0] > 1000


def test_a_table_tells_that_a_presentation_attack_was_not_assessed(
    pulled_models: Path, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for file in pulled_models.glob("[!.]*.onnx*"):
        if "minifasnet-v2" not in file.name:
            (folder / file.name).symlink_to(file)
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(folder))
    run = CliRunner().invoke(main, ["face", str(portrait), "--profile", "retail-0095", "--table"])
    assert run.exit_code == 0, run.stderr
    (row,) = (line.split() for line in run.stdout.splitlines() if "presentation_attack" in line)
    assert row[1:4] == ["-", "not", "assessed"]


def test_a_photo_of_nobody_is_one_line_and_an_error(pulled_models: Path, tmp_path: Path) -> None:
    path = tmp_path / "wall.png"
    Image.new("RGB", (200, 200), (180, 180, 180)).save(path)
    run = CliRunner().invoke(main, ["face", str(path), "--profile", "mobilefacenet"])
    assert run.exit_code == 1
    assert json.loads(run.stdout)["error"]["type"] == "ExtractionFailed"
    assert "no face found" in run.stderr


def test_an_absent_model_is_told_with_what_to_do(pulled_models: Path, portrait: Path) -> None:
    run = CliRunner().invoke(main, ["face", str(portrait), "--profile", "sface"])
    assert run.exit_code == 1
    assert "vantay models pull sface" in run.stderr


def _findings(verdict: str, landmarks: list[list[float]]) -> FaceFindings:
    rows = [QualityRow("sharpness", "0.50", verdict, "hold still")]
    return FaceFindings(
        (30, 40, 60, 70), np.array(landmarks), np.zeros((112, 112, 3), np.uint8), 80, True, rows
    )


def test_landmarks_are_drawn_where_they_are() -> None:
    photo = np.full((640, 400, 3), 90, np.uint8)
    one, other = (draw_face(photo, _findings("good", [[x, 300.0]])) for x in (100.0, 300.0))
    columns = np.nonzero((one != other).any(axis=(0, 2)))[0]
    assert columns.min() == pytest.approx(24 + 100.5 - 5, abs=2)
    assert columns.max() == pytest.approx(24 + 300.5 + 5, abs=2)


def test_what_is_poor_looks_other_than_what_is_good() -> None:
    photo = np.full((640, 400, 3), 90, np.uint8)
    good, poor = (draw_face(photo, _findings(verdict, [[1.0, 1.0]])) for verdict in ("good", "poor"))
    assert (good != poor).any()
    assert photo.min() == photo.max() == 90
