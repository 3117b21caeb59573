"""What is known of a person beside samples: status, biographics, documents."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vantay.errors import CallerError
from vantay.store.wording import check_text

MAX_DOCUMENTS = 100


class SubjectStatus(StrEnum):
    """What became of a subject.

    An active and a locked one can be found, and filters tell them apart; an erased one has no templates, and
    one that was merged into another has none of its own any more.
    """

    ACTIVE = "active"
    LOCKED = "locked"
    ERASED = "erased"
    MERGED = "merged"


class Sex(StrEnum):
    """Sex as travel documents state it (ICAO Doc 9303: X is unspecified)."""

    FEMALE = "F"
    MALE = "M"
    UNSPECIFIED = "X"


@dataclass(frozen=True, slots=True)
class Biographics:
    """What searches filter subjects by; each part may be unknown.

    Attributes
    ----------
    sex : Sex, optional
    birth_year : int, optional
        1850 to 2200; taken from the date if that is given.
    birth_date : date, optional
        Kept sealed: only the year can be searched.
    nationality : str, optional
        ISO 3166-1 alpha-3 or an ICAO Doc 9303 code: 1 to 3 capital letters.

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    sex: Sex | None = None
    birth_year: int | None = None
    birth_date: date | None = None
    nationality: str | None = None

    def __post_init__(self) -> None:
        if self.sex is not None:
            object.__setattr__(self, "sex", Sex(self.sex))
        if self.birth_date is not None:
            if self.birth_year not in {None, self.birth_date.year}:
                raise CallerError("birth_year is not the year of birth_date, expected the same or none")
            object.__setattr__(self, "birth_year", self.birth_date.year)
        if self.birth_year is not None and not 1850 <= self.birth_year <= 2200:
            raise CallerError("birth_year is out of range, expected 1850 to 2200")
        if self.nationality is not None and not _is_country_code(self.nationality):
            raise CallerError(f"nationality {self.nationality!r}, expected 1 to 3 capital letters, as VNM")


UNKNOWN_BIOGRAPHICS = Biographics()
"""Of a subject of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that tells who a subject is; found again by its type and number.

    Attributes
    ----------
    document_type : str
        In the caller's words, for instance ``passport`` or ``residence-card``.
    number : str
        Kept sealed. Spaces, hyphens and case make no difference when it is looked up.
    issuer : str
        The issuing country or authority; may be empty.
    expires_on : date, optional

    Raises
    ------
    CallerError
        If one of these does not hold.
    """

    document_type: str
    number: str
    issuer: str = ""
    expires_on: date | None = None

    def __post_init__(self) -> None:
        if not self.document_type:
            raise CallerError("document without a type, expected for instance passport")
        for name in ("document_type", "issuer", "number"):
            check_text(f"document {name}", getattr(self, name), is_secret=name == "number")
        if not self.canonical_number:
            raise CallerError("document without a number, expected letters or digits")

    @property
    def canonical_number(self) -> str:
        """The number as it is looked up: capitals and digits, without spaces and hyphens."""
        folded = unicodedata.normalize("NFKC", self.number).upper()
        return "".join(character for character in folded if character.isalnum())


def check_documents(documents: tuple[Document, ...]) -> None:
    """Refuse more documents than a person has."""
    if len(documents) > MAX_DOCUMENTS:
        raise CallerError(f"{len(documents)} documents, expected at most {MAX_DOCUMENTS}")


def _is_country_code(code: str) -> bool:
    return 1 <= len(code) <= 3 and code.isascii() and code.isalpha() and code.isupper()
