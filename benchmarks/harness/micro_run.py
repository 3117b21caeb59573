"""Run the micro benchmarks in a process of their own, on one core."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.program import ROOT
from benchmarks.harness.result import Result, read_pass, short_name
from benchmarks.harness.rounds_file import write_rounds
from rich.console import Console

MICRO = "benchmarks/micro"
_NO_TESTS = 5
"""What pytest returns when nothing was chosen."""

_OPTIONS = ("-q", "-rs", "--no-fold-skipped", "-p", "no:cacheprovider", "-W", "ignore:Not saving anything")
"""Each benchmark that is left out has a line; that none was measured for want of models is no error."""

NOT_BUILT = "not built: "
"""Begins the reason of what is left out for want of a model; benchmarks/micro/conftest.py writes it."""


@dataclass(frozen=True, slots=True)
class MicroRun:
    """What one process measured.

    Attributes
    ----------
    results : list of Result
    skipped : mapping of str to str
        Why a benchmark was left out, by its name.
    """

    results: list[Result]
    skipped: Mapping[str, str]

    @property
    def without_model(self) -> list[str]:
        """Those that were left out because a model is not built."""
        return sorted(name for name, reason in self.skipped.items() if reason.startswith(NOT_BUILT))


def run_micro(
    console: Console,
    *,
    only: str | None = None,
    nodes: Sequence[str] = (),
    rounds_file: Path | None = None,
) -> MicroRun:
    """Measure once.

    Parameters
    ----------
    console : Console
        Is told what was left out.
    only : str, optional
        Benchmarks whose name contains it, such as ``search/``.
    nodes : sequence of str
        Of these alone, if there are any.
    rounds_file : Path, optional
        Is written for ``pytest --benchmark-compare``.

    Returns
    -------
    MicroRun

    Raises
    ------
    SystemExit
        If a benchmark fails, or none is called so.
    """
    chosen = list(nodes) if nodes else [MICRO] if only is None else _nodes_with(only)
    if not chosen:
        raise SystemExit(f"no micro benchmark has {only!r} in its name")
    with tempfile.TemporaryDirectory(prefix="vantay-bench-") as folder:
        output = Path(folder) / "pass.json"
        done = _pytest([*chosen, "--benchmark-only", "--benchmark-quiet", f"--benchmark-json={output}"])
        if done.returncode not in {0, _NO_TESTS}:
            raise SystemExit(f"the micro benchmarks failed\n{_end_of(done)}")
        results = read_pass(output) if output.is_file() else []  # there is none where all were left out
        run = MicroRun(results, skipped_in(done.stdout))
        if rounds_file and output.is_file():
            write_rounds(output, rounds_file)
    for reason in dict.fromkeys(run.skipped.values()):
        names = ", ".join(name for name, why in run.skipped.items() if why == reason)
        console.print(f"SKIPPED, {reason}: {names}", highlight=False, markup=False)
    return run


def skipped_in(printed: str) -> dict[str, str]:
    """Read from pytest's summary which benchmarks were left out, and why."""
    lines = (line.removeprefix("SKIPPED ") for line in printed.splitlines() if line.startswith("SKIPPED "))
    parts = (line.partition(" - Skipped: ") for line in lines)
    return {short_name(node): reason for node, _, reason in parts}


def _nodes_with(word: str) -> list[str]:
    """Find the benchmarks whose short name contains a word."""
    done = _pytest([MICRO, "--collect-only"])
    if done.returncode not in {0, _NO_TESTS}:
        raise SystemExit(f"the micro benchmarks cannot be collected\n{_end_of(done)}")
    nodes = [line for line in done.stdout.splitlines() if line.startswith(f"{MICRO}/") and "::" in line]
    return [node for node in nodes if word in short_name(node)]


def _end_of(done: subprocess.CompletedProcess[str]) -> str:
    return f"{done.stdout[-4000:]}{done.stderr[-2000:]}"


def _pytest(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *_OPTIONS, *arguments],
        cwd=ROOT,
        env=without_xdist(one_thread_environment()),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=pin_to_one_core,
    )


def without_xdist(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what pytest-xdist tells its workers: pytest-benchmark would measure nothing."""
    return {name: value for name, value in environment.items() if not name.startswith("PYTEST_XDIST")}


def one_thread_environment() -> dict[str, str]:
    """Give the environment of a process that uses one thread and hashes as the last one did."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1"), "PYTHONHASHSEED": "0"}


def pin_to_one_core() -> None:
    """Keep a process on the last core that it may use: the first one has the machine's interrupts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
