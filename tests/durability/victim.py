"""Writes at random until it is killed: enrols, adds, loads, erases, merges, compacts, searches.

Each write is announced in a file before it begins and acknowledged there after its call returned.
"""

from __future__ import annotations

import json
import os
import random
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any

from durability.ledger import LOAD_BATCH, People, Write, states_of
from durability.moments import Moment
from durability.people import N_CAPTURES, capture, name_of, write_file
from durability.place import RoundsPlace, make_steps_small
from vantay.engine import Engine

KINDS = {"enrol": 6, "add": 3, "erase": 3, "merge": 1, "load": 2, "compact": 3, "search": 2}
CROWDED_KINDS = {"enrol": 3, "add": 3, "erase": 9, "merge": 2, "load": 0, "compact": 3, "search": 2}
MANY = 150
"""Subjects from which on more go than come: comparing everyone stays quick, and nobody misses the shortlist
of a search by four samples, of 400."""


class Victim:
    """One process of a round."""

    def __init__(self, engine: Engine, place: RoundsPlace, job: dict[str, Any], moment: Moment) -> None:
        self._engine = engine
        self._place = place
        self._moment = moment
        self._rng = random.Random(job["seed"])
        self._next_person: int = job["next_person"]
        self._people: People = {name: (status, frozenset(m)) for name, (status, m) in job["people"].items()}
        self._unfinished: Write | None = job["unfinished_load"]
        self._told = os.open(job["told"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def run(self) -> None:
        """Write until killed."""
        if self._unfinished is not None:
            self._load(self._unfinished)
        acts: dict[str, Callable[[], None]] = {
            "enrol": self._enrol,
            "add": self._add,
            "erase": self._erase,
            "merge": self._merge,
            "load": lambda: self._load(self._new_file()),
            "compact": self._compact,
            "search": self._search,
        }
        while True:
            kinds = CROWDED_KINDS if len(self._active) > MANY else KINDS
            acts[self._rng.choices(list(kinds), list(kinds.values()))[0]]()

    @property
    def _active(self) -> list[str]:
        return sorted(name for name, (status, _) in self._people.items() if status == "active")

    def _tell(self, **told: Any) -> None:
        os.write(self._told, json.dumps(told).encode() + b"\n")

    @contextmanager
    def _announced(self, write: Write) -> Iterator[None]:
        self._tell(begin=write)
        yield
        self._people = states_of(self._people, write)[-1]
        self._tell(done=write["kind"])

    def _enrol(self) -> None:
        person = self._new_person()
        captured = capture(person, 0)
        write = {
            "kind": "enrol",
            "subject": name_of(person),
            "people": [person],
            "digests": {captured.mark: captured.digest},
        }
        with self._announced(write):
            self._engine.enrol(name_of(person), captured.fingers, face=captured.face, source=captured.mark)

    def _add(self) -> None:
        if not (active := self._active):
            return
        name = self._rng.choice(active)
        captured = capture(int(name[1:]), self._rng.randrange(2, N_CAPTURES))
        if captured.mark in self._people[name][1]:
            return
        write = {"kind": "add", "subject": name, "digests": {captured.mark: captured.digest}}
        with self._announced(write):
            self._engine.enrol(
                name, captured.fingers, face=captured.face, source=captured.mark, add_encounter=True
            )

    def _erase(self) -> None:
        if active := self._active:
            name = self._rng.choice(active)
            with self._announced({"kind": "erase", "subject": name}):
                self._engine.erase(name)

    def _merge(self) -> None:
        if len(active := self._active) > 1:
            winner, loser = self._rng.sample(active, 2)
            with self._announced({"kind": "merge", "subject": winner, "loser": loser}):
                self._engine.merge(winner, loser)

    def _new_file(self) -> Write:
        people = [self._new_person() for _ in range(self._rng.randint(3, 6 * LOAD_BATCH))]
        file = f"people-{people[0]}.jsonl"
        write_file(self._place.folder / file, people)
        captures = [capture(person, 0) for person in people]
        return {
            "kind": "load",
            "file": file,
            "people": people,
            "digests": {c.mark: c.digest for c in captures},
        }

    def _load(self, write: Write) -> None:
        last_rows = list(accumulate(len(capture(p, 0).fingers) + 1 for p in write["people"]))

        def acknowledge(_source: object, row: int) -> None:
            self._tell(batches=-(-bisect_right(last_rows, row) // LOAD_BATCH))

        with self._announced(write):
            self._place.load(write["file"], advance=acknowledge)

    def _compact(self) -> None:
        self._moment.reached("compaction")
        with self._announced({"kind": "compact"}):
            self._engine.compact_index()

    def _search(self) -> None:
        if active := self._active:
            captured = capture(int(self._rng.choice(active)[1:]), 1)
            self._engine.identify(captured.fingers, face=captured.face)

    def _new_person(self) -> int:
        self._next_person += 1
        return self._next_person - 1


def run(job: dict[str, Any]) -> None:
    """Open the database and write; does not return."""
    make_steps_small()
    place = RoundsPlace(job["location"], Path(job["folder"]))
    moment = Moment(**job["moment"])
    moment.watch()
    with place.engine() as engine:
        Victim(engine, place, job, moment).run()
