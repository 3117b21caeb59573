"""Moving encounters, merging subjects, locking them."""

from __future__ import annotations

from datetime import date

import pytest

from store.people import CARD, KIM, PASSPORT, encounter
from store.places import Place
from vantay.errors import (
    AlreadyEnrolled,
    CallerError,
    DataCorruption,
    EncounterNotFound,
    SubjectMerged,
    SubjectNotFound,
)
from vantay.store import Biographics, Document, Sex, Store, SubjectStatus


def kinds(store: Store, after: int) -> list[tuple[str, str]]:
    return [(change.subject_id, change.kind) for change in store.change_log(after)]


def test_a_moved_encounter_is_the_other_subjects_with_templates_and_images(store: Store) -> None:
    store.enrol(encounter("A", "E1"))
    store.enrol(encounter("B", "E2"))
    before = store.sequence()
    templates, images = store.templates_of(["A"]), store.images("E1")
    assert store.move_encounter("E1", "B") == "A"
    assert [e.encounter_id for e in store.subject("B").encounters] == ["E1", "E2"]
    assert store.subject("A").encounters == ()
    assert store.subject("A").status is SubjectStatus.ACTIVE
    moved = [t for t in store.templates_of(["B"]) if t.encounter_id == "E1"]
    assert [t.record for t in moved] == [t.record for t in templates]
    assert store.images("E1") == images
    assert kinds(store, before) == [("A", "move"), ("B", "move")]


def test_moving_to_where_it_is_changes_nothing(store: Store) -> None:
    store.enrol(encounter("A", "E1"))
    before = store.sequence()
    assert store.move_encounter("E1", "A") == "A"
    assert store.sequence() == before


def test_what_cannot_be_moved_is_told(store: Store) -> None:
    store.enrol(encounter("A", "E1"))
    store.enrol(encounter("B", "E2"))
    with pytest.raises(EncounterNotFound, match="no encounter 'E9'"):
        store.move_encounter("E9", "A")
    with pytest.raises(SubjectNotFound, match="no subject 'C'"):
        store.move_encounter("E1", "C")
    store.erase("B")
    with pytest.raises(SubjectNotFound, match="'B' was erased"):
        store.move_encounter("E1", "B")
    with pytest.raises(EncounterNotFound, match="'E2' was erased with its subject"):
        store.move_encounter("E2", "A")
    assert len(store.templates_of(["A"])) == 2


def test_the_winner_of_a_merge_has_everything_and_the_loser_is_an_alias(store: Store) -> None:
    for gallery in ("visa", "residents", "watchlist"):
        store.create_gallery(gallery)
    born = Biographics(birth_year=1990)
    store.enrol(encounter("A", "E1"), biographics=born, documents=[CARD], galleries=["visa", "residents"])
    store.enrol(
        encounter("B", "E2"), biographics=KIM, documents=[PASSPORT, CARD], galleries=["visa", "watchlist"]
    )
    before = store.sequence()
    assert store.merge("A", "B") == 1
    winner, loser = store.subject("A"), store.subject("B")
    assert [e.encounter_id for e in winner.encounters] == ["E1", "E2"]
    assert winner.biographics == KIM
    assert sorted(d.document_type for d in winner.documents) == ["passport", "residence-card"]
    assert winner.galleries == ("residents", "visa", "watchlist")
    assert (loser.status, loser.merged_into, loser.encounters) == (SubjectStatus.MERGED, "A", ())
    assert (loser.biographics, loser.documents, loser.galleries) == (Biographics(), (), ())
    assert store.find_by_document("passport", PASSPORT.number) == ("A",)
    assert store.find_by_document(CARD.document_type, CARD.number) == ("A",)
    assert store.galleries() == {"residents": 1, "visa": 1, "watchlist": 1}
    assert (store.resolve("B"), store.resolve("A")) == ("A", "A")
    assert kinds(store, before) == [("A", "merge"), ("B", "merge")]
    statistics = store.statistics()
    assert (statistics.n_subjects, statistics.n_merged, statistics.n_encounters) == (1, 1, 2)


@pytest.mark.parametrize(
    ("locked", "noted"),
    [
        ("", [("A", "merge"), ("B", "merge")]),
        ("A", [("A", "merge"), ("B", "merge")]),
        ("B", [("A", "lock"), ("A", "merge"), ("B", "merge")]),
        ("AB", [("A", "merge"), ("B", "merge")]),
    ],
)
def test_a_merge_keeps_the_lock_of_either(store: Store, locked: str, noted: list[tuple[str, str]]) -> None:
    for subject_id in "AB":
        store.enrol(encounter(subject_id))
    for subject_id in locked:
        store.lock(subject_id)
    before = store.sequence()
    store.merge("A", "B")
    assert store.subject("A").status is (SubjectStatus.LOCKED if locked else SubjectStatus.ACTIVE)
    assert store.subject("B").status is SubjectStatus.MERGED
    assert kinds(store, before) == noted
    if locked:
        assert store.unlock("A")


def test_what_the_winner_knows_stays(store: Store) -> None:
    known = Biographics(Sex.MALE, birth_date=date(1988, 1, 1), nationality="JPN")
    store.enrol(encounter("A", "E1"), biographics=known)
    store.enrol(encounter("B", "E2"), biographics=KIM)
    store.merge("A", "B")
    assert store.subject("A").biographics == known


def test_an_alias_cannot_be_written_and_names_the_winner(store: Store) -> None:
    for subject_id in "ABC":
        store.enrol(encounter(subject_id, f"E{subject_id}"))
    store.merge("A", "B")
    for write in (
        lambda: store.add_encounter(encounter("B")),
        lambda: store.lock("B"),
        lambda: store.erase("B"),
        lambda: store.move_encounter("EC", "B"),
        lambda: store.merge("B", "C"),
        lambda: store.merge("C", "B"),
    ):
        with pytest.raises(SubjectMerged, match="'B' was merged into 'A'") as caught:
            write()
        assert caught.value.merged_into == "A"
    with pytest.raises(AlreadyEnrolled, match="merged into 'A': use that one"):
        store.enrol(encounter("B"))
    assert store.templates_of(["B"]) == []


def test_aliases_of_aliases_lead_to_the_last_winner(store: Store) -> None:
    for subject_id in "ABC":
        store.enrol(encounter(subject_id, f"E{subject_id}"))
    store.merge("B", "A")
    store.merge("C", "B")
    assert [store.resolve(s) for s in "ABC"] == ["C", "C", "C"]
    assert store.merge("C", "A") == 0  # as if it had been said at first
    store.erase("C")
    assert store.resolve("A") == "C"
    assert list(store.templates()) == []


def test_merging_again_changes_nothing_and_nobody_merges_into_himself(store: Store) -> None:
    for subject_id in "AB":
        store.enrol(encounter(subject_id))
    store.merge("A", "B")
    before = store.sequence()
    assert store.merge("A", "B") == 0
    assert store.sequence() == before
    with pytest.raises(CallerError, match="into itself"):
        store.merge("A", "A")
    with pytest.raises(SubjectNotFound, match="no subject 'X'"):
        store.merge("A", "X")


def test_too_many_documents_together_keep_both_as_they_were(store: Store) -> None:
    for subject_id in "AB":
        papers = [Document("visa", f"{subject_id}{i}") for i in range(60)]
        store.enrol(encounter(subject_id), documents=papers)
    with pytest.raises(AlreadyEnrolled, match="have 120 documents together, expected at most 100"):
        store.merge("A", "B")
    assert store.subject("B").status is SubjectStatus.ACTIVE
    assert len(store.templates_of(["B"])) == 2


def test_a_damaged_encounter_is_not_merged_away(place: Place) -> None:
    with place.open() as store:
        for subject_id in "AB":
            store.enrol(encounter(subject_id, f"E{subject_id}"))
        place.run_sql("UPDATE encounters SET encounter_id = 'EX' WHERE encounter_id = 'EB'")
        with pytest.raises(DataCorruption, match="encounter EX"):
            store.merge("A", "B")
        assert store.subject("A").galleries == ()
        assert store.resolve("B") == "B"


def test_a_locked_subject_is_still_read_and_can_be_unlocked(store: Store) -> None:
    store.enrol(encounter("A"))
    before = store.sequence()
    assert store.lock("A")
    assert not store.lock("A")
    assert store.subject("A").status is SubjectStatus.LOCKED
    assert len(store.templates_of(["A"])) == 2
    assert store.statistics().n_subjects == 1
    store.add_encounter(encounter("A"))
    assert store.unlock("A")
    assert not store.unlock("A")
    assert store.subject("A").status is SubjectStatus.ACTIVE
    assert [kind for _, kind in kinds(store, before)] == ["lock", "add_encounter", "unlock"]
