"""1:1 decides by the same scores as 1:N."""

from __future__ import annotations

import pytest

from search.random_fingers import capture_again, encounter_of, make_finger
from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison import prepare
from vantay.search import Gallery, Reference, finger_kinds, fuse, identify, reliable_minutiae, verify
from vantay.store import Store
from vantay.types import FingerPosition

RIGHT_INDEX, LEFT_INDEX, UNKNOWN = (
    FingerPosition.RIGHT_INDEX,
    FingerPosition.LEFT_INDEX,
    FingerPosition.UNKNOWN,
)


def reference(seed: int, position: FingerPosition, encounter_id: str = "E1") -> Reference:
    return Reference(encounter_id, position, prepare(make_finger(seed, position)))


def test_mated_fingers_match_and_others_do_not() -> None:
    references = [reference(1, RIGHT_INDEX), reference(2, LEFT_INDEX)]
    mated = {RIGHT_INDEX: prepare(capture_again(make_finger(1), 5))}
    non_mated = {RIGHT_INDEX: prepare(make_finger(9))}
    assert verify(mated, references).is_match
    assert not verify(non_mated, references).is_match
    assert verify(non_mated, references).threshold == pytest.approx(40)


def test_best_of_several_encounters_is_taken_and_corrected() -> None:
    references = [reference(8, RIGHT_INDEX, "E1"), reference(1, RIGHT_INDEX, "E2")]
    probe = {RIGHT_INDEX: prepare(capture_again(make_finger(1), 5))}
    evidence = verify(probe, references).fingers[RIGHT_INDEX]
    assert evidence.encounter_id == "E2"
    assert evidence.score == pytest.approx(evidence.comparison.score - 3.0103, abs=1e-3)  # best of two


def test_score_is_the_fused_score_of_the_fingers() -> None:
    references = [reference(1, RIGHT_INDEX), reference(2, LEFT_INDEX)]
    probe = {
        RIGHT_INDEX: prepare(capture_again(make_finger(1), 5)),
        LEFT_INDEX: prepare(capture_again(make_finger(2), 5)),
        FingerPosition.RIGHT_THUMB: prepare(make_finger(3)),
    }
    result = verify(probe, references)
    assert set(result.finger_scores) == {RIGHT_INDEX, LEFT_INDEX}
    kinds = finger_kinds([finger.reliable_minutiae for finger in result.fingers.values()])
    assert result.score == fuse([list(result.finger_scores.values())], kinds)[0]
    for position, seed in ((RIGHT_INDEX, 1), (LEFT_INDEX, 2)):
        both = reliable_minutiae(probe[position]), reliable_minutiae(prepare(make_finger(seed)))
        assert result.fingers[position].reliable_minutiae == min(both)


def test_verify_and_identify_give_the_same_score(store: Store) -> None:
    enrolled = [make_finger(1, RIGHT_INDEX), make_finger(2, LEFT_INDEX), make_finger(3, UNKNOWN)]
    store.enrol(encounter_of("A", *enrolled))
    references = [Reference("E1", finger.position, prepare(finger)) for finger in enrolled]
    for probe_position, seed in ((RIGHT_INDEX, 1), (LEFT_INDEX, 3), (UNKNOWN, 2)):
        probe = {probe_position: prepare(capture_again(make_finger(seed), 4))}
        (candidate,) = identify(probe, Gallery(store).refresh()).candidates
        assert verify(probe, references).score == pytest.approx(candidate.score, abs=1e-3)


def test_no_finger_in_common_is_an_error() -> None:
    with pytest.raises(IncompatibleTemplate, match="the probe has LEFT_INDEX, the reference has RIGHT_INDEX"):
        verify({LEFT_INDEX: prepare(make_finger(1))}, [reference(1, RIGHT_INDEX)])
    with pytest.raises(IncompatibleTemplate, match="no finger in common"):
        verify({LEFT_INDEX: prepare(make_finger(1))}, [])
