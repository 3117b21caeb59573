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
    (leader,) = run.json["models"]
    assert (leader["name"], leader["is_built"], leader["licence"]) == ("leader", False, "MIT")
    assert "vantay models build" in leader["problem"]
    assert "leader" in vantay("models", "list", "--table").stdout
    chosen = vantay("extract", tmp_path / "any.png", "-o", "records", "--extractor", "leader")
    assert chosen.exit_code == 1


def test_list_tells_what_was_built(vantay: Vantay, model_dir: Path) -> None:
    (leader,) = vantay("models", "list").json["models"]
    assert leader["is_built"] is True
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
    assert [m["name"] for m in run.json["models"]] == ["leader"]
