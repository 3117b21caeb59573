"""People with two index fingers and a face, for tests of identification by the index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from search.random_faces import make_face, photograph_again
from search.random_fingers import capture_again, make_finger
from vantay.evaluation.identification import FINGERS
from vantay.evaluation.identification_search import Capture


@cache
def capture_of(i: int, encounter: int) -> Capture:
    """Make an encounter of a person, the same whenever asked for."""
    fingers = {p: make_finger(100 * i + p, p) for p in FINGERS[2]}
    face = make_face(i)
    if encounter:
        fingers = {p: capture_again(finger, encounter + i) for p, finger in fingers.items()}
        face = photograph_again(face, 50 * encounter + i)
    return Capture(f"p{i:05}", fingers, face)


@dataclass(frozen=True)
class MadeUpPeople:
    """Anybody by number; some have no sample at all."""

    without: frozenset[int] = frozenset()

    def captures(self, first: int, last: int, encounter: int) -> Iterator[Capture]:
        for i in range(first, last):
            yield Capture(f"p{i:05}", {}) if i in self.without else capture_of(i, encounter)
