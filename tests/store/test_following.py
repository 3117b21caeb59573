"""How an index or an export follows the store: pages of subjects in the order of their last changes."""

from __future__ import annotations

from store.people import CARD, KIM, PASSPORT, encounter, enrolment, make_face
from store.places import Place
from vantay.store import Biographics, Store, SubjectStatus


def test_a_page_has_all_of_a_subject(store: Store) -> None:
    store.create_gallery("visa")
    store.load([enrolment("A", "E1", "visa")])
    (state,) = store.page_since(0).subjects
    assert (state.number, state.subject_id, state.status, state.sequence) == (1, "A", "active", 1)
    assert state.galleries == ("visa",)
    assert state.biographics == Biographics(KIM.sex, 1990, nationality="KOR")
    assert state.documents == ()
    (found,) = state.encounters
    given = encounter("A")
    assert found.templates == tuple(sorted(given.templates, key=lambda t: t.position))
    assert found.face == make_face(1)
    assert (found.captured_at, found.operator, found.consent) == (
        given.captured_at,
        given.operator,
        given.consent,
    )
    (exported,) = store.page_since(0, with_documents=True).subjects
    assert (exported.biographics, exported.documents) == (KIM, (PASSPORT, CARD))


def test_pages_name_each_subject_once_in_the_order_of_last_changes(store: Store) -> None:
    store.load([enrolment(f"S{i}") for i in range(10)])
    store.lock("S3")
    store.erase("S5")
    store.merge("S0", "S7")
    pages = list(store.pages_since(0, limit=4))
    assert [len(page.subjects) for page in pages] == [4, 4, 2]
    states = [state for page in pages for state in page.subjects]
    assert [s.subject_id for s in states] == ["S1", "S2", "S4", "S6", "S8", "S9", "S3", "S5", "S0", "S7"]
    assert [s.sequence for s in states] == sorted(s.sequence for s in states)
    by_id = {s.subject_id: s for s in states}
    assert by_id["S3"].status is SubjectStatus.LOCKED
    assert (by_id["S5"].status, by_id["S5"].encounters) == (SubjectStatus.ERASED, ())
    assert (by_id["S7"].status, by_id["S7"].encounters, by_id["S7"].merged_into) == ("merged", (), "S0")
    assert len(by_id["S0"].encounters) == 2
    assert pages[-1].sequence == store.sequence()


def test_a_follower_that_knows_all_gets_nothing_and_stays_where_it_is(store: Store) -> None:
    assert store.page_since(0).subjects == ()
    store.enrol(encounter("A"))
    page = store.page_since(store.sequence())
    assert (page.subjects, page.sequence) == ((), 1)
    assert list(store.pages_since(1)) == []


def test_what_changes_between_two_pages_comes_again_and_nothing_is_missed(store: Store) -> None:
    store.load([enrolment(f"S{i}") for i in range(6)])
    pages = store.pages_since(0, limit=2)
    seen = [state.subject_id for state in next(pages).subjects]
    store.add_encounter(encounter("S0"))
    store.erase("S4")
    store.enrol(encounter("S9"))
    seen += [state.subject_id for page in pages for state in page.subjects]
    assert seen == ["S0", "S1", "S2", "S3", "S5", "S0", "S4", "S9"]


def test_between_two_pages_no_transaction_is_open(place: Place) -> None:
    with place.open(busy_timeout_ms=50) as store:
        store.load([enrolment(f"S{i}") for i in range(4)])
        pages = store.pages_since(0, limit=2)
        next(pages)
        assert store.purge()  # an open reader would be in its way
        assert [state.subject_id for page in pages for state in page.subjects] == ["S2", "S3"]
