"""Write without end, printing each write after it was acknowledged; for crash_rounds.py.

A round of one writer is always the same, so whoever knows how far it came knows what must be there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from vantay.store import Enrolment, NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition

N_FINGERS = 3
Contents = dict[str, tuple[str, frozenset[str]]]
"""Of the subjects of a round: status and encounters."""


def encounter(subject_id: str, encounter_id: str) -> NewEncounter:
    templates = tuple(
        NewTemplate(FingerPosition(p), f"{encounter_id}/{p}".encode() * 60) for p in range(1, 1 + N_FINGERS)
    )
    return NewEncounter(subject_id, templates, encounter_id=encounter_id)


def steps_of(store: Store, name: str) -> list[Callable[[], object]]:
    """The writes of a round."""
    a, b, c = f"{name}-a", f"{name}-b", f"{name}-c"
    loaded = [
        Enrolment(encounter(b, f"{b}1")),
        Enrolment(encounter(b, f"{b}2")),
        Enrolment(encounter(c, f"{c}1")),
    ]
    return [
        lambda: store.enrol(encounter(a, f"{a}1")),
        lambda: store.add_encounter(encounter(a, f"{a}2")),
        lambda: store.load(loaded),
        lambda: store.move_encounter(f"{a}2", c),
        lambda: store.merge(a, b),
        lambda: store.erase(a),
        lambda: store.lock(c),
    ]


def contents_after(name: str, n_steps: int) -> Contents:
    """What a round has made after some of its steps."""
    a, b, c = f"{name}-a", f"{name}-b", f"{name}-c"
    a1, a2, b1, b2, c1 = f"{a}1", f"{a}2", f"{b}1", f"{b}2", f"{c}1"
    states: list[Contents] = [
        {},
        {a: ("active", frozenset({a1}))},
        {a: ("active", frozenset({a1, a2}))},
        {
            a: ("active", frozenset({a1, a2})),
            b: ("active", frozenset({b1, b2})),
            c: ("active", frozenset({c1})),
        },
        {
            a: ("active", frozenset({a1})),
            b: ("active", frozenset({b1, b2})),
            c: ("active", frozenset({a2, c1})),
        },
        {
            a: ("active", frozenset({a1, b1, b2})),
            b: ("merged", frozenset()),
            c: ("active", frozenset({a2, c1})),
        },
        {a: ("erased", frozenset()), b: ("merged", frozenset()), c: ("active", frozenset({a2, c1}))},
        {a: ("erased", frozenset()), b: ("merged", frozenset()), c: ("locked", frozenset({a2, c1}))},
    ]
    return states[n_steps]


N_STEPS = 7


def main(location: str, key_file: str, prefix: str) -> None:
    """Write until killed."""
    with Store.open(location, key=Path(key_file), busy_timeout_ms=60_000) as store:
        for i in count():
            name = f"{prefix}.{i}"
            for n_done, step in enumerate(steps_of(store, name), start=1):
                step()
                print(name, n_done, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
