"""Model files are written whole and read with suspicion."""

from __future__ import annotations

from pathlib import Path

import pytest

from vantay_models.cache import (
    BuildRecord,
    model_cache_dir,
    read_model,
    record_path,
    sha256_hex,
    write_model,
)
from vantay_models.errors import ModelFileError

DATA = b"a model"
RECORD = BuildRecord("m", "m 1", "0" * 64, sha256_hex(DATA))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "folder" / "m.onnx"
    write_model(path, DATA, RECORD)
    return path


def test_model_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", "here")
    assert model_cache_dir() == Path("here")
    monkeypatch.delenv("VANTAY_MODEL_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    assert model_cache_dir() == Path("cache/vantay/models")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert model_cache_dir() == Path.home() / ".cache" / "vantay" / "models"


def test_written_model_is_read_back(model: Path) -> None:
    assert read_model(model, builder="m 1") == (DATA, RECORD)


def test_writing_leaves_no_other_file(model: Path) -> None:
    assert sorted(path.name for path in model.parent.iterdir()) == ["m.onnx", "m.onnx.json"]


def test_damaged_model_is_refused(model: Path) -> None:
    model.write_bytes(DATA[:-1])
    with pytest.raises(ModelFileError, match=r"m\.onnx is damaged.*vantay models build"):
        read_model(model)


def test_model_of_another_builder_is_refused(model: Path) -> None:
    with pytest.raises(ModelFileError, match="made by builder m 1, this is m 2"):
        read_model(model, builder="m 2")


@pytest.mark.parametrize("name", ["m.onnx", "m.onnx.json"])
def test_missing_file_is_named(model: Path, name: str) -> None:
    (model.parent / name).unlink()
    with pytest.raises(ModelFileError, match=f"there is no .*{name}.*vantay models build"):
        read_model(model)


@pytest.mark.parametrize("text", ["", "[]", '{"model": "m"}', "\xff"])
def test_broken_record_is_refused(model: Path, text: str) -> None:
    record_path(model).write_text(text, encoding="latin-1")
    with pytest.raises(ModelFileError, match="not readable"):
        read_model(model)


def test_crash_before_the_replacement_leaves_the_old_model(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_self: Path, _target: Path) -> None:
        raise OSError("disk gone")

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(ModelFileError, match="cannot be written: disk gone"):
        write_model(model, b"new", RECORD)
    monkeypatch.undo()
    assert read_model(model)[0] == DATA
    assert len(list(model.parent.iterdir())) == 2


def test_crash_between_model_and_record_is_noticed(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.replace

    def crash_at_record(self: Path, target: Path) -> Path:
        if target.suffix == ".json":
            raise OSError("power gone")
        return original(self, target)

    monkeypatch.setattr(Path, "replace", crash_at_record)
    with pytest.raises(ModelFileError, match="cannot be written: power gone"):
        write_model(model, b"new", BuildRecord("m", "m 1", "0" * 64, sha256_hex(b"new")))
    with pytest.raises(ModelFileError, match="damaged"):
        read_model(model)
