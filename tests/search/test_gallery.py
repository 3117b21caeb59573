"""The gallery follows the store: whoever wrote, and however it got there."""

from __future__ import annotations

import contextlib
import random
import sqlite3

import pytest

from search.random_fingers import capture_again, encounter_of, make_finger
from vantay.errors import DataCorruption
from vantay.fingerprint.comparison import prepare
from vantay.search import Gallery, GallerySnapshot, gallery, identify
from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition

RIGHT_INDEX, LEFT_INDEX, UNKNOWN = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.LEFT_INDEX,
    FingerPosition.UNKNOWN,
)


def found_in(snapshot: GallerySnapshot, seed: int) -> list[str]:
    probe = {RIGHT_INDEX: prepare(capture_again(make_finger(seed), 1))}
    return [c.subject_id for c in identify(probe, snapshot).matches]


def test_gallery_sees_what_another_handle_enrolled(store: Store) -> None:
    follower = Gallery(store)
    assert follower.refresh().n_subjects == 0
    with Store.open(store.path) as other:
        other.enrol(encounter_of("A", make_finger(1)))
    assert found_in(follower.refresh(), 1) == ["A"]


def test_snapshot_does_not_change_when_the_gallery_moves_on(store: Store) -> None:
    follower = Gallery(store)
    store.enrol(encounter_of("A", make_finger(1)))
    before = follower.refresh()
    store.erase("A")
    store.enrol(encounter_of("B", make_finger(2)))
    after = follower.refresh()
    assert (found_in(before, 1), found_in(before, 2)) == (["A"], [])
    assert (found_in(after, 1), found_in(after, 2)) == ([], ["B"])


def test_nothing_is_read_when_nothing_changed(store: Store) -> None:
    store.enrol(encounter_of("A", make_finger(1)))
    follower = Gallery(store)
    assert follower.refresh() is follower.refresh()


def test_added_encounter_is_searched(store: Store) -> None:
    follower = Gallery(store)
    store.enrol(encounter_of("A", make_finger(1, LEFT_INDEX)))
    store.enrol(encounter_of("B", make_finger(3)))
    assert found_in(follower.refresh(), 2) == []
    store.add_encounter(encounter_of("A", make_finger(2)))
    snapshot = follower.refresh()
    assert found_in(snapshot, 2) == ["A"]
    assert snapshot.n_subjects == 2


def test_damaged_row_stops_the_search_until_it_is_erased(store: Store) -> None:
    follower = Gallery(store)
    store.enrol(encounter_of("A", make_finger(1)))
    follower.refresh()
    store.enrol(encounter_of("B", make_finger(2)))
    with contextlib.closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(
            "UPDATE encounters SET sealed_templates = x'0102' WHERE subject_number = "
            "(SELECT number FROM subjects WHERE subject_id = 'B')"
        )
    for _ in range(2):
        with pytest.raises(DataCorruption, match="subject 'B', cannot be opened"):
            follower.refresh()
    store.erase("B")
    assert found_in(follower.refresh(), 1) == ["A"]


def test_record_of_nothing_is_damage_although_its_checksum_holds(store: Store) -> None:
    store.enrol(NewEncounter("A", (NewTemplate(RIGHT_INDEX, b"not a record"),), encounter_id="E1"))
    with pytest.raises(DataCorruption, match="encounter E1, finger RIGHT_INDEX"):
        Gallery(store).refresh()


@pytest.mark.parametrize("seed", range(3))
def test_following_gives_what_loading_anew_gives(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(gallery, "SEGMENT_TEMPLATES", 3)  # so that segments close
    monkeypatch.setattr(gallery, "MIN_DEAD_ROWS", 4)  # and the gallery is loaded anew
    rng = random.Random(seed)
    probe = {RIGHT_INDEX: prepare(make_finger(1)), UNKNOWN: prepare(make_finger(2))}
    follower = Gallery(store)
    alive: list[str] = []
    for step in range(40):
        act = rng.choice(["enrol", "enrol", "add", "erase", "erase"])
        positions = rng.sample([RIGHT_INDEX, LEFT_INDEX, UNKNOWN], rng.randint(1, 3))
        fingers = [make_finger(rng.randint(0, 9), position) for position in positions]
        if act == "enrol":
            store.enrol(encounter_of(f"S{step:02}", *fingers))
            alive.append(f"S{step:02}")
        elif alive and act == "add":
            store.add_encounter(encounter_of(rng.choice(alive), *fingers))
        elif alive:
            store.erase(alive.pop(rng.randrange(len(alive))))
        if rng.random() < 0.5:
            followed = identify(probe, follower.refresh(), max_candidates=100)
            anew = identify(probe, Gallery(store).refresh(), max_candidates=100)
            assert followed.candidates == anew.candidates
            assert followed.n_searched == anew.n_searched == len(alive)
