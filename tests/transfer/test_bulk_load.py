"""Loading bulk files: counts, conflicts, rejects, sources that cannot be used."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from transfer.populations import contents, load, make_record, subject_rows, write_population, write_rows
from vantay.errors import CallerError, InvalidSample, InvalidSetting, UnsupportedFormatVersion
from vantay.store import Store, SubjectStatus
from vantay.transfer import find_source
from vantay.types import FingerPosition
from vantay_datasets.bulk import BulkRow, Kind, Status
from vantay_datasets.sample import Modality


def rejects_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rejects.jsonl").read_text().splitlines()]


def reasons_of(folder: Path) -> list[tuple[int | None, str | None, str]]:
    return [(reject["row"], reject["column"], reject["reason"]) for reject in rejects_of(folder)]


@pytest.mark.parametrize("n_workers", [1, 2])
def test_all_of_a_sound_file_is_loaded(store: Store, tmp_path: Path, n_workers: int) -> None:
    summary = load(store, write_population(tmp_path / "p.parquet", 7), n_workers=n_workers)
    assert (summary.counts.n_enrolled, summary.counts.n_rejects, summary.is_resumed) == (7, 0, False)
    subject = store.subject("S0003")
    assert subject.documents[0].number == "M000003"
    assert subject.encounters[0].encounter_id == "E0003"
    assert [(t.position, t.quality, t.extractor) for t in subject.encounters[0].templates] == [
        (FingerPosition(1), 41, "leader"),
        (FingerPosition(2), 42, "leader"),
    ]
    assert not (tmp_path / "rejects.jsonl").exists()
    assert not (tmp_path / "progress").exists()


def test_records_stay_byte_for_byte(store: Store, tmp_path: Path) -> None:
    load(store, write_population(tmp_path / "p.jsonl", 1))
    assert [t.record for t in store.templates_of(["S0000"])] == [make_record(0, 1), make_record(0, 2)]


def test_loading_again_changes_nothing_whatever_is_to_be_done_with_conflicts(
    store: Store, tmp_path: Path
) -> None:
    path = write_population(tmp_path / "p.jsonl", 3)
    load(store, path)
    before = store.sequence()
    for on_conflict in ("fail", "skip", "add-encounter"):
        counts = load(store, path, on_conflict=on_conflict).counts
        assert (counts.n_enrolled, counts.n_added, counts.n_skipped, counts.n_rejects) == (0, 0, 3, 0)
    assert store.sequence() == before


@pytest.mark.parametrize(
    ("on_conflict", "expected"), [("fail", (0, 0, 1)), ("skip", (0, 1, 0)), ("add-encounter", (1, 0, 0))]
)
def test_another_encounter_of_a_known_subject(
    store: Store, tmp_path: Path, on_conflict: str, expected: tuple[int, int, int]
) -> None:
    load(store, write_population(tmp_path / "p.jsonl", 1))
    again = write_rows(tmp_path / "again.jsonl", subject_rows(0, encounter_id="E-again"))
    counts = load(store, again, on_conflict=on_conflict).counts
    assert (counts.n_added, counts.n_skipped, counts.n_rejects) == expected
    assert len(store.subject("S0000").encounters) == 1 + expected[0]
    if expected[2]:
        (reject,) = rejects_of(tmp_path)
        assert reject["reason"] == "already_enrolled"
        assert "--on-conflict" in reject["advice"]
        assert (reject["source"], reject["row"], reject["subject_id"]) == (str(again), 1, "S0000")


def test_two_encounters_of_a_subject_come_in_together(store: Store, tmp_path: Path) -> None:
    rows = [*subject_rows(0), *subject_rows(0, encounter_id="E-2")]
    counts = load(store, write_rows(tmp_path / "p.parquet", rows)).counts
    assert (counts.n_enrolled, counts.n_added) == (1, 1)


def damage(path: Path, number: int, **values: object) -> None:
    """Change a row behind the writer's back."""
    lines = path.read_text().splitlines()
    lines[number] = json.dumps(json.loads(lines[number]) | values)
    path.write_text("\n".join(lines) + "\n")


def test_a_bad_row_costs_itself_and_is_told(store: Store, tmp_path: Path) -> None:
    path = write_population(tmp_path / "p.jsonl", 4)
    damage(path, 1, quality=200)  # the first row of the first subject
    damage(path, 5, data="Rk1SACAyMAA=")
    damage(path, 8, position=11)
    counts = load(store, path).counts
    assert (counts.n_enrolled, counts.n_rejects) == (4, 3)
    assert reasons_of(tmp_path) == [
        (1, "quality", "schema"),
        (5, "data", "schema"),
        (8, "position", "schema"),
    ]
    assert [s.n_templates for s in store.subjects()] == [1, 1, 1, 2]
    assert all(reject["advice"] and reject["message"] for reject in rejects_of(tmp_path))


def test_a_record_that_only_decoding_finds_damaged_is_a_reject(store: Store, tmp_path: Path) -> None:
    record = bytearray(make_record(0, 1))
    record[18:20] = (5).to_bytes(2, "big")  # resolution of 5 px/cm
    rows = subject_rows(0)
    rows[0] = replace(rows[0], data=bytes(record))
    counts = load(store, write_rows(tmp_path / "p.jsonl", rows)).counts
    assert (counts.n_enrolled, reasons_of(tmp_path)) == (1, [(1, "data", "invalid_template")])


def test_subjects_without_samples_and_tombstones_are_loaded(store: Store, tmp_path: Path) -> None:
    nobody = BulkRow(subject_id="N", nationality="KOR", kind=Kind.NONE)
    gone = BulkRow(subject_id="G", status=Status.ERASED, kind=Kind.NONE)
    path = write_rows(tmp_path / "p.jsonl", [nobody, gone, *subject_rows(1)])
    counts = load(store, path).counts
    assert (counts.n_enrolled, counts.n_erased, counts.n_rejects) == (2, 1, 0)
    assert store.subject("N").biographics.nationality == "KOR"
    assert store.subject("G").status is SubjectStatus.ERASED
    again = load(store, path, on_conflict="skip").counts
    assert (again.n_enrolled, again.n_erased, again.n_skipped) == (0, 0, 3)


def test_a_load_erases_nobody_and_brings_nobody_back(store: Store, tmp_path: Path) -> None:
    load(store, write_rows(tmp_path / "p.jsonl", [*subject_rows(1), *subject_rows(2)]))
    store.erase("S0002")
    gone = BulkRow(subject_id="S0001", status=Status.ERASED, kind=Kind.NONE)
    path = write_rows(tmp_path / "q.jsonl", [gone, *subject_rows(2, encounter_id="E-2")])
    counts = load(store, path, on_conflict="add-encounter").counts
    assert (counts.n_erased, counts.n_added, counts.n_rejects) == (0, 0, 1)
    assert store.subject("S0001").status is SubjectStatus.ACTIVE
    assert store.subject("S0002").status is SubjectStatus.ERASED


def test_who_has_nothing_that_can_be_used_is_a_reject(store: Store, tmp_path: Path) -> None:
    (row, *_) = subject_rows(0)
    image = {"kind": Kind.IMAGE, "data": b"\x89PNG\r\n\x1a\n"}
    counts = load(store, write_rows(tmp_path / "p.jsonl", [replace(row, **image)])).counts  # type: ignore[arg-type]
    assert (counts.n_enrolled, counts.n_rejects) == (0, 2)
    assert reasons_of(tmp_path) == [(1, "data", "invalid_sample"), (1, None, "no_sample")]


def test_what_the_store_refuses_is_a_reject_with_its_reason(store: Store, tmp_path: Path) -> None:
    rows = [
        *subject_rows(0),
        *subject_rows(1, galleries=("residents",)),
        *(replace(row, model="other") if row.model else row for row in subject_rows(2)),
        *subject_rows(3, subject_id="x" * 129),
        *subject_rows(4),
    ]
    path = write_rows(tmp_path / "p.jsonl", rows)
    counts = load(store, path).counts
    assert counts.n_enrolled == 2
    assert {reject["reason"] for reject in rejects_of(tmp_path)} == {
        "gallery_not_found",
        "incompatible_template",
        "caller_error",
    }
    assert load(store, path, create_galleries=True).counts.n_enrolled == 1
    assert store.gallery_members("residents") == ["S0001"]


def test_a_locked_subject_is_locked(store: Store, tmp_path: Path) -> None:
    load(store, write_rows(tmp_path / "p.jsonl", subject_rows(0, status=Status.LOCKED)))
    assert store.subject("S0000").status is SubjectStatus.LOCKED


def test_a_damaged_image_costs_itself(store: Store, tmp_path: Path) -> None:
    image = {"modality": Modality.FINGER, "kind": Kind.IMAGE, "data": b"\x89PNG\r\n\x1a\n"}
    first = subject_rows(0)
    rows = [*first, replace(first[0], position=FingerPosition(9), **image)]  # type: ignore[arg-type]
    counts = load(store, write_rows(tmp_path / "p.jsonl", rows)).counts
    assert (counts.n_enrolled, reasons_of(tmp_path)) == (1, [(4, "data", "invalid_sample")])


def test_a_source_that_is_none_is_an_error_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="no such file"):
        find_source(tmp_path / "p.parquet")
    (tmp_path / "notes.doc").write_text("notes")
    with pytest.raises(InvalidSample, match="expected an ANSI/NIST-ITL"):
        find_source(tmp_path / "notes.doc")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InvalidSample, match="folder: no sample found"):
        find_source(tmp_path / "folder")


@pytest.mark.parametrize("n_workers", [1, 2])
def test_a_file_of_another_version_is_an_error(store: Store, tmp_path: Path, n_workers: int) -> None:
    (tmp_path / "p.jsonl").write_text('{"vantay.bulk.version": 9}\n')
    with pytest.raises(UnsupportedFormatVersion, match="9, expected 1"):
        load(store, tmp_path / "p.jsonl", n_workers=n_workers)


@pytest.mark.parametrize("n_workers", [1, 2])
@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_file_that_is_cut_off_is_an_error_and_whole_it_loads_once(
    store: Store, tmp_path: Path, suffix: str, n_workers: int
) -> None:
    path = write_population(tmp_path / f"p.{suffix}", 3)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    with pytest.raises(
        InvalidSample, match=r"is cut off within its last line|no(t a)? readable Parquet file"
    ):
        load(store, path, n_workers=n_workers)
    rejects = tmp_path / "rejects.jsonl"
    assert not rejects.exists() or rejects.stat().st_size == 0
    assert "S0002" not in contents(store)  # never half a subject
    path.write_bytes(whole)
    load(store, path, n_workers=n_workers, on_conflict="skip", is_restart=True)
    assert list(contents(store)) == ["S0000", "S0001", "S0002"]


def test_rejects_are_for_their_owner_alone(store: Store, tmp_path: Path) -> None:
    path = write_population(tmp_path / "p.jsonl", 1)
    load(store, path)
    load(store, write_rows(tmp_path / "again.jsonl", subject_rows(0, encounter_id="E-2")), on_conflict="fail")
    assert reasons_of(tmp_path) == [(1, None, "already_enrolled")]
    assert (tmp_path / "rejects.jsonl").stat().st_mode & 0o777 == 0o600


def test_the_file_of_rejects_may_not_be_a_source(store: Store, tmp_path: Path) -> None:
    path = write_population(tmp_path / "p.jsonl", 1)
    size = path.stat().st_size
    with pytest.raises(InvalidSetting, match="is in the source"):
        load(store, path, rejects=path)
    assert path.stat().st_size == size


@pytest.mark.parametrize("name", ["vantay.db", "vantay.db.key"])
@pytest.mark.parametrize("output", ["rejects", "progress"])
def test_no_output_of_a_load_takes_the_place_of_the_database(
    store: Store, tmp_path: Path, output: str, name: str
) -> None:
    path = write_population(tmp_path / "p.jsonl", 1)
    before = (store.path.parent / name).read_bytes()
    plan: dict[str, Any] = {output: store.path.parent / name}
    with pytest.raises(CallerError, match="is not written over"):
        load(store, path, is_restart=True, **plan)
    assert (store.path.parent / name).read_bytes() == before
    assert load(store, path).counts.n_enrolled == 1


def test_several_files_are_one_load(store: Store, tmp_path: Path) -> None:
    one = write_rows(tmp_path / "one.jsonl", subject_rows(1))
    two = write_rows(tmp_path / "two.parquet", subject_rows(2))
    assert load(store, one, two).counts.n_enrolled == 2
    assert list(contents(store)) == ["S0001", "S0002"]
