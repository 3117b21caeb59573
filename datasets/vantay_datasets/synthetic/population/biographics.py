"""Nationality, sex, birth date, and the day of each encounter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.population.documents import DAYS_PER_YEAR, Days
from vantay_datasets.synthetic.population.nationalities import NATIONALITIES
from vantay_datasets.synthetic.population.random_stream import Indices, open_stream
from vantay_datasets.synthetic.population.relations import Relation, Relations

FEMALE_SHARE = 0.35
"""Most foreign residents come to work in industry and construction, with their families. Assumed."""

AGE_BANDS = (
    (0, 6, 3.0),
    (6, 14, 5.0),
    (14, 18, 2.0),
    (18, 25, 8.0),
    (25, 35, 30.0),
    (35, 45, 27.0),
    (45, 55, 15.0),
    (55, 65, 7.0),
    (65, 85, 3.0),
)
"""Age at the first encounter in years, from and to, and per cent of the subjects; even within a band.
Assumed."""

FIRST_DAY, N_FIRST_DAYS = 16436, 3287
"""First encounters are from 2015-01-01 to the end of 2023, days since 1970-01-01."""
GAP_YEARS = (0.9, 3.1)
"""Between encounters: a temporary card is renewed after up to two or three years."""
RETURN_YEARS = (0.5, 4.0)
"""After how long somebody comes back under another passport. Assumed."""
OFFICE_HOURS = (7.5, 16.5)
"""Of the counters, in Asia/Ho_Chi_Minh, seven hours ahead of UTC."""
UTC_OFFSET_HOURS = 7

CLAIMED_SHIFT_SHARE = 0.5
"""Of those who return under another passport, how many give another birth date. Assumed."""
CLAIMED_SHIFT_DAYS = 1000
"""By how much at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Biographics:
    """What is written down of n subjects, and what is true.

    Attributes
    ----------
    is_female : (n,) bool
        Sex.
    nationality : (n,) intp
        Of the passport: a place in `NATIONALITIES`.
    born_as : (n,) intp
        True nationality; another one if somebody returned under another passport.
    claimed_birth, birth : (n,) int64
        Date of birth in the passport, and the true one; days since 1970-01-01.
    met_day, first_day : (n,) int64
        Of the person's first encounter, and of this record's: another one if somebody returned.
    """

    is_female: npt.NDArray[np.bool_]
    nationality: npt.NDArray[np.intp]
    born_as: npt.NDArray[np.intp]
    claimed_birth: Days
    birth: Days
    met_day: Days
    first_day: Days


def biographics_of(seed: int, relations: Relations, min_age_years: float = 0.0) -> Biographics:
    """Draw the biographics of subjects.

    Parameters
    ----------
    seed : int
        Of the population.
    relations : Relations
        Of the subjects: twins share birth date, sex and nationality, look-alikes sex and nationality,
        partners the day of their first encounter.
    min_age_years : float
        Nobody is younger at the first encounter, 0 to 60.

    Returns
    -------
    Biographics
        In their order.
    """
    kin = relations.shared_by(Relation.TWIN, Relation.RETURNING, Relation.LOOK_ALIKE)
    family = relations.shared_by(Relation.TWIN, Relation.RETURNING)
    returned = (relations.kind == Relation.RETURNING) & relations.is_second
    shares = [one.share for one in NATIONALITIES]
    born_as = open_stream(seed, "nationality").choices(kin, shares)
    claimed = open_stream(seed, "second-nationality").choices(relations.index, shares)
    met = _first_meeting(seed, relations.leader)
    # at the true first encounter, so that nobody returns unborn
    birth = met - _ages_days(seed, family, min_age_years)
    return Biographics(
        is_female=open_stream(seed, "sex").uniform(kin) < FEMALE_SHARE,
        nationality=np.where(returned, claimed, born_as),
        born_as=born_as,
        # nobody claims to be born after they first came
        claimed_birth=np.minimum(birth + np.where(returned, _claimed_shift(seed, relations.index), 0), met),
        birth=birth,
        met_day=met,
        first_day=met + np.where(returned, _days(seed, "return", relations.index, RETURN_YEARS), 0),
    )


def encounter_days(seed: int, relations: Relations, first_day: Days, number: int) -> Days:
    """Give the day of an encounter, (n,), as days since 1970-01-01; partners come on the same days."""
    days = first_day
    for step in range(1, number + 1):
        days = days + _days(seed, f"gap/{step}", relations.leader, GAP_YEARS)
    return days


def capture_times(seed: int, indices: Indices, days: Days, number: int) -> npt.NDArray[np.datetime64]:
    """Give the time of an encounter on its day, (n,) datetime64[ms], UTC."""
    share = open_stream(seed, f"hour/{number}").uniform(indices)
    hours = OFFICE_HOURS[0] - UTC_OFFSET_HOURS + share * (OFFICE_HOURS[1] - OFFICE_HOURS[0])
    milliseconds = days * 86_400_000 + (hours * 3600).astype(np.int64) * 1000
    return milliseconds.astype("datetime64[ms]")


def _first_meeting(seed: int, leader: Indices) -> Days:
    share = open_stream(seed, "first-day").uniform(leader)
    return np.asarray(FIRST_DAY + (share * N_FIRST_DAYS).astype(np.int64))


def _ages_days(seed: int, family: Indices, min_age_years: float) -> Days:
    days = _draw_ages_days(seed, "age", family, 0.0)
    least = np.ceil(min_age_years * DAYS_PER_YEAR).astype(np.int64)
    if least == 0:
        return days
    again = _draw_ages_days(seed, "second-age", family, min_age_years)
    return np.where(days < least, np.maximum(again, least), days)  # who is old enough stays the same


def _draw_ages_days(seed: int, purpose: str, family: Indices, min_age_years: float) -> Days:
    """Draw ages from what the bands hold from a least age on, (n,)."""
    low, high, share = (np.array(column, np.float64) for column in zip(*AGE_BANDS, strict=True))
    least = np.clip(min_age_years, low, high)
    band = open_stream(seed, f"{purpose}-band").choices(family, share * (high - least) / (high - low))
    within = open_stream(seed, purpose).uniform(family)
    return np.asarray(((least[band] + within * (high - least)[band]) * DAYS_PER_YEAR).astype(np.int64))


def _days(seed: int, purpose: str, indices: Indices, years: tuple[float, float]) -> Days:
    share = open_stream(seed, purpose).uniform(indices)
    return np.asarray(((years[0] + share * (years[1] - years[0])) * DAYS_PER_YEAR).astype(np.int64))


def _claimed_shift(seed: int, indices: Indices) -> Days:
    draws = open_stream(seed, "claimed-birth").uniforms(indices, 2)
    shift = ((2 * draws[:, 1] - 1) * CLAIMED_SHIFT_DAYS).astype(np.int64)
    return np.asarray(np.where(draws[:, 0] < CLAIMED_SHIFT_SHARE, shift, 0))
