"""An engine hands what a service needs of its database through."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.people import encounter
from vantay import (
    Actor,
    CaseDecided,
    CaseNotFound,
    Engine,
    NewAuditEntry,
    NewCase,
    NewCheck,
    NewDecision,
    PurgeCounts,
    StateError,
)

DESK = Actor("desk", "intake")
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def test_a_check_from_its_case_to_its_purge(tmp_path: Path) -> None:
    with Engine.open(tmp_path / "vantay.db") as engine:
        assert (engine.sequence(), engine.last_decision(), engine.check("R1")) == (0, 0, None)
        with engine.write() as write:
            write.enrol(encounter("S1"))
            write.put_check(NewCheck("R1", b"digest", "CONFLICT", b"answer"))
            write.open_case(NewCase("C1", "R1", "CONFLICT", b"details", b"captures"))
            write.publish(NewDecision("CHECK", "R1", case_id="C1"))
            write.note(NewAuditEntry(DESK, "CheckApplicant", "CONFLICT", reference="R1"))
        assert engine.sequence() == 1
        check = engine.check("R1")
        assert check is not None
        assert (check.result, engine.case_captures("C1")) == (b"answer", b"captures")
        assert engine.cases("open") == [engine.case("C1")]
        assert engine.cases(after="C1") == []
        with engine.write() as write:
            write.decide_case("C1", examiner="examiner-1", verdict="SAME_PERSON", reason="")
            with pytest.raises(CaseDecided):
                write.decide_case("C1", examiner="examiner-2", verdict="SAME_PERSON", reason="")
        engine.note_audit(NewAuditEntry(Actor("auditor"), "ReadCase", "OK", reference="C1"))
        assert [e.call for e in engine.audit_entries()] == ["CheckApplicant", "ReadCase"]
        assert engine.verify_audit(engine.audit_anchor()).n_entries == 2
        assert [d.case_id for d in engine.decisions_since(0)] == ["C1"]
        counts = engine.purge_checks(results_before=LATER, captures_before=LATER)
        assert counts == PurgeCounts(1, 1, 1, is_purged=True)
        with pytest.raises(CaseNotFound):
            engine.case_captures("C1")


def test_an_engine_without_a_database_says_so() -> None:
    with Engine.without_store() as engine, pytest.raises(StateError, match="without an enrolment database"):
        engine.audit_anchor()
