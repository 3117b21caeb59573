"""The record in SQLite, sealed: what a write and a page cost the processor.

The disk's part is in the time by the clock; the judge looks at the processor's, which a disk does not move.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.harness.reference import Reference
from benchmarks.micro.samples import POPULATION, enrolments, renamed

from vantay.store import Enrolment, Store

N_PEOPLE = 1000
N_INSERTED = 8
DATA = f"{POPULATION}, ten fingers and a face"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a new store."""
    with Store.open(tmp_path / "people.db") as opened:
        yield opened


class Newcomers:
    """The same people under other names for each round; naming them is not timed."""

    def __init__(self, n: int) -> None:
        self.rows: list[Enrolment] = []
        self._n = n
        self._numbers = itertools.count()

    def arrive(self) -> None:
        """Come under names that nobody had."""
        self.rows = renamed(enrolments(self._n), next(self._numbers))


def test_enrol(measure: Measure, store: Store) -> None:
    """One subject after another, a transaction each."""
    newcomers = Newcomers(N_INSERTED)

    def enrol() -> None:
        for row in newcomers.rows:
            assert row.encounter is not None
            store.enrol(row.encounter)

    measure(enrol, Work(DATA, N_INSERTED, "subject"), Reference.INTERPRETER, before=newcomers.arrive)


def test_load(measure: Measure, store: Store) -> None:
    """A thousand subjects in one transaction."""
    newcomers = Newcomers(N_PEOPLE)
    work = Work(DATA, N_PEOPLE, "subject")
    measure(lambda: store.load(newcomers.rows), work, Reference.INTERPRETER, before=newcomers.arrive)


def test_read_page(measure: Measure, store: Store) -> None:
    """A page of 500 subjects with all templates, as an index follows."""
    store.load(enrolments(N_PEOPLE))
    measure(lambda: store.page_since(0, limit=500), Work(DATA, 500, "subject"), Reference.INTERPRETER)


def test_read_subject(measure: Measure, store: Store) -> None:
    """The templates of one subject, as a verification reads them."""
    store.load(enrolments(N_PEOPLE))
    names = [row.subject_id for row in enrolments(N_PEOPLE)][:: N_PEOPLE // 20]

    def read() -> None:
        for name in names:
            store.templates_of([name])

    measure(read, Work(DATA, len(names), "subject"), Reference.INTERPRETER)
