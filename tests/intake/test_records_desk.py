"""Calls about records: each does what the engine does, and tells who asked for it."""

from __future__ import annotations

import pytest

from intake.people import OFFICER, enrol_people, fingers_of, passport_of, samples_of
from vantay.administration import EnrolmentDetails
from vantay.engine import Engine
from vantay.errors import AlreadyEnrolled, InvalidSample, SubjectNotFound
from vantay.intake.application import Claim
from vantay.intake.receipts import verify_receipt
from vantay.intake.records_desk import RecordsDesk
from vantay.intake.samples import Samples
from vantay.store import AuditEntry, Document, SubjectStatus

OPERATOR = OFFICER
PASSPORT = Document("passport", passport_of(1).number, "KOR")


def last_entry(engine: Engine) -> AuditEntry:
    return engine.audit_entries(limit=1000)[-1]


def told(engine: Engine) -> tuple[str, str, str]:
    entry = last_entry(engine)
    assert (entry.actor_name, entry.role, entry.request_id) == ("desk-1", "intake", "r-1")
    return entry.call, entry.outcome, entry.subject_id


@pytest.mark.parametrize(("person", "outcome"), [(1, "MATCH"), (2, "NO_MATCH")])
def test_verification_is_noted(records: RecordsDesk, engine: Engine, person: int, outcome: str) -> None:
    verified = records.verify(OFFICER, "S-1", samples_of(person, 1))
    assert (verified.subject_id, verified.result.is_match) == ("S-1", outcome == "MATCH")
    assert told(engine) == ("VerificationService/Verify", outcome, "S-1")


def test_verification_of_a_merged_subject_tells_of_the_other(records: RecordsDesk, engine: Engine) -> None:
    engine.merge("S-1", "S-2")
    verified = records.verify(OFFICER, "S-2", samples_of(1, 1))
    assert (verified.subject_id, verified.result.is_match) == ("S-1", True)


def test_document_is_verified_with_its_only_owner(records: RecordsDesk, engine: Engine) -> None:
    engine.update_subject("S-1", documents=[PASSPORT])
    claim = Claim(document_type="passport", document_number=passport_of(1).number)
    assert records.verify_document(OFFICER, claim, samples_of(1, 1)).subject_id == "S-1"
    engine.update_subject("S-2", documents=[PASSPORT])
    with pytest.raises(SubjectNotFound, match="2 subjects"):
        records.verify_document(OFFICER, claim, samples_of(1, 1))
    assert told(engine) == ("VerificationService/Verify", "FAILED", "")
    assert passport_of(1).number not in repr(engine.audit_entries())


def test_two_sets_of_samples_are_compared_as_a_subject_is(records: RecordsDesk, engine: Engine) -> None:
    result = records.compare_samples(OFFICER, samples_of(1, 1), samples_of(1))
    assert result.score == pytest.approx(records.verify(OFFICER, "S-1", samples_of(1, 1)).result.score)
    assert result.probe_qualities == dict.fromkeys(fingers_of(1), 80)
    assert not records.compare_samples(OFFICER, samples_of(1), samples_of(2)).is_match
    assert told(engine) == ("VerificationService/Verify", "NO_MATCH", "")


def test_search_is_noted_with_who_was_found(records: RecordsDesk, engine: Engine) -> None:
    assert records.identify(OFFICER, samples_of(3, 1)).matches[0].subject_id == "S-3"
    assert told(engine) == ("IdentificationService/Identify", "FOUND", "S-3")
    assert not records.identify(OFFICER, samples_of(50)).is_known
    assert told(engine) == ("IdentificationService/Identify", "NOT_FOUND", "")


def test_call_that_ends_in_a_mistake_of_ours_is_noted(
    records: RecordsDesk, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_named: object) -> None:
        raise RuntimeError("a mistake that tells of M1234567")

    monkeypatch.setattr(engine, "identify", fail)
    with pytest.raises(RuntimeError):
        records.identify(OFFICER, samples_of(3))
    assert told(engine) == ("IdentificationService/Identify", "FAILED", "")
    assert last_entry(engine).reason == "RuntimeError"


def test_enrolment_is_noted_in_its_transaction(records: RecordsDesk, engine: Engine) -> None:
    details = EnrolmentDetails(idempotency_key="row-1", documents=(PASSPORT,))
    receipt = records.enrol(OFFICER, "S-50", samples_of(50), details)
    assert told(engine) == ("EnrolmentService/Enrol", "ENROLLED", "S-50")
    sequence = engine.sequence()
    again = records.enrol(OFFICER, "S-50", samples_of(50), details)
    assert (again.encounter.encounter_id, engine.sequence()) == (receipt.encounter.encounter_id, sequence)
    assert [e.reason for e in engine.audit_entries()] == ["", "REPEATED"]
    with pytest.raises(AlreadyEnrolled):
        records.enrol(OFFICER, "S-50", samples_of(51))
    assert told(engine) == ("EnrolmentService/Enrol", "FAILED", "S-50")
    assert last_entry(engine).reason == "AlreadyEnrolled"
    assert records.identify(OFFICER, samples_of(50, 1)).is_known


def test_encounter_is_added_once_for_its_key(records: RecordsDesk, engine: Engine) -> None:
    details = EnrolmentDetails(idempotency_key="visit-2")
    for reason in ("", "REPEATED"):
        records.add_encounter(OFFICER, "S-1", samples_of(1, 1), details)
        assert told(engine) == ("EnrolmentService/AddEncounter", "ADDED", "S-1")
        assert last_entry(engine).reason == reason
    assert len(records.read(OFFICER, "S-1").encounters) == 2
    assert told(engine) == ("EnrolmentService/Read", "READ", "S-1")


def test_nothing_usable_is_refused(records: RecordsDesk, engine: Engine) -> None:
    with pytest.raises(InvalidSample):
        records.enrol(OFFICER, "S-50", Samples())
    assert told(engine) == ("EnrolmentService/Enrol", "FAILED", "S-50")


def test_every_row_of_a_load_is_noted(records: RecordsDesk, engine: Engine) -> None:
    rows = [records.make_row(f"S-{person}", samples_of(person)) for person in (50, 1, 51)]
    results = records.load(OFFICER, rows, refused=[("S-52", InvalidSample("no image"))])
    assert [result.outcome for result in results] == ["enrolled", "failed", "enrolled"]
    entries = engine.audit_entries()
    assert [(e.outcome, e.subject_id, e.reason) for e in entries] == [
        ("ENROLLED", "S-50", ""),
        ("FAILED", "S-1", "AlreadyEnrolled"),
        ("ENROLLED", "S-51", ""),
        ("FAILED", "S-52", "InvalidSample"),
    ]
    assert records.identify(OFFICER, samples_of(51, 1)).is_known


def test_locks_are_published_once(records: RecordsDesk, engine: Engine) -> None:
    assert [records.lock(OPERATOR, "S-1", "card expired"), records.lock(OPERATOR, "S-1")] == [True, False]
    assert [records.unlock(OPERATOR, "S-1"), records.unlock(OPERATOR, "S-1")] == [True, False]
    assert [(d.kind, d.subject_id) for d in engine.decisions_since(0)] == [("LOCK", "S-1"), ("UNLOCK", "S-1")]
    outcomes = [(e.outcome, e.reason) for e in engine.audit_entries()]
    assert outcomes == [("LOCKED", "card expired"), ("UNCHANGED", ""), ("UNLOCKED", ""), ("UNCHANGED", "")]


def test_merge_is_published_once_and_noted_of_both(records: RecordsDesk, engine: Engine) -> None:
    assert [records.merge(OPERATOR, "S-1", "S-2") for _ in range(2)] == [1, 0]
    (decision,) = engine.decisions_since(0)
    assert (decision.kind, decision.subject_id, decision.other_subject_id) == ("MERGE", "S-1", "S-2")
    assert [e.subject_id for e in engine.audit_entries()] == ["S-1", "S-2"] * 2


def test_merge_that_locks_the_winner_publishes_the_lock(records: RecordsDesk, engine: Engine) -> None:
    engine.lock("S-2")
    records.merge(OPERATOR, "S-1", "S-2")
    assert [(d.kind, d.subject_id) for d in engine.decisions_since(0)] == [("MERGE", "S-1"), ("LOCK", "S-1")]
    assert engine.show("S-1").status is SubjectStatus.LOCKED


def test_merge_with_a_winner_that_was_locked_publishes_no_lock(records: RecordsDesk, engine: Engine) -> None:
    engine.lock("S-1")
    engine.lock("S-2")
    records.merge(OPERATOR, "S-1", "S-2")
    assert [d.kind for d in engine.decisions_since(0)] == ["MERGE"]


def test_erasure_gives_a_receipt_that_the_audit_log_bears_out(records: RecordsDesk, engine: Engine) -> None:
    receipt = records.erase(OPERATOR, "S-1", "on request")
    verify_receipt(receipt)
    entry = last_entry(engine)
    assert (entry.call, entry.outcome, entry.reason) == ("EnrolmentService/Erase", "ERASED", "on request")
    body = receipt.body
    assert (body["audit_sequence"], body["audit_hash"]) == (entry.sequence, entry.hash)
    assert (body["subject_id"], body["n_encounters"], body["n_templates"]) == ("S-1", 1, 10)
    assert body["is_purged"]
    assert engine.show("S-1").status is SubjectStatus.ERASED
    again = records.erase(OPERATOR, "S-1")
    assert (again.body["n_templates"], again.body["was_erased_before"]) == (0, True)
    assert [d.kind for d in engine.decisions_since(0)] == ["ERASE"]
    with pytest.raises(SubjectNotFound):
        records.erase(OPERATOR, "S-nobody")


def test_decisions_are_read_on_and_noted_when_there_are_any(records: RecordsDesk, engine: Engine) -> None:
    records.lock(OPERATOR, "S-1")
    records.lock(OPERATOR, "S-2")
    assert [d.subject_id for d in records.decisions_since(OPERATOR, 1)] == ["S-2"]
    assert told(engine) == ("DecisionFeed/Watch", "READ", "")
    n_entries = len(engine.audit_entries())
    assert not records.decisions_since(OPERATOR, 2)
    assert len(engine.audit_entries()) == n_entries


def test_unprintable_identifier_is_noted_too(records: RecordsDesk, engine: Engine) -> None:
    with pytest.raises(SubjectNotFound):
        records.read(OFFICER, "S-\x00" * 200)
    assert last_entry(engine).subject_id.startswith("S-\\x00")


def test_population_is_not_touched_by_comparisons(records: RecordsDesk, engine: Engine) -> None:
    sequence = engine.sequence()
    records.compare_samples(OFFICER, samples_of(1), samples_of(2))
    records.identify(OFFICER, samples_of(1))
    assert engine.sequence() == sequence
    enrol_people(engine, [80])
    assert engine.sequence() == sequence + 1
