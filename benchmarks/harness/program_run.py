"""Run measurement programs one after another, and keep what they print as result files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness.micro_run import one_thread_environment, pin_to_one_core
from benchmarks.harness.program import ROOT, Program
from benchmarks.harness.run_document import (
    KIND,
    Document,
    is_done,
    make_document,
    read_document,
    write_document,
)
from benchmarks.harness.surroundings import describe_surroundings
from rich.console import Console

SCRATCH_VARIABLE = "VANTAY_BENCH_SCRATCH"
"""Names the folder where programs keep what takes long to make, such as an index of a million."""


def run_programs(
    programs: Sequence[Program], results: Path, console: Console, *, is_resumed: bool
) -> dict[str, Document]:
    """Run programs; one that fails or lacks something does not stop the others.

    Parameters
    ----------
    programs : sequence of Program
    results : Path
        Folder of the result files.
    console : Console
    is_resumed : bool
        Whether to leave out those that have a result of the same sources.

    Returns
    -------
    dict of str to Document
        By name; those that gave a result.
    """
    found: dict[str, Document] = {}
    for program in programs:
        path = results / f"{program.name}.json"
        if is_resumed and is_done(path):
            console.print(f"{program.name}: done before", highlight=False)
            found[program.name] = read_document(path)
        elif missing := program.missing():
            console.print(f"{program.name}: left out, it needs {missing}", highlight=False)
        else:
            start = time.monotonic()
            if document := _run(program, console):
                write_document(path, document)
                found[program.name] = document
                console.print(f"{program.name}: {time.monotonic() - start:.0f} s", highlight=False)
    return found


def _run(program: Program, console: Console) -> Document | None:
    scratch = Path(os.environ.get(SCRATCH_VARIABLE, Path(tempfile.gettempdir()) / "vantay-bench"))
    scratch.mkdir(parents=True, exist_ok=True)
    surroundings = describe_surroundings()
    with tempfile.TemporaryDirectory(prefix="vantay-bench-") as folder:
        output = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, *program.arguments(output, scratch)],
            cwd=ROOT,
            env=one_thread_environment() if program.n_cores == 1 else dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=pin_to_one_core if program.n_cores == 1 else None,
        )
        if not output.is_file():
            console.print(f"{program.name}: failed\n{done.stderr[-2000:]}", highlight=False, markup=False)
            return None
        figures = json.loads(output.read_text(encoding="utf-8"))
    return as_document(program, figures, surroundings)


def as_document(program: Program, figures: Document, surroundings: dict[str, object]) -> Document:
    """Put the figures of a program into the form of run files, unless they are in it."""
    if "kind" in figures and "format" in figures:
        return figures | {"command": program.command}
    plain = {key: value for key, value in figures.items() if key not in {"machine", "commit"}}
    groups = {key: value for key, value in plain.items() if isinstance(value, dict)}
    single = {key: value for key, value in plain.items() if not isinstance(value, dict)}
    document = make_document(
        [program.command], surroundings, {program.name: single, **groups}, curves=_growth(figures)
    )
    document["command"] = program.command
    assert document["kind"] == KIND
    return document


def _growth(figures: Document) -> dict[str, object]:
    """Give time over the number of subjects as curves, where a program measured it."""
    growth = figures.get("growth_ms")
    if not isinstance(growth, dict):
        return {}
    lines = {
        kind: {"x": [float(n) for n in points], "y": list(points.values())}
        for kind, points in growth.items()
        if isinstance(points, dict) and points
    }
    return {"search_time": lines} if lines else {}
