"""``vantay index``: what the files hold, whether they are sound, made anew, without the erased."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Vantay
from search.random_fingers import encounter_of, make_finger
from vantay.store import Store

N = 70
"""More than are left in memory when an engine closes."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Enrol people, search once, and give the folder of the index that is left."""
    with Store.open(tmp_path / "vantay.db") as store:
        for number in range(N):
            store.enrol(encounter_of(f"s{number}", make_finger(number)))
    return tmp_path / "vantay.db.index"


def test_an_index_is_made_anew_and_told_about(vantay: Vantay, folder: Path) -> None:
    before = vantay("index", "status").json
    assert (before["n_subjects"], before["written_sequence"], before["store_sequence"]) == (0, 0, N)
    made = vantay("index", "rebuild").json
    assert made == vantay("index", "status").json
    assert made == {
        "folder": "vantay.db.index",
        "n_files": 1,
        "n_subjects": N,
        "n_dead": 0,
        "n_bytes": sum(path.stat().st_size for path in folder.iterdir()),
        "written_sequence": N,
        "store_sequence": N,
    }
    assert "n_subjects" in vantay("index", "status", "--table").stdout


def test_compaction_drops_what_is_left_of_the_erased(vantay: Vantay, folder: Path) -> None:
    vantay("index", "rebuild")
    vantay("erase", "s33", "--yes")
    assert b"s33" in b"".join(path.read_bytes() for path in folder.glob("*.arrays"))
    status = vantay("index", "status").json
    assert status["store_sequence"] == status["written_sequence"] + 1
    compacted = vantay("index", "compact").json
    assert (compacted["n_subjects"], compacted["n_dead"], compacted["n_files"]) == (N - 1, 0, 1)
    assert compacted["written_sequence"] == compacted["store_sequence"] == N + 1
    assert b"s33" not in b"".join(path.read_bytes() for path in folder.glob("*.arrays"))


def test_a_damaged_index_is_named_and_made_anew(vantay: Vantay, folder: Path) -> None:
    vantay("index", "rebuild")
    assert vantay("index", "verify").json == {"n_files": 1, "is_sound": True}
    (segment,) = folder.glob("segment-*")
    whole = bytearray(segment.read_bytes())
    whole[len(whole) // 2] ^= 1
    segment.write_bytes(whole)
    run = vantay("index", "verify")
    assert run.exit_code == 1
    assert segment.name in run.stderr
    assert "vantay index rebuild" in run.stderr or "rebuild the index" in run.stderr
    segment.write_bytes(b"rubbish")
    assert vantay("index", "status").exit_code == 1
    assert vantay("index", "rebuild").json["n_subjects"] == N
    assert vantay("index", "verify").exit_code == 0


def contents(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder; nothing if it is not there."""
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_looking_at_an_index_makes_none(vantay: Vantay, folder: Path) -> None:
    assert vantay("index", "status").json["n_files"] == 0
    assert vantay("index", "verify").json == {"n_files": 0, "is_sound": True}
    assert not folder.exists()


def test_looking_at_an_index_leaves_it_as_it_is(vantay: Vantay, folder: Path) -> None:
    """Also where it is behind the database, and where the next search would write it anew."""
    vantay("index", "rebuild")
    with Store.open(folder.parent / "vantay.db") as store:
        for number in range(N // 2 + 5):
            store.erase(f"s{number}")
    before = contents(folder)
    assert vantay("index", "status").json["n_subjects"] == N
    assert vantay("index", "verify").json["is_sound"]
    assert contents(folder) == before


@pytest.mark.parametrize("command", ["status", "verify", "compact"])
def test_an_index_of_other_parameters_is_told_and_left(
    vantay: Vantay, folder: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    vantay("index", "rebuild")
    before = contents(folder)
    monkeypatch.setattr("vantay.search.indexed.segment_files.LAYOUT_VERSION", 99)
    run = vantay("index", command)
    assert run.exit_code == 1
    assert "made with parameters" in run.stderr
    assert "vantay index rebuild" in run.stderr
    assert contents(folder) == before
    assert vantay("index", "rebuild").json["n_subjects"] == N


def test_an_index_of_another_database_is_told_and_left(vantay: Vantay, folder: Path) -> None:
    """A new database where another one was meets the index of that one."""
    vantay("index", "rebuild")
    for path in folder.parent.glob("vantay.db*"):
        if path != folder:
            path.unlink()
    with Store.open(folder.parent / "vantay.db") as store:
        store.enrol(encounter_of("new", make_finger(1)))
    before = contents(folder)
    for command in ("status", "verify", "compact"):
        run = vantay("index", command)
        assert run.exit_code == 1
        assert "another database was here before" in run.stderr
        assert "vantay index rebuild" in run.stderr
        assert contents(folder) == before
    assert vantay("index", "rebuild").json["n_subjects"] == 1
