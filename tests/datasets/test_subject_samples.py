"""Samples of folders and pairs files, and the door that finds out what a path holds."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from datasets.ansi_nist_files import rich_transaction
from vantay.errors import InvalidSample
from vantay.types import FaceTemplate, FingerPosition
from vantay_datasets.bulk import BulkRow, BulkWriter, Kind
from vantay_datasets.fvc import fvc_samples
from vantay_datasets.lfw_pairs import read_lfw_pairs
from vantay_datasets.sample import Modality, Sample
from vantay_datasets.source import open_source
from vantay_datasets.subject_folders import subject_folder_samples
from vantay_datasets.summary import summarise


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_fvc_impressions_are_encounters_of_their_finger(tmp_path: Path) -> None:
    _touch(tmp_path, "101_1.tif", "101_2.tif", "9_1.tif", "notes.txt")
    samples = list(fvc_samples(tmp_path))
    assert [(s.subject_id, s.encounter_id) for s in samples] == [
        ("9", "9_1"),
        ("101", "101_1"),
        ("101", "101_2"),
    ]
    assert {(s.modality, s.position, s.ppi) for s in samples} == {
        (Modality.FINGER, FingerPosition.UNKNOWN, None)
    }


def test_each_photo_of_a_pairs_file_comes_once(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("1\nA 1 2\nA 1 B 1\n")
    samples = list(read_lfw_pairs(pairs).samples(tmp_path))
    assert [s.encounter_id for s in samples] == ["A_0001", "A_0002", "B_0001"]
    assert samples[0].image == tmp_path / "A" / "A_0001.jpg"


def test_names_of_files_in_subject_folders_tell_the_finger(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        "ann/right-index.png",
        "ann/LEFT_THUMB_2.wsq",
        "ann/portrait.jpg",
        "ann/x.wsq",
        "ann/readme.md",
    )
    found = {Path(s.source).name: s for s in subject_folder_samples(tmp_path) if isinstance(s, Sample)}
    assert {name: (s.modality, s.position) for name, s in found.items()} == {
        "LEFT_THUMB_2.wsq": (Modality.FINGER, FingerPosition.LEFT_THUMB),
        "portrait.jpg": (Modality.FACE, FingerPosition.UNKNOWN),
        "right-index.png": (Modality.FINGER, FingerPosition.RIGHT_INDEX),
        "x.wsq": (Modality.FINGER, FingerPosition.UNKNOWN),
    }


def test_subfolders_of_a_subject_are_encounters(tmp_path: Path) -> None:
    _touch(tmp_path, "ann/2024/face.jpg", "ann/2025/face.jpg", "ann/old.jpg", "bob.jpg")
    samples = [s for s in subject_folder_samples(tmp_path) if isinstance(s, Sample)]
    assert [(s.subject_id, s.encounter_id) for s in samples] == [
        ("ann", "ann"),
        ("ann", "ann/2024"),
        ("ann", "ann/2025"),
        ("bob", "bob"),
    ]


def test_a_record_in_a_subject_folder_comes_undecoded_and_what_is_none_as_an_error(tmp_path: Path) -> None:
    _touch(tmp_path, "ann/right_thumb.fmr", "ann/left_thumb.iso")
    (tmp_path / "ann/right_thumb.fmr").write_bytes(b"FMR\0 20\0 and so on")
    error, sample = subject_folder_samples(tmp_path)
    assert isinstance(sample, Sample)
    assert (sample.record, sample.position) == (b"FMR\0 20\0 and so on", FingerPosition.RIGHT_THUMB)
    assert isinstance(error, InvalidSample)
    assert "left_thumb.iso: begins with nothing, expected 464d5200" in str(error)


def test_a_folder_of_transactions_reports_the_bad_one_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "1.an2").write_bytes(rich_transaction()[:-5])
    (tmp_path / "2.an2").write_bytes(rich_transaction())
    opened = open_source(tmp_path)
    assert opened.reader == "files"
    summary = summarise(opened.samples)
    assert (summary.n_failures, summary.n_samples) == (1, 6)
    assert "1.an2, record 8" in summary.failures[0]
    assert summary.subjects == {"2"}
    assert summary.forms == {"image": 3, "template": 3}
    assert summary.modalities == {"finger": 5, "face": 1}
    assert summary.fingers == {"RIGHT_INDEX": 2, "LEFT_INDEX": 1, "UNKNOWN": 1, "RIGHT_MIDDLE": 1}
    assert summary.resolutions_ppi == {500.0: 1, 1000.0: 1}


def test_rows_of_a_bulk_file_are_samples(tmp_path: Path) -> None:
    vector = np.array([1, 0], "<f2")
    row = BulkRow(
        subject_id="s",
        encounter_id="e",
        captured_at=datetime(2025, 1, 1, tzinfo=UTC),
        kind=Kind.TEMPLATE,
        modality=Modality.FACE,
        data=vector.tobytes(),
        model="tiny",
        quality=7,
    )
    with BulkWriter(tmp_path / "b.jsonl") as writer:
        writer.write([row, BulkRow(subject_id="t", kind=Kind.NONE)])
    [sample] = open_source(tmp_path / "b.jsonl").samples
    assert isinstance(sample, Sample)
    assert isinstance(sample.template, FaceTemplate)
    assert (sample.template.model, sample.template.quality) == ("tiny", 7)
    assert sample.source.endswith("b.jsonl, row 1")


@pytest.mark.parametrize(
    ("names", "reader"),
    [(["1_1.tif"], "fvc"), (["ann/face.jpg"], "subject folders"), ([], "subject folders")],
)
def test_folders_are_told_apart(tmp_path: Path, names: list[str], reader: str) -> None:
    _touch(tmp_path, *names)
    assert open_source(tmp_path).reader == reader


def test_a_folder_of_fvc_with_one_impression_twice_is_refused(tmp_path: Path) -> None:
    _touch(tmp_path, "1_1.tif", "01_1.png")
    with pytest.raises(InvalidSample, match="the same impression as"):
        list(open_source(tmp_path).samples)


@pytest.mark.parametrize("name", ["none.an2", "notes.md"])
def test_what_no_reader_knows_is_refused(tmp_path: Path, name: str) -> None:
    _touch(tmp_path, "notes.md")
    with pytest.raises(InvalidSample, match=r"cannot be read|begins with nothing, expected an ANSI/NIST-ITL"):
        open_source(tmp_path / name)
