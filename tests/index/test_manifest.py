"""The manifest: replaced whole, damage and newer versions named."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from vantay.errors import DataCorruption, StoreUnavailable, UnsupportedFormatVersion
from vantay.index.manifest import (
    FILE_NAME,
    FORMAT_VERSION,
    Manifest,
    SegmentEntry,
    read_manifest,
    write_manifest,
)

MANIFEST = Manifest(
    "store", "p" * 64, 17, (SegmentEntry("a.arrays", 5), SegmentEntry("b.arrays", 3, "d.arrays")), 4
)


def test_a_manifest_comes_back(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST
    write_manifest(tmp_path, replace(MANIFEST, segments=(), sequence=18))
    assert read_manifest(tmp_path) == Manifest("store", "p" * 64, 18, (), 4)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_manifest_names_its_files() -> None:
    assert MANIFEST.files == {"a.arrays", "b.arrays", "d.arrays", FILE_NAME}


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None


def test_every_flipped_bit_is_found(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    path = tmp_path / FILE_NAME
    whole = bytearray(path.read_bytes())
    for at in range(len(whole) - 1):
        whole[at] ^= 1 << at % 8
        path.write_bytes(whole)
        with pytest.raises(DataCorruption, match="checksum"):
            read_manifest(tmp_path)
        whole[at] ^= 1 << at % 8


def test_every_shorter_file_is_found(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    for n_bytes in range(len(whole) - 1):  # without the last line feed it is whole
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(DataCorruption):
            read_manifest(tmp_path)


def test_another_file_of_that_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(json.dumps({"segments": []}))
    with pytest.raises(DataCorruption):
        read_manifest(tmp_path)


def test_a_newer_version_is_refused_whatever_it_holds(tmp_path: Path) -> None:
    body = json.dumps({"format_version": FORMAT_VERSION + 1, "shards": {"new": "idea"}}).encode()
    (tmp_path / FILE_NAME).write_bytes(body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n")
    with pytest.raises(UnsupportedFormatVersion, match=f"version {FORMAT_VERSION + 1}"):
        read_manifest(tmp_path)


def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreUnavailable, match=FILE_NAME):
        read_manifest(tmp_path)


@pytest.mark.parametrize("name", ["os.fsync", "Path.replace"])
def test_a_failure_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    write_manifest(tmp_path, MANIFEST)
    monkeypatch.setattr(f"vantay.index.array_file.{name}", fail)
    with pytest.raises(StoreUnavailable, match="No space left"):
        write_manifest(tmp_path, replace(MANIFEST, sequence=99))
    assert read_manifest(tmp_path) == MANIFEST
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
