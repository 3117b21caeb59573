"""Where the foreign residents of Vietnam come from.

Shares are assumed. They follow the order in which the labour ministry's yearly reports name the
nationalities of foreign workers (China, the Republic of Korea, Taiwan and Japan before all others), with
room for families, students and pensioners from farther away. The forms of passport numbers are what such
passports commonly show, not what their issuers promise.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Region(StrEnum):
    """People whose faces are more alike to an embedding than those of all mixed."""

    EAST_ASIA = "east-asia"
    SOUTH_EAST_ASIA = "south-east-asia"
    SOUTH_ASIA = "south-asia"
    EUROPE_AND_AMERICA = "europe-and-america"
    AFRICA = "africa"


class Nationality(NamedTuple):
    """One of the nationalities.

    Attributes
    ----------
    code : str
        ISO 3166-1 alpha-3, as ICAO Doc 9303-3 has it in machine readable travel documents.
    share : float
        Of the foreign residents, in per cent.
    region : Region
        Where most of its people's ancestors lived.
    passport : str
        Form of its passport numbers: ``#`` a digit, ``@`` a letter, others themselves.
    """

    code: str
    share: float
    region: Region
    passport: str


NATIONALITIES = (
    Nationality("CHN", 30.0, Region.EAST_ASIA, "E########"),
    Nationality("KOR", 19.0, Region.EAST_ASIA, "M########"),
    Nationality("TWN", 12.0, Region.EAST_ASIA, "3########"),
    Nationality("JPN", 9.5, Region.EAST_ASIA, "T@#######"),
    Nationality("IND", 4.0, Region.SOUTH_ASIA, "@#######"),
    Nationality("PHL", 3.5, Region.SOUTH_EAST_ASIA, "P#######@"),
    Nationality("USA", 3.5, Region.EUROPE_AND_AMERICA, "A########"),
    Nationality("GBR", 2.5, Region.EUROPE_AND_AMERICA, "#########"),
    Nationality("RUS", 2.0, Region.EUROPE_AND_AMERICA, "#########"),
    Nationality("FRA", 2.0, Region.EUROPE_AND_AMERICA, "##@@#####"),
    Nationality("MYS", 2.0, Region.SOUTH_EAST_ASIA, "A########"),
    Nationality("THA", 1.5, Region.SOUTH_EAST_ASIA, "AA#######"),
    Nationality("DEU", 1.5, Region.EUROPE_AND_AMERICA, "C@#######"),
    Nationality("AUS", 1.5, Region.EUROPE_AND_AMERICA, "P@#######"),
    Nationality("SGP", 1.0, Region.EAST_ASIA, "K#######@"),
    Nationality("IDN", 1.0, Region.SOUTH_EAST_ASIA, "X#######"),
    Nationality("CAN", 1.0, Region.EUROPE_AND_AMERICA, "G@#######"),
    Nationality("ZAF", 1.0, Region.AFRICA, "A########"),
    Nationality("NGA", 0.8, Region.AFRICA, "A########"),
    Nationality("UKR", 0.7, Region.EUROPE_AND_AMERICA, "F@#######"),
)
