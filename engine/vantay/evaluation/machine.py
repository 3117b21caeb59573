"""On what a measurement ran: the machine, the packages and the state of the source tree."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("vantay", "numpy", "numba", "onnxruntime", "faiss-cpu", "opencv-python-headless")
"""Those whose version can change a score or a time."""

_CPU_INFO = Path("/proc/cpuinfo")
_GIT_TIMEOUT_S = 10


def describe_machine() -> dict[str, object]:
    """Describe the machine and the packages, as run files hold it.

    Returns
    -------
    dict
        ``system``, ``processor``, ``n_cores`` (that this process may use), ``memory_bytes``, ``python`` and
        ``packages``, a version each; no name of the host and nothing else that tells whose machine it is.
    """
    return {
        "system": f"{platform.system()}-{platform.release()}-{platform.machine()}",
        "processor": _processor_name(),
        "n_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "packages": {name: found for name in PACKAGES if (found := _version_of(name))},
    }


def source_commit(folder: Path | None = None) -> str | None:
    """Name the commit of the source tree that runs.

    Parameters
    ----------
    folder : Path, optional
        A folder of the tree; that of this file by default.

    Returns
    -------
    str or None
        40 hexadecimal digits, with ``-dirty`` after them if tracked files were changed; None outside of a
        tree, for instance when installed from a wheel.
    """
    place = Path(__file__).parent if folder is None else folder
    try:
        is_tracked = folder is not None or _git(place, "ls-files", Path(__file__).name)
        commit = _git(place, "rev-parse", "HEAD")
        changes = _git(place, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return None
    if not is_tracked:  # a wheel unpacked somewhere inside of another project's tree
        return None
    return f"{commit}-dirty" if changes else commit


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True,
        text=True,
        check=True,
        timeout=_GIT_TIMEOUT_S,
    )
    return done.stdout.strip()


def _processor_name() -> str:
    if _CPU_INFO.is_file():
        for line in _CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or "unknown"


def _version_of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
