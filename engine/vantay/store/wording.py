"""Checks of the texts and times that a caller gives."""

from __future__ import annotations

from datetime import datetime

from vantay.errors import CallerError

MAX_ID_LENGTH = 128
MAX_TEXT_LENGTH = 256
MAX_PROSE_LENGTH = 2000


def check_identifier(name: str, value: str) -> None:
    """Refuse an identifier that is empty, long, or holds what cannot be printed.

    Raises
    ------
    CallerError
        Naming the identifier and what is wrong with it.
    """
    if not 1 <= len(value) <= MAX_ID_LENGTH:
        raise CallerError(f"{name} has {len(value)} characters, expected 1 to {MAX_ID_LENGTH}")
    if not value.isprintable() or value != value.strip():
        raise CallerError(f"{name} {value!r}: expected printable characters without spaces at either end")


def check_text(name: str, value: str, *, is_secret: bool = False) -> None:
    """Refuse text that is long or holds what cannot be printed; a secret is not told.

    Raises
    ------
    CallerError
        Naming the text and what is wrong with it.
    """
    if len(value) > MAX_TEXT_LENGTH:
        raise CallerError(f"{name} has {len(value)} characters, expected at most {MAX_TEXT_LENGTH}")
    if not value.isprintable():
        told = "" if is_secret else f" {value!r}"
        raise CallerError(f"{name}{told}: expected printable characters")


def check_prose(name: str, value: str) -> None:
    """Refuse sentences that are long, or hold what cannot be printed; they may have several lines.

    Raises
    ------
    CallerError
        Naming the text and what is wrong with it.
    """
    if len(value) > MAX_PROSE_LENGTH:
        raise CallerError(f"{name} has {len(value)} characters, expected at most {MAX_PROSE_LENGTH}")
    if not value.replace("\n", "").isprintable():
        raise CallerError(f"{name}: expected printable characters and line ends")


def check_time(name: str, value: datetime) -> None:
    """Refuse a time without a zone: nobody could tell when it was."""
    if value.utcoffset() is None:
        raise CallerError(f"{name} {value.isoformat()} has no time zone, expected one")
