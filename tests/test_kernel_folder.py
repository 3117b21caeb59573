"""Kernels find a folder on a read-only installation without a home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vantay

PROGRAM = """
import os, vantay
assert vantay.__file__.startswith(os.environ["PYTHONPATH"]), vantay.__file__
import vantay.engine
print(os.environ.get("NUMBA_CACHE_DIR", ""))
"""


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """Copy the package to where no kernel can be kept beside it, whoever runs the test."""
    root = tmp_path / "site-packages"
    shutil.copytree(
        Path(vantay.__file__).parent, root / "vantay", ignore=shutil.ignore_patterns("__pycache__")
    )
    for folder in [root / "vantay", *(f for f in root.rglob("*") if f.is_dir())]:
        (folder / "__pycache__").touch()  # permissions would not stop a superuser; a file in its place does
    return root


def run(installation: Path, **environment: str) -> str:
    temporary = installation.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    kept = {k: v for k, v in os.environ.items() if k not in {"NUMBA_CACHE_DIR", "XDG_CACHE_HOME"}}
    nowhere = {"HOME": os.devnull, "PYTHONPATH": str(installation), "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        env=kept | nowhere | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_without_a_writable_folder_kernels_go_to_a_private_temporary_one(installation: Path) -> None:
    folder = Path(run(installation))
    assert folder == installation.parent / "tmp" / f"vantay-kernels-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Path(run(installation)) == folder  # the next process finds the kernels of this one


def test_a_temporary_folder_that_others_may_write_is_not_trusted(installation: Path) -> None:
    (installation.parent / "tmp").mkdir()
    offered = installation.parent / "tmp" / f"vantay-kernels-{os.geteuid()}"
    offered.mkdir()
    offered.chmod(0o777)
    folder = Path(run(installation))
    assert folder != offered
    assert folder.parent == offered.parent
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_writable_cache_of_the_user_or_a_named_folder_is_left_to_numba(installation: Path) -> None:
    assert run(installation, XDG_CACHE_HOME=str(installation.parent / "cache")) == ""
    named = str(installation.parent / "named")
    assert run(installation, NUMBA_CACHE_DIR=named) == named
