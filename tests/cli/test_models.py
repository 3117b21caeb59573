"""The models that are there, and those that cannot be built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import vantay_models.build
from vantay_models.errors import ModelSourceError

Vantay = Any  # the fixture of conftest.py, whose types tests cannot import


def test_list_tells_what_was_not_built(
    vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "models"))
    run = vantay("models", "list")
    assert run.exit_code == 0
    leader = run.json["models"][0]
    assert (leader["name"], leader["state"], leader["licence"]) == ("leader", "absent", "MIT")
    assert "vantay models build" in leader["problem"]
    assert "leader" in vantay("models", "list", "--table").stdout
    chosen = vantay("extract", tmp_path / "any.png", "-o", "records", "--extractor", "leader")
    assert chosen.exit_code == 1


def test_list_tells_what_was_built(vantay: Vantay, model_dir: Path) -> None:
    leader = vantay("models", "list").json["models"][0]
    assert leader["state"] == "ready"
    assert leader["n_bytes"] == (model_dir / "leader.onnx").stat().st_size
    assert len(leader["sha256"]) == 64


def test_build_that_fails_is_one_line(vantay: Vantay, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ModelSourceError("the package pyfing is not installed: run `pip install vantay[models]`")

    monkeypatch.setattr(vantay_models.build, "build_models", fail)
    run = vantay("models", "build")
    assert run.exit_code == 1
    assert run.stderr.startswith("error: the package pyfing is not installed")
    assert run.json["error"]["type"] == "ModelUnavailable"


def test_build_reports_on_stderr(vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*, force: bool, report: Any) -> list[Path]:
        report(f"leader: building, force={force}")
        return []

    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    monkeypatch.setattr(vantay_models.build, "build_models", build)
    run = vantay("models", "build", "--force")
    assert run.exit_code == 0
    assert run.stderr == "leader: building, force=True\n"
    assert "leader" in [m["name"] for m in run.json["models"]]


def test_pull_from_a_folder_refuses_other_bytes(
    vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "models"))
    (tmp_path / "yunet_s_dynamic.onnx").write_bytes(b"something else")
    run = vantay("models", "pull", "yunet", "--from", tmp_path)
    assert run.exit_code == 1
    assert run.stderr.splitlines()[-1].startswith("error: ")
    assert not list((tmp_path / "models").glob("yunet*"))


def test_add_refuses_what_is_no_model(
    vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "models"))
    (tmp_path / "own.onnx").write_bytes(b"no graph")
    about = ("--name", "own", "--size", "112", "--dim", "512", "--licence", "proprietary")
    run = vantay("models", "add", tmp_path / "own.onnx", *about)
    assert run.exit_code == 1
    assert run.stderr.startswith("error: ")
    assert vantay("models", "add", tmp_path / "own.onnx", *about, "--mean", "1,2").exit_code == 2


def test_verify_finds_a_damaged_file(
    vantay: Vantay, tmp_path: Path, model_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    for name in ("leader.onnx", "leader.onnx.json"):
        (tmp_path / name).write_bytes((model_dir / name).read_bytes())
    assert vantay("models", "verify").exit_code == 0
    (tmp_path / "leader.onnx").write_bytes(b"damaged")
    run = vantay("models", "verify")
    assert run.exit_code == 1
    assert run.json["models"][0]["state"] == "unusable"


def test_card_names_the_licence(vantay: Vantay) -> None:
    run = vantay("models", "card", "leader")
    assert run.exit_code == 0
    assert "MIT" in run.stdout
    assert vantay("models", "card", "nobody").exit_code == 1
