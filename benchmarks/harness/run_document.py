"""Result files: one JSON object each, in the form that ``vantay report`` reads."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from vantay.evaluation.machine import source_commit
from vantay.evaluation.run_file import RUN_FORMAT

KIND = "benchmark"
RESULTS = Path(__file__).resolve().parents[1] / "results"
ROOT = RESULTS.parents[1]
_DIRTY = "-dirty"

Document = dict[str, Any]


def make_document(
    command: Sequence[str],
    surroundings: Mapping[str, object],
    figures: Mapping[str, object],
    *,
    parameters: Mapping[str, object] | None = None,
    curves: Mapping[str, object] | None = None,
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
    """
    return {
        "kind": KIND,
        "format": RUN_FORMAT,
        "machine": dict(surroundings),
        "commit": commit_beside_results(),
        "command": list(command),
        "parameters": dict(parameters or {}),
        "figures": dict(figures),
        "curves": dict(curves or {}),
    }


def commit_beside_results() -> str | None:
    """Name the commit of the sources as `source_commit` does; result files that changed do not make it dirty.

    Otherwise the first result of a run that is recorded would spoil the name of the others.
    """
    commit = source_commit()
    if commit is None or not commit.endswith(_DIRTY):
        return commit
    command = ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results"]
    changes = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return commit if changes.strip() else commit.removesuffix(_DIRTY)


def is_done(path: Path) -> bool:
    """Tell whether a result is of the sources as they are; one of sources that were changed never is."""
    commit = commit_beside_results()
    is_clean = commit is not None and not commit.endswith(_DIRTY)
    return is_clean and read_document(path).get("commit") == commit


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write a result file, and its folder if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def read_document(path: Path) -> Document:
    """Read a result file; an empty one if there is none."""
    if not path.is_file():
        return {}
    document: Document = json.loads(path.read_text(encoding="utf-8"))
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
