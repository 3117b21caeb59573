"""Peers in processes of their own, that end well, or not, or never."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator

import pytest
from benchmarks.peers.isolated import Outcome, listen, run_isolated
from benchmarks.peers.peer import Figures, PeerUnavailable

LIMIT_S = 300


def finishes() -> Iterator[Figures]:
    yield {"extract_ms": 1.0}
    yield {"extract_ms": 2.0, "eer": 0.5}


def never_ends() -> Iterator[Figures]:
    time.sleep(600)
    yield {}


def raises() -> Iterator[Figures]:
    yield {"extract_ms": 3.0}
    raise ValueError("odd")


def is_missing() -> Iterator[Figures]:
    raise PeerUnavailable("not here")


def dies() -> Iterator[Figures]:
    yield {"extract_ms": 4.0}
    os._exit(7)


@pytest.mark.parametrize(
    ("job", "figures", "note", "is_available"),
    [
        (finishes, {"extract_ms": 2.0, "eer": 0.5}, "", True),
        (raises, {"extract_ms": 3.0}, "ValueError: odd", True),
        (is_missing, {}, "not here", False),
        (dies, {"extract_ms": 4.0}, "ended with exit code 7", True),
    ],
)
def test_what_becomes_of_a_peer_is_told(
    job: Callable[[], Iterator[Figures]], figures: Figures, note: str, *, is_available: bool
) -> None:
    outcome = run_isolated(job, LIMIT_S)
    assert (outcome.figures, outcome.note, outcome.is_available) == (figures, note, is_available)


def test_a_peer_that_does_not_finish_is_ended() -> None:
    outcome = run_isolated(never_ends, 1)
    assert outcome.note == "did not finish in 1 s"
    assert outcome.elapsed_s < 300
    assert not multiprocessing.active_children()


def test_a_peer_that_does_not_finish_keeps_what_it_has_shown() -> None:
    receiver, sender = multiprocessing.Pipe(duplex=False)
    sender.send({"extract_ms": 5.0})
    sender.send({"extract_ms": 6.0})
    outcome = Outcome()
    with pytest.raises(TimeoutError):
        listen(receiver, outcome, time.monotonic() + 0.2)
    assert outcome.figures == {"extract_ms": 6.0}
