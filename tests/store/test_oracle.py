"""A dict is the oracle of the store: random operations, also across reopening and from a second handle."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from vantay.errors import AlreadyEnrolled, SubjectNotFound
from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition

SUBJECT_IDS = st.sampled_from(["a", "b", "c", "d", "Đ"])
TEMPLATES = st.dictionaries(
    st.sampled_from(FingerPosition), st.binary(min_size=1, max_size=30), min_size=1, max_size=4
)


class StoreAgainstDict(RuleBasedStateMachine):
    """Each subject is a list of its encounters' records, or None when it was erased."""

    @initialize()
    def open_store(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="vantay-oracle-")
        self.path = Path(self.folder.name) / "vantay.db"
        self.store = Store.open(self.path)
        self.oracle: dict[str, list[dict[FingerPosition, bytes]] | None] = {}
        self.followed = 0
        self.n_changes = 0
        self.changed_since: set[str] = set()

    def note_change(self, subject_id: str) -> None:
        self.n_changes += 1
        self.changed_since.add(subject_id)

    @rule(subject_id=SUBJECT_IDS, records=TEMPLATES)
    def enrol(self, subject_id: str, records: dict[FingerPosition, bytes]) -> None:
        encounter = NewEncounter(subject_id, tuple(NewTemplate(p, r) for p, r in records.items()))
        if subject_id in self.oracle:
            with pytest.raises(AlreadyEnrolled):
                self.store.enrol(encounter)
        else:
            self.store.enrol(encounter)
            self.oracle[subject_id] = [records]
            self.note_change(subject_id)

    @rule(subject_id=SUBJECT_IDS, records=TEMPLATES)
    def add_encounter(self, subject_id: str, records: dict[FingerPosition, bytes]) -> None:
        encounter = NewEncounter(subject_id, tuple(NewTemplate(p, r) for p, r in records.items()))
        known = self.oracle.get(subject_id)
        if known is None:
            with pytest.raises(SubjectNotFound):
                self.store.add_encounter(encounter)
        else:
            self.store.add_encounter(encounter)
            known.append(records)
            self.note_change(subject_id)

    @rule(subject_id=SUBJECT_IDS)
    def erase(self, subject_id: str) -> None:
        if subject_id not in self.oracle:
            with pytest.raises(SubjectNotFound):
                self.store.erase(subject_id)
        elif self.oracle[subject_id] is None:
            assert self.store.erase(subject_id).n_templates == 0
        else:
            self.store.erase(subject_id)
            self.oracle[subject_id] = None
            self.note_change(subject_id)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.path, create=False)

    @rule()
    def open_second_handle(self) -> None:
        self.store = Store.open(self.path, create=False)

    @rule()
    def follow(self) -> None:
        changes = self.store.changes_since(self.followed)
        assert changes.subject_ids == tuple(sorted(self.changed_since))
        self.followed = changes.sequence
        self.changed_since.clear()

    @invariant()
    def store_holds_what_the_dict_holds(self) -> None:
        stored: dict[str, list[tuple[FingerPosition, bytes]]] = {}
        for template in self.store.templates():
            stored.setdefault(template.subject_id, []).append((template.position, template.record))
        expected = {
            subject_id: [pair for records in encounters for pair in records.items()]
            for subject_id, encounters in self.oracle.items()
            if encounters is not None
        }
        assert {k: sorted(v) for k, v in stored.items()} == {k: sorted(v) for k, v in expected.items()}
        assert self.store.sequence() == self.n_changes
        assert [s.subject_id for s in self.store.subjects()] == sorted(self.oracle)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()


StoreAgainstDict.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestStoreAgainstDict = StoreAgainstDict.TestCase
