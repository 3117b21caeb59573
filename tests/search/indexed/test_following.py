"""The store is the oracle of the index: whatever happens to people and files, both hold the same."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from search.indexed.people import by_everyone, by_index, encounter, probe, seen, stored
from vantay.errors import IncompatibleTemplate, VantayError
from vantay.search.indexed import gallery as gallery_module
from vantay.search.indexed import living_parts, upkeep
from vantay.search.indexed.gallery import IndexedGallery
from vantay.store import Biographics, Store
from vantay.types import Candidate, FingerPosition

SUBJECTS = st.integers(0, 6)
SEEDS = st.integers(0, 5)
FINGERS = st.sets(
    st.sampled_from([FingerPosition.UNKNOWN, FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB]),
    min_size=1,
).map(sorted)
ABOUT = st.builds(
    Biographics,
    sex=st.sampled_from([None, "F", "M", "X"]),
    birth_year=st.sampled_from([None, 1850, 1990, 2200]),
)
GALLERIES = ["residents", "visa"]


def answer(search: Callable[[], tuple[Candidate, ...]]) -> tuple[Candidate, ...] | str:
    """Give the candidates of a search, or why nobody was searched."""
    try:
        return search()
    except IncompatibleTemplate as error:
        return str(error)


class IndexAgainstStore(RuleBasedStateMachine):
    """An owner of the files, a reader of the same folder, and a follower without files."""

    @initialize(pages=st.sampled_from([1, 2, 1000]), full_at=st.sampled_from([1, 4, 1000]))
    def open_all(self, pages: int, full_at: int) -> None:
        self.patches = [
            mock.patch.object(upkeep, "PAGE_SUBJECTS", pages),
            mock.patch.object(gallery_module, "FLUSH_ROWS", full_at),
            mock.patch.object(living_parts, "MERGE_PARTS", 2),
        ]
        for patch in self.patches:
            patch.start()
        self.temporary = tempfile.TemporaryDirectory(prefix="vantay-index-")
        self.folder = Path(self.temporary.name) / "index"
        self.store = Store.open(Path(self.temporary.name) / "vantay.db")
        for name in GALLERIES:
            self.store.create_gallery(name)
        self.follower = IndexedGallery(self.store)
        self.open_owner_and_reader()
        self.n_encounters = 0

    def open_owner_and_reader(self) -> None:
        self.owner = IndexedGallery(self.store, self.folder)
        self.owner.maintain()
        self.reader = IndexedGallery(self.store, self.folder)

    def attempt(self, act: str, *given: object, **options: object) -> None:
        """Do to the store what may be impossible now, as for a person who is not there."""
        try:
            getattr(self.store, act)(*given, **options)
        except VantayError:
            return

    @rule(
        who=SUBJECTS, seed=SEEDS, positions=FINGERS, has_face=st.booleans(), about=ABOUT, joins=st.booleans()
    )
    def enrol(
        self,
        who: int,
        seed: int,
        positions: list[FingerPosition],
        has_face: bool,
        about: Biographics,
        joins: bool,
    ) -> None:
        self.n_encounters += 1
        made = encounter(f"s{who}", seed, positions, has_face=has_face, encounter_id=f"e{self.n_encounters}")
        self.attempt("enrol", made, biographics=about, galleries=GALLERIES[:1] if joins else [])
        self.attempt("add_encounter", encounter(f"s{who}", seed, positions[:1], has_face=has_face))

    @rule(who=SUBJECTS, seed=SEEDS)
    def add_face(self, who: int, seed: int) -> None:
        self.attempt("add_encounter", encounter(f"s{who}", seed, [], has_face=True))

    @rule(winner=SUBJECTS, loser=SUBJECTS)
    def merge(self, winner: int, loser: int) -> None:
        self.attempt("merge", f"s{winner}", f"s{loser}")

    @rule(which=st.integers(1, 10), who=SUBJECTS)
    def move(self, which: int, who: int) -> None:
        self.attempt("move_encounter", f"e{which}", f"s{who}")

    @rule(who=SUBJECTS, act=st.sampled_from(["lock", "unlock", "erase"]))
    def lock_unlock_or_erase(self, who: int, act: str) -> None:
        self.attempt(act, f"s{who}")

    @rule(who=SUBJECTS, name=st.sampled_from(GALLERIES), act=st.sampled_from(["add_to", "remove_from"]))
    def change_gallery(self, who: int, name: str, act: str) -> None:
        self.attempt(f"{act}_gallery", name, f"s{who}")

    @rule(who=SUBJECTS, about=ABOUT)
    def update(self, who: int, about: Biographics) -> None:
        self.attempt("update_subject", f"s{who}", biographics=about)

    @rule(which=st.sampled_from(["owner", "reader", "follower"]))
    def refresh(self, which: str) -> None:
        one: IndexedGallery = getattr(self, which)
        assert one.refresh().sequence == self.store.sequence()

    @rule(min_rows=st.sampled_from([1, 3]))
    def maintain(self, min_rows: int) -> None:
        self.owner.refresh()
        self.owner.maintain(min_rows=min_rows)
        if min_rows == 1:
            assert self.owner.written_sequence == self.store.sequence()

    @rule()
    def maintain_reader(self) -> None:
        self.reader.maintain(min_rows=1)

    @rule()
    def compact(self) -> None:
        self.owner.compact()

    @rule()
    def hand_over(self) -> None:
        """The owner ends; the reader becomes the owner when it maintains."""
        self.owner.close()
        self.owner, self.reader = self.reader, IndexedGallery(self.store, self.folder)
        self.owner.maintain()

    @rule()
    def restart(self) -> None:
        self.owner.close()
        self.reader.close()
        self.open_owner_and_reader()

    @precondition(lambda self: self.n_encounters > 3)
    @rule()
    def rebuild(self) -> None:
        self.owner.rebuild()
        assert self.owner.written_sequence == self.store.sequence()

    @rule(
        seed=SEEDS,
        positions=FINGERS.map(tuple),
        has_face=st.booleans(),
        which=st.sampled_from(["owner", "reader", "follower"]),
    )
    def search(self, seed: int, positions: tuple[FingerPosition, ...], has_face: bool, which: str) -> None:
        snapshot = getattr(self, which).refresh()
        who = probe(seed, positions, has_face=has_face)
        assert answer(lambda: by_index(who, snapshot)) == answer(lambda: by_everyone(who, self.store))

    def teardown(self) -> None:
        expected = stored(self.store)
        for one in (self.owner, self.reader, self.follower):
            assert seen(one.refresh()) == expected
            one.close()
        with IndexedGallery(self.store, self.folder) as again:
            assert seen(again.refresh()) == expected
            assert again.verify() >= 0
        self.store.close()
        self.temporary.cleanup()
        for patch in self.patches:
            patch.stop()


IndexAgainstStore.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestIndexAgainstStore = IndexAgainstStore.TestCase
