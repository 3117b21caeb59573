"""Loading images and template files: manifests, folders of subjects and of records, interchange files."""

from __future__ import annotations

import json
import shutil
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from datasets.ansi_nist_files import image_fields, rich_transaction, tagged, transaction
from transfer.populations import load, make_record, write_ansi_record
from vantay.errors import ExtractionFailed, InvalidSample
from vantay.store import Sex, Store, SubjectStatus
from vantay.transfer import find_source, processes
from vantay.transfer.sample_source import subject_and_finger
from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint import make_impression, make_master


@pytest.fixture(scope="session")
def print_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("prints") / "print.png"
    Image.fromarray(make_impression(make_master(1), 1).image.pixels).save(path, dpi=(500, 500))
    return path


def rejects_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rejects.jsonl").read_text().splitlines()]


def write_manifest(folder: Path, *lines: str) -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def positions_of(store: Store, subject_id: str) -> list[list[FingerPosition]]:
    return [[t.position for t in encounter.templates] for encounter in store.subject(subject_id).encounters]


def test_a_manifest_tells_all_of_a_person(store: Store, tmp_path: Path, print_file: Path) -> None:
    shutil.copy(print_file, tmp_path / "1.png")
    (tmp_path / "2.fmr").write_bytes(make_record(1, 7))
    subject = "A-1,locked,F,1990-02-28,KOR,visa;residents,passport,M1,KOR,2031-01-01"
    visit = "V-1,2025-03-04T05:06:07+07:00,Huế,op 7,desk 3,C-1,level 2,2025-03-04T05:00+07:00"
    path = write_manifest(
        tmp_path,
        "subject_id,status,sex,birth_date,nationality,galleries,document_type,document_number,"
        "document_issuer,document_expires_on,encounter_id,captured_at,captured_place,operator,device,"
        "consent_reference,consent_purpose,consent_given_at,path,modality,position,ppi",
        f"{subject},{visit},1.png,finger,right-index,500",
        f"{subject},{visit},2.fmr,,7,",
    )
    counts = load(store, path, keep_images=True, create_galleries=True).counts
    assert (counts.n_enrolled, counts.n_rejects) == (1, 0)
    found = store.subject("A-1")
    assert (found.status, found.biographics.sex) == (SubjectStatus.LOCKED, Sex.FEMALE)
    assert (found.biographics.birth_date, found.galleries) == (date(1990, 2, 28), ("residents", "visa"))
    assert (found.documents[0].number, found.documents[0].expires_on) == ("M1", date(2031, 1, 1))
    (encounter,) = found.encounters
    assert encounter.encounter_id == "V-1"
    assert encounter.captured_at == datetime(2025, 3, 3, 22, 6, 7, tzinfo=UTC)
    assert (encounter.source, encounter.operator, encounter.device) == ("Huế", "op 7", "desk 3")
    assert encounter.consent is not None
    assert encounter.consent.purpose == "level 2"
    assert [t.position for t in encounter.templates] == [
        FingerPosition.RIGHT_INDEX,
        FingerPosition.LEFT_INDEX,
    ]
    assert [(i.position, i.data) for i in store.images("V-1")] == [
        (FingerPosition.RIGHT_INDEX, print_file.read_bytes())
    ]


def test_lines_of_a_manifest_that_are_wrong_are_rejects(store: Store, tmp_path: Path) -> None:
    (tmp_path / "r.fmr").write_bytes(make_record(1, 7))
    path = write_manifest(
        tmp_path,
        "subject_id,path,position,sex,captured_at,consent_reference",
        "A,r.fmr,7,F,,",
        "A,r.fmr,7,M,,",
        "A,r.fmr,12,F,,",
        "B,,7,,,",
        "C,r.fmr,7,Q,,",
        "D,r.fmr,7,,2025-01-01,",
        "E,missing.png,7,,,",
        "F,r.fmr,6,,,",
        "A,r.fmr,7,F,,",
        "G,r.fmr,7,,,C-1",
        "H,r.fmr,7,,,,more",
        "I,r.fmr,7,,,",
        "I,r.fmr,7,,,",
    )
    counts = load(store, path).counts
    told = {(r["row"], r["column"], r["reason"]) for r in rejects_of(tmp_path)}
    assert told == {
        (2, "sex", "manifest"),
        (3, "position", "manifest"),
        (4, "path", "manifest"),
        (5, "sex", "manifest"),
        (6, "captured_at", "manifest"),
        (7, "data", "invalid_sample"),
        (7, None, "no_sample"),
        (8, "data", "incompatible_template"),
        (8, None, "no_sample"),
        (9, "subject_id", "manifest"),
        (10, None, "caller_error"),
        (11, None, "manifest"),
        (13, "data", "sample_twice"),
    }
    assert counts.n_enrolled == 2
    assert [s.subject_id for s in store.subjects()] == ["A", "I"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("subject_id,postion,path", "unknown column 'postion', did you mean position"),
        ("subject_id,position", "column path is missing"),
        ("subject_id,path,path", "column path is there 2 times"),
    ],
)
def test_columns_of_a_manifest_are_checked_first(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(InvalidSample, match=message):
        find_source(write_manifest(tmp_path, header))


def test_template_files_are_read_by_name_or_by_record(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "A-17_right-index.fmr").write_bytes(make_record(1, 2))
    (folder / "A-17_LEFT_INDEX.iso").write_bytes(make_record(2, 0))
    write_ansi_record(folder / "B_2.ansi", 1, 6)
    (folder / "C_left-thumb.fmr").write_bytes(make_record(3, 1))
    (folder / "D.fmr").write_bytes(b"FMR\0 20\0 and no more")
    counts = load(store, folder).counts
    assert positions_of(store, "A-17") == [[FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX]]
    assert positions_of(store, "B_2") == [[FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_THUMB]]
    assert counts.n_enrolled == 2
    assert [(Path(r["source"]).name, r["reason"]) for r in rejects_of(tmp_path)] == [
        ("C_left-thumb.fmr", "incompatible_template"),
        ("C_left-thumb.fmr", "no_sample"),
        ("D.fmr", "invalid_template"),
        ("D.fmr", "no_sample"),
    ]


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("A-17", ("A-17", FingerPosition.UNKNOWN)),
        ("A-17.left little", ("A-17", FingerPosition.LEFT_LITTLE)),
        ("bright-index", ("bright-index", FingerPosition.UNKNOWN)),
        ("A_7", ("A_7", FingerPosition.UNKNOWN)),
    ],
)
def test_name_of_a_template_file(stem: str, expected: tuple[str, FingerPosition]) -> None:
    assert subject_and_finger(stem) == expected


@pytest.mark.parametrize("n_workers", [1, 2])
def test_subject_folders_make_encounters_that_are_the_same_again(
    store: Store, tmp_path: Path, print_file: Path, n_workers: int
) -> None:
    folder = tmp_path / "people"
    for subject, visit in (("A", "first"), ("A", "second"), ("B", "first")):
        (folder / subject / visit).mkdir(parents=True)
        (folder / subject / visit / "right-thumb.fmr").write_bytes(make_record(1, 1))
    shutil.copy(print_file, folder / "B" / "first" / "left-index.png")
    (folder / "B" / "first" / "left-ring.png").write_text("no picture")
    (folder / "B" / "second").mkdir()
    (folder / "B" / "second" / "right-thumb.fmr").write_text("no record")
    counts = load(store, folder, n_workers=n_workers).counts
    assert (counts.n_enrolled, counts.n_added, counts.n_rejects) == (2, 1, 2)
    assert positions_of(store, "B") == [[FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_INDEX]]
    assert {r["reason"] for r in rejects_of(tmp_path)} == {"invalid_sample"}
    again = load(store, shutil.copytree(folder, tmp_path / "moved")).counts
    assert (again.n_skipped, again.n_enrolled, again.n_added) == (3, 0, 0)


def test_interchange_files_are_loaded_and_slaps_are_not(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "visits"
    folder.mkdir()
    (folder / "minutiae.an2").write_bytes(rich_transaction())
    (folder / "slap.an2").write_bytes(transaction((14, tagged(14, image_fields(f13=b"13")))))
    counts = load(store, folder).counts
    assert counts.n_enrolled == 1
    of_slap = [r["reason"] for r in rejects_of(tmp_path) if "slap" in r["source"]]
    assert of_slap == ["not_one_finger", "no_sample"]


def test_a_worker_that_dies_is_an_error_that_says_so(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dead:
        def __init__(self, *_: object) -> None:
            raise BrokenProcessPool("gone")

        def close(self) -> None: ...

    monkeypatch.setattr(processes, "ReaderProcess", Dead)
    (tmp_path / "p.jsonl").write_text('{"vantay.bulk.version": 1}\n')
    with pytest.raises(ExtractionFailed, match="run the load again to go on") as caught:
        load(store, tmp_path / "p.jsonl", n_workers=2)
    assert caught.value.reason == "worker_died"
