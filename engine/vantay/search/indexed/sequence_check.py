"""Fingers that were captured in another order than was said: the other hand, or a hand the other way round.

An operator who takes the left hand for the right one makes a known person unknown. When a search finds
nobody, the other orders are tried; what they find is reported as such, and its score pays for the tries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from vantay.errors import IncompatibleTemplate
from vantay.search.exhaustive import IdentifyResult
from vantay.search.fusion import correct_for_tries
from vantay.search.indexed.building import SearchFinger
from vantay.types import Candidate, FingerPosition

Fingers = Mapping[FingerPosition, SearchFinger]

_HAND = 5


class Arrangement(StrEnum):
    """How the fingers of a probe were laid against those enrolled."""

    AS_GIVEN = "as-given"
    HANDS_SWAPPED = "hands-swapped"
    FINGERS_REVERSED = "fingers-reversed"
    ANOTHER_FINGER = "another-finger"


def other_arrangements(fingers: Fingers) -> Iterator[tuple[Arrangement, dict[FingerPosition, SearchFinger]]]:
    """Lay fingers in the other orders that occur.

    Parameters
    ----------
    fingers : mapping of FingerPosition to SearchFinger
        Those of unknown position stay what they are.

    Yields
    ------
    arrangement : Arrangement
    fingers : dict of FingerPosition to SearchFinger
        Hands swapped; the fingers of each hand reversed, as from a scanner that was turned. A single finger
        is tried as each of the nine others.
    """
    placed = [position for position in fingers if position is not FingerPosition.UNKNOWN]
    if not placed:
        return
    if len(fingers) == 1:
        (finger,) = fingers.values()
        for position in FingerPosition:
            if position not in {FingerPosition.UNKNOWN, placed[0]}:
                yield Arrangement.ANOTHER_FINGER, {position: finger}
        return
    yield Arrangement.HANDS_SWAPPED, {other_hand(p): finger for p, finger in fingers.items()}
    yield Arrangement.FINGERS_REVERSED, {reversed_finger(p): finger for p, finger in fingers.items()}


def other_hand(position: FingerPosition) -> FingerPosition:
    """Give the same finger of the other hand."""
    if position is FingerPosition.UNKNOWN:
        return position
    return FingerPosition((int(position) - 1 + _HAND) % (2 * _HAND) + 1)


def reversed_finger(position: FingerPosition) -> FingerPosition:
    """Give the finger in its place when a hand is counted from the little finger."""
    if position is FingerPosition.UNKNOWN:
        return position
    hand, finger = divmod(int(position) - 1, _HAND)
    return FingerPosition(hand * _HAND + _HAND - finger)


def check_sequence(
    found: IdentifyResult, fingers: Fingers, search: Callable[[Fingers], IdentifyResult]
) -> IdentifyResult:
    """Try the other orders of the fingers if a search found nobody.

    Parameters
    ----------
    found : IdentifyResult
        Of the fingers as given.
    fingers : mapping of FingerPosition to SearchFinger
        These fingers.
    search : callable
        Searches with fingers in another order; the face is the same.

    Returns
    -------
    IdentifyResult
        ``found`` if somebody matches or no other order finds anybody; else the best of the others, with its
        arrangement, scores by the finger as it was given, and fused scores lowered for the number of tries.
    """
    if found.is_known:
        return found
    tried = list(other_arrangements(fingers))
    better = []
    for arrangement, laid in tried:
        try:
            result = search(laid)
        except IncompatibleTemplate:  # nobody has these fingers
            continue
        candidates = _corrected(result.candidates, _given_position(fingers, laid), len(tried) + 1)
        better.append(replace(result, candidates=candidates, arrangement=str(arrangement)))
    known = [result for result in better if result.is_known]
    return max(known, key=lambda result: result.candidates[0].score, default=found)


def _given_position(fingers: Fingers, laid: Fingers) -> dict[FingerPosition, FingerPosition]:
    return {there: here for here, one in fingers.items() for there, other in laid.items() if one is other}


def _corrected(
    candidates: Sequence[Candidate], given: Mapping[FingerPosition, FingerPosition], n_tries: int
) -> tuple[Candidate, ...]:
    return tuple(
        replace(
            candidate,
            score=float(correct_for_tries(candidate.score, n_tries)),
            finger_scores={given[position]: score for position, score in candidate.finger_scores.items()},
        )
        for candidate in candidates
    )
