"""kill −9 in rounds on one growing database: what was acknowledged is there, what was erased is gone."""

from __future__ import annotations

import json
import random
import signal
from collections import Counter
from typing import Any

from durability.forks import Forks
from durability.ledger import Ledger, People
from durability.moments import Moment
from durability.place import RoundsPlace

RESUMED = 0.5
"""How often a load that was cut short is finished by who looks; else the next victim goes on with it."""
N_LIVING, N_GONE = 3, 2
"""Whom searches look for in a round: people who are there, and erased or merged ones; and a stranger."""


class KillRounds:
    """The rounds.

    Parameters
    ----------
    forks : Forks
        Who does what is done to the database.
    place : RoundsPlace
        Of a database that is empty, or not there.
    seed : int
        Of everything but time.
    """

    def __init__(self, forks: Forks, place: RoundsPlace, seed: int) -> None:
        self._forks = forks
        self._place = place
        self._rng = random.Random(seed)
        self.ledger = Ledger()
        self.kills: Counter[str] = Counter()
        self.findings: list[str] = []
        self.n_rounds = 0
        self.n_searches = 0
        self.n_loads_resumed = 0
        self.n_indexes_opened = 0

    def run(self) -> None:
        """Let a victim write, kill it, and look."""
        moment = Moment.drawn(self._rng)
        told = self._place.folder / f"told-{self.n_rounds}"
        status, answer = self._fork(
            what="victim",
            seed=self._rng.random(),
            moment=moment.as_json(),
            told=str(told),
            next_person=self.ledger.next_person,
            people={name: (status, sorted(marks)) for name, (status, marks) in self.ledger.people.items()},
            unfinished_load=self.ledger.unfinished_load,
        )
        if status != -signal.SIGKILL:
            self._find(f"the victim ended with {status} before it was killed: {answer.get('error')}")
        self.kills[moment.near] += 1
        allowed = self.ledger.follow(told.read_text().splitlines() if told.exists() else [])
        told.unlink(missing_ok=True)
        self._inspect(allowed)
        self.n_rounds += 1

    def _inspect(self, allowed: list[People]) -> None:
        load = self.ledger.unfinished_load if self._rng.random() < RESUMED else None
        _, answer = self._fork(what="inspection", resumed_load=load, probes=self._probes())
        if "before" not in answer:
            self._find(f"no answer of who looked: {answer.get('error', 'it hung, or died')}")
            return
        if not self.ledger.settle(allowed, _people(answer["before"])):
            self._find(f"the database holds what it must not: {_difference(allowed, self.ledger.people)}")
        if load is not None:
            whole = self.ledger.follow([json.dumps({"begin": load}), json.dumps({"done": "load"})])
            self.n_loads_resumed += 1
            if not self.ledger.settle(whole, _people(answer["after"])):
                self._find(f"a load that went on left {_difference(whole, self.ledger.people)}")
        for contents in (answer["before"], answer["after"]):
            wrong = [m for m, digest in contents["digests"].items() if digest != self.ledger.digests.get(m)]
            if wrong:
                self._find(f"templates of {wrong[:3]} are not those that were written")
        for finding in answer["findings"]:
            self._find(finding)
        self.n_searches += answer["n_searches"]
        self.n_indexes_opened += answer["index_sequence"] > 0

    def _probes(self) -> list[int]:
        names = [
            *self._some(self.ledger.named("active"), N_LIVING),
            *self._some(self.ledger.named("erased", "merged"), N_GONE),
        ]
        return [*(int(name[1:]) for name in names), 900_000 + self.n_rounds]

    def _some(self, names: list[str], n: int) -> list[str]:
        return self._rng.sample(names, min(n, len(names)))

    def _find(self, what: str) -> None:
        self.findings.append(f"round {self.n_rounds}: {what}")

    def _fork(self, **job: Any) -> tuple[int, dict[str, Any]]:
        return self._forks.do(job | {"location": self._place.location, "folder": str(self._place.folder)})


def _people(contents: dict[str, Any]) -> People:
    return {name: (status, frozenset(marks)) for name, (status, marks) in contents["people"].items()}


def _difference(allowed: list[People], found: People) -> list[object]:
    least = allowed[0]
    names = sorted(name for name in least.keys() | found.keys() if least.get(name) != found.get(name))
    return [(name, least.get(name), found.get(name)) for name in names[:3]]
