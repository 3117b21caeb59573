"""A few rounds of benchmarks/kill_rounds.py, which runs as many as one likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from durability.forks import Forks
from durability.ledger import Ledger, Write, states_of
from durability.place import RoundsPlace
from durability.rounds import KillRounds
from store.places import Place

N_ROUNDS = 4


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as opened:
        yield opened


def test_what_was_acknowledged_survives_kill_9_and_what_was_erased_is_gone(
    forks: Forks, place: Place, tmp_path: Path
) -> None:
    rounds = KillRounds(forks, RoundsPlace(str(place.location), tmp_path), seed=5)
    for _ in range(N_ROUNDS):
        rounds.run()
    assert rounds.findings == []
    assert sum(rounds.ledger.written.values()) > 2 * N_ROUNDS
    assert rounds.n_searches > N_ROUNDS


def test_the_ledger_allows_a_write_without_an_answer_to_be_there_or_not() -> None:
    enrol: Write = {"kind": "enrol", "subject": "P000000", "people": [0], "digests": {"0/0": "d"}}
    erase: Write = {"kind": "erase", "subject": "P000000"}
    ledger = Ledger()
    there = states_of({}, enrol)[1]
    assert ledger.follow([json.dumps({"begin": enrol})]) == [{}, there]
    assert ledger.settle([{}, there], there)
    assert (ledger.n_kept, ledger.n_absent, ledger.next_person) == (1, 0, 1)
    gone = {"P000000": ("erased", frozenset[str]())}
    assert ledger.follow([json.dumps({"begin": erase}), '{"done": "erase"}']) == [gone]
    assert not ledger.settle([there], {})


def test_the_ledger_allows_the_batches_of_a_load_that_were_told_and_one_more() -> None:
    people = list(range(10))
    load = json.dumps({"begin": {"kind": "load", "people": people}})
    allowed = Ledger().follow([load, '{"batches": 1}'])
    assert [len(state) for state in allowed] == [4, 8]
    assert [len(state) for state in Ledger().follow([load, '{"batches": 3}'])] == [10]
    ledger = Ledger(people=allowed[1])
    assert [len(state) for state in ledger.follow([load])] == [8, 10]
