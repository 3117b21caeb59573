"""Run measurement programs one after another, and make result files of what they give."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness.program import Program, scratch_folder
from benchmarks.harness.run_document import (
    Document,
    ResultUnreadable,
    commit_beside_results,
    commit_of_run,
    is_done,
    make_document,
    read_document,
    write_document,
)
from benchmarks.harness.surroundings import describe_surroundings, others_of, read_processor_time
from benchmarks.harness.watched_process import NoEnd, run_watched
from rich.console import Console

MAX_TOLD = 2000
"""Characters of what a failed program said last."""

_ABOUT = {"machine", "commit", "arguments"}
"""Keys of a program's file that are no figures."""


class ProgramFailed(Exception):
    """A program gave no figures; the message has the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a program.

    Attributes
    ----------
    program : Program
    state : str
        In a few words.
    document : Document
        Its result; empty if there is none.
    """

    program: Program
    state: str
    document: Document

    @property
    def is_wrong(self) -> bool:
        """Whether it failed, or says that something is wrong."""
        return self.state.startswith("failed") or bool(self.document.get("exit_code"))


def run_programs(
    programs: Sequence[Program], results: Path, console: Console, *, is_resumed: bool
) -> list[Outcome]:
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
    list of Outcome
        One for each program.
    """
    outcomes = []
    for number, program in enumerate(programs, start=1):
        about = f"{number} of {len(programs)}: {program.name}, about {program.minutes:g} min"
        console.print(about, highlight=False, markup=False)
        outcome = _outcome(program, results, console, is_resumed=is_resumed)
        if outcome.state != "done":
            console.print(f"  {outcome.state}", highlight=False, markup=False)
        outcomes.append(outcome)
    return outcomes


def _outcome(program: Program, results: Path, console: Console, *, is_resumed: bool) -> Outcome:
    path = results / f"{program.name}.json"
    if is_resumed and is_done(path):
        return Outcome(program, "done before", read_document(path))
    if missing := program.missing():
        return Outcome(program, f"left out: it needs {missing}", {})
    try:
        return Outcome(program, "done", run_program(program, results, console))
    except NoEnd as reason:
        return Outcome(program, f"failed: {reason}", {})
    except ProgramFailed as reason:
        console.print(f"{program.name}: {reason}", highlight=False, markup=False)
        return Outcome(program, "failed", {})


def run_program(program: Program, results: Path, console: Console) -> Document:
    """Run a program and write its result file.

    Parameters
    ----------
    program : Program
    results : Path
        Folder of the result files.
    console : Console
        Is told what the program says while it runs.

    Returns
    -------
    Document
        What was written: figures with machine, load at the start, what others took of the processors
        meanwhile, the commit of the start, the command, how long it took and the exit code, which some
        programs use to say that something is wrong.

    Raises
    ------
    ProgramFailed
        If it gives no figures.
    NoEnd
        If it runs for longer than `Program.limit_s`.
    """
    commit, surroundings = commit_beside_results(), describe_surroundings()
    if program.n_cores == 1:
        surroundings["n_cores"] = 1
    processors, start = read_processor_time(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vantay-bench-") as folder:
        output = Path(folder) / "figures.json"
        words = program.arguments(output, scratch_folder())
        ended = run_watched(words, console, is_single=program.n_cores == 1, limit_s=program.limit_s)
        figures = read_figures(output)
    if figures is None:
        raise ProgramFailed(f"exit code {ended.exit_code}\n{ended.last_said[-MAX_TOLD:]}")
    document = as_document(program, figures, surroundings, commit_of_run(commit))
    document["machine"] |= others_of(processors)
    document |= {"elapsed_s": round(time.monotonic() - start, 1), "exit_code": ended.exit_code}
    write_document(results / f"{program.name}.json", document)
    return document


def read_figures(output: Path) -> Document | None:
    """Read the figures that a program wrote; None if there are none."""
    try:
        return read_document(output) or None
    except ResultUnreadable:
        return None


def as_document(
    program: Program, figures: Document, surroundings: Mapping[str, object], commit: str | None
) -> Document:
    """Put the figures of a program into the form of run files, unless they are in it.

    Parameters
    ----------
    program : Program
    figures : Document
        That it gave, with the machine, the commit and the arguments that it names itself.
    surroundings : mapping
        Of its start; what the program says of its machine itself goes before.
    commit : str, optional
        Of the run, in place of what the program says.
    """
    about = {"command": program.command, "shows": program.shows, "commit": commit}
    machine = {**surroundings, **figures.get("machine", {})}
    if "kind" in figures and "format" in figures:
        return figures | about | {"machine": machine}
    plain = {key: value for key, value in figures.items() if key not in _ABOUT}
    groups = {key: value for key, value in plain.items() if isinstance(value, dict)}
    single = {key: value for key, value in plain.items() if not isinstance(value, dict)}
    given = {program.name: single} | groups if single else groups
    parameters, curves = figures.get("arguments"), _growth(figures)
    document = make_document([], machine, given, parameters=parameters, curves=curves, commit=commit)
    return document | about


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
