"""What a measurement program writes with ``--json``: its figures, and what they were measured on and with."""

from __future__ import annotations

import argparse
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.harness.run_document import commit_beside_results, commit_of_run, write_document
from benchmarks.harness.surroundings import describe_surroundings, others_of, read_processor_time

_DESTINATION = "json"


class FiguresFile:
    """Where the figures of a program go; made at its start, it remembers machine and commit of then.

    Parameters
    ----------
    arguments : argparse.Namespace
        Of the program; ``json`` is the file, or None if there is to be none.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._path: Path | None = arguments.json
        self._commit: str | None = None
        self._machine: dict[str, object] = {}
        self._arguments = told_arguments(arguments)
        self._processors = read_processor_time()
        if self._path is not None:
            self._commit = commit_beside_results()
            self._machine = describe_surroundings()

    def write(self, figures: Mapping[str, Any]) -> None:
        """Write figures beside ``machine``, ``commit`` and ``arguments``, all of the file or nothing of it.

        Parameters
        ----------
        figures : mapping
            What `json` can write, and numbers of NumPy; infinities and what is no number become null.
        """
        if self._path is None:
            return
        about = {
            "machine": self._machine | others_of(self._processors),
            "commit": commit_of_run(self._commit),
            "arguments": self._arguments,
        }
        write_document(self._path, _plain(about | dict(figures)))

    def print_and_write(self, figures: Mapping[str, Any]) -> None:
        """Print figures as one JSON object, and write them."""
        print(json.dumps(_plain(figures), indent=2, ensure_ascii=False, allow_nan=False))
        self.write(figures)


def told_arguments(arguments: argparse.Namespace) -> dict[str, object]:
    """Give the options by name, but for those that tell of one machine: paths, folders as text, addresses.

    Parameters
    ----------
    arguments : argparse.Namespace

    Returns
    -------
    dict
        A list of which one item names a place is left out as a whole.
    """
    given = vars(arguments).items()
    return {name: value for name, value in given if name != _DESTINATION and not _is_place(value)}


def _is_place(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(_is_place(one) for one in value)
    return isinstance(value, os.PathLike) or (isinstance(value, str) and os.sep in value)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    plain = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(plain, float) and not math.isfinite(plain) else plain
