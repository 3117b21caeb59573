"""Models are built once, from the right weights, and rebuilt when anything is wrong with them."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace
from pathlib import Path

import pytest

import vantay_models.build as building
from vantay_models.build import LEADER_BUILDER, build_models, find_source
from vantay_models.builders import BUILDERS, Builder
from vantay_models.cache import read_model, record_path
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelFileError, ModelSourceError
from vantay_models.manifest import read_manifest


@pytest.fixture
def folder(tmp_path: Path, weights_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder for LEADER alone: the others are built alike, and their writers have their own tests."""
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    leader = {name: entry for name, entry in read_manifest().items() if name in {"leader", "yunet"}}
    monkeypatch.setattr(building, "read_manifest", lambda: leader)
    return tmp_path


def with_package(**changes: str) -> ModelEntry:
    """LEADER's entry with another package source."""
    entry = read_manifest()["leader"]
    assert entry.package is not None
    return replace(entry, package=replace(entry.package, **changes))  # type: ignore[arg-type]


def test_build_makes_a_sound_model_and_a_second_call_leaves_it(folder: Path) -> None:
    lines: list[str] = []
    (path,) = build_models(report=lines.append)
    assert path == folder / "leader.onnx"
    package = read_manifest()["leader"].package
    assert package is not None
    assert read_model(path, builder=LEADER_BUILDER)[1].source_sha256 == package.sha256
    before = path.stat()
    assert build_models(report=lines.append) == [path]
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert lines == [f"leader: making {path} from pyfing", f"leader: {path} is current"]


def test_damaged_stale_or_unrecorded_model_is_made_anew(folder: Path) -> None:
    (path,) = build_models()
    sound = path.read_bytes()
    record = record_path(path).read_text(encoding="utf-8")
    for damage in (
        lambda: path.write_bytes(sound[:1000] + b"x" + sound[1001:]),
        path.unlink,
        lambda: record_path(path).unlink(),
        lambda: record_path(path).write_text(record.replace(LEADER_BUILDER, "leader 0"), encoding="utf-8"),
        lambda: record_path(path).write_text(record.replace('"source_sha256": "0', '"source_sha256": "1')),
    ):
        damage()
        build_models()
        assert read_model(path, builder=LEADER_BUILDER)[0] == sound


def test_forced_build_replaces_the_file(folder: Path) -> None:
    (path,) = build_models()
    before = path.stat().st_ino
    build_models(force=True)
    assert path.stat().st_ino != before


def test_weights_of_another_checksum_are_refused(folder: Path) -> None:
    entry = with_package(sha256="1" * 64)
    with pytest.raises(ModelSourceError, match="the manifest expects 1111"):
        find_source(entry)


def test_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> importlib.metadata.Distribution:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", absent)
    with pytest.raises(
        ModelSourceError, match=r"pyfing is not installed: run `pip install vantay\[models\]`"
    ):
        find_source(read_manifest()["leader"])


def test_package_without_the_file_is_named(weights_file: Path) -> None:
    entry = with_package(file="pyfing/models/ABSENT.h5")
    with pytest.raises(ModelSourceError, match=r"has no readable pyfing/models/ABSENT\.h5"):
        find_source(entry)


def test_failed_proof_writes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_source: Path) -> bytes:
        raise ModelFileError("differs")

    monkeypatch.setitem(BUILDERS, "leader", Builder(LEADER_BUILDER, fail))
    with pytest.raises(ModelFileError, match="differs"):
        build_models()
    assert list(folder.iterdir()) == []


def test_folder_that_cannot_be_written_is_named(
    folder: Path, weights_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = folder / "file"
    blocked.write_bytes(b"")
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(blocked / "models"))
    with pytest.raises(ModelFileError, match="cannot be written"):
        build_models()


def test_every_model_of_a_package_has_a_builder_and_nothing_else() -> None:
    assert {entry.name for entry in read_manifest().values() if entry.package is not None} == BUILDERS.keys()


def test_model_that_is_fetched_cannot_be_built() -> None:
    with pytest.raises(ModelSourceError, match="yunet is not built but comes from github"):
        find_source(read_manifest()["yunet"])


def test_package_that_only_building_needs_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_source: Path) -> bytes:
        raise ModuleNotFoundError("No module named 'onnx'", name="onnx")

    monkeypatch.setitem(BUILDERS, "leader", Builder(LEADER_BUILDER, fail))
    with pytest.raises(ModelSourceError, match="onnx is not installed"):
        build_models()
