"""A dict is the oracle of the store: random operations, also across reopening and from a second handle."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from store.places import Place, PostgresPlace, SqlitePlace
from store.postgres_server import Server
from vantay.errors import AlreadyEnrolled, EncounterNotFound, SubjectMerged, SubjectNotFound
from vantay.store import (
    Biographics,
    Document,
    Enrolment,
    NewEncounter,
    NewTemplate,
    OnConflict,
)
from vantay.types import FingerPosition

SUBJECT_IDS = st.sampled_from(["a", "b", "c", "d", "Đ"])
ENCOUNTER_NUMBERS = st.integers(0, 12)
TEMPLATES = st.dictionaries(
    st.sampled_from(FingerPosition), st.binary(min_size=1, max_size=30), min_size=1, max_size=3
)
NUMBERS = st.lists(st.sampled_from(["1", "2", "3"]), max_size=2, unique=True)
GALLERIES = ("visa", "watch")

Records = dict[FingerPosition, bytes]


@dataclass
class Person:
    """What the oracle knows of a subject: its encounters by identifier, or what became of it."""

    encounters: dict[str, Records] = field(default_factory=dict)
    status: str = "active"
    merged_into: str | None = None
    papers: list[str] = field(default_factory=list)
    birth_year: int | None = None
    galleries: set[str] = field(default_factory=set)
    sequence: int = 0

    @property
    def is_there(self) -> bool:
        return self.status in {"active", "locked"}


class StoreAgainstDict(RuleBasedStateMachine):
    """Every operation on both; then all that the store tells is compared."""

    place: Place

    def make_place(self) -> Place:
        raise NotImplementedError

    @initialize()
    def open_store(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="vantay-oracle-")
        self.place = self.make_place()
        self.store = self.place.open()
        self.handles = [self.store]
        for name in GALLERIES:
            self.store.create_gallery(name)
        self.people: dict[str, Person] = {}
        self.n_encounters = 0
        self.sequence = 0
        self.followed = 0
        self.known: dict[str, dict[str, Records]] = {}

    def new_encounter(self, subject_id: str, records: Records) -> NewEncounter:
        self.n_encounters += 1
        templates = tuple(NewTemplate(p, r) for p, r in records.items())
        return NewEncounter(subject_id, templates, encounter_id=f"E{self.n_encounters}")

    def change(self, *subject_ids: str) -> None:
        for subject_id in subject_ids:
            self.sequence += 1
            self.people[subject_id].sequence = self.sequence

    def expected_error(self, subject_id: str) -> type[Exception] | None:
        person = self.people.get(subject_id)
        if person is None or person.status == "erased":
            return SubjectNotFound
        return SubjectMerged if person.status == "merged" else None

    def refused(self, *subject_ids: str) -> type[Exception] | None:
        return next(filter(None, map(self.expected_error, subject_ids)), None)

    @rule(
        subject_id=SUBJECT_IDS, records=TEMPLATES, numbers=NUMBERS, year=st.sampled_from([None, 1990, 2001])
    )
    def enrol(self, subject_id: str, records: Records, numbers: list[str], year: int | None) -> None:
        encounter = self.new_encounter(subject_id, records)
        papers = [Document("passport", number) for number in numbers]

        def enrol() -> None:
            self.store.enrol(encounter, documents=papers, biographics=Biographics(birth_year=year))

        if subject_id in self.people:
            with pytest.raises(AlreadyEnrolled):
                enrol()
            return
        enrol()
        person = Person({encounter.encounter_id or "": records}, papers=numbers, birth_year=year)
        self.people[subject_id] = person
        self.change(subject_id)

    @rule(subject_id=SUBJECT_IDS, records=TEMPLATES)
    def add_encounter(self, subject_id: str, records: Records) -> None:
        encounter = self.new_encounter(subject_id, records)
        if (error := self.refused(subject_id)) is not None:
            with pytest.raises(error):
                self.store.add_encounter(encounter)
            return
        self.store.add_encounter(encounter)
        self.people[subject_id].encounters[encounter.encounter_id or ""] = records
        self.change(subject_id)

    @rule(
        rows=st.lists(st.tuples(SUBJECT_IDS, TEMPLATES), max_size=5), on_conflict=st.sampled_from(OnConflict)
    )
    def load(self, rows: list[tuple[str, Records]], on_conflict: OnConflict) -> None:
        encounters = [self.new_encounter(subject_id, records) for subject_id, records in rows]
        results = self.store.load([Enrolment(e) for e in encounters], on_conflict=on_conflict)
        before = set(self.people)
        for (subject_id, records), encounter, result in zip(rows, encounters, results, strict=True):
            outcome = "enrolled" if subject_id not in self.people else "added"
            if subject_id in before:
                person = self.people[subject_id]
                by_choice = {"skip": "skipped", "add-encounter": "added", "fail": "failed"}[on_conflict]
                outcome = by_choice if person.is_there else "failed"
            assert result.outcome == outcome
            if outcome in {"enrolled", "added"}:
                self.people.setdefault(subject_id, Person()).encounters[encounter.encounter_id or ""] = (
                    records
                )
                self.change(subject_id)

    @rule(number=ENCOUNTER_NUMBERS, subject_id=SUBJECT_IDS)
    def move(self, number: int, subject_id: str) -> None:
        encounter_id = f"E{number}"
        owners = [s for s, person in self.people.items() if encounter_id in person.encounters]
        if not owners or (error := self.refused(subject_id)) is not None:
            with pytest.raises(EncounterNotFound if not owners else (error or EncounterNotFound)):
                self.store.move_encounter(encounter_id, subject_id)
            return
        (owner,) = owners
        assert self.store.move_encounter(encounter_id, subject_id) == owner
        if owner != subject_id:
            self.people[subject_id].encounters[encounter_id] = self.people[owner].encounters.pop(encounter_id)
            self.change(owner, subject_id)

    @rule(winner=SUBJECT_IDS, loser=SUBJECT_IDS)
    def merge(self, winner: str, loser: str) -> None:
        if winner == loser:
            return
        if (error := self.refused(winner)) is not None:
            with pytest.raises(error):
                self.store.merge(winner, loser)
            return
        if loser in self.people and self.people[loser].merged_into == winner:
            assert self.store.merge(winner, loser) == 0
            return
        if (error := self.refused(loser)) is not None:
            with pytest.raises(error):
                self.store.merge(winner, loser)
            return
        best, other = self.people[winner], self.people[loser]
        assert self.store.merge(winner, loser) == len(other.encounters)
        best.encounters |= other.encounters
        best.papers = list(dict.fromkeys(best.papers + other.papers))
        best.birth_year = best.birth_year or other.birth_year
        best.galleries |= other.galleries
        if other.status == "locked" and best.status == "active":
            best.status = "locked"
            self.change(winner)
        for person in self.people.values():
            if person.merged_into == loser:
                person.merged_into = winner
        self.people[loser] = Person(status="merged", merged_into=winner)
        self.change(winner, loser)

    @rule(subject_id=SUBJECT_IDS, is_locked=st.booleans())
    def set_lock(self, subject_id: str, *, is_locked: bool) -> None:
        call = self.store.lock if is_locked else self.store.unlock
        if (error := self.refused(subject_id)) is not None:
            with pytest.raises(error):
                call(subject_id)
            return
        wanted = "locked" if is_locked else "active"
        changed = self.people[subject_id].status != wanted
        assert call(subject_id) is changed
        self.people[subject_id].status = wanted
        if changed:
            self.change(subject_id)

    @rule(subject_id=SUBJECT_IDS, numbers=NUMBERS)
    def update(self, subject_id: str, numbers: list[str]) -> None:
        papers = [Document("passport", number) for number in numbers]
        if (error := self.refused(subject_id)) is not None:
            with pytest.raises(error):
                self.store.update_subject(subject_id, documents=papers)
            return
        self.store.update_subject(subject_id, documents=papers)
        self.people[subject_id].papers = numbers
        self.change(subject_id)

    @rule(name=st.sampled_from(GALLERIES), subject_id=SUBJECT_IDS, is_member=st.booleans())
    def set_membership(self, name: str, subject_id: str, *, is_member: bool) -> None:
        call = self.store.add_to_gallery if is_member else self.store.remove_from_gallery
        if (error := self.refused(subject_id)) is not None:
            with pytest.raises(error):
                call(name, subject_id)
            return
        galleries = self.people[subject_id].galleries
        changed = (name in galleries) != is_member
        assert call(name, subject_id) is changed
        if changed:
            galleries ^= {name}
            self.change(subject_id)

    @rule(subject_id=SUBJECT_IDS)
    def erase(self, subject_id: str) -> None:
        person = self.people.get(subject_id)
        if person is None or person.status == "merged":
            with pytest.raises(SubjectNotFound if person is None else SubjectMerged):
                self.store.erase(subject_id)
            return
        erasure = self.store.erase(subject_id)
        assert erasure.n_templates == sum(map(len, person.encounters.values()))
        if person.status != "erased":
            self.people[subject_id] = Person(status="erased")
            self.change(subject_id)

    @rule()
    def reopen(self) -> None:
        for handle in self.handles:
            handle.close()
        self.store = self.place.open(create=False)
        self.handles = [self.store]

    @rule()
    def open_second_handle(self) -> None:
        self.store = self.place.open(create=False)
        self.handles.append(self.store)

    @rule(limit=st.integers(1, 4))
    def follow(self, limit: int) -> None:
        changed = {s for s, person in self.people.items() if person.sequence > self.followed}
        assert self.store.changes_since(self.followed).subject_ids == tuple(sorted(changed))
        for page in self.store.pages_since(self.followed, limit=limit):
            for state in page.subjects:
                assert state.subject_id in changed
                self.known[state.subject_id] = {
                    e.encounter_id: {t.position: t.record for t in e.templates} for e in state.encounters
                }
                assert set(state.galleries) == self.people[state.subject_id].galleries
                assert state.biographics.birth_year == self.people[state.subject_id].birth_year
            self.followed = page.sequence
        assert self.followed == self.sequence
        assert self.known == {s: person.encounters for s, person in self.people.items()}

    @invariant()
    def store_holds_what_the_dict_holds(self) -> None:
        stored: dict[str, dict[str, Records]] = {}
        for t in self.store.templates():
            stored.setdefault(t.subject_id, {}).setdefault(t.encounter_id, {})[t.position] = t.record
        assert stored == {s: person.encounters for s, person in self.people.items() if person.encounters}
        assert self.store.sequence() == self.sequence
        assert [(s.subject_id, str(s.status)) for s in self.store.subjects()] == [
            (s, person.status) for s, person in sorted(self.people.items())
        ]
        for number in "123":
            owners = sorted(s for s, person in self.people.items() if number in person.papers)
            assert self.store.find_by_document("passport", number) == tuple(owners)
        for subject_id, person in self.people.items():
            assert self.store.resolve(subject_id) == (person.merged_into or subject_id)

    def teardown(self) -> None:
        for handle in self.handles:
            handle.close()
        self.folder.cleanup()


def test_a_file_holds_what_a_dict_holds() -> None:
    class OnSqlite(StoreAgainstDict):
        def make_place(self) -> Place:
            return SqlitePlace(Path(self.folder.name) / "vantay.db")

    run(OnSqlite, n_examples=12)


def test_a_server_holds_what_a_dict_holds(postgres_server: Server) -> None:
    numbers = itertools.count()

    class OnPostgres(StoreAgainstDict):
        def make_place(self) -> Place:
            schema = f"oracle{next(numbers)}"
            with psycopg.connect(postgres_server.dsn(), autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA {schema}".encode())
            return PostgresPlace(postgres_server.dsn(schema=schema), Path(self.folder.name) / "key")

    run(OnPostgres, n_examples=6)


def run(machine: type[StoreAgainstDict], *, n_examples: int) -> None:
    test_case = machine.TestCase
    test_case.settings = settings(max_examples=n_examples, stateful_step_count=25, deadline=None)
    test_case().runTest()
