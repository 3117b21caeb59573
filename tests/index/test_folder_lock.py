"""The lock of a folder: one holder, whoever else asks, until it ends or lets go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vantay.errors import StoreUnavailable
from vantay.index.folder_lock import FolderLock

HOLDER = """
import sys
from pathlib import Path
from vantay.index.folder_lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    assert not lock.take()
    assert not lock.is_held
    holder.kill()
    holder.communicate()
    assert lock.take()
    lock.close()


def test_another_process_does_not_get_what_is_held(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    assert lock.take()
    asked = subprocess.run(
        [sys.executable, "-c", HOLDER, tmp_path],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout == "False\n"
    lock.close()


def test_one_of_two_in_a_process_holds_it(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    assert first.take()
    assert first.take()
    assert not second.take()
    first.release()
    assert not first.is_held
    assert second.take()
    assert not first.take()
    second.close()
    assert first.take()
    first.close()


def test_a_closed_lock_is_not_taken(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.close()
    lock.close()
    lock.release()
    assert not lock.take()


def test_the_folder_is_made_for_its_owner(tmp_path: Path) -> None:
    FolderLock(tmp_path / "index").close()
    assert (tmp_path / "index").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailable, match="file"):
        FolderLock(tmp_path / "file" / "index")


def test_a_file_system_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    lock = FolderLock(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("vantay.index.folder_lock.fcntl.flock", refuse)
        with pytest.raises(StoreUnavailable, match="No locks available"):
            lock.take()
    assert not lock.is_held
    lock.close()
