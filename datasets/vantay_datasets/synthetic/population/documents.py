"""Passports and residence cards of people who do not exist."""

from __future__ import annotations

import string
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.population.check_digit import FILLER, MRZ_NUMBER_LENGTH, check_digit
from vantay_datasets.synthetic.population.nationalities import NATIONALITIES
from vantay_datasets.synthetic.population.random_stream import Indices, open_stream

Days = npt.NDArray[np.int64]
"""Days since 1970-01-01."""

DAYS_PER_YEAR = 365.2425

TEMPORARY_CARD = "NT#######"
PERMANENT_CARD = "NP#######"
"""Forms of card numbers, as in `Nationality.passport`. Invented: the authority publishes none."""

PERMANENT_SHARE = 0.03
"""Of the residents, who hold a permanent card. Assumed."""
PERMANENT_YEARS = 10
"""After how long it has to be renewed: Law 47/2014/QH13 on entry, exit, transit and residence, article 43."""
TEMPORARY_YEARS = (2, 3, 5, 10)
"""How long a temporary card is valid at most, by its purpose: same law as amended in 2019, article 38."""
TEMPORARY_SHARES = (0.55, 0.28, 0.15, 0.02)
"""Workers, families and smaller investors, larger investors and students, the largest investors. Assumed."""
CARD_MARGIN_DAYS = 30
"""A temporary card expires this long before the passport: article 38."""

ADULT_PASSPORT_YEARS, CHILD_PASSPORT_YEARS = 10, 5
ADULT_PASSPORT_AGE = 18

_LETTERS = string.ascii_uppercase


class DocumentType(StrEnum):
    """What a document is."""

    PASSPORT = "passport"
    TEMPORARY_CARD = "temporary-residence-card"
    PERMANENT_CARD = "permanent-residence-card"


@dataclass(frozen=True, slots=True)
class SyntheticDocument:
    """A document of a subject.

    Attributes
    ----------
    type : DocumentType
        What it is.
    number : str
        As printed, without the check digit.
    issuer : str
        ISO 3166-1 alpha-3.
    issued_on, expires_on : date
        First and last day of validity.
    """

    type: DocumentType
    number: str
    issuer: str
    issued_on: date
    expires_on: date

    @property
    def machine_readable_number(self) -> str:
        """The number as in the machine readable zone: filled up to nine characters, and its check digit."""
        field = self.number.ljust(MRZ_NUMBER_LENGTH, FILLER)
        return field + check_digit(field)


def documents_of(
    seed: int, indices: Indices, nationality: npt.NDArray[np.intp], birth: Days, first_capture: Days
) -> list[tuple[SyntheticDocument, SyntheticDocument]]:
    """Draw the passport and the residence card that subjects bring to their first encounter.

    Parameters
    ----------
    seed : int
        Of the population.
    indices : (n,) uint64
        Subjects.
    nationality : (n,) intp
        Places in `NATIONALITIES`.
    birth, first_capture : (n,) int64
        Days since 1970-01-01.

    Returns
    -------
    list of (passport, card)
        Both valid on the day. Passport numbers of a nationality, and card numbers, are unique among the first
        ten million subjects.
    """
    draws = open_stream(seed, "documents").uniforms(indices, 4)
    words = open_stream(seed, "document-numbers").words(indices, 2)
    is_child = first_capture - birth < ADULT_PASSPORT_AGE * DAYS_PER_YEAR
    years = np.where(is_child, CHILD_PASSPORT_YEARS, ADULT_PASSPORT_YEARS)
    used = np.minimum(0.8 * draws[:, 0] * years * DAYS_PER_YEAR, np.maximum(first_capture - birth, 0))
    passport_from = (first_capture - used).astype(np.int64)
    passport_to = (passport_from + years * DAYS_PER_YEAR).astype(np.int64)
    is_permanent = draws[:, 1] < PERMANENT_SHARE
    place = np.searchsorted(np.cumsum(TEMPORARY_SHARES)[:-1], draws[:, 2], side="right")
    card_years = np.where(is_permanent, PERMANENT_YEARS, np.asarray(TEMPORARY_YEARS)[place])
    card_to = (first_capture + card_years * DAYS_PER_YEAR).astype(np.int64)
    card_to = np.where(is_permanent, card_to, np.minimum(card_to, passport_to - CARD_MARGIN_DAYS))
    return [
        (
            _passport(
                seed,
                int(indices[k]),
                int(words[k, 0]),
                int(nationality[k]),
                (passport_from[k], passport_to[k]),
            ),
            _card(
                seed,
                int(indices[k]),
                is_permanent=bool(is_permanent[k]),
                validity=(first_capture[k], card_to[k]),
            ),
        )
        for k in range(indices.size)
    ]


def _passport(
    seed: int, index: int, word: int, nationality: int, validity: tuple[np.int64, np.int64]
) -> SyntheticDocument:
    country = NATIONALITIES[nationality]
    number = _number(country.passport, _scattered(seed, index, country.passport), word)
    return SyntheticDocument(
        DocumentType.PASSPORT, number, country.code, calendar_date(validity[0]), calendar_date(validity[1])
    )


def _card(
    seed: int, index: int, *, is_permanent: bool, validity: tuple[np.int64, np.int64]
) -> SyntheticDocument:
    kind, form = (
        (DocumentType.PERMANENT_CARD, PERMANENT_CARD)
        if is_permanent
        else (DocumentType.TEMPORARY_CARD, TEMPORARY_CARD)
    )
    number = _number(form, _scattered(seed, index, form), 0)
    return SyntheticDocument(kind, number, "VNM", calendar_date(validity[0]), calendar_date(validity[1]))


def _scattered(seed: int, index: int, form: str) -> str:
    """Give digits that look random and differ for different indices: a linear map modulo a power of ten."""
    n_digits = form.count("#")
    factor = open_stream(seed, f"number-factor/{form}").key // 10 * 10 + 7  # prime to ten
    start = open_stream(seed, f"number-start/{form}").key
    return f"{(factor * index + start) % 10**n_digits:0{n_digits}d}"


def _number(form: str, digits: str, word: int) -> str:
    """Fill a form with digits, and with letters from the bits of a word."""
    left = iter(digits)
    characters = []
    for character in form:
        if character == "@":
            word, letter = divmod(word, len(_LETTERS))
            characters.append(_LETTERS[letter])
        else:
            characters.append(next(left) if character == "#" else character)
    return "".join(characters)


def calendar_date(days: np.int64 | int) -> date:
    """Convert days since 1970-01-01."""
    return date.fromordinal(date(1970, 1, 1).toordinal() + int(days))
