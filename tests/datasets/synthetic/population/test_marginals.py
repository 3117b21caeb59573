"""Marginals of a population: as stated, within what chance allows at a fixed seed."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.population import (
    FingerRates,
    FingerState,
    Population,
    PopulationOptions,
    RelationRates,
    SyntheticSubject,
)
from vantay_datasets.synthetic.population.biographics import AGE_BANDS, FEMALE_SHARE
from vantay_datasets.synthetic.population.check_digit import check_digit
from vantay_datasets.synthetic.population.documents import PERMANENT_SHARE, DocumentType
from vantay_datasets.synthetic.population.nationalities import NATIONALITIES

PARTNER_LABELS = ("twin_of", "same_person_as", "looks_like")


@pytest.fixture(scope="module")
def everybody() -> list[SyntheticSubject]:
    """Enough subjects to count."""
    return list(Population(11, 20_000).subjects())


def _within(count: int, n: int, share: float) -> bool:
    """Whether a count is within four standard deviations of a binomial distribution."""
    return bool(abs(count - n * share) < 4 * np.sqrt(n * share * (1 - share)) + 1)


def test_marginals_are_as_stated(everybody: list[SyntheticSubject]) -> None:
    n = len(everybody)
    # partners share what they share: binomial bounds hold for those without
    assert _within(sum(one.sex == "F" for one in everybody), n, FEMALE_SHARE)
    total = sum(one.share for one in NATIONALITIES)
    for nationality in NATIONALITIES:
        count = sum(one.nationality == nationality.code for one in everybody)
        assert _within(count, n, nationality.share / total), nationality.code
    permanent = sum(one.documents[1].type == DocumentType.PERMANENT_CARD for one in everybody)
    assert _within(permanent, n, PERMANENT_SHARE)


def test_rates_of_relations_and_missing_fingers_are_as_stated(everybody: list[SyntheticSubject]) -> None:
    n = len(everybody)
    rates = RelationRates()
    for label, rate in zip(PARTNER_LABELS, (rates.twin, rates.returning, rates.look_alike), strict=True):
        assert _within(sum(label in one.labels for one in everybody) // 2, n // 2, rate), label
    fingers = FingerRates()
    amputees = sum(FingerState.AMPUTATED in one.fingers.values() for one in everybody)
    assert _within(amputees, n, fingers.amputee)


def test_ages_at_the_first_encounter_fill_the_bands() -> None:
    n = 5000
    population = Population(11, n)
    days = np.concatenate([b.captured_at for b in population.iter_encounters(positions=(), with_faces=False)])
    ages = []
    for subject, at in zip(population.subjects(), days, strict=True):
        if "same_person_as" not in subject.labels:
            ages.append(
                (at.astype("datetime64[D]") - np.datetime64(subject.birth_date)).astype(int) / 365.2425
            )
    for low, high, share in AGE_BANDS:
        count = sum(low <= age < high for age in ages)
        assert _within(count, len(ages), share / 100), (low, high)


def test_who_is_old_enough_stays_the_same_when_nobody_may_be_younger() -> None:
    n = 1500
    anyone, older = Population(11, n), Population(11, n, options=PopulationOptions(min_age_years=6))
    n_changed = 0
    for one, other in zip(anyone.subjects(), older.subjects(), strict=True):
        assert one.sex == other.sex
        n_changed += one.birth_date != other.birth_date
        assert other.birth_date <= one.birth_date
    assert _within(n_changed, n, 0.03)
    with pytest.raises(InvalidSetting, match="61"):
        PopulationOptions(min_age_years=61)


def test_documents_are_valid_unique_and_have_check_digits(everybody: list[SyntheticSubject]) -> None:
    numbers = set()
    for one in everybody:
        passport, card = one.documents
        for document in one.documents:
            field = document.machine_readable_number
            assert len(field) == 10
            assert field[-1] == check_digit(field[:-1])
            assert document.issued_on < document.expires_on
            numbers.add((document.issuer, document.number))
        assert passport.issuer == one.nationality
        assert passport.issued_on >= one.birth_date or "same_person_as" in one.labels
        if card.type == DocumentType.TEMPORARY_CARD:
            assert card.expires_on <= passport.expires_on - timedelta(days=30)
    assert len(numbers) == 2 * len(everybody)
