"""No slip of the pen in the name of an output destroys a database or a key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from vantay.errors import CallerError
from vantay.store import MasterKey, Store, refuse_irreplaceable


def test_a_database_its_log_and_its_key_are_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "vantay.db"
    with Store.open(path) as store:
        store.create_gallery("visa")
        for name in ("vantay.db", "vantay.db-wal", "vantay.db.key"):
            with pytest.raises(CallerError, match=f"{name} is .* name another file"):
                refuse_irreplaceable(tmp_path / "new.jsonl", tmp_path / name)


@pytest.mark.parametrize(
    "content", [b"0f" * 32, b"0F" * 32 + b"\n", b"-----BEGIN PRIVATE KEY-----\n"], ids=["bare", "line", "pem"]
)
def test_keys_of_any_form_are_not_written_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.key"
    path.write_bytes(content)
    with pytest.raises(CallerError, match=r"is a (key|master key)"):
        refuse_irreplaceable(path)


def test_a_key_that_was_written_is_known_again(tmp_path: Path) -> None:
    MasterKey.generate().write(tmp_path / "another")
    with pytest.raises(CallerError, match="is a master key"):
        refuse_irreplaceable(tmp_path / "another")


def test_other_files_may_be_written_over(tmp_path: Path) -> None:
    (tmp_path / "old.jsonl").write_text('{"row": 1}\n')
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    refuse_irreplaceable(*(tmp_path / name for name in ("old.jsonl", "empty", "pipe", "missing", "")))
