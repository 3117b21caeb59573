"""Files that are replaced while they are in use."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from vantay.errors import InvalidSetting
from vantay_service.access.changing_file import ChangingFile


def number(read: Sequence[bytes]) -> int:
    try:
        return sum(int(data) for data in read)
    except ValueError as error:
        raise InvalidSetting(f"{read!r}: {error}") from error


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "number"
    path.write_text("1")
    return path


def watch(*paths: Path, interval_s: float = 0.0) -> ChangingFile[int]:
    return ChangingFile(paths, number, what="number", interval_s=interval_s)


def test_change_in_place_or_by_renaming_is_seen(path: Path) -> None:
    file = watch(path)
    assert file.current() == 1
    path.write_text("2")
    assert file.current() == 2
    draft = path.with_suffix(".new")
    draft.write_text("3")
    draft.replace(path)
    assert file.current() == 3


def test_change_that_leaves_time_and_size_as_they_were_is_seen_while_the_file_is_new(path: Path) -> None:
    file = watch(path)
    status = path.stat()
    path.write_text("7")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.current() == 7


def test_broken_or_missing_file_leaves_what_was_and_is_told_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = watch(path)
    path.write_text("x")
    assert [file.current() for _ in range(3)] == [1, 1, 1]
    path.unlink()
    assert [file.current() for _ in range(3)] == [1, 1, 1]
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.ERROR]
    path.write_text("4")
    assert file.current() == 4


def test_several_files_are_one(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("10")
    file = watch(path, other)
    assert file.current() == 11
    other.write_text("20")
    assert file.current() == 21


def test_same_content_written_again_stays_the_same_object(path: Path) -> None:
    file = ChangingFile([path], lambda read: [read[0]], what="number", interval_s=0.0)
    first = file.current()
    path.write_text("1")
    os.utime(path, ns=(0, 0))
    assert file.current() is first


def test_file_is_not_looked_at_before_its_time(path: Path) -> None:
    file = watch(path, interval_s=3600.0)
    path.write_text("2")
    assert file.current() == 1


def test_first_reading_must_succeed(path: Path) -> None:
    path.write_text("x")
    with pytest.raises(InvalidSetting, match="invalid literal"):
        watch(path)
    path.unlink()
    with pytest.raises(InvalidSetting, match=r"the number .* cannot be read: No such file"):
        watch(path)
