"""Checks and cases: sealed under keys of their own, destroyed with whom they tell of, or when time is up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from store.people import encounter
from store.places import Place, SqlitePlace
from vantay.errors import CallerError, CaseDecided, CaseNotFound, DataCorruption, IdempotencyConflict
from vantay.store import NewCase, NewCheck, PurgeCounts, Store, StoredCase, retention, rotate_key_file

ANSWER, DETAILS, CAPTURES = b"the sealed answer", b"the sealed details", b"the sealed captures"
START = datetime(2030, 1, 1, tzinfo=UTC)
ALL = datetime(2100, 1, 1, tzinfo=UTC)
NONE = datetime(2000, 1, 1, tzinfo=UTC)


class Clock:
    """A clock that goes on by a day with each write that reads it."""

    def __init__(self) -> None:
        self.time = START

    def read(self) -> datetime:
        self.time += timedelta(days=1)
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("vantay.store.transaction.read_clock", clock.read)
    return clock


def put(store: Store, n: int, *subject_ids: str, has_case: bool = False) -> None:
    with store.write() as write:
        write.put_check(NewCheck(f"R{n}", b"digest", "CONFLICT", ANSWER, subject_ids))
        if has_case:
            write.open_case(NewCase(f"C{n}", f"R{n}", "CONFLICT", DETAILS, CAPTURES, subject_ids))


def decide(store: Store, n: int) -> None:
    with store.write() as write:
        write.decide_case(f"C{n}", examiner="examiner-1", verdict="DIFFERENT_PERSON", reason="two scars")


def answers(store: Store, *numbers: int) -> list[bool]:
    checks = [store.check(f"R{n}") for n in numbers]
    assert all(check is not None and check.outcome == "CONFLICT" for check in checks)
    return [check is not None and check.result == ANSWER for check in checks]


def test_a_check_is_read_as_it_was_put(store: Store) -> None:
    put(store, 1, "S1")
    check = store.check("R1")
    assert check is not None
    assert (check.reference, check.content_digest, check.outcome, check.result) == (
        "R1",
        b"digest",
        "CONFLICT",
        ANSWER,
    )
    assert abs(datetime.now(UTC) - check.recorded_at) < timedelta(minutes=5)
    assert store.check("R2") is None
    assert store.check("r1") is None
    with store.write() as write:
        assert write.check("R1") == check


def test_an_application_is_answered_once(store: Store) -> None:
    put(store, 1)
    with pytest.raises(IdempotencyConflict, match="application 'R1' was answered on 20"):
        put(store, 1)
    assert answers(store, 1) == [True]


def test_a_case_is_opened_read_decided_once_and_listed(store: Store, clock: Clock) -> None:
    for n in (3, 1, 2):
        put(store, n, "S2", "S1", has_case=True)
    opened = store.case("C1")
    assert opened == StoredCase(
        "C1", "R1", "CONFLICT", "open", START + timedelta(days=2), DETAILS, ("S1", "S2")
    )
    assert store.case_captures("C1") == CAPTURES
    decide(store, 1)
    decided = store.case("C1")
    assert (decided.status, decided.decided_at) == ("decided", START + timedelta(days=4))
    assert (decided.examiner, decided.verdict, decided.verdict_reason) == (
        "examiner-1",
        "DIFFERENT_PERSON",
        "two scars",
    )
    with pytest.raises(CaseDecided, match="decided on 2030-01-05 00:00:00 UTC: DIFFERENT_PERSON"):
        decide(store, 1)
    assert store.case("C1") == decided
    assert [c.case_id for c in store.cases()] == ["C3", "C1", "C2"]  # the oldest first
    assert [c.case_id for c in store.cases("open")] == ["C3", "C2"]
    assert store.cases("decided") == [decided]
    assert [c.case_id for c in store.cases(limit=1)] == ["C3"]
    assert [c.case_id for c in store.cases("open", after="C3")] == ["C2"]
    assert [c.case_id for c in store.cases(after="C1")] == ["C2"]


def test_cases_that_are_not_there_are_told(store: Store) -> None:
    put(store, 1, has_case=True)
    with pytest.raises(CaseNotFound, match="no case 'C9'"):
        store.case("C9")
    with pytest.raises(CaseNotFound):
        store.case_captures("C9")
    with pytest.raises(CaseNotFound):
        store.cases(after="C9")
    with pytest.raises(CallerError, match="case status is 'closed', expected open or decided"):
        store.cases("closed")
    with pytest.raises(IdempotencyConflict, match="case 'C1' was opened before"), store.write() as write:
        write.open_case(NewCase("C1", "R2", "CONFLICT", b"", b""))
    with pytest.raises(CallerError, match="examiner"), store.write() as write:
        write.decide_case("C1", examiner="", verdict="SAME_PERSON", reason="")
    with pytest.raises(CallerError, match="verdict reason"), store.write() as write:
        write.decide_case("C1", examiner="e", verdict="SAME_PERSON", reason="x" * 2001)


def test_no_file_shows_what_checks_and_cases_hold(store_path: Path) -> None:
    with Store.open(store_path) as store:
        put(store, 1, "S1", has_case=True)
        content = b"".join(file.read_bytes() for file in store_path.parent.iterdir())
    assert not any(secret in content for secret in (ANSWER, DETAILS, CAPTURES))


@pytest.mark.parametrize(
    "swap",
    [
        "UPDATE checks SET sealed_result = (SELECT c.sealed_result FROM checks AS c WHERE c.number = 2)",
        "UPDATE check_keys SET wrapped_key = (SELECT k.wrapped_key FROM check_keys AS k "
        "WHERE k.check_number = 2)",
        "UPDATE checks SET sealed_result = (SELECT sealed_details FROM cases WHERE number = 1)",
        "DELETE FROM check_keys",
    ],
)
def test_an_answer_opens_in_its_own_row_only(store: Store, place: Place, swap: str) -> None:
    put(store, 1, has_case=True)
    put(store, 2)
    place.run_sql(swap)
    with pytest.raises(DataCorruption, match=r"application 'R1' cannot be opened|key of check 'R1'"):
        store.check("R1")


def test_captures_are_not_taken_for_details(store: Store, place: Place) -> None:
    put(store, 1, has_case=True)
    place.run_sql("UPDATE cases SET sealed_details = sealed_captures")
    with pytest.raises(DataCorruption, match="the details of case 'C1' cannot be opened"):
        store.case("C1")
    assert store.case_captures("C1") == CAPTURES
    place.run_sql("DELETE FROM case_keys WHERE part = 'captures'")
    with pytest.raises(DataCorruption, match="the key of case captures 'C1' is missing"):
        store.case_captures("C1")


def test_a_rotation_wraps_their_keys_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vantay.store.rotation._BATCH", 2)
    with place.open() as store:
        store.enrol(encounter("R1"))  # a subject with the name of an application
        for n in range(1, 6):
            put(store, n, "S1", has_case=n % 2 == 0)
    change = rotate_key_file(place.location, place.key_file)
    change.old_key_file.unlink()
    with place.open() as store:
        assert answers(store, 1, 2, 3, 4, 5) == [True] * 5
        for n in (2, 4):
            assert store.case(f"C{n}").details == DETAILS
            assert store.case_captures(f"C{n}") == CAPTURES
        assert len(store.templates_of(["R1"])) == 2


@pytest.fixture
def told(store: Store) -> Store:
    """Three subjects; R1 tells of S1, R2 of S1 and S2 with a case, R3 of S3 with a case."""
    for n in (1, 2, 3):
        store.enrol(encounter(f"S{n}"))
    put(store, 1, "S1")
    put(store, 2, "S1", "S2", has_case=True)
    put(store, 3, "S3", has_case=True)
    return store


def test_erasing_a_subject_destroys_what_tells_of_it_and_keeps_the_rows(told: Store, place: Place) -> None:
    told.erase("S1")
    assert answers(told, 1, 2, 3) == [False, False, True]
    case = told.case("C2")
    assert (case.status, case.details, case.subject_ids) == ("open", None, ("S1", "S2"))
    with pytest.raises(CaseNotFound, match="captures of case 'C2' were purged"):
        told.case_captures("C2")
    assert told.case_captures("C3") == CAPTURES
    assert place.count("check_keys") == 1
    assert place.count("case_keys") == 2
    assert place.count("checks WHERE sealed_result IS NOT NULL") == 1
    assert place.count("cases WHERE sealed_details IS NOT NULL OR sealed_captures IS NOT NULL") == 1
    with pytest.raises(IdempotencyConflict):  # the application stays answered
        put(told, 1)


def test_erasing_destroys_what_tells_of_the_subject_under_an_older_name(told: Store) -> None:
    told.merge("S2", "S3")
    told.merge("S1", "S2")
    told.erase("S1")
    assert answers(told, 1, 2, 3) == [False, False, False]


def test_erasing_leaves_nothing_of_it_in_any_file(store_path: Path) -> None:
    with Store.open(store_path, encryption="none") as store:  # so that the bytes can be looked for
        store.enrol(encounter("S1"))
        put(store, 1, "S1", has_case=True)
        assert store.erase("S1").is_purged
        content = b"".join(file.read_bytes() for file in store_path.parent.iterdir())
    assert not any(secret in content for secret in (ANSWER, DETAILS, CAPTURES))


def test_who_is_enrolled_in_the_same_write_is_told_of(store: Store) -> None:
    with store.write() as write:
        write.put_check(NewCheck("R1", b"digest", "CONFLICT", ANSWER))
        write.open_case(NewCase("C1", "R1", "CONFLICT", DETAILS, CAPTURES))
        write.enrol(encounter("S1"))
    assert store.case("C1").subject_ids == ("S1",)
    store.erase("S1")
    assert answers(store, 1) == [False]
    assert store.case("C1").details is None


def test_a_verdict_links_case_and_check_to_whom_it_enrols_and_names(store: Store) -> None:
    store.enrol(encounter("S9"))
    put(store, 1, "S1", has_case=True)
    put(store, 2, "S2", has_case=True)
    with store.write() as write:
        write.enrol(encounter("S5"))
        write.decide_case("C1", examiner="e", verdict="DIFFERENT_PERSON", reason="")
    with store.write() as write:
        write.decide_case("C2", examiner="e", verdict="SAME_PERSON", reason="", subject_ids=["S9", "S2"])
    assert store.case("C1").subject_ids == ("S1", "S5")
    assert store.case("C2").subject_ids == ("S2", "S9")
    store.erase("S5")
    assert answers(store, 1, 2) == [False, True]
    store.erase("S9")
    assert answers(store, 1, 2) == [False, False]


def test_retention_destroys_what_is_old_and_keeps_what_is_open(
    store: Store, clock: Clock, place: Place
) -> None:
    for n in (1, 2, 3):
        put(store, n, "S1", has_case=n != 1)  # on 2, 3 and 4 January
    put(store, 4)  # on the 5th
    decide(store, 2)  # on the 6th
    assert store.purge_checks(results_before=NONE, captures_before=NONE) == PurgeCounts(0, 0)
    before = datetime(2030, 1, 5, tzinfo=UTC)
    counts = store.purge_checks(results_before=before, captures_before=before)
    assert (counts.n_results, counts.n_details, counts.n_captures) == (2, 0, 0)
    assert answers(store, 1, 2, 3, 4) == [False, False, True, True]  # R3 has an open case
    assert store.case("C2").details == DETAILS  # it was decided later
    counts = store.purge_checks(results_before=before, captures_before=datetime(2030, 1, 7, tzinfo=UTC))
    assert (counts.n_results, counts.n_details, counts.n_captures) == (0, 0, 1)
    assert store.case("C2").details == DETAILS
    with pytest.raises(CaseNotFound, match="were purged"):
        store.case_captures("C2")
    counts = store.purge_checks(results_before=ALL, captures_before=ALL)
    assert (counts.n_results, counts.n_details, counts.n_captures) == (1, 1, 0)
    assert (store.case("C2").verdict, store.case("C2").details) == ("DIFFERENT_PERSON", None)
    assert store.case("C3").details == DETAILS
    assert store.case_captures("C3") == CAPTURES
    assert store.purge_checks(results_before=ALL, captures_before=ALL) == PurgeCounts(0, 0)
    assert (place.count("check_keys"), place.count("case_keys")) == (1, 2)
    assert place.count("check_subjects") == 1


def test_retention_in_many_small_writes_destroys_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for n in range(5):
        put(store, n, has_case=True)
        decide(store, n)
    counts = store.purge_checks(results_before=ALL, captures_before=ALL)
    assert (counts.n_results, counts.n_details, counts.n_captures) == (5, 5, 5)


def test_retention_leaves_nothing_in_any_file(store_path: Path) -> None:
    with Store.open(store_path, encryption="none") as store:
        put(store, 1, has_case=True)
        decide(store, 1)
        assert store.purge_checks(results_before=ALL, captures_before=ALL).is_purged
        content = b"".join(file.read_bytes() for file in store_path.parent.iterdir())
    assert not any(secret in content for secret in (ANSWER, DETAILS, CAPTURES))


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(CallerError, match=r"results_before .* no time zone"):
        store.purge_checks(results_before=datetime(2030, 1, 1), captures_before=ALL)


def test_without_keys_in_the_copy_nothing_can_be_read(place: Place) -> None:
    with place.open() as store:
        put(store, 1, has_case=True)
        place.run_sql("DELETE FROM check_keys", "DELETE FROM case_keys")
        with pytest.raises(DataCorruption, match="the key of check 'R1' is missing"):
            store.check("R1")
        with pytest.raises(DataCorruption, match="the key of case details 'C1' is missing"):
            store.cases()


def test_opening_reads_nothing_of_another_store(store_path: Path) -> None:
    """The same application in two stores: their rows cannot be exchanged."""
    first, second = SqlitePlace(store_path), SqlitePlace(store_path.with_name("other.db"))
    for each in (first, second):
        with each.open() as store:
            put(store, 1)
    first.run_sql(
        f"ATTACH DATABASE '{second.path}' AS o",
        "UPDATE checks SET sealed_result = (SELECT sealed_result FROM o.checks)",
        "UPDATE check_keys SET wrapped_key = (SELECT wrapped_key FROM o.check_keys)",
    )
    with first.open() as store, pytest.raises(DataCorruption, match="the key of check 'R1' cannot be opened"):
        store.check("R1")
