"""Faces at the shell: --face on enrol, verify and identify, alone and beside --finger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Vantay = Any  # the fixture of conftest.py, whose types tests cannot import


@pytest.fixture
def photos(eval_data: Path, calibrated_models: Path) -> list[Path]:
    """Two photos of one person of the studio set, and one of another."""
    one, other = sorted((eval_data / "faces" / "london").iterdir())[:2]
    return [*sorted(one.iterdir())[:2], min(other.iterdir())]


def test_a_face_is_enrolled_verified_and_identified(vantay: Vantay, photos: list[Path]) -> None:
    enrolled = vantay("enrol", "A", "--face", photos[0])
    assert (enrolled.exit_code, enrolled.json["fingers"]) == (0, {})
    assert enrolled.json["face"]["model"] == "dlib-face-embedding"
    verified = vantay("verify", "A", "--face", photos[1])
    assert (verified.exit_code, verified.json["is_match"]) == (0, True)
    assert verified.json["face"]["score"] == verified.json["score"]
    assert verified.json["face"]["encounter_id"] == enrolled.json["encounter_id"]
    (candidate,) = vantay("identify", "--face", photos[1]).json["candidates"]
    assert (candidate["subject_id"], candidate["is_match"], candidate["finger_scores"]) == ("A", True, {})
    assert candidate["face_score"] == candidate["score"]
    assert vantay("identify", "--face", photos[2]).exit_code == 3
    assert vantay("show", "A").json["encounters"][0]["face"] == enrolled.json["face"]
    assert vantay("stats").json["n_faces"] == 1
    assert vantay("list").json["subjects"][0]["n_faces"] == 1
    assert vantay("erase", "A", "--yes").json["n_faces"] == 1


def test_finger_and_face_are_told_apart(vantay: Vantay, prints: Path, photos: list[Path]) -> None:
    enrol = ("enrol", "A", "-f", f"right_index={prints}/1_1.png", "--face", photos[0], "--table")
    assert "dlib-face-embedding" in vantay(*enrol).stdout
    probe = ("-f", f"right_index={prints}/1_2.png", "--face", photos[1])
    (candidate,) = vantay("identify", *probe).json["candidates"]
    assert candidate["score"] > max(candidate["face_score"], candidate["finger_scores"]["RIGHT_INDEX"])
    rows = vantay("verify", "A", *probe, "--table").stdout.splitlines()
    assert [row.split()[0] for row in rows[4:6]] == ["RIGHT_INDEX", "face"]
    assert "score of face" in vantay("identify", *probe, "--table").stdout


def test_a_photo_without_a_face_is_left_out_with_a_warning(
    vantay: Vantay, prints: Path, tmp_path: Path, calibrated_models: Path
) -> None:
    Image.new("RGB", (300, 300), "grey").save(tmp_path / "wall.png")
    run = vantay("enrol", "A", "-f", f"right_index={prints}/1_1.png", "--face", "wall.png")
    assert run.exit_code == 0
    assert "warning: the face was left out: wall.png" in run.stderr
    assert run.json["face"] is None
    (failure,) = run.json["failures"]
    assert (failure["sample"], failure["finger"], failure["reason"]) == ("face", None, "no_face")
    alone = vantay("identify", "--face", "wall.png")
    assert (alone.exit_code, alone.json["error"]["type"]) == (1, "ExtractionFailed")


def test_the_profile_is_a_setting(vantay: Vantay, photos: list[Path]) -> None:
    run = vantay("enrol", "A", "--face", photos[0], "--face-profile", "leader")
    assert (run.exit_code, run.json["error"]["type"]) == (1, "InvalidSetting")


def test_two_photos_are_compared_without_a_database(vantay: Vantay, photos: list[Path]) -> None:
    mated = vantay("compare", photos[0], photos[1], "--face")
    assert (mated.exit_code, mated.json["is_match"]) == (0, True)
    assert mated.json["model"]["name"] == "dlib-face-embedding"
    other = vantay("compare", photos[0], photos[2], "--face")
    assert (other.exit_code, other.json["is_match"]) == (3, False)
    assert other.json["cosine"] < mated.json["cosine"]
    assert vantay("compare", photos[0], photos[1], "--face", "--ppi", "500").exit_code == 2
