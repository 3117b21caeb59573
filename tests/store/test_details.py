"""What is known of a subject beside its templates: biographics, documents, galleries, images, consent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from store.people import CAPTURED, CARD, IMAGE, KIM, PASSPORT, encounter
from store.places import Place
from vantay.errors import CallerError, EncounterNotFound, GalleryNotFound, SubjectNotFound
from vantay.store import Biographics, Consent, Document, NewEncounter, NewImage, Sex, Store
from vantay.types import FingerPosition

EncounterOf = Callable[..., NewEncounter]


def test_all_that_was_enrolled_comes_back_after_reopening(place: Place) -> None:
    with place.open() as store:
        store.create_gallery("visa")
        store.create_gallery("residents")
        told = store.enrol(
            encounter("K"), biographics=KIM, documents=[PASSPORT, CARD], galleries=["visa", "residents"]
        )
    with place.open(create=False) as store:
        subject = store.subject("K")
        images = store.images(told.encounter_id)
    assert subject.encounters == (told,)
    assert (told.captured_at, told.operator, told.device) == (CAPTURED, "officer 17", "scanner A")
    assert told.consent == Consent("C-2030-1", "level 2 account", CAPTURED)
    assert [(t.position, t.quality, t.extractor) for t in told.templates] == [
        (FingerPosition(2), 62, "classical"),
        (FingerPosition(7), 61, "leader"),
    ]
    assert subject.biographics == KIM
    assert subject.biographics.birth_year == 1990
    assert subject.documents == (PASSPORT, CARD)
    assert subject.galleries == ("residents", "visa")
    assert [(i.modality, i.position, i.data) for i in images] == [
        ("face", FingerPosition.UNKNOWN, b"photo"),
        ("finger", FingerPosition(2), IMAGE),
    ]


@pytest.mark.parametrize("number", ["M123456", "m 123-456", "Ｍ１２３４５６", " m-1 2 3456 "])
def test_a_subject_is_found_by_its_document_however_its_number_is_written(store: Store, number: str) -> None:
    store.enrol(encounter("K"), documents=[PASSPORT, CARD])
    assert store.find_by_document("passport", number) == ("K",)
    assert store.find_by_document("passport", number, issuer="KOR") == ("K",)
    assert store.find_by_document("passport", number, issuer="PRK") == ()
    assert store.find_by_document("residence-card", number) == ()


def test_two_subjects_with_one_document_are_both_found(store: Store) -> None:
    for subject_id in ("B", "A"):
        store.enrol(encounter(subject_id), documents=[PASSPORT])
    assert store.find_by_document("passport", PASSPORT.number) == ("A", "B")


def test_details_are_replaced_one_by_one(store: Store) -> None:
    store.enrol(encounter("K"), biographics=KIM, documents=[PASSPORT])
    store.update_subject("K", documents=[CARD])
    assert store.subject("K").biographics == KIM
    assert store.find_by_document("passport", PASSPORT.number) == ()
    assert store.find_by_document(CARD.document_type, CARD.number) == ("K",)
    store.update_subject("K", biographics=Biographics(Sex.MALE, 1991))
    assert store.subject("K").biographics == Biographics(Sex.MALE, 1991)
    assert store.subject("K").documents == (CARD,)
    assert [c.kind for c in store.change_log(0)] == ["enrol", "update", "update"]
    with pytest.raises(SubjectNotFound):
        store.update_subject("nobody", biographics=KIM)


def test_erasure_leaves_nothing_but_the_tombstone(place: Place) -> None:
    with place.open() as store:
        store.create_gallery("visa")
        store.enrol(encounter("K"), biographics=KIM, documents=[PASSPORT], galleries=["visa"])
        store.erase("K")
        tombstone = store.subject("K")
        assert (tombstone.biographics, tombstone.documents, tombstone.galleries) == (Biographics(), (), ())
        (left,) = tombstone.encounters
        assert (left.source, left.operator, left.device, left.consent, left.face) == ("", "", "", None, None)
        assert store.images(left.encounter_id) == []
        assert store.find_by_document("passport", PASSPORT.number) == ()
        assert store.galleries() == {"visa": 0}
    assert [place.count(t) for t in ("subject_keys", "documents", "images", "gallery_members")] == [0] * 4


def test_galleries_are_made_filled_and_listed(store: Store, encounter_of: EncounterOf) -> None:
    for name in ("watchlist", "visa", "visa"):
        store.create_gallery(name)
    for subject_id in "CAB":
        store.enrol(encounter_of(subject_id), galleries=["visa"])
    before = store.sequence()
    assert store.add_to_gallery("watchlist", "A")
    assert not store.add_to_gallery("watchlist", "A")
    assert store.remove_from_gallery("visa", "B")
    assert not store.remove_from_gallery("visa", "B")
    assert store.galleries() == {"visa": 2, "watchlist": 1}
    assert store.gallery_members("visa") == ["A", "C"]
    assert store.gallery_members("visa", after="A", limit=5) == ["C"]
    assert store.subject("A").galleries == ("visa", "watchlist")
    changes = store.change_log(before)
    assert [(c.subject_id, c.kind) for c in changes] == [("A", "gallery"), ("B", "gallery")]
    for use in (
        lambda: store.add_to_gallery("visas", "A"),
        lambda: store.gallery_members("visas"),
        lambda: store.enrol(encounter_of("D"), galleries=["visas"]),
    ):
        with pytest.raises(GalleryNotFound, match="no gallery 'visas', expected one of: visa, watchlist"):
            use()
    assert "D" not in {s.subject_id for s in store.subjects()}


def test_images_of_an_unknown_encounter_are_an_error(store: Store) -> None:
    with pytest.raises(EncounterNotFound, match="'E1'"):
        store.images("E1")


def test_unusable_details_are_refused_without_telling_them() -> None:
    with pytest.raises(CallerError, match="not the year of birth_date"):
        Biographics(birth_year=1991, birth_date=date(1990, 1, 1))
    with pytest.raises(CallerError, match="expected 1850 to 2200"):
        Biographics(birth_year=90)
    with pytest.raises(CallerError, match="nationality 'vnm'"):
        Biographics(nationality="vnm")
    with pytest.raises(CallerError, match="without a number"):
        Document("passport", "---")
    with pytest.raises(CallerError, match="without a type"):
        Document("", "123")
    with pytest.raises(CallerError) as caught:
        Document("passport", "SECRET\n99")
    assert "SECRET" not in str(caught.value)
    with pytest.raises(CallerError, match="without a reference"):
        Consent("", "all", datetime.now(UTC))
    with pytest.raises(CallerError, match="no time zone"):
        Consent("C", "all", datetime(2030, 1, 1))
    with pytest.raises(CallerError, match="2 images of face"):
        replace(encounter("K"), images=(NewImage("face", b"1"), NewImage("face", b"2")))
    with pytest.raises(CallerError, match="image of 0 bytes"):
        NewImage("face", b"")
    with pytest.raises(CallerError, match="operator 'a\\\\x00b'"):
        replace(encounter("K"), operator="a\0b")
