"""Which runs stand together in a section: those of one kind, of benchmarks those of one program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from vantay.report.run_report.run import KINDS, Run

_PLACES = frozenset({"--json", "--output", "-o", "--folder", "--scratch"})
"""Options that say where files are, which is somewhere else on each machine."""

_SWITCHES = frozenset({"--record"})
"""Options without a value that say where results go."""

_PYTHON = re.compile(r"python[\d.]*")
_N_PARTS = 2
"""Parts of a path that are kept: sets of samples are called by two, such as ``fvc2002/DB1_B``."""


class ProgramCall(NamedTuple):
    """What a command runs, and with which arguments, without the folders of a machine."""

    program: str
    arguments: tuple[str, ...]


def group_runs(runs: Sequence[Run]) -> list[list[Run]]:
    """Arrange runs into the sections of a report.

    Parameters
    ----------
    runs : sequence of Run
        Of any kinds.

    Returns
    -------
    list of list of Run
        In the order of `KINDS`; the first of a group is what its others are compared with. Runs of a kind are
        one group, but benchmarks are many programs. Those stand together if their command is the same up to
        folders; if they have one program and their files one name; or if they have one program and the caller
        gave one of them its name. Where no command is told, one must have all the figures of the other.
    """
    groups: list[list[Run]] = []
    for kind in KINDS:
        members = [run for run in runs if run.kind == kind]
        groups += _by_program(members) if kind == "benchmark" else [members] if members else []
    return groups


def _by_program(runs: Sequence[Run]) -> list[list[Run]]:
    groups: list[list[Run]] = []
    for run in runs:
        likeness, found = max(
            ((_likeness(group[0], run), group) for group in groups), key=lambda x: x[0], default=(0, [])
        )
        if likeness:
            found.append(run)
        else:
            groups.append([run])
    return groups


def _likeness(first: Run, run: Run) -> int:
    """Tell how surely two benchmarks are runs of one program; 0 if they are not to be compared."""
    if first.command is None or run.command is None:
        return int(first.command is run.command and _has_all_figures(first, run))
    one, other = read_call(first.command), read_call(run.command)
    if one == other:
        return 3
    if one.program != other.program:
        return 0
    is_one_file = bool(run.file_stem) and run.file_stem == first.file_stem
    return 2 if is_one_file else int(run.is_named or first.is_named)


def _has_all_figures(first: Run, run: Run) -> bool:
    one, other = ({figure.path for figure in x.figures} for x in (first, run))
    return bool(one and other) and (one <= other or one >= other)


def read_call(command: str) -> ProgramCall:
    """Find the program of a command line, and its arguments up to the folders of a machine.

    Parameters
    ----------
    command : str
        As a run tells it.

    Returns
    -------
    ProgramCall
        The program by the last part of its name, whether a file or a module.

    Examples
    --------
    >>> read_call("python benchmarks/bulk_load.py --subjects 5000 --json load.json")
    ProgramCall(program='bulk_load', arguments=('--subjects', '5000'))
    """
    try:
        words = shlex.split(command)
    except ValueError:  # an open quotation, as of a command that was cut off
        words = command.split()
    if words and _PYTHON.fullmatch(PurePosixPath(words[0]).name):
        words = words[2:] if words[1:2] == ["-m"] else words[1:]
    name = PurePosixPath(words[0]).name if words else ""
    return ProgramCall(name.removesuffix(".py").rpartition(".")[2], tuple(_without_places(words[1:])))


def _without_places(words: Sequence[str]) -> Iterator[str]:
    is_place = False
    for word in words:
        option, equals, _ = word.partition("=")
        if is_place or word in _SWITCHES:
            is_place = False
        elif option in _PLACES:
            is_place = not equals
        else:
            yield "/".join(PurePosixPath(word).parts[-_N_PARTS:]) if "/" in word else word
