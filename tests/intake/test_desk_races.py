"""Several counters at once, on both kinds of stores."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from intake.applications import NOW
from intake.people import OFFICER, WITHOUT_FACES, application_of, enrol_people, fingers_of, rules
from vantay.engine import Engine
from vantay.intake.application import Application, Claim, EnrolIf
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import CheckResult, Outcome, Reason
from vantay.intake.search_again import MAX_COMPARED_ONE_BY_ONE

KEEP = frozenset(EnrolIf)
NEWCOMER = 50


def _after_search(engine: Engine, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen between a search and the write that follows from it."""
    identify = engine.identify

    def identify_then_act(*args: Any, **options: Any) -> Any:
        result = identify(*args, **options)
        act()
        return result

    monkeypatch.setattr(engine, "identify", identify_then_act)


def _check_all(desk: IntakeDesk, applications: Sequence[Application]) -> list[CheckResult]:
    with ThreadPoolExecutor(len(applications)) as pool:
        return list(pool.map(lambda application: desk.check(application, OFFICER), applications))


def test_newcomer_at_two_counters_is_enrolled_once(
    any_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_searched = threading.Barrier(2, timeout=60)
    _after_search(any_engine, monkeypatch, both_searched.wait)
    desk = IntakeDesk(any_engine, WITHOUT_FACES, clock=lambda: NOW)
    results = _check_all(desk, [application_of(NEWCOMER, visit, enrol_if=KEEP) for visit in (0, 1)])
    by_outcome = {result.outcome: result for result in results}
    assert by_outcome.keys() == {Outcome.NEW, Outcome.CONFLICT}
    conflict = by_outcome[Outcome.CONFLICT]
    assert conflict.reasons == (Reason.FOUND_WITHOUT_CLAIM,)
    assert [c.subject_id for c in conflict.candidates] == [by_outcome[Outcome.NEW].subject_id]
    assert conflict.n_searched == 7
    assert any_engine.stats().n_subjects == 7


def test_same_reference_in_eight_threads_has_one_answer_and_one_encounter(any_engine: Engine) -> None:
    desk = IntakeDesk(any_engine, WITHOUT_FACES, clock=lambda: NOW)
    application = application_of(1, 1, claim=Claim("S-1"), enrol_if=KEEP)
    results = _check_all(desk, [application] * 8)
    assert Counter(result.is_repeat for result in results) == {False: 1, True: 7}
    assert {(r.outcome, r.encounter_id, r.subject_id) for r in results} == {
        (Outcome.KNOWN, results[0].encounter_id, "S-1")
    }
    assert len(any_engine.show("S-1").encounters) == 2
    assert len(any_engine.decisions_since(0)) == 1
    assert len(any_engine.audit_entries()) == 8


@pytest.mark.parametrize("n_others", [0, MAX_COMPARED_ONE_BY_ONE + 1])
def test_who_is_enrolled_during_a_search_is_found(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, n_others: int
) -> None:
    """Few are compared one by one, many by a search inside the write: both find the newcomer."""
    done = threading.Event()

    def enrol_others() -> None:
        if not done.is_set():
            done.set()
            enrol_people(engine, [NEWCOMER, *range(100, 100 + n_others)])

    _after_search(engine, monkeypatch, enrol_others)
    desk = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW)
    result = desk.check(application_of(NEWCOMER, 1, enrol_if=KEEP), OFFICER)
    assert (result.outcome, result.reasons) == (Outcome.CONFLICT, (Reason.FOUND_WITHOUT_CLAIM,))
    assert result.n_searched == 7 + n_others


def test_load_that_never_ends_does_not_keep_a_check_from_its_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = [range(100 + n, 101 + n + MAX_COMPARED_ONE_BY_ONE) for n in (0, 50)]
    searches: list[int] = []

    def enrol_more() -> None:
        searches.append(len(batches))
        enrol_people(engine, batches.pop() if batches else [])

    _after_search(engine, monkeypatch, enrol_more)
    desk = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW)
    assert desk.check(application_of(NEWCOMER, 1), OFFICER).outcome is Outcome.NEW
    assert searches == [2, 1, 0], "two searches before the write, and one inside"


def test_claimed_subject_that_is_erased_or_locked_during_a_search_is_seen(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    acts: Iterator[Callable[[], object]] = iter([lambda: engine.lock("S-1"), lambda: engine.erase("S-2")])

    def act() -> None:
        next(acts)()

    _after_search(engine, monkeypatch, act)
    desk = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW)
    locked = desk.check(application_of(1, 1, claim=Claim("S-1")), OFFICER)
    erased = desk.check(application_of(2, 1, claim=Claim("S-2")), OFFICER)
    assert Reason.CLAIMED_SUBJECT_LOCKED in locked.reasons
    assert (erased.outcome, erased.reasons) == (Outcome.CONFLICT, (Reason.CLAIMED_SUBJECT_UNKNOWN,))
    assert not erased.candidates


def test_subject_of_another_gallery_that_is_enrolled_during_a_search_is_left_out(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.create_gallery("residents")
    engine.add_to_gallery("residents", "S-1")
    _after_search(engine, monkeypatch, lambda: engine.enrol("S-elsewhere", fingers_of(NEWCOMER)))
    desk = IntakeDesk(engine, rules(galleries=("residents",)), clock=lambda: NOW)
    assert desk.check(application_of(NEWCOMER, 1), OFFICER).outcome is Outcome.NEW
