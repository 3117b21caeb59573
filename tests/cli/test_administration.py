"""Commands about who is who, galleries, and the upkeep of the database."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from cli.conftest import Vantay
from search.random_fingers import make_finger
from vantay.fingerprint.codec import encode
from vantay.store import FORMAT_VERSION


@pytest.fixture
def records(tmp_path: Path) -> Path:
    for number in (1, 2):
        (tmp_path / f"{number}.fmr").write_bytes(encode(make_finger(number)))
    return tmp_path


@pytest.fixture
def two_people(vantay: Vantay, records: Path) -> None:
    details = (
        "--document passport:M12-3:KOR:2031-05-17 --document card:9 --sex F --birth-date 1990-05-17 "
        "--nationality KOR --gallery visa --operator o17 --device d1 --consent C1 --consent-purpose level-2 "
        "--consent-time 2026-01-02T03:04Z"
    )
    assert vantay("gallery", "create", "visa").exit_code == 0
    assert vantay("enrol", "kim", "-f", f"2={records}/1.fmr", *details.split()).exit_code == 0
    assert vantay("enrol", "lee", "-f", f"2={records}/2.fmr").exit_code == 0


def test_details_of_an_enrolment_are_shown(vantay: Vantay, two_people: None) -> None:
    subject = json.loads(vantay("show", "kim").stdout)
    assert (subject["sex"], subject["birth_date"], subject["nationality"]) == ("F", "1990-05-17", "KOR")
    assert subject["galleries"] == ["visa"]
    assert [d["number"] for d in subject["documents"]] == ["M12-3", "9"]
    assert subject["documents"][0]["expires_on"] == "2031-05-17"
    (encounter,) = subject["encounters"]
    assert (encounter["operator"], encounter["device"]) == ("o17", "d1")
    assert encounter["consent"] == {
        "reference": "C1",
        "purpose": "level-2",
        "given_at": "2026-01-02T03:04:00Z",
    }


def test_lock_find_merge_and_move(vantay: Vantay, two_people: None) -> None:
    assert json.loads(vantay("lock", "lee").stdout)["is_changed"]
    assert json.loads(vantay("show", "lee").stdout)["status"] == "locked"
    assert not json.loads(vantay("unlock", "kim").stdout)["is_changed"]
    assert json.loads(vantay("find", "passport", "m 123").stdout) == {"subject_ids": ["kim"]}
    assert vantay("find", "passport", "m123", "--issuer", "VNM").exit_code == 3
    (moving,) = json.loads(vantay("show", "lee").stdout)["encounters"]
    moved = json.loads(vantay("move", moving["encounter_id"], "kim").stdout)
    assert (moved["from"], moved["to"]) == ("lee", "kim")
    merged = json.loads(vantay("merge", "lee", "kim").stdout)
    assert merged == {"subject_id": "lee", "alias": "kim", "n_encounters": 2}
    assert json.loads(vantay("show", "kim").stdout)["merged_into"] == "lee"
    refused = vantay("erase", "kim", "--yes")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["error"]["type"] == "SubjectMerged"


def test_verify_follows_an_alias(vantay: Vantay, two_people: None, records: Path) -> None:
    vantay("merge", "lee", "kim")
    assert vantay("verify", "kim", "-f", f"2={records}/1.fmr").exit_code == 0


def test_galleries(vantay: Vantay, two_people: None) -> None:
    assert json.loads(vantay("gallery", "add", "visa", "kim", "lee").stdout)["changed"] == ["lee"]
    assert json.loads(vantay("gallery", "members", "visa", "--after", "kim").stdout)["subject_ids"] == ["lee"]
    assert json.loads(vantay("gallery", "remove", "visa", "kim").stdout)["changed"] == ["kim"]
    assert json.loads(vantay("gallery", "list").stdout) == {"galleries": [{"name": "visa", "n_subjects": 1}]}
    assert "visa" in vantay("gallery", "list", "--table").stdout
    unknown = vantay("gallery", "add", "visas", "kim")
    assert json.loads(unknown.stdout)["error"]["type"] == "GalleryNotFound"


def test_the_same_key_gives_the_same_answer(vantay: Vantay, records: Path) -> None:
    command = ("enrol", "kim", "-f", f"2={records}/1.fmr", "--idempotency-key", "app-1")
    first, again = (json.loads(vantay(*command).stdout) for _ in range(2))
    assert first["encounter_id"] == again["encounter_id"]
    other = vantay(*command, "--source", "elsewhere")
    assert json.loads(other.stdout)["error"]["type"] == "IdempotencyConflict"


@pytest.mark.parametrize("document", ["passport", "passport:M1:KOR:soon"])
def test_a_document_that_cannot_be_read_is_wrong_usage(vantay: Vantay, records: Path, document: str) -> None:
    done = vantay("enrol", "kim", "-f", f"2={records}/1.fmr", "--document", document)
    assert done.exit_code == 2
    assert "--document" in done.stderr


def test_upkeep(vantay: Vantay, two_people: None) -> None:
    change = json.loads(vantay("store", "rotate-key").stdout)
    assert change["old_key_id"] != change["new_key_id"]
    assert vantay("show", "kim").exit_code == 0
    assert json.loads(vantay("store", "purge").stdout) == {"is_purged": True}
    assert json.loads(vantay("store", "accept-clock").stdout) == {"is_accepted": True}
    assert "to_version" in vantay("store", "upgrade", "--table").stdout


def test_an_old_database_is_upgraded_on_demand(
    vantay: Vantay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Path(__file__).parents[1] / "store" / "data" / "format-2.db"
    shutil.copy(old, tmp_path / "old.db")
    refused = vantay("list", "-d", str(tmp_path / "old.db"))
    assert json.loads(refused.stdout)["error"]["type"] == "UnsupportedFormatVersion"
    assert "`vantay store upgrade`" in refused.stderr
    done = vantay("store", "upgrade", "-d", str(tmp_path / "old.db"))
    assert json.loads(done.stdout) == {"from_version": 2, "to_version": FORMAT_VERSION}
    assert len(json.loads(vantay("list", "-d", str(tmp_path / "old.db")).stdout)["subjects"]) == 4


def test_the_master_key_may_come_from_the_environment(
    vantay: Vantay, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_MASTER_KEY", "ab" * 32)
    assert vantay("enrol", "kim", "-f", f"2={records}/1.fmr").exit_code == 0
    refused = vantay("store", "rotate-key")
    assert "VANTAY_MASTER_KEY, where nobody can change it" in refused.stderr
    monkeypatch.setenv("VANTAY_MASTER_KEY", "cd" * 32)
    wrong = vantay("show", "kim")
    assert json.loads(wrong.stdout)["error"]["type"] == "WrongKey"
    monkeypatch.setenv("VANTAY_MASTER_KEY", "not a key")
    assert "not a key" not in vantay("show", "kim").stderr
