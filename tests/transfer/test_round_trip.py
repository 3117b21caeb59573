"""Export then load gives the same database."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from store.places import Place
from transfer.populations import CAPTURED, contents, load, make_record, make_vector
from vantay.errors import CallerError, GalleryNotFound, InvalidSample
from vantay.store import (
    Biographics,
    Consent,
    Document,
    Enrolment,
    NewEncounter,
    NewImage,
    NewTemplate,
    Sex,
    Store,
    SubjectStatus,
)
from vantay.transfer import export_store
from vantay.types import FaceTemplate, FingerPosition
from vantay_datasets.bulk import Kind, Status, read_rows

GALLERIES = ("residents", "visa", "Danh sách đỏ")
IDS = st.text("aZ9-_.Đ中 ", min_size=1, max_size=12).filter(lambda text: text == text.strip())
TEXTS = st.one_of(st.just(""), IDS)
TIMES = st.integers(0, 10**12).map(lambda ms: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))
BORN = st.dates(date(1850, 1, 1), date(2004, 12, 31))
BIOGRAPHICS = st.one_of(
    st.builds(
        Biographics,
        st.sampled_from([None, *Sex]),
        st.one_of(st.none(), st.integers(1850, 2200)),
        nationality=st.sampled_from([None, "KOR", "D", "XO"]),
    ),
    st.builds(Biographics, st.sampled_from([None, *Sex]), birth_date=BORN, nationality=st.just("VNM")),
)
DOCUMENTS = st.builds(
    Document,
    st.sampled_from(["passport", "residence card"]),
    st.text("M0123 9", min_size=1, max_size=9).filter(lambda text: text == text.strip()),
    st.sampled_from(["", "KOR", "Công an tỉnh"]),
    st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2199, 1, 1))),
)
CONSENTS = st.one_of(st.none(), st.builds(Consent, IDS, TEXTS, TIMES))


@st.composite
def encounters(draw: st.DrawFn, subject_id: str, encounter_id: str) -> NewEncounter:
    positions = draw(st.lists(st.sampled_from(FingerPosition), unique=True, max_size=3))
    seed = draw(st.integers(0, 99))
    made_by = draw(st.sampled_from([("leader", "1"), ("unknown", ""), ("another", "")]))
    templates = tuple(
        NewTemplate(p, make_record(seed, int(p)), draw(st.integers(0, 100)), *made_by) for p in positions
    )
    vector = np.frombuffer(make_vector(seed), "<f2").astype(np.float16)
    has_face = not positions or draw(st.booleans())
    has_image = draw(st.booleans())
    return NewEncounter(
        subject_id,
        templates,
        draw(TIMES),
        draw(TEXTS),
        encounter_id,
        FaceTemplate(vector, "m", "1", draw(st.integers(0, 100))) if has_face else None,
        draw(TEXTS),
        draw(TEXTS),
        draw(CONSENTS),
        tuple(NewImage("finger", b"\x89PNG\r\n\x1a\n" + bytes([p]), p) for p in positions[:1] if has_image),
    )


@st.composite
def subjects(draw: st.DrawFn) -> tuple[list[Enrolment], SubjectStatus]:
    subject_id = draw(IDS)
    biographics, documents = draw(BIOGRAPHICS), tuple(draw(st.lists(DOCUMENTS, max_size=2)))
    galleries = tuple(draw(st.lists(st.sampled_from(GALLERIES), unique=True)))
    rows = [
        Enrolment(draw(encounters(subject_id, f"{subject_id}/{n}")), biographics, documents, galleries)
        for n in range(draw(st.integers(0, 2)))
    ] or [Enrolment(None, biographics, documents, galleries, subject_id)]
    return rows, draw(st.sampled_from([SubjectStatus.ACTIVE, SubjectStatus.LOCKED, SubjectStatus.ERASED]))


def fill(store: Store, people: list[tuple[list[Enrolment], SubjectStatus]]) -> None:
    for name in GALLERIES:
        store.create_gallery(name)
    for rows, status in people:
        assert {result.error for result in store.load(rows)} == {None}
        if status is SubjectStatus.LOCKED:
            store.lock(rows[0].subject_id)
        elif status is SubjectStatus.ERASED:
            store.erase(rows[0].subject_id)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(subjects(), max_size=4, unique_by=lambda person: person[0][0].subject_id),
    st.sampled_from(["all.parquet", "all.jsonl"]),
)
def test_export_then_load_gives_the_same_database(people: list[Any], name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with Store.open(Path(folder) / "one.db") as one, Store.open(Path(folder) / "two.db") as two:
            fill(one, people)
            exported = export_store(one, path, with_images=True)
            loaded = load(two, path, keep_images=True, create_galleries=True)
            assert contents(two) == contents(one)
            assert loaded.counts.n_rejects == 0
            assert exported.n_subjects == loaded.counts.n_enrolled == one.statistics().n_subjects
            assert exported.n_erased == loaded.counts.n_erased == one.statistics().n_erased


def person(subject_id: str, *galleries: str, **changes: Any) -> Enrolment:
    templates = (NewTemplate(FingerPosition(2), make_record(1, 2), 70, "leader", "1"),)
    encounter = NewEncounter(subject_id, templates, CAPTURED, encounter_id=f"{subject_id}/0")
    return Enrolment(replace(encounter, **changes), Biographics(Sex.MALE), (), galleries)


def test_either_engine_gives_the_same_database(place: Place, tmp_path: Path) -> None:
    people = [
        ([person(f"P{n}", GALLERIES[n % 3])], SubjectStatus(s)) for n, s in enumerate(["active", "locked"])
    ]
    with place.open() as one, Store.open(tmp_path / "two.db") as two:
        fill(one, people)
        exported = export_store(one, tmp_path / "all.parquet")
        load(two, tmp_path / "all.parquet", create_galleries=True)
        assert contents(two) == contents(one)
        assert exported.n_rows == 2
        assert load(one, tmp_path / "all.parquet").counts.n_skipped == 2


def test_erased_and_merged_subjects_are_rows_without_samples(store: Store, tmp_path: Path) -> None:
    fill(store, [([person(name)], SubjectStatus.ACTIVE) for name in "ABC"])
    store.erase("A")
    store.merge("B", "C")
    summary = export_store(store, tmp_path / "all.jsonl")
    rows = {row.subject_id: row for row in read_rows(tmp_path / "all.jsonl") if row.kind is Kind.NONE}
    assert {row.status for row in rows.values()} == {Status.ERASED}
    assert dict(rows["C"].labels) == {"merged_into": "B"}
    assert not rows["A"].labels
    assert (summary.n_subjects, summary.n_erased, summary.n_rows) == (1, 2, 4)


def test_export_of_galleries_has_their_members_only(store: Store, tmp_path: Path) -> None:
    fill(store, [([person("A", "visa")], SubjectStatus.ACTIVE), ([person("B")], SubjectStatus.ACTIVE)])
    export_store(store, tmp_path / "visa.jsonl", galleries=["visa", "residents"])
    assert [row.subject_id for row in read_rows(tmp_path / "visa.jsonl")] == ["A"]
    with pytest.raises(GalleryNotFound, match=r"no gallery 'vise', expected one of: .*visa"):
        export_store(store, tmp_path / "vise.jsonl", galleries=["vise"])


def test_a_subject_that_changes_meanwhile_is_written_once(store: Store, tmp_path: Path) -> None:
    fill(store, [([person(f"P{n:03}")], SubjectStatus.ACTIVE) for n in range(3)])
    told: list[int] = []

    def advance(n: int) -> None:
        if not told:
            store.lock("P001")
        told.append(n)

    summary = export_store(store, tmp_path / "all.jsonl", advance=advance)
    assert summary.changed == ("P001",)
    assert [row.subject_id for row in read_rows(tmp_path / "all.jsonl")] == ["P000", "P001", "P002"]


def test_what_a_bulk_file_cannot_hold_is_written_as_near_as_it_can(store: Store, tmp_path: Path) -> None:
    born_after = Biographics(birth_date=date(2030, 1, 1))
    fill(store, [([replace(person("A", operator="  op 7 "), biographics=born_after)], SubjectStatus.ACTIVE)])
    export_store(store, tmp_path / "all.jsonl")
    (row,) = read_rows(tmp_path / "all.jsonl")
    assert (row.operator, row.birth_date, row.labels["birth_year"]) == ("op 7", None, "2030")


def test_only_the_owner_may_read_an_export_and_a_failed_one_leaves_nothing(
    store: Store, tmp_path: Path
) -> None:
    export_store(store, tmp_path / "all.parquet")
    assert (tmp_path / "all.parquet").stat().st_mode & 0o777 == 0o600
    with pytest.raises(InvalidSample, match="not a bulk file by its name"):
        export_store(store, tmp_path / "all.csv")
    assert not (tmp_path / "all.csv").exists()


def test_an_export_does_not_take_the_place_of_a_database(tmp_path: Path) -> None:
    with Store.open(tmp_path / "odd.parquet") as store:
        before = store.path.read_bytes()
        with pytest.raises(CallerError, match="is a database"):
            export_store(store, store.path)
        assert store.path.read_bytes() == before
