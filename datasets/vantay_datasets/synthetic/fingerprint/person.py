"""The fingers of one person."""

from __future__ import annotations

from collections.abc import Iterable

from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint.master import MasterPrint, make_master
from vantay_datasets.synthetic.fingerprint.seeding import random_stream

ALL_FINGERS = tuple(position for position in FingerPosition if position is not FingerPosition.UNKNOWN)

_MAX_SEED = 2**63


def make_person(
    seed: int, positions: Iterable[FingerPosition] = ALL_FINGERS
) -> dict[FingerPosition, MasterPrint]:
    """Make the master prints of a person's fingers, each of a class that is natural for it.

    Parameters
    ----------
    seed : int
        0 or more; the person. A finger does not depend on which others are asked for.
    positions : iterable of FingerPosition
        Which fingers; all ten by default.

    Returns
    -------
    dict of FingerPosition to MasterPrint
        In the order of ``positions``.

    Raises
    ------
    InvalidSetting
        If the seed is negative.
    """
    return {position: make_master(finger_seed(seed, position), position=position) for position in positions}


def finger_seed(person_seed: int, position: FingerPosition) -> int:
    """Derive the seed of a finger's master print from that of its person."""
    return int(random_stream("person", person_seed, int(position)).integers(_MAX_SEED))
