"""Which fingers somebody has, which of them no sensor captures, and which are poor."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from vantay.types import FingerPosition
from vantay_datasets.synthetic.population.options import FingerRates
from vantay_datasets.synthetic.population.random_stream import Float64s, Indices, open_stream

N_FINGERS = 10
ALL_FINGERS = tuple(position for position in FingerPosition if position is not FingerPosition.UNKNOWN)

FINGER_SETS: dict[int, tuple[FingerPosition, ...]] = {
    10: ALL_FINGERS,
    4: (
        FingerPosition.RIGHT_INDEX,
        FingerPosition.RIGHT_MIDDLE,
        FingerPosition.LEFT_INDEX,
        FingerPosition.LEFT_MIDDLE,
    ),
    2: (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_INDEX),
    1: (FingerPosition.RIGHT_INDEX,),
}
"""What is captured where fewer than ten fingers are, by their number."""

FingerStates = npt.NDArray[np.uint8]
"""(n, 10) of `FingerState`, in the order of `ALL_FINGERS`."""


class FingerState(IntEnum):
    """What can be captured of a finger."""

    GOOD = 0
    POOR = 1
    BANDAGED = 2
    WORN = 3
    AMPUTATED = 4
    TOO_YOUNG = 5

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing to capture."""
        return self >= FingerState.BANDAGED


def lasting_states(seed: int, body: Indices, age_years: Float64s, rates: FingerRates) -> FingerStates:
    """Draw what stays as it is from one encounter to the next.

    Parameters
    ----------
    seed : int
        Of the population.
    body : (n,) uint64
        Whose hands.
    age_years : (n,) float64
        At the first encounter.
    rates : FingerRates
        How often.

    Returns
    -------
    (n, 10) uint8
        `FingerState`, never ``BANDAGED`` or ``TOO_YOUNG``, which pass.
    """
    factor = np.where(age_years >= rates.elderly_years, rates.elderly_factor, 1.0)
    states = np.zeros((body.size, N_FINGERS), np.uint8)
    draws = open_stream(seed, "poor-fingers").uniforms(body, N_FINGERS)
    states[draws < (rates.poor * factor)[:, None]] = FingerState.POOR
    draws = open_stream(seed, "worn-hands").uniforms(body, N_FINGERS + 1)
    is_worn = draws[:, :1] < (rates.worn_hands * factor)[:, None]
    states[is_worn & (draws[:, 1:] < rates.worn_finger)] = FingerState.WORN
    states[_amputated(seed, body, rates)] = FingerState.AMPUTATED
    return states


def states_in_encounter(
    seed: int,
    index: Indices,
    lasting: FingerStates,
    number: int,
    claimed_age_years: Float64s,
    rates: FingerRates,
) -> FingerStates:
    """Add what is bandaged in one encounter, and who is too young then; shapes as `lasting_states`."""
    draws = open_stream(seed, f"bandaged/{number}").uniforms(index, N_FINGERS)
    is_bandaged = (draws < rates.bandaged) & (lasting <= FingerState.POOR)
    states = np.where(is_bandaged, np.uint8(FingerState.BANDAGED), lasting)
    states[claimed_age_years < rates.min_age_years] = FingerState.TOO_YOUNG
    return states


def _amputated(seed: int, body: Indices, rates: FingerRates) -> npt.NDArray[np.bool_]:
    draws = open_stream(seed, "amputation").uniforms(body, N_FINGERS + 2)
    first = (draws[:, 1] * N_FINGERS).astype(np.intp)
    is_lost = draws[:, 2:] < rates.lost_finger
    is_lost[np.arange(body.size), first] = True
    return np.asarray(is_lost & (draws[:, :1] < rates.amputee))
