"""The check digit of machine readable travel documents."""

from __future__ import annotations

import string

from vantay.errors import InvalidSetting

FILLER = "<"
MRZ_NUMBER_LENGTH = 9

_VALUES = {character: value for value, character in enumerate(string.digits + string.ascii_uppercase)}
_VALUES[FILLER] = 0
_WEIGHTS = (7, 3, 1)


def check_digit(text: str) -> str:
    """Compute the check digit of a field of a machine readable zone.

    Parameters
    ----------
    text : str
        Digits, capital letters and the filler ``<``.

    Returns
    -------
    str
        One digit: the sum of the characters' values, weighed 7, 3, 1 in turn, modulo 10.

    Raises
    ------
    InvalidSetting
        If a character has no value.

    References
    ----------
    ICAO Doc 9303, Machine Readable Travel Documents, 8th edition, part 3, 4.9.

    Examples
    --------
    >>> check_digit("AB2134<<<")
    '5'
    """
    total = 0
    for place, character in enumerate(text):
        if character not in _VALUES:
            raise InvalidSetting(
                f"{character!r} has no value in a check digit, expected 0-9, A-Z or {FILLER}"
            )
        total += _VALUES[character] * _WEIGHTS[place % 3]
    return str(total % 10)
