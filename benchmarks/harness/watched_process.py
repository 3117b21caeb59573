"""Run a program in a process, tell what it says while it runs, and end it when its time is over."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import IO

from benchmarks.harness.micro_run import one_thread_environment
from benchmarks.harness.program import ROOT
from rich.console import Console

MAX_LINES_TOLD = 40
"""Of the end of what a program says, kept for the message that it failed."""

_LAST_WORDS_S = 5.0  # for what was said before the end and is still in the pipe


class NoEnd(Exception):
    """A program ran for longer than it may."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a program left when it ended.

    Attributes
    ----------
    exit_code : int
    last_said : str
        The end of its standard error.
    """

    exit_code: int
    last_said: str


def run_watched(words: Sequence[str], console: Console, *, is_single: bool, limit_s: float) -> Ended:
    """Run a Python program and pass on, line by line, what it says on its standard error.

    What it prints on its standard output is in the file of its figures too.

    Parameters
    ----------
    words : sequence of str
        Behind ``python``.
    console : Console
    is_single : bool
        Whether it is kept on one core, with one thread.
    limit_s : float
        Time by the clock.

    Raises
    ------
    NoEnd
        If it did not end in its time. It is killed then, with all of its process group, as it is when this
        process is interrupted.
    """
    said: deque[str] = deque(maxlen=MAX_LINES_TOLD)
    process = _start(words, is_single=is_single)
    listener = Thread(target=_pass_on, args=(process.stderr, said, console), daemon=True)
    listener.start()
    try:
        exit_code = process.wait(limit_s)
    except subprocess.TimeoutExpired as error:
        raise NoEnd(f"no end after {limit_s / 60:.3g} min") from error
    finally:
        _end_group(process)
        listener.join(_LAST_WORDS_S)
    return Ended(exit_code, "".join(said))


def _start(words: Sequence[str], *, is_single: bool) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=one_thread_environment() if is_single else dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    if is_single and hasattr(
        os, "sched_setaffinity"
    ):  # before it has threads; a `preexec_fn` may hang in ours
        os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
    return process


def _pass_on(stream: IO[str], said: deque[str], console: Console) -> None:
    with stream:
        for line in stream:
            said.append(line)
            console.print(f"  {line.rstrip()}", highlight=False, markup=False)


def _end_group(process: subprocess.Popen[str]) -> None:
    """Kill a process and what it left behind, which would disturb the next measurement."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
