"""Measure in a process of its own that has so much time, and keep what it told until then."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from benchmarks.harness.micro_run import pin_to_one_core
from benchmarks.peers.peer import Figures, PeerUnavailable

Job = Callable[[], Iterator[Figures]]
"""Gives all that it has measured, again and again; it is pickled."""


@dataclass(slots=True)
class Outcome:
    """What became of a measurement.

    Attributes
    ----------
    figures : Figures
        The last that it gave.
    note : str
        Why it is not whole: empty if it is.
    is_available : bool
        Whether the peer is there at all.
    elapsed_s : float
        From the start of the process to its end, imports and compilation included.
    """

    figures: Figures = field(default_factory=dict)
    note: str = ""
    is_available: bool = True
    elapsed_s: float = 0.0


def run_isolated(job: Job, limit_s: float) -> Outcome:
    """Run a job in a fresh process on one core, and end it when its time is over.

    Parameters
    ----------
    job : callable
    limit_s : float
        Time by the clock.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_work, args=(sender, job), daemon=True)
    start = time.monotonic()
    process.start()
    sender.close()  # so that the end of the process is the end of what there is to receive
    outcome = Outcome()
    try:
        listen(receiver, outcome, start + limit_s)
    except TimeoutError:
        outcome.note = f"did not finish in {limit_s:.0f} s"
    except EOFError:
        process.join()
        outcome.note = f"ended with exit code {process.exitcode}"
    finally:
        process.kill()
        process.join()
        receiver.close()
    outcome.elapsed_s = time.monotonic() - start
    return outcome


def listen(receiver: Connection, outcome: Outcome, until: float) -> None:
    """Take down what a process tells until it says that it is done.

    Raises
    ------
    TimeoutError
        If it did not say so until then, by the monotonic clock.
    EOFError
        If it ended before.
    """
    while True:
        if not receiver.poll(max(0.0, until - time.monotonic())):
            raise TimeoutError
        told = receiver.recv()
        if isinstance(told, dict):
            outcome.figures = told
            continue
        outcome.is_available, outcome.note = told
        return


def _work(sender: Connection, job: Job) -> None:
    pin_to_one_core()
    try:
        for figures in job():
            sender.send(dict(figures))
    except PeerUnavailable as reason:
        sender.send((False, str(reason)))
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
        sender.send((True, f"{type(error).__name__}: {error}"))
    else:
        sender.send((True, ""))
