"""What the database must hold, by what a victim announced and acknowledged before it was killed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from durability.people import name_of

Write = dict[str, Any]
"""A write as it is announced: its kind, whom it is about, the marks and digests of what it stores."""
People = Mapping[str, tuple[str, frozenset[str]]]
"""Status and marks of each subject."""

LOAD_BATCH = 4
"""Subjects that a load writes in one transaction."""


@dataclass
class Ledger:
    """What is there for certain.

    Attributes
    ----------
    people : People
    digests : dict of str to str
        Of the templates of every mark that was ever announced.
    unfinished_load : Write, optional
        To be run again.
    next_person : int
        Who was never announced.
    written : Counter of str
        Acknowledged writes by kind.
    n_kept, n_absent : int
        Of the writes that were not acknowledged: found to be there whole, and not there.
    """

    people: People = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    unfinished_load: Write | None = None
    next_person: int = 0
    written: Counter[str] = field(default_factory=Counter)
    n_kept: int = 0
    n_absent: int = 0

    def named(self, *statuses: str) -> list[str]:
        """Name the subjects of some statuses."""
        return sorted(name for name, (status, _) in self.people.items() if status in statuses)

    def follow(self, lines: Iterable[str]) -> list[People]:
        """Take in what a victim told; give the one or two contents that are allowed now, the lesser first."""
        states: list[People] = [self.people]
        n_sure = 0
        for line in lines:
            told = json.loads(line)
            if "begin" in told:
                states, n_sure = states_of(states[-1], told["begin"]), 0
                self._note(told["begin"])
            elif "batches" in told:
                n_sure = told["batches"]
                self.written["load batch"] += 1
            else:
                states, n_sure = states[-1:], 0
                self.written[told["done"]] += 1
                if told["done"] == "load":
                    self.unfinished_load = None
        at_least = states[n_sure]
        return [at_least, *[state for state in states[n_sure:] if state != at_least][:1]]

    def _note(self, write: Write) -> None:
        self.digests |= write.get("digests", {})
        self.next_person = max([self.next_person, *(person + 1 for person in write.get("people", []))])
        if write["kind"] == "load":
            self.unfinished_load = write

    def settle(self, allowed: list[People], found: People) -> bool:
        """Take what was found for what is there from now on; tell whether it was allowed."""
        if len(allowed) > 1:
            self.n_kept += found == allowed[1]
            self.n_absent += found == allowed[0]
        self.people = found
        return found in allowed


def states_of(people: People, write: Write) -> list[People]:
    """Give the contents before a write, and after each of its transactions."""
    kind = write["kind"]
    if kind == "load":
        batches = [write["people"][i : i + LOAD_BATCH] for i in range(0, len(write["people"]), LOAD_BATCH)]
        states = [people]
        for batch in batches:
            states.append({name_of(p): ("active", frozenset({f"{p}/0"})) for p in batch} | dict(states[-1]))
        return states
    after = dict(people)
    if kind in {"enrol", "add"}:
        _, marks = people.get(write["subject"], ("active", frozenset[str]()))
        after[write["subject"]] = ("active", marks | write["digests"].keys())
    elif kind == "erase":
        after[write["subject"]] = ("erased", frozenset())
    elif kind == "merge":
        after[write["subject"]] = ("active", people[write["subject"]][1] | people[write["loser"]][1])
        after[write["loser"]] = ("merged", frozenset())
    return [people, after]
