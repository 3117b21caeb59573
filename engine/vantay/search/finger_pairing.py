"""Which fingers of a reference a finger of the probe may be compared with."""

from __future__ import annotations

from collections.abc import Iterable

from vantay.types import FingerPosition


def comparable_positions(probe_position: FingerPosition) -> tuple[FingerPosition, ...]:
    """Give the reference positions to try for a probe finger.

    A known finger is compared with the same finger, and with fingers enrolled without a position. A finger
    of unknown position is compared with all. The best of several is then worth less: `correct_for_tries`.
    """
    if probe_position is FingerPosition.UNKNOWN:
        return tuple(FingerPosition)
    return (probe_position, FingerPosition.UNKNOWN)


def samples_named(positions: Iterable[FingerPosition], *, has_face: bool) -> str:
    """Name fingers, and the face if there is one, for a message."""
    names = [position.name for position in sorted(set(positions))]
    return ", ".join([*names, "a face"] if has_face else names) or "nothing"
