"""Result files: one JSON object each, in the form that ``vantay report`` reads."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vantay.evaluation.machine import source_commit
from vantay.evaluation.run_file import RUN_FORMAT

KIND = "benchmark"
RESULTS = Path(__file__).resolve().parents[1] / "results"
ROOT = RESULTS.parents[1]
DIRTY = "-dirty"
"""Behind a commit when the sources were others than those of it."""

_SOURCE_FOLDERS = ("benchmarks/", "datasets/", "engine/", "models/", "service/", "tests/")
_SOURCE_ENDINGS = (".py", ".toml")
_FILE_MODE = 0o644  # a temporary file is for its owner alone

Document = dict[str, Any]


class ResultUnreadable(ValueError):
    """A result file is not one; the message names the file, what is wrong, and what to do."""


def make_document(
    command: Sequence[str],
    surroundings: Mapping[str, object],
    figures: Mapping[str, object],
    *,
    parameters: Mapping[str, object] | None = None,
    curves: Mapping[str, object] | None = None,
    commit: str | None = None,
) -> Document:
    """Put figures together with what they were measured on.

    Parameters
    ----------
    command : sequence of str
        That measures them again.
    surroundings : mapping
        From `describe_surroundings`, of the start of the run.
    figures, curves : mapping
        As docs/evaluation.md describes run files.
    parameters : mapping, optional
        What was chosen.
    commit : str, optional
        From `commit_of_run`, of a run that took long; that of now by default.
    """
    return {
        "kind": KIND,
        "format": RUN_FORMAT,
        "machine": dict(surroundings),
        "commit": commit or commit_beside_results(),
        "command": list(command),
        "parameters": dict(parameters or {}),
        "figures": dict(figures),
        "curves": dict(curves or {}),
    }


def commit_beside_results() -> str | None:
    """Name the commit of the sources as `source_commit` does, but count as changes what a result depends on.

    Result files that changed do not make it dirty: otherwise the first result of a run that is recorded would
    spoil the name of the others. Sources that git does not track yet do: they may be imported.
    """
    commit = source_commit()
    if commit is None:
        return None
    return f"{commit.removesuffix(DIRTY)}{DIRTY if _changed_sources() else ''}"


def _changed_sources() -> list[str]:
    command = ["git", "status", "--porcelain", "--untracked-files=all", "--", ".", ":!benchmarks/results"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if not line.startswith("??") or _is_source(line[3:].strip('"'))]


def _is_source(path: str) -> bool:
    return path.startswith(_SOURCE_FOLDERS) and path.endswith(_SOURCE_ENDINGS)


def commit_of_run(at_start: str | None) -> str | None:
    """Name the commit of a run that is over: the one of its start, dirty if the sources are others by now.

    Parameters
    ----------
    at_start : str, optional
        From `commit_beside_results`, before anything was imported by what measures.
    """
    if at_start is None or at_start == commit_beside_results():
        return at_start
    return f"{at_start.removesuffix(DIRTY)}{DIRTY}"


def is_done(path: Path) -> bool:
    """Tell whether a result is of the sources as they are; one of sources that were changed never is."""
    commit = commit_beside_results()
    if commit is None or commit.endswith(DIRTY):
        return False
    try:
        return read_document(path).get("commit") == commit
    except ResultUnreadable:
        return False


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a result file, and its folder if need be: whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, _FILE_MODE)
            file.write(f"{text}\n")
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    except BaseException:
        beside.unlink()
        raise


def read_document(path: Path) -> Document:
    """Read a result file; an empty one if there is none.

    Raises
    ------
    ResultUnreadable
        If there is a file that holds something else than a JSON object.
    """
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:  # what is no JSON, and what is no UTF-8
        raise ResultUnreadable(f"{path}: is no result file ({error}): delete it, or measure again") from error
    if not isinstance(document, dict):
        kind = type(document).__name__
        raise ResultUnreadable(f"{path}: holds a {kind}, expected an object: delete it, or measure again")
    return document


def committed_folder(release: str | None = None) -> Path:
    """Name the folder of a release's results.

    Parameters
    ----------
    release : str, optional
        The version; by default this one's if it was recorded, else the newest that was.
    """
    if release is not None:
        return RESULTS / release
    own = RESULTS / release_of_sources()
    recorded = sorted((path for path in RESULTS.glob("*") if path.is_dir()), key=_version_key)
    return own if own.is_dir() or not recorded else recorded[-1]


def release_of_sources() -> str:
    """Name the version that is installed."""
    return version("vantay")


def _version_key(path: Path) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else -1 for part in path.name.split("."))
