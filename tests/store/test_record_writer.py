"""Everything in one write is kept together or not at all, and each call sees those before it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from store.people import CARD, KIM, PASSPORT, encounter
from store.places import Place
from vantay.errors import (
    AlreadyEnrolled,
    CallerError,
    CaseNotFound,
    EncounterNotFound,
    GalleryNotFound,
    IdempotencyConflict,
    StateError,
    SubjectMerged,
    SubjectNotFound,
)
from vantay.store import (
    Actor,
    NewAuditEntry,
    NewCase,
    NewCheck,
    NewDecision,
    PublishedDecision,
    Store,
    SubjectStatus,
    changing,
)
from vantay.store.sqlite_file import SqliteFile

DESK = Actor("desk-3", "intake", "call-1")


def everything(store: Store, n: int = 1) -> None:
    """What an intake check keeps."""
    with store.write() as write:
        write.enrol(encounter(f"S{n}", f"E{n}"), biographics=KIM, documents=[PASSPORT])
        write.put_check(NewCheck(f"R{n}", b"digest", "NEW", b"answer"))
        write.open_case(NewCase(f"C{n}", f"R{n}", "CONFLICT", b"details", b"captures"))
        write.publish(NewDecision("CHECK", f"R{n}", f"S{n}", outcome="NEW", reasons=("NOBODY_FOUND",)))
        write.note(NewAuditEntry(DESK, "CheckApplicant", "NEW", f"S{n}", f"R{n}"))


def test_all_of_a_write_is_kept_with_one_time(store: Store) -> None:
    everything(store)
    (record,) = store.subject("S1").encounters
    check, case, (decision,), (entry,) = (
        store.check("R1"),
        store.case("C1"),
        store.decisions_since(0),
        store.audit_entries(),
    )
    assert check is not None
    times = {record.recorded_at, check.recorded_at, case.opened_at, decision.recorded_at, entry.recorded_at}
    assert len(times) == 1


def test_nothing_of_a_write_is_kept_when_something_is_raised(store: Store) -> None:
    everything(store)

    def fail() -> None:
        with store.write() as write:
            write.enrol(encounter("S2", "E2"))
            write.lock("S1")
            write.put_check(NewCheck("R2", b"digest", "NEW", b"answer"))
            write.publish(NewDecision("LOCK", subject_id="S1"))
            write.note(NewAuditEntry(DESK, "Lock", "LOCKED", "S1"))
            raise ZeroDivisionError

    before = (store.sequence(), store.last_decision(), store.verify_audit(), store.subjects())
    with pytest.raises(ZeroDivisionError):
        fail()
    assert (store.sequence(), store.last_decision(), store.verify_audit(), store.subjects()) == before
    assert store.check("R2") is None
    everything(store, 2)  # numbers go on without a gap
    assert (store.sequence(), store.last_decision(), store.verify_audit().n_entries) == (2, 2, 2)


def test_each_call_sees_what_those_before_it_wrote(store: Store) -> None:
    store.create_gallery("residents")
    with store.write() as write:
        assert write.sequence == 0
        write.enrol(encounter("S1", "E1"), biographics=KIM, documents=[PASSPORT], galleries=["residents"])
        write.add_encounter(encounter("S1", "E2"))
        write.enrol(encounter("S2", "E3"))
        assert [(s.subject_id, len(s.encounters)) for s in write.changed_since(0)] == [("S1", 2), ("S2", 1)]
        write.update_subject("S1", documents=[CARD])
        assert write.move_encounter("E2", "S2") == "S1"
        assert write.merge("S1", "S2") == 2
        assert write.resolve("S2") == "S1"
        assert write.lock("S1")
        assert not write.lock("S1")
        assert write.unlock("S1")
        with pytest.raises(SubjectMerged):
            write.lock("S2")
        states = write.changed_since(0)
        assert [(s.subject_id, s.status, len(s.encounters)) for s in states] == [
            ("S2", SubjectStatus.MERGED, 0),
            ("S1", SubjectStatus.ACTIVE, 3),
        ]
        assert write.changed_since(states[-1].sequence) == ()
    record = store.subject("S1")
    assert (record.documents, record.galleries, len(record.encounters)) == ((CARD,), ("residents",), 3)
    assert [c.sequence for c in store.change_log(0)] == list(range(1, store.sequence() + 1))


def test_who_changed_during_a_search_is_seen_with_templates(store: Store) -> None:
    everything(store)
    searched = store.sequence()
    store.enrol(encounter("S2", "E2"))
    store.erase("S1")
    with store.write() as write:
        assert write.sequence == searched + 2
        new, erased = write.changed_since(searched)
        assert (new.subject_id, len(new.encounters[0].templates)) == ("S2", 2)
        assert (erased.status, erased.encounters) == (SubjectStatus.ERASED, ())
        assert write.now <= datetime.now(UTC)


def test_two_counters_at_once_take_turns(store: Store) -> None:
    """The second one sees whom the first one enrolled, and need not enrol them again."""
    outcomes = []

    def counter(name: str) -> None:
        with store.write() as write:
            found = write.changed_since(0)
            if not found:
                write.enrol(encounter(name))
            outcomes.append((name, [s.subject_id for s in found]))

    threads = [threading.Thread(target=counter, args=(name,)) for name in ("S1", "S2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (first, nobody), (_, found) = outcomes
    assert (nobody, found) == ([], [first])
    assert len(store.subjects()) == 1


def test_what_was_found_before_anything_was_written_may_be_caught(store: Store) -> None:
    everything(store)
    with store.write() as write:
        calls: dict[type[Exception], Callable[[], object]] = {
            AlreadyEnrolled: lambda: write.enrol(encounter("S1")),
            GalleryNotFound: lambda: write.enrol(encounter("S9"), galleries=["nowhere"]),
            SubjectNotFound: lambda: write.erase("S7"),
            EncounterNotFound: lambda: write.move_encounter("E7", "S1"),
            CallerError: lambda: write.merge("S1", "S1"),
            IdempotencyConflict: lambda: write.put_check(NewCheck("R1", b"other", "KNOWN", b"")),
            CaseNotFound: lambda: write.decide_case("C7", examiner="e", verdict="v", reason=""),
        }
        for error, call in calls.items():
            with pytest.raises(error):
                call()
        write.lock("S1")
    assert store.subject("S1").status is SubjectStatus.LOCKED
    assert [s.subject_id for s in store.subjects()] == ["S1"]


def test_a_call_that_failed_half_way_is_not_kept_even_if_it_was_caught(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(store, 1)
    everything(store, 2)
    monkeypatch.setattr(changing, "MAX_DOCUMENTS", 0)  # the merge finds out after it moved the encounters

    def merge_and_go_on() -> None:
        with store.write() as write:
            with pytest.raises(AlreadyEnrolled):
                write.merge("S1", "S2")
            write.lock("S1")

    with pytest.raises(StateError, match=r"a call of this write failed, and nothing was kept: .*documents"):
        merge_and_go_on()
    assert [len(store.subject(s).encounters) for s in ("S1", "S2")] == [1, 1]
    assert store.subject("S1").status is SubjectStatus.ACTIVE


def test_erasing_in_a_write_purges_after_it(place: Place) -> None:
    with place.open() as store:
        everything(store)
        with store.write() as write:
            assert write.erase("S1").n_encounters == 1
        assert write.is_purged == isinstance(store._database, SqliteFile)  # on a server `purge` does
        assert store.subject("S1").status is SubjectStatus.ERASED
        with store.write() as write:
            write.note(NewAuditEntry(DESK, "Read", "OK"))
        assert write.is_purged is None


def test_decisions_are_numbered_and_read_from_any_point(store: Store) -> None:
    assert (store.decisions_since(0), store.last_decision()) == ([], 0)
    due = date(2030, 2, 7)
    with store.write() as write:
        assert write.publish(NewDecision("CHECK", "R1", "S1", "", "NEW", ("A", "B"), due, 7, "C1")) == 1
        assert write.publish(NewDecision("MERGE", subject_id="S1", other_subject_id="S2")) == 2
        told_at = write.now
    with store.write() as write:
        assert write.publish(NewDecision("ERASE", subject_id="S1")) == 3
    first, second, third = store.decisions_since(0)
    assert first == PublishedDecision(1, told_at, "CHECK", "R1", "S1", "", "NEW", ("A", "B"), due, 7, "C1")
    assert (second.kind, second.other_subject_id, second.reasons, second.due_on) == ("MERGE", "S2", (), None)
    assert store.decisions_since(1, limit=1) == [second]
    assert store.decisions_since(2) == [third]
    assert store.last_decision() == 3


@pytest.mark.parametrize("hostile", ["", "\0", "a\nb", "x" * 200, "' OR 1=1 --", "\u202e"])
def test_names_that_nobody_has_are_told_as_such_on_both_engines(store: Store, hostile: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.case(hostile),
        lambda: store.case_captures(hostile),
        lambda: store.subject(hostile),
        lambda: store.lock(hostile),
        lambda: store.move_encounter(hostile, "S1"),
        lambda: store.images(hostile),
    ]
    for call in calls:
        with pytest.raises((CaseNotFound, SubjectNotFound, EncounterNotFound, CallerError)):
            call()
    with contextlib.suppress(CallerError):
        assert store.check(hostile) is None


def test_what_comes_after_the_greatest_number_is_nothing(store: Store) -> None:
    everything(store)
    for after in (1, 2**63 - 1, 2**63, 2**64 - 1, 2**200):
        assert store.decisions_since(after) == []
        assert store.audit_entries(after) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: NewDecision("PARDON"), "decision kind is 'PARDON', expected one of CHECK, CASE"),
        (lambda: NewDecision("LOCK", subject_id="a\nb"), "subject_id"),
        (lambda: NewDecision("CHECK", reasons=("",)), "reason"),
        (lambda: NewDecision("CHECK", reasons=("A",) * 65), "65 reasons, expected at most 64"),
        (lambda: NewDecision("CHECK", working_days=-1), "working_days is -1"),
        (lambda: NewCheck("", b"d", "NEW", b""), "reference"),
        (lambda: NewCheck("R", b"", "NEW", b""), "content_digest of 0 bytes"),
        (lambda: NewCheck("R", b"d", "", b""), "outcome"),
        (lambda: NewCheck("R", b"d", "NEW", b"", ("S\0",)), "subject_id"),
        (lambda: NewCheck("R", b"d", "NEW", b"", ("S",) * 1001), "1001 subject_ids"),
        (lambda: NewCase("C", "R", "NEW", b"", b""), "case kind is 'NEW', expected CONFLICT or INCONCLUSIVE"),
        (lambda: NewCase(" C", "R", "CONFLICT", b"", b""), "case_id"),
        (lambda: NewCase("C", "R", "CONFLICT", b"", bytes(64 << 20) + b"1"), "captures of"),
    ],
)
def test_what_cannot_be_kept_is_refused_before_a_write(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(CallerError, match=message):
        wrong()
