"""Run the micro benchmarks in a process of their own, on one core."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.program import ROOT
from benchmarks.harness.result import Result, read_pass
from rich.console import Console

MICRO = "benchmarks/micro"
_NO_TESTS = 5
"""What pytest returns when nothing was chosen."""


def run_micro(console: Console, *, only: str | None = None, nodes: Sequence[str] = ()) -> list[Result]:
    """Measure once.

    Parameters
    ----------
    console : Console
        Is told what was left out.
    only : str, optional
        Benchmarks whose name contains it, such as ``search/``.
    nodes : sequence of str
        Of these alone, if there are any.

    Returns
    -------
    list of Result

    Raises
    ------
    SystemExit
        If a benchmark fails.
    """
    chosen = list(nodes) if nodes else [MICRO] if only is None else _nodes_with(only)
    if not chosen:
        raise SystemExit(f"no micro benchmark has {only!r} in its name")
    with tempfile.TemporaryDirectory(prefix="vantay-bench-") as folder:
        output = Path(folder) / "pass.json"
        done = _pytest([*chosen, "--benchmark-only", "--benchmark-quiet", f"--benchmark-json={output}"])
        if done.returncode not in {0, _NO_TESTS} or not output.is_file():
            raise SystemExit(f"the micro benchmarks failed\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
        for line in done.stdout.splitlines():
            if line.startswith("SKIPPED"):
                console.print(line, highlight=False, markup=False)
        return read_pass(output)


def _nodes_with(word: str) -> list[str]:
    """Find the benchmarks whose short name contains a word."""
    listing = _pytest([MICRO, "--collect-only"]).stdout.splitlines()
    nodes = [line for line in listing if line.startswith(f"{MICRO}/") and "::" in line]
    return [node for node in nodes if word in node.replace("test_", "").replace(".py::", "/")]


def _pytest(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=one_thread_environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=pin_to_one_core,
    )


def one_thread_environment() -> dict[str, str]:
    """Give the environment of a process that uses one thread and hashes as the last one did."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {**os.environ, **dict.fromkeys(names, "1"), "PYTHONHASHSEED": "0"}


def pin_to_one_core() -> None:
    """Keep a process on the last core that it may use: the first one has the machine's interrupts."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
