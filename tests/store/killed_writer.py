"""Enrol, add and erase without end, printing each write after it was acknowledged; for test_crash.py."""

from __future__ import annotations

import sys
from itertools import count

from vantay.store import NewEncounter, NewTemplate, Store
from vantay.types import FingerPosition

N_FINGERS = 3


def encounter(subject_id: str, encounter_id: str) -> NewEncounter:
    templates = tuple(
        NewTemplate(FingerPosition(p), f"{encounter_id}/{p}".encode() * 60) for p in range(1, 1 + N_FINGERS)
    )
    return NewEncounter(subject_id, templates, encounter_id=encounter_id)


def main(path: str, prefix: str) -> None:
    """Write until killed."""
    with Store.open(path) as store:
        for i in count():
            subject_id = f"{prefix}-{i}"
            store.enrol(encounter(subject_id, f"{subject_id}-a"))
            print("enrol", subject_id, flush=True)
            store.add_encounter(encounter(subject_id, f"{subject_id}-b"))
            print("add", subject_id, flush=True)
            if i % 3 == 0:
                store.erase(subject_id)
                print("erase", subject_id, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
