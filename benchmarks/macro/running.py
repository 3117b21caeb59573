"""Run one measurement of the catalogue as a process, and make a result file of what it gives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.harness.micro_run import one_thread_environment, pin_to_one_core
from benchmarks.harness.program import ROOT
from benchmarks.harness.program_run import SCRATCH_VARIABLE, as_document
from benchmarks.harness.run_document import Document, read_document, write_document
from benchmarks.harness.surroundings import describe_surroundings
from benchmarks.macro.catalogue import Measurement, Prints

from vantay.evaluation.machine import source_commit

MAX_TOLD = 2000
"""Characters of what a failed program printed last."""


class MeasurementFailed(Exception):
    """A program gave no figures; the message has the end of what it printed."""


def scratch_folder() -> Path:
    """Name the folder of what takes long to make, such as an index of a million; make it."""
    folder = Path(os.environ.get(SCRATCH_VARIABLE, Path(tempfile.gettempdir()) / "vantay-bench"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_done(measurement: Measurement, results: Path) -> bool:
    """Whether there is a result of the same sources: those of a changed tree are never done."""
    commit = source_commit()
    is_clean = commit is not None and not commit.endswith("-dirty")
    return is_clean and read_document(results / f"{measurement.name}.json").get("commit") == commit


def run_measurement(measurement: Measurement, results: Path) -> Document:
    """Run a program and write its result file.

    Parameters
    ----------
    measurement : Measurement
    results : Path
        Folder of the result files.

    Returns
    -------
    Document
        What was written: figures with machine, commit, load at the start, the command, how long it took and
        the exit code, which some programs use to say that something is wrong.

    Raises
    ------
    MeasurementFailed
        If it gives no figures.
    """
    program, surroundings, start = measurement.program, describe_surroundings(), time.monotonic()
    is_single = program.n_cores == 1
    with tempfile.TemporaryDirectory(prefix="vantay-macro-") as folder:
        output = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, *measurement.words(output, scratch_folder())],
            cwd=ROOT,
            env=one_thread_environment() if is_single else dict(os.environ),
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=pin_to_one_core if is_single else None,
        )
        figures = figures_of(measurement, done.stdout, output)
    if figures is None:
        raise MeasurementFailed(f"exit code {done.returncode}\n{done.stderr[-MAX_TOLD:]}")
    document = as_document(program, figures, surroundings)
    document |= {
        "elapsed_s": round(time.monotonic() - start, 1),
        "exit_code": done.returncode,
        "shows": measurement.shows,
        "measurement_kind": str(measurement.kind),
    }
    write_document(results / f"{measurement.name}.json", document)
    return document


def figures_of(measurement: Measurement, printed: str, output: Path) -> Document | None:
    """Take the figures from where the program leaves them; None if there are none."""
    if measurement.prints is Prints.TEXT:
        return {"printed": printed.splitlines()} if printed.strip() else None
    text = printed
    if measurement.prints is Prints.FILE:
        text = output.read_text(encoding="utf-8") if output.is_file() else ""
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
