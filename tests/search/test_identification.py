"""Exhaustive search finds the mated subject, agrees with the obvious version, and ranks deterministically."""

from __future__ import annotations

import pytest

from naive.identification import identify_naively
from search.random_fingers import capture_again, encounter_of, make_finger
from vantay.errors import CallerError, IncompatibleTemplate
from vantay.fingerprint.comparison import prepare
from vantay.search import Gallery, identify
from vantay.store import Store
from vantay.types import FingerPosition, FingerTemplate

RIGHT_INDEX, LEFT_INDEX = FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX
RIGHT_THUMB, UNKNOWN = FingerPosition.RIGHT_THUMB, FingerPosition.UNKNOWN


def finger_of(person: int, position: FingerPosition) -> FingerTemplate:
    return make_finger(100 * person + position, position)


@pytest.fixture
def enrolled(store: Store) -> dict[str, list[FingerTemplate]]:
    """Thirteen people, enrolled unevenly: some with one finger, twice, or without positions."""
    fingers: dict[str, list[FingerTemplate]] = {}
    for person in range(10):
        fingers[f"P{person}"] = [finger_of(person, RIGHT_INDEX), finger_of(person, LEFT_INDEX)]
    fingers["one-finger"] = [finger_of(20, RIGHT_INDEX)]
    fingers["thumb"] = [finger_of(21, RIGHT_THUMB)]
    fingers["unknown"] = [make_finger(2200 + RIGHT_INDEX, UNKNOWN)]
    for subject_id, own in fingers.items():
        store.enrol(encounter_of(subject_id, *own))
    for person in (3, 4):
        again = [capture_again(finger_of(person, RIGHT_INDEX), 7)]
        store.add_encounter(encounter_of(f"P{person}", *again))
        fingers[f"P{person}"] += again
    return fingers


def probe_of(person: int, *positions: FingerPosition) -> dict[FingerPosition, FingerTemplate]:
    return {p: capture_again(finger_of(person, p), person) for p in positions}


@pytest.mark.parametrize(
    "probe",
    [
        probe_of(3, RIGHT_INDEX, LEFT_INDEX),
        probe_of(5, LEFT_INDEX),
        probe_of(21, RIGHT_THUMB, RIGHT_INDEX),
        probe_of(22, RIGHT_INDEX),
        {UNKNOWN: capture_again(finger_of(4, LEFT_INDEX), 1, UNKNOWN)},
        {UNKNOWN: capture_again(finger_of(4, LEFT_INDEX), 1, UNKNOWN), **probe_of(4, RIGHT_INDEX)},
        probe_of(99, RIGHT_INDEX, LEFT_INDEX),
    ],
)
@pytest.mark.parametrize("n_threads", [1, 3])
def test_identify_agrees_with_the_obvious_version(
    store: Store,
    enrolled: dict[str, list[FingerTemplate]],
    probe: dict[FingerPosition, FingerTemplate],
    n_threads: int,
) -> None:
    prepared = {position: prepare(template) for position, template in probe.items()}
    found = identify(prepared, Gallery(store).refresh(), max_candidates=50, n_threads=n_threads)
    expected = identify_naively(
        prepared, {s: [(f.position, prepare(f)) for f in own] for s, own in enrolled.items()}
    )
    assert [c.subject_id for c in found.candidates] == [row[0] for row in expected]
    assert found.n_searched == len(expected)
    for candidate, (_, score, finger_scores) in zip(found.candidates, expected, strict=True):
        assert candidate.score == pytest.approx(score, rel=5e-4, abs=0.1)
        assert candidate.finger_scores == pytest.approx(finger_scores, abs=1e-3)


@pytest.mark.parametrize(
    ("person", "positions", "subject_id"),
    [
        (3, (RIGHT_INDEX, LEFT_INDEX), "P3"),
        (7, (LEFT_INDEX,), "P7"),
        (21, (RIGHT_THUMB, LEFT_INDEX), "thumb"),
        (22, (RIGHT_INDEX,), "unknown"),
    ],
)
def test_known_person_is_found(
    store: Store,
    enrolled: dict[str, list[FingerTemplate]],
    person: int,
    positions: tuple[FingerPosition, ...],
    subject_id: str,
) -> None:
    probe = {p: prepare(t) for p, t in probe_of(person, *positions).items()}
    result = identify(probe, Gallery(store).refresh())
    assert result.is_known
    assert [c.subject_id for c in result.matches] == [subject_id]
    assert result.candidates[0].rank == 1


def test_unknown_person_is_not_found(store: Store, enrolled: dict[str, list[FingerTemplate]]) -> None:
    probe = {p: prepare(t) for p, t in probe_of(77, RIGHT_INDEX, LEFT_INDEX).items()}
    result = identify(probe, Gallery(store).refresh())
    assert not result.is_known
    assert result.matches == ()
    assert len(result.candidates) == 10


def test_finger_of_unknown_position_is_found_among_all(
    store: Store, enrolled: dict[str, list[FingerTemplate]]
) -> None:
    probe = {UNKNOWN: prepare(capture_again(finger_of(6, LEFT_INDEX), 3, UNKNOWN))}
    result = identify(probe, Gallery(store).refresh())
    assert [c.subject_id for c in result.matches] == ["P6"]
    assert result.n_searched == len(enrolled)


def test_equal_scores_rank_by_subject_whatever_the_order_of_enrolment(store: Store) -> None:
    finger = make_finger(5)
    for subject_id in ("c", "a", "d", "b"):
        store.enrol(encounter_of(subject_id, finger))
    found = identify({RIGHT_INDEX: prepare(finger)}, Gallery(store).refresh(), max_candidates=3)
    assert [(c.rank, c.subject_id) for c in found.candidates] == [(1, "a"), (2, "b"), (3, "c")]
    assert len({c.score for c in found.candidates}) == 1


def test_threshold_follows_from_the_number_of_subjects_searched(
    store: Store, enrolled: dict[str, list[FingerTemplate]]
) -> None:
    probe = {RIGHT_THUMB: prepare(finger_of(21, RIGHT_THUMB))}
    result = identify(probe, Gallery(store).refresh(), target_fpir=1e-2)
    assert result.n_searched == 2  # the thumb, and the finger of unknown position
    assert result.threshold == pytest.approx(23.0103)


def test_empty_gallery_knows_nobody(store: Store) -> None:
    result = identify({RIGHT_INDEX: prepare(make_finger(1))}, Gallery(store).refresh())
    assert (result.candidates, result.n_searched, result.is_known) == ((), 0, False)


def test_a_search_in_which_nobody_has_the_finger_is_no_answer(store: Store) -> None:
    store.enrol(encounter_of("thumb", finger_of(21, RIGHT_THUMB)))
    probe = {RIGHT_INDEX: prepare(finger_of(21, RIGHT_INDEX)), LEFT_INDEX: prepare(finger_of(21, LEFT_INDEX))}
    with pytest.raises(
        IncompatibleTemplate, match="the probe has RIGHT_INDEX, LEFT_INDEX, which none of the 1 subjects has"
    ):
        identify(probe, Gallery(store).refresh())
    store.erase("thumb")
    assert identify(probe, Gallery(store).refresh()).n_searched == 0  # nobody is enrolled any more


def test_unusable_limits_are_refused(store: Store) -> None:
    gallery = Gallery(store).refresh()
    with pytest.raises(CallerError, match="max_candidates is 0"):
        identify({}, gallery, max_candidates=0)
    with pytest.raises(CallerError, match="target_fpir is 2"):
        identify({}, gallery, target_fpir=2)
