"""What is no longer needed is destroyed, and what an open case needs is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from intake.people import EXAMINER, OFFICER, application_of, rules
from vantay.cli import main
from vantay.engine import Engine
from vantay.errors import StoreUnavailable
from vantay.intake.case_desk import CaseDesk
from vantay.intake.desk import IntakeDesk
from vantay.intake.receipts import ReceiptSigner
from vantay.intake.records_desk import RecordsDesk
from vantay.intake.retention import purge
from vantay.intake.verdict import Verdict, VerdictKind
from vantay.store import Actor
from vantay.store import retention as store_retention

OPERATOR = Actor("operator")
RULES = rules(results_kept_days=30, captures_kept_days=10)


def test_answers_and_captures_are_purged_in_time(engine: Engine, desk: IntakeDesk, cases: CaseDesk) -> None:
    desk.check(application_of(50), OFFICER)
    decided, still_open = (desk.check(application_of(person, 1), OFFICER) for person in (1, 2))
    cases.decide(EXAMINER, decided.case_id, Verdict(VerdictKind.SAME_PERSON, "S-1"), "same")
    now = datetime.now(UTC)
    assert purge(engine, RULES, now + timedelta(days=9), OPERATOR).n_captures == 0
    assert purge(engine, RULES, now + timedelta(days=11), OPERATOR).n_captures == 1
    assert cases.read_case(EXAMINER, decided.case_id).captures is None
    counts = purge(engine, RULES, now + timedelta(days=31), OPERATOR)
    assert (counts.n_results, counts.n_details) == (2, 1)
    read = cases.read_case(EXAMINER, still_open.case_id)
    assert read.captures is not None
    assert read.result is not None
    stored = engine.check(f"A-{50}-0")
    assert stored is not None
    assert (stored.outcome, stored.result) == ("NEW", None)
    purges = [e for e in engine.audit_entries() if e.call == "retention/purge"]
    assert [(e.outcome, e.reason) for e in purges] == [
        ("UNCHANGED", ""),
        ("PURGED", "1 captures of cases"),
        ("PURGED", "2 answers"),
        ("PURGED", "1 details of cases"),
    ]
    engine.verify_audit()


def test_purge_that_is_cut_short_is_noted_as_far_as_it_came(
    engine: Engine, desk: IntakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> int:
        raise StoreUnavailable("the disk is full")

    desk.check(application_of(50), OFFICER)
    monkeypatch.setattr(store_retention, "purge_details", fail)
    with pytest.raises(StoreUnavailable):
        purge(engine, RULES, datetime.now(UTC) + timedelta(days=31), OPERATOR)
    entry = engine.audit_entries()[-1]
    assert (entry.call, entry.outcome, entry.reason) == ("retention/purge", "PURGED", "1 answers")
    stored = engine.check("A-50-0")
    assert stored is not None
    assert stored.result is None


def _run(*arguments: str) -> tuple[int, dict[str, object]]:
    result = CliRunner().invoke(main, [*arguments], standalone_mode=True)
    return result.exit_code, json.loads(result.stdout)


def test_command_purges(engine: Engine, desk: IntakeDesk, tmp_path: Path) -> None:
    desk.check(application_of(50), OFFICER)
    engine.close()
    database = str(tmp_path / "vantay.db")
    code, answer = _run("retention", "purge", "-d", database)
    assert (code, answer["n_results"], answer["n_captures"]) == (0, 0, 0)
    agency = tmp_path / "intake.toml"
    agency.write_text("[retention]\nresults_kept_days = 0\n")
    code, answer = _run("retention", "purge", "-d", database, "--rules", str(agency))
    assert code == 1
    assert "results_kept_days" in str(answer["error"])


def test_command_verifies_receipts(engine: Engine, records: RecordsDesk, tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_text(records.erase(OPERATOR, "S-1").to_json())
    key = ReceiptSigner.open(tmp_path / "vantay.db.receipts").public_key
    code, answer = _run("receipts", "verify", str(receipt), "--public-key", key)
    assert code == 0
    assert answer["is_valid"]
    assert answer["body"]["subject_id"] == "S-1"  # type: ignore[index]
    code, answer = _run("receipts", "verify", str(receipt), "--public-key", "0" * 64)
    assert code == 1
    receipt.write_text(receipt.read_text().replace('"n_templates":10', '"n_templates":11'))
    code, answer = _run("receipts", "verify", str(receipt))
    assert code == 1
    code, answer = _run("receipts", "key", "-d", str(tmp_path / "vantay.db"))
    assert answer["public_key"] == key
